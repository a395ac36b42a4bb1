"""Known false alarms, declared in a translator's comment beside the clause; loosens no rule and knows no rule's reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from policypress.checks import parity, wording
from policypress.errors import Severity
from policypress.localise.catalogue import EXCEPTION, approval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from policypress.checks.desk import Desk, Pair
    from policypress.errors import Problem

#: The rules that a careful translation may break, with what finds their problems.
EXCEPTABLE: dict[str, Callable[[Desk], Iterable[Problem]]] = {
    "number-parity": parity.number_parity,
    "period-parity": parity.period_parity,
    "link-parity": parity.link_parity,
    "email-parity": parity.email_parity,
    "left-in-source-language": wording.left_in_source_language,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One line `# except RULE: reason` of an entry."""

    pair: Pair
    rule: str
    reason: str
    #: The pair of texts that it was approved with; empty until then.
    digest: str = ""

    @property
    def sound(self) -> bool:
        """Return whether it names a rule that may be excepted, and says why."""
        return self.rule in EXCEPTABLE and bool(self.reason)

    @property
    def dead(self) -> bool:
        """Return whether the clause or its translation changed since it was approved."""
        return bool(self.digest) and self.digest != approval(self.pair.source, self.pair.target.text)


def declared(desk: Desk) -> tuple[Declared, ...]:
    """Return every exception of every current translation, those that are not sound too."""
    return tuple(
        Declared(pair=pair, rule=found["rule"], reason=found["reason"].strip(), digest=found["digest"] or "")
        for pair in desk.pairs
        for found in EXCEPTION.finditer(pair.notes)
    )


def without(problems: Iterable[Problem], desk: Desk) -> tuple[Problem, ...]:
    """Return the problems but those that a sound and living exception covers."""
    living = [one for one in declared(desk) if one.sound and not one.dead]
    covered = {(one.pair.target.file, one.pair.target.line, one.rule) for one in living}
    return tuple(one for one in problems if (one.file, one.line, one.rule) not in covered)


def bad_exception(desk: Desk) -> Iterator[Problem]:
    """Report an exception that names no rule that may be excepted, or gives no reason.

    A known false alarm is declared in a translator's comment of its entry: `# except number-parity: the law is cited
    by another number in Kazakh`. Only rules that a careful translation can break may be named; a placeholder or HTML
    never. Whoever reads the catalogue later needs the reason.
    """
    for one in declared(desk):
        if not one.sound:
            message = f"no rule {one.rule!r} may be excepted" if one.rule not in EXCEPTABLE else "no reason is given"
            way_out = f"Write `# except RULE: reason`; rules: {', '.join(EXCEPTABLE)}"
            yield one.pair.target.problem("bad-exception", message, way_out)


def unused_exception(desk: Desk) -> Iterator[Problem]:
    """Report an exception that excepts nothing any more.

    `translate approve` binds an exception to the pair of texts it was declared for; an edit of either ends it, and
    what it covered is reported again. Look at the clause anew: where the exception still holds, take the digest out and
    approve; where it does not, or where nothing is left to except, take the line out of the entry's comment.
    """
    for one in (one for one in declared(desk) if one.sound and one.dead):
        message = f"an exception to {one.rule} was approved with other words"
        yield one.pair.target.problem(
            "unused-exception", message, "Look again: take out its digest, or the line", Severity.WARNING
        )
    exceptions = [one for one in declared(desk) if one.sound and not one.dead]
    few = replace(desk, pairs=tuple(dict.fromkeys(one.pair for one in exceptions)))
    found = {(one.file, one.line, rule) for rule, check in EXCEPTABLE.items() for one in check(few)}
    for one in exceptions:
        target = one.pair.target
        if (target.file, target.line, one.rule) not in found:
            message = f"nothing of {one.rule} is excepted here any more"
            yield target.problem("unused-exception", message, "Take the line out of the comment", Severity.WARNING)
