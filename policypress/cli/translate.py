"""`policypress translate`: extract, update, status, approve, export and import the translations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from policypress.cli.options import read_text, root
from policypress.errors import ProblemsError, UsageError
from policypress.localise import progress, read_document, workflow
from policypress.localise.carrying import carry
from policypress.release import translation_units, weigh
from policypress.reports import translations
from policypress.source import catalogue_path, worktree

if TYPE_CHECKING:
    from policypress.release import Weights
    from policypress.source import Source

#: What translators' tools start a new language from.
TEMPLATE = "locales/policy.pot"
#: So much of a clause is shown.
_SHOWN = 60


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
        click.echo(_line(progress.status(text, tag, units, path)))


@translate.command()
@_LOCALE
@click.option("--sections", is_flag=True, help="List every section, not only those that are not done.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for a dashboard.")
@click.pass_context
def status(context: click.Context, locale: str | None, *, sections: bool, as_json: bool) -> None:
    """Say how far each translation is: as a whole, by the weight of what changed, by section."""
    source = worktree(root(context))
    units, weights = translation_units(source), _weights(source)
    rows = [_row(source, tag, units, weights) for tag in _locales(source, locale)]
    click.echo(translations.data(rows) if as_json else translations.table(rows, whole=sections))


def _weights(source: Source) -> Weights | None:
    """Weigh the draft's changes; say so where it cannot be compiled, and count all the same."""
    try:
        return weigh(source)
    except ProblemsError as error:
        first = str(error).partition("\n")[0]
        click.echo(f"what changed cannot be weighed: {first}", err=True)
        return None


def _row(source: Source, tag: str, units: tuple[workflow.Unit, ...], weights: Weights | None) -> translations.Row:
    file = catalogue_path(tag, "policy")
    text, classes = source.policy_catalogues.get(tag, ""), weights.classes if weights else None
    return translations.Row(
        status=progress.status(text, tag, units, file, weights=classes),
        required=source.settings.locales[tag].required,
        awaited=weights.awaited[tag] if weights else None,
    )


def _line(one: progress.Status) -> str:
    counts = one.counts
    parts = [f"{counts.approved} approved", f"{counts.unapproved} to approve"]
    parts += [f"{counts.stale} edited since"] * bool(counts.stale)
    return f"{one.locale}: {counts.total} clauses: {', '.join([*parts, f'{counts.fuzzy} fuzzy', f'{counts.missing} missing'])}"


@translate.command()
@click.argument("locale")
@click.option("--section", help="Only the clauses under this anchor.")
@click.option(
    "--trivial", is_flag=True, help="Only carry approvals over changes of the source that are proved editorial."
)
@click.pass_context
def approve(context: click.Context, locale: str, section: str | None, *, trivial: bool) -> None:
    """Stamp the current translations of LOCALE as approved by you; a later edit of either text voids the stamp."""
    folder = root(context)
    source = worktree(folder)
    (tag,) = _locales(source, locale)
    path = catalogue_path(tag, "policy")
    before, wanted = source.policy_catalogues.get(tag, ""), set(translation_units(source))

    def is_wanted(anchor: str, text: str) -> bool:
        return (anchor, text) in wanted and section in (None, anchor, anchor.removeprefix(workflow.SUMMARY))

    if trivial:
        text, found = carry(before, path, source.settings.source_locale, is_wanted)
        for one in found:
            click.echo(f"{one.context}: {_short(one.source)}: {', '.join(one.proofs).replace('_', ' ')}")
        count, done = len(found), "carried over"
    else:
        text, count = workflow.approve(before, path, is_wanted)
        done = "approved"
    if count or text != before:
        _write(folder / path, text)
    click.echo(f"{path}: {count} {done}")


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}…"


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
