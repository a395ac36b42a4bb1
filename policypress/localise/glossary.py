"""`glossary.toml`: one term for one notion in every locale."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from policypress.settings import parse_toml, validate


class Term(BaseModel):
    """A notion with its word in each locale, and the words it is not called by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: The word by locale.
    words: dict[str, str]
    #: Words that are wrong anywhere in the policy, by locale.
    avoid: dict[str, tuple[str, ...]] = {}
    #: Words that are wrong for this notion only; a person decides.
    watch: dict[str, tuple[str, ...]] = {}
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        if isinstance(data, dict) and "words" not in data:
            kept = {name: data[name] for name in ("avoid", "watch", "note") if name in data}
            return {**kept, "words": {name: word for name, word in data.items() if name not in kept}}
        return data


class Glossary(BaseModel):
    """All terms by id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    terms: dict[str, Term] = {}

    def word(self, term: str, locale: str) -> str | None:
        """Return the word of a term in a locale, None where either is unknown."""
        found = self.terms.get(term)
        return found.words.get(locale) if found else None


def parse_glossary(text: str, file: str) -> Glossary:
    """Read a glossary; raise `ProblemsError` naming file and line."""
    return validate(Glossary, parse_toml(text, file), text, file)
