"""Names that a release declares to be others now: in which languages they explain a change, and what is refused."""

from __future__ import annotations

import pytest

from policypress.errors import RefusedError
from policypress.release import load, open_step
from policypress.source import NEXT, catalogue_path
from tests.policypress.conftest import EFFECTIVE, SECOND

KK = catalogue_path("kk", "policy")
TEXT = "policy_src/text/02-retention.md"


def declare(repository, *rows: dict[str, str]) -> None:
    """Write renames into the record that is being prepared, and commit."""
    tables = ("\n[[renames]]\n" + "".join(f'{key} = "{value}"\n' for key, value in row.items()) for row in rows)
    repository.write(NEXT, repository.read(NEXT) + "".join(tables))
    repository.commit("names that are others now")


def found(repository, proof="renamed") -> list[str]:
    """Return the sections with a change that a proof explains."""
    return [finding.section for finding in open_step(repository.root).verdict.findings if proof in finding.proofs]


def unproved(repository) -> list[str]:
    """Return the sections with a Kazakh correction that nothing explains, the fixture's own decided one aside."""
    findings = open_step(repository.root).verdict.findings
    return [f.section for f in findings if f.only == "kk" and not f.proofs and not f.decision]


@pytest.fixture
def titled(ready):
    """Return a repository whose draft calls one heading otherwise, by a word that no proof knows."""
    ready.edit(TEXT, "How long we keep data", "Months and years")
    ready.commit()
    return ready


def lines(repository) -> tuple[str, ...]:
    with pytest.raises(RefusedError) as caught:
        repository.release(SECOND, EFFECTIVE)
    return caught.value.missing


def test_a_declared_heading_is_proved(titled) -> None:
    """With the declaration the heading is editorial by proof, and no person need look at it."""
    assert [] == found(titled)
    declare(titled, {"section": "retention", "old": "How long we keep data", "new": "Months and years"})
    assert ["data-provided", "retention"] == found(titled)  # the first one refers to the second by its heading
    assert not [line for line in lines(titled) if "no decision" in line or "rename" in line]


def test_what_a_rename_does_not_explain_is_told(titled) -> None:
    """A name that still stands, a company, a word of substance: each is refused with its reason, and proves nothing."""
    declare(
        titled,
        {"old": "policy", "new": "notice"},
        {"old": "Example Ltd.", "new": "Other"},
        {"old": "may", "new": "parrots"},
    )
    nothing = "in policy_src/next.toml explains nothing in en:"
    told = [line for line in lines(titled) if "explains nothing" in line]
    assert [
        f"the rename of 'policy' {nothing} 'policy' still stands in the new text",
        f"the rename of 'Example Ltd.' {nothing} it names a company, and another company is another controller",
        f"the rename of 'may' {nothing} it has a word or a figure of substance, which no rename proves away",
    ] == told
    assert [] == found(titled)


def test_another_language_declares_its_own_word(ready) -> None:
    """What a translator calls otherwise is explained by a rename in that language, and by no other."""
    old, new = "электрондық поштаңызды", "имейліңізді"
    ready.write(KK, ready.read(KK).replace(f'msgstr "{old}."', f'msgstr "{new}."'))
    assert ["collection"] == unproved(ready)
    declare(ready, {"old": old, "new": new, "locale": "ru"})
    assert ["collection"] == unproved(ready)
    declare(ready, {"old": old, "new": new, "locale": "kk"})
    assert [] == unproved(ready)


def test_the_record_keeps_what_was_declared(ready) -> None:
    """What explained a change is printed with it, so that reports of later years judge as this day did."""
    declare(ready, {"section": "retention", "old": "How long", "new": "Months"})
    ready.release(SECOND, EFFECTIVE)
    (rename,) = load(ready.source())[SECOND].record.renames
    assert ("How long", "Months", "retention", None) == (rename.old, rename.new, rename.section, rename.locale)
