"""Everything that is wrong with the editors' files, found in one run; mends nothing and blocks nothing itself.

That a translation has the same sections, anchors and list lengths as its source needs no rule: a translation is made
of the source's own blocks, entry by entry, and can have no others.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from inspect import getdoc
from typing import TYPE_CHECKING

from policypress.checks import (
    characters,
    conflicts,
    exceptions,
    facts,
    markup,
    parity,
    progress,
    prose,
    sheet,
    structure,
    wording,
)
from policypress.checks.desk import Desk, prepare
from policypress.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from policypress.errors import Problem
    from policypress.source import Source

    Check = Callable[[Desk], Iterable[Problem]]

#: What is held against the source alone.
SOURCE_CHECKS: tuple[Check, ...] = (
    conflicts.merge_conflict,
    progress.toml,
    progress.schema,
    structure.missing_anchor,
    structure.duplicate_anchor,
    structure.broken_reference,
    structure.typed_number,
    structure.duplicate_clause,
    structure.dead_relative_link,
    structure.unprinted_line,
    facts.undefined_fact,
    facts.unused_fact,
    facts.bad_placeholder,
    facts.bad_date,
    facts.unknown_locale,
    markup.raw_html,
    markup.template_statement,
    sheet.unknown_dpv_term,
    sheet.practices_section,
    sheet.practices_recipient,
    sheet.practices_retention,
    prose.prose_facts,
)
#: What is held against the text of every language, the source's included.
TEXT_CHECKS: tuple[Check, ...] = (
    characters.mixed_script,
    characters.look_alike_word,
    characters.outside_alphabet,
    characters.invisible_character,
    characters.not_nfc,
    structure.quoted_heading,
    wording.avoided_term,
    wording.competing_terms,
)
#: What is held against each translation.
TRANSLATION_CHECKS: tuple[Check, ...] = (
    progress.po_syntax,
    progress.missing_translation,
    progress.fuzzy_translation,
    progress.unapproved_translation,
    parity.placeholder_parity,
    parity.link_parity,
    parity.number_parity,
    parity.period_parity,
    parity.email_parity,
    markup.markup_html,
    markup.shape_parity,
    wording.left_in_source_language,
    exceptions.bad_exception,
    exceptions.unused_exception,
    progress.missing_word,
    progress.word_slots,
)
CHECKS: tuple[Check, ...] = (*SOURCE_CHECKS, *TEXT_CHECKS, *TRANSLATION_CHECKS)

__all__ = [
    "CHECKS",
    "SOURCE_CHECKS",
    "TEXT_CHECKS",
    "TRANSLATION_CHECKS",
    "Desk",
    "elsewhere",
    "explain",
    "prepare",
    "rules",
    "run",
]


def rules() -> dict[str, Check]:
    """Return every check by the id of its rule."""
    return {check.__name__.replace("_", "-"): check for check in CHECKS}


def run(source: Source) -> tuple[Problem, ...]:
    """Return every problem of a policy repository, by file and line; raises for none of them."""
    desk = prepare(source)
    found = [problem for check in CHECKS for problem in check(desk)]
    found += [problem for problem in desk.unread if problem.rule not in rules()]
    return tuple(
        sorted(
            dict.fromkeys(exceptions.without(found, desk)), key=lambda one: (one.file, one.line, one.rule, one.message)
        )
    )


def explain(rule: str) -> str:
    """Return what a rule reports, why, and the way out; raise `UsageError` for an unknown one."""
    texts = {name: getdoc(check) or "" for name, check in rules().items()} | elsewhere()
    if rule not in texts:
        message = f"no rule is called {rule!r}. Rules: {', '.join(sorted(texts))}"
        raise UsageError(message)
    return texts[rule]


@lru_cache(maxsize=1)
def elsewhere() -> dict[str, str]:
    """Return the explanations of the rules of other rooms, which stop a work where they are told, by id."""
    data = files("policypress.checks").joinpath("elsewhere.toml").read_text(encoding="utf-8")
    return {rule: text.strip() for rule, text in tomllib.loads(data).items()}
