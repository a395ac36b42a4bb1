"""What can go wrong in the press, as values a caller can tell apart; knows nothing of commands or exit codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Severity(StrEnum):
    """How much a problem weighs."""

    #: Blocks a release.
    ERROR = "error"
    #: Is shown and blocks nothing.
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding about the editors' files: where it stands, what is wrong, the way out."""

    #: Stable id of the rule, such as `missing-anchor`.
    rule: str
    message: str
    severity: Severity = Severity.ERROR
    #: Path relative to the repository's root.
    file: str = ""
    #: 1-based; 0 where the problem belongs to a whole file.
    line: int = 0
    locale: str = ""
    #: The way out, in one sentence.
    help: str = ""

    def __str__(self) -> str:
        """Return `file:line: locale: message` and the way out behind it."""
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        head = ": ".join(part for part in (place, self.locale, self.message) if part)
        return f"{head}. {self.help}" if self.help else head


class PolicypressError(Exception):
    """An expected failure: its text is complete for whoever ran the command."""


class UsageError(PolicypressError):
    """The command was asked for something that does not exist: a locale, a release, a revision."""


class ProblemsError(PolicypressError):
    """Problems that stop the work, all of them at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems and make one text of them, a line each."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RefusedError(PolicypressError):
    """A release may not be made as things stand; lists everything that is missing."""

    def __init__(self, subject: str, missing: Iterable[str]) -> None:
        """Keep what is missing and list it behind the subject."""
        self.missing = tuple(missing)
        super().__init__(subject + "".join(f"\n  - {line}" for line in self.missing))
