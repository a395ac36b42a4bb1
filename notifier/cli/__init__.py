"""The command line: one file a command; the one place where errors become exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

import click

from notifier.cli.approve import approve
from notifier.cli.bounces import bounces
from notifier.cli.cancel import cancel
from notifier.cli.migrate import migrate
from notifier.cli.pause import pause
from notifier.cli.plan import plan
from notifier.cli.prove import prove
from notifier.cli.purge import purge
from notifier.cli.rate import rate
from notifier.cli.reach import reach
from notifier.cli.refresh import refresh
from notifier.cli.rehearse import rehearse
from notifier.cli.restored import restored
from notifier.cli.resume import resume
from notifier.cli.seal import seal
from notifier.cli.send import send
from notifier.cli.serve import serve
from notifier.cli.settle import settle
from notifier.cli.status import status
from notifier.cli.test import test
from notifier.cli.verify import verify
from notifier.cli.worker import worker
from notifier.errors import InputError, NotifierError, Standstill

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Exit codes: 0 done, 1 an expected failure, 2 wrong usage or input, 3 a fault of ours, 4 a worker that must not be
#: started again before a person has acted, 130 interrupted.
FAILED, USAGE, UNEXPECTED, STANDSTILL, INTERRUPTED = 1, 2, 3, 4, 130
#: By class, the first that fits.
CODES = ((InputError, USAGE), (Standstill, STANDSTILL), (NotifierError, FAILED))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="policypress", prog_name="notifier")
def cli() -> None:
    """Tell every account holder of a change of the policy before it takes effect."""


for command in (
    rehearse, plan, refresh, test, approve, send, worker, status, pause, resume, cancel, rate, serve, settle, bounces,
    reach, seal, prove, verify, purge, restored, migrate,
):  # fmt: skip
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; every failure is one message on standard error."""
    try:
        code = cli.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except NotifierError as error:
        return _say(str(error), next(code for kind, code in CODES if isinstance(error, kind)))
    except click.ClickException as error:
        error.show()
        return USAGE
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted; what was recorded stays, `notifier send` goes on from there", INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has left; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last place: no traceback reaches an operator unasked
        if os.environ.get("NOTIFIER_DEBUG"):
            traceback.print_exc()
        words = f"unexpected {type(error).__name__}: {error}; NOTIFIER_DEBUG=1 shows where, please report it"
        return _say(words, UNEXPECTED)
    return code if isinstance(code, int) else 0


def _say(message: str, code: int) -> int:
    click.echo(f"notifier: {message}", err=True)
    return code
