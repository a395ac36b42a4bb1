"""`policypress translate`: extract, update, status, approve, export and import the translations."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from policypress.cli.options import read_text, root
from policypress.errors import UsageError
from policypress.localise import read_document, workflow
from policypress.release import translation_units
from policypress.source import catalogue_path, worktree

if TYPE_CHECKING:
    from policypress.source import Source

#: What translators' tools start a new language from.
TEMPLATE = "locales/policy.pot"


@click.group()
def translate() -> None:
    """Keep the translations: standard gettext files under locales/."""


def _locales(source: Source, locale: str | None) -> tuple[str, ...]:
    known = source.settings.translations
    if locale is None:
        return known
    if locale not in known:
        message = f"{locale}: not a translation of this policy; it has {', '.join(known)} (policy_src/policy.toml)"
        raise UsageError(message)
    return (locale,)


def _write(path: Path, text: str) -> None:
    """Write a file whole: aside first, then in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


_LOCALE = click.argument("locale", required=False)


@translate.command()
@click.pass_context
def extract(context: click.Context) -> None:
    """Write locales/policy.pot: every clause a translator works on."""
    folder = root(context)
    units = translation_units(worktree(folder))
    _write(folder / TEMPLATE, workflow.template(units))
    click.echo(f"{TEMPLATE}: {len(units)} clauses")


@translate.command()
@_LOCALE
@click.pass_context
def update(context: click.Context, locale: str | None) -> None:
    """Bring catalogues and the template to the present source; what changed keeps its old translation as fuzzy."""
    folder = root(context)
    source = worktree(folder)
    units = translation_units(source)
    _write(folder / TEMPLATE, workflow.template(units))
    for tag in _locales(source, locale):
        path = catalogue_path(tag, "policy")
        text = workflow.update(source.policy_catalogues.get(tag, ""), tag, units, path)
        _write(folder / path, text)
        click.echo(_line(workflow.status(text, tag, units, path)))


@translate.command()
@_LOCALE
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a dashboard.")
@click.pass_context
def status(context: click.Context, locale: str | None, *, as_json: bool) -> None:
    """Say how far each translation is."""
    source = worktree(root(context))
    units = translation_units(source)
    found = [
        workflow.status(source.policy_catalogues.get(tag, ""), tag, units, catalogue_path(tag, "policy"))
        for tag in _locales(source, locale)
    ]
    click.echo(json.dumps([asdict(one) for one in found], indent=2) if as_json else "\n".join(map(_line, found)))


def _line(one: workflow.Status) -> str:
    parts = [f"{one.approved} approved", f"{one.unapproved} to approve", f"{one.fuzzy} fuzzy", f"{one.missing} missing"]
    return f"{one.locale}: {one.total} clauses: {', '.join(parts)}"


@translate.command()
@click.argument("locale")
@click.option("--section", help="Only the clauses under this anchor.")
@click.pass_context
def approve(context: click.Context, locale: str, section: str | None) -> None:
    """Stamp the current translations of LOCALE as approved by you; a later edit of either text voids the stamp."""
    folder = root(context)
    source = worktree(folder)
    (tag,) = _locales(source, locale)
    path = catalogue_path(tag, "policy")
    wanted = set(translation_units(source))

    def is_wanted(anchor: str, text: str) -> bool:
        return (anchor, text) in wanted and section in (None, anchor, anchor.removeprefix(workflow.SUMMARY))

    text, count = workflow.approve(source.policy_catalogues.get(tag, ""), path, is_wanted)
    if count:
        _write(folder / path, text)
    click.echo(f"{path}: {count} approved")


@translate.command()
@click.argument("locale")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write there, not to the terminal.")
@click.pass_context
def export(context: click.Context, locale: str, output: Path | None) -> None:
    """Print the translation as Markdown of the source's shape, placeholders raw; for a reviewer."""
    source = worktree(root(context))
    (tag,) = _locales(source, locale)
    path = catalogue_path(tag, "policy")
    text = workflow.export(read_document(source), source.policy_catalogues.get(tag, ""), path)
    if output:
        _write(output, text)
    else:
        click.echo(text, nl=False)


@translate.command("import")
@click.argument("locale")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.pass_context
def import_(context: click.Context, locale: str, files: tuple[Path, ...]) -> None:
    """Take translations from Markdown FILES of the source's shape into the catalogue of LOCALE; nothing is approved."""
    folder = root(context)
    source = worktree(folder)
    (tag,) = _locales(source, locale)
    path = catalogue_path(tag, "policy")
    document, units = read_document(source), translation_units(source)
    text = workflow.update(source.policy_catalogues.get(tag, ""), tag, units, path)
    total = 0
    for file in files:
        text, count = workflow.bring_in(document, read_text(file), text, path, str(file))
        total += count
    _write(folder / path, text)
    click.echo(f"{path}: {total} translations taken; approve them with `policypress translate approve {tag}`")
