"""The gate refuses each thing it must, says how to mend it, and lists all that is missing at once."""

from __future__ import annotations

from datetime import date

import pytest

from policypress.errors import Problem, RefusedError, Severity
from policypress.materiality import Decision
from policypress.release import add_decision, make, open_step, withdraw
from policypress.source import NEXT, catalogue_path
from tests.policypress.conftest import EFFECTIVE, FIRST, SECOND

KK = catalogue_path("kk", "policy")
MATERIAL = "Деректеріңізді есептік жазбаңыз жабылғаннан кейін 24 ай сақтаймыз."


def refused(repository, release=SECOND, effective=EFFECTIVE, **more) -> tuple[str, ...]:
    """Return what is missing; nothing may have changed on disk or in git."""
    before, head = repository.files(), repository.git("rev-parse", "HEAD")
    with pytest.raises(RefusedError) as caught:
        repository.release(release, effective, **more)
    assert before == repository.files()
    assert head == repository.git("rev-parse", "HEAD")
    assert str(caught.value).startswith(f"The release {release} cannot be made yet:\n  - ")
    return caught.value.missing


def test_what_is_whole_passes(ready) -> None:
    """The repository that all these tests break one by one can be released as it is."""
    assert SECOND == ready.release(SECOND, EFFECTIVE)[0].id


def test_a_dirty_tree(ready) -> None:
    """What is not committed cannot be verified later, so it is not released."""
    ready.edit("policy_src/text/03-updates.md", "material changes.\n", "material changes.\n\n")
    ready.write("policy_src/notes.txt", "")
    (line,) = refused(ready)
    assert line.startswith("not committed: policy_src/text/03-updates.md, policy_src/notes.txt. Commit or stash")


def test_many_dirty_files_are_counted(ready) -> None:
    """A long list is cut and counted."""
    for number in range(7):
        ready.write(f"policy_src/notes/{number}.txt", "")
    (line,) = refused(ready)
    assert "and 2 more" in line


def test_the_lead_time(ready) -> None:
    """A material release one day short of its lead time is refused with the figures; on the day it passes."""
    (line,) = refused(ready, effective=date(2026, 12, 30))
    assert (
        "2026-12-30 leaves 29 days after publication; a material release needs 30 (lead_time in "
        "policy_src/policy.toml): 2026-12-31 at the earliest" == line
    )
    assert SECOND == ready.release(SECOND, date(2026, 12, 31))[0].id


def test_the_lead_time_of_a_country(ready) -> None:
    """The longest lead time of any country holds for the release."""
    ready.edit("policy_src/policy.toml", "material = 30", "material = 30\ncountries = { KZ = { material = 60 } }")
    ready.commit()
    (line,) = refused(ready)
    assert "needs 60 (" in line


def test_effective_before_published(ready) -> None:
    """Nothing takes effect before it is published."""
    (line,) = refused(ready, effective=date(2026, 11, 30))
    assert "the effective date 2026-11-30 lies before the day of publication 2026-12-01" == line


def test_an_id_that_exists(twice) -> None:
    """A release is printed once."""
    lines = refused(twice)
    assert f"the release {SECOND} exists; a release is printed once. Choose another id" == lines[0]


def test_two_releases_on_one_day(ready) -> None:
    """Two releases published on one day could not be told apart."""
    with pytest.raises(RefusedError) as caught:
        make(ready.root, SECOND, effective=EFFECTIVE, published=date.fromisoformat(FIRST), historic=True)
    assert any(f"{FIRST} is published on {FIRST} too" in line for line in caught.value.missing)


def test_a_release_before_the_newest(ready) -> None:
    """Releases are made in the order of their days."""
    assert any("is published later than 2023-01-01" in line for line in refused(ready, "2023-01-01", date(2024, 1, 1)))


@pytest.mark.parametrize("effective", [date(2026, 12, 10), EFFECTIVE])
def test_in_force_before_what_it_builds_on(twice, effective) -> None:
    """An editorial release is not a way to bring an announced change into force before its day, or on it."""
    twice.edit("policy_src/text/03-updates.md", "periodically", "Periodically")
    twice.commit()
    assert (
        f"{SECOND} takes effect on {EFFECTIVE}, and this release builds on it: name a later day than {effective}, "
        f"or withdraw {SECOND} first"
    ) in refused(twice, "2026-12-10", effective)


def test_in_force_before_what_was_withdrawn(twice) -> None:
    """A release that was taken back holds nobody up."""
    withdraw(twice.root, SECOND, on=date(2026, 12, 5), reason="Too early.")
    assert not any("builds on it" in line for line in refused(twice, "2026-12-10", date(2026, 12, 10)))


def test_nothing_changed(once) -> None:
    """Where only the release's own date would differ from the newest print there is nothing to release."""
    (line,) = refused(once, "2025-02-01", date(2025, 4, 1))
    assert line.startswith(f"nothing changed since {FIRST}")


@pytest.mark.parametrize(
    ("wound", "lack"),
    [
        (lambda text: text.replace(f'msgstr "{MATERIAL}"', 'msgstr ""'), "not translated"),
        (lambda text: text.replace(MATERIAL, MATERIAL + " "), "not approved"),
    ],
)
def test_a_material_clause_without_a_current_translation(ready, wound, lack) -> None:
    """A required locale's material clause is translated and approved, or the release waits."""
    ready.write(KK, wound(ready.read(KK)))
    ready.commit()
    (line,) = refused(ready)
    assert f"{KK}: retention: {lack}: We keep your data for 24 months after you close your account…" == line


def test_a_fuzzy_material_clause(ready) -> None:
    """What a tool carried over from the clause before does not stand in for a translation."""
    ready.edit("policy_src/text/02-retention.md", "24 months", "36 months")
    ready.edit("policy_src/practices.toml", "P24M", "P36M")
    ready.translate("kk", words={})
    ready.commit()
    assert any(line.startswith(f"{KK}: retention: fuzzy: We keep your data for 36 months") for line in refused(ready))


def test_an_unapproved_editorial_clause_of_a_required_locale(ready) -> None:
    """What nobody approved never goes out, material or not."""
    ready.edit(KK, "мезгіл-мезгіл қарап", "мезгіл-мезгіл  қарап")
    ready.commit()
    assert any(": updates: not approved: " in line for line in refused(ready))


def test_an_untranslated_summary(ready) -> None:
    """The notice's own sentence is translated in every required locale."""
    text = ready.read(KK)
    ready.write(KK, text.replace('msgstr "Деректеріңізді 24 ай сақтаймыз."', 'msgstr ""'))
    ready.commit()
    assert (f"{KK}: summary of retention: not translated: We keep your data for 24 months.",) == refused(ready)


def test_a_first_release_without_a_catalogue(bare) -> None:
    """A first release waits for every clause of a required locale; one that is not required may fall back."""
    (bare.root / KK).unlink()
    (bare.root / catalogue_path("ru", "policy")).unlink()
    bare.commit()
    lines = refused(bare, FIRST, date(2024, 8, 8), historic=True)
    assert all(line.startswith(f"{KK}: ") and ": not translated: " in line for line in lines)
    assert 14 == len(lines)


def test_a_missing_summary_and_one_too_many(ready) -> None:
    """Every material section has a summary, and a summary stands for a material section."""
    ready.edit(NEXT, 'section = "retention"', 'section = "updates"')
    ready.translate("kk")
    ready.commit()
    missing, extra = (line for line in refused(ready) if "[[summaries]]" in line or "sums up" in line)
    assert "no summary for the material change in 'retention': add a [[summaries]] to policy_src/next.toml" == missing
    assert "policy_src/next.toml sums up 'updates', where nothing material changed" == extra


def test_a_dead_decision(ready) -> None:
    """A decision about a clause that changed again decides nothing."""
    ready.edit(NEXT, f'fingerprint = "{ready.correction().fingerprint}"', 'fingerprint = "0123456789abcdef"')
    ready.commit()
    assert any(
        line.startswith("the decision 0123456789abcdef in policy_src/next.toml names no change")
        for line in refused(ready)
    )


def test_a_change_that_nobody_decided_on(ready) -> None:
    """What nothing proves and no fact confirms waits for a person; whatever that person decides lets it go."""
    ready.edit("policy_src/text/03-updates.md", "material changes.", "material changes, and parrots sing.")
    ready.commit()
    (fingerprint,) = (f.fingerprint for f in open_step(ready.root).verdict.findings if f.review)
    needed = f"no decision on the change {fingerprint} in 'updates', which nothing proves: policypress decide"
    assert needed in refused(ready)
    decided = Decision.model_validate(
        {"fingerprint": fingerprint, "class": "minor", "reason": "They do.", "by": "Legal", "date": date(2026, 11, 22)}
    )
    add_decision(ready.root, decided)
    assert not [line for line in refused(ready) if line.startswith("no decision")]


def test_problems_of_check_that_are_errors(ready) -> None:
    """What `policypress check` calls an error stops a release; a warning does not."""
    error = Problem(rule="x", message="two terms for one notion", file="locales/kk/LC_MESSAGES/policy.po", line=3)
    warning = Problem(rule="x", message="a nicety", severity=Severity.WARNING)
    day = date.fromisoformat(SECOND)
    with pytest.raises(RefusedError) as caught:
        make(ready.root, SECOND, effective=EFFECTIVE, published=day, problems=(error, warning))
    assert (f"{KK}:3: two terms for one notion",) == caught.value.missing
    assert SECOND == make(ready.root, SECOND, effective=EFFECTIVE, published=day, problems=(warning,))[0].id


def test_everything_at_once(ready) -> None:
    """All that is missing is told in one message, so that nobody mends and runs again and again."""
    ready.write(KK, ready.read(KK).replace(f'msgstr "{MATERIAL}"', 'msgstr ""'))
    ready.commit()
    ready.edit(NEXT, ready.read(NEXT)[ready.read(NEXT).index("[[summaries]]") :], "")
    lines = refused(ready, effective=date(2026, 12, 5))
    expected = [
        "2026-12-05 leaves 4 days",
        "not committed: policy_src/next.toml",
        f"no decision on the change {ready.correction().fingerprint} in 'updates' (kk), which nothing proves",
        "no summary for the material change in 'retention'",
        "no summary for the material change in 'updates'",
        f"{KK}: retention: not translated",
    ]
    assert expected == [line[: len(start)] for line, start in zip(lines, expected, strict=True)]


def test_historic_dates_are_not_held_to_the_lead_time(ready) -> None:
    """What was published before the tool was used took effect when it did, whatever nobody decided on it."""
    ready.write(NEXT, "")
    ready.commit()
    assert ready.release("2025-01-01", date(2025, 1, 1), historic=True)[0].historic
