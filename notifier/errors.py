"""The errors of the post: one base, a class for each decision that a caller can make."""

from __future__ import annotations

from typing import Any


class NotifierError(Exception):
    """An expected failure: the message names the place and the way out."""


class InputError(NotifierError):
    """A file, an option or a setting is not what the command needs; nothing was done."""


class Refused(NotifierError):  # noqa: N818 - the word of the design
    """The campaign must not go out as asked: too late, withdrawn, historic, or no notice is due."""


class LedgerError(NotifierError):
    """The ledger cannot be read or written; the run stops, what was recorded stays recorded."""


class LedgerLost(LedgerError):  # noqa: N818 - a fact, not a fault
    """The ledger's server cannot be reached just now, and may be again in a moment."""


class LeaseLost(NotifierError):  # noqa: N818 - a fact, not a fault
    """Another worker holds the shard by now; whatever this one still knows must not be written."""


class ProviderError(NotifierError):
    """A provider refuses us as a whole (key, sender, quota of the account); no holder is to blame."""


class Standstill(NotifierError):  # noqa: N818 - a fact, not a fault
    """A worker cannot go on until a person has acted; started again it would only end again."""


class ClockError(NotifierError):
    """The clock of this machine cannot be right; the run stops before it acts on it."""


class TokenError(NotifierError):
    """A link was not signed by us, was made for something else, or has expired."""


class TokenExpired(TokenError):  # noqa: N818 - a fact, not a fault
    """A link was signed by us and its day is over; `notice` is what it was about."""

    def __init__(self, message: str, notice: Any) -> None:
        super().__init__(message)
        self.notice = notice
