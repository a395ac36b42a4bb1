"""The commands of the press; the only place that maps errors to exit codes."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policypress.errors import PolicypressError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Done; an expected failure; a wrong call; a fault of ours; interrupted.
OK, FAILED, USAGE, UNEXPECTED, INTERRUPTED = 0, 1, 2, 3, 130


#: The commands, in the order of their list, and the files they stand in; a file is read when its command is called.
_COMMANDS = {
    "init": "init",
    "import": "import_",
    "check": "check",
    "diff": "diff",
    "compare": "compare",
    "decide": "decide",
    "release": "release",
    "amend": "amend",
    "withdraw": "withdraw",
    "verify": "verify",
    "build": "build",
    "serve": "serve",
    "translate": "translate",
    "fmt": "fmt",
    "schema": "schema",
}


class _Commands(click.Group):
    """A group that reads the file of the command that is called, and of all of them for the list alone."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        file = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(f"policypress.cli.{file}"), file)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="policypress")
@click.option(
    "-C",
    "--directory",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Work in the policy repository there, not in this folder.",
)
@click.pass_context
def cli(context: click.Context, directory: Path) -> None:
    """Print a privacy policy kept in git: check it, compare it, release it, build its site."""
    context.obj = directory


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; print one clear message and return the exit code whatever happens."""
    try:
        code = cli.main(args=arguments, prog_name="policypress", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("policypress: interrupted", err=True)
        return INTERRUPTED
    except UsageError as error:
        return _failed(error, USAGE)
    except PolicypressError as error:
        return _failed(error, FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _failed(PolicypressError(f"{place}{error.strerror or error}"), FAILED)
    except Exception as error:
        if os.environ.get("POLICYPRESS_DEBUG"):
            raise
        text = f"policypress: unexpected {type(error).__name__}: {error}. POLICYPRESS_DEBUG=1 shows where"
        click.echo(text, err=True)
        return UNEXPECTED
    return code if isinstance(code, int) else OK


def _failed(error: PolicypressError, code: int) -> int:
    click.echo(f"policypress: {error}", err=True)
    return code
