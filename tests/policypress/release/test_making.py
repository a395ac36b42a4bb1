"""Printing releases for real: what stands in the folder, the record and the commit, and all or nothing."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, date, datetime

import pytest

from policypress.bundle import ChangeClass
from policypress.document import parse
from policypress.errors import PolicypressError
from policypress.release import load, making, today
from policypress.source import NEXT, catalogue_path
from tests.policypress.conftest import CORRECTED, EFFECTIVE, FIRST, SECOND, interrupted

FOLDER = f"policy_src/releases/{SECOND}"
PRINTS = {"en.md", "kk.md", "practices.toml", "record.toml", "ru.md"}


def shape(text: str) -> list[tuple[str, list[str]]]:
    """Return a document's anchors, each with the kinds of its clauses."""
    return [(section.anchor, [clause.kind for clause in section.clauses]) for section in parse(text).sections]


def undecided(repository) -> None:
    """Take the decision out of `next.toml`: the clause it was about has changed again; commit."""
    text = repository.read(NEXT)
    repository.write(NEXT, text[: text.index("\n[[decisions]]")])
    repository.commit()


class TestFirst:
    def test_the_commit_holds_the_print_and_nothing_else(self, bare) -> None:
        """A first, historic release is one commit that adds its folder."""
        record, commit = bare.release(FIRST, historic=True)
        expected = {f"policy_src/releases/{FIRST}/{name}" for name in PRINTS}
        assert expected == set(bare.git("show", "--name-only", "--format=", commit).splitlines())
        assert "" == bare.git("status", "--porcelain")
        assert (FIRST, None, ChangeClass.TECHNICAL, True) == (
            record.id,
            record.previous,
            record.release_class,
            record.historic,
        )

    def test_facts_dates_references_and_numbers_are_printed(self, once) -> None:
        """A print needs no software to be read: facts filled in, dates written, numbers printed, anchors kept."""
        text = once.read(f"policy_src/releases/{FIRST}/en.md")
        assert "Example Ltd. is responsible for your data." in text
        assert "This policy was published on 8 August 2024." in text
        assert "### 1.1 What you tell us {#data-provided}" in text
        assert "see [2. How long we keep data](#retention)." in text
        assert "{{" not in text

    def test_dates_are_written_for_each_locale(self, once) -> None:
        """Kazakh has its pattern from policy.toml, Russian CLDR's long form."""
        assert "Бұл саясат 2024 жылғы 8 тамыз күні жарияланды." in once.read(f"policy_src/releases/{FIRST}/kk.md")
        assert "Эта политика опубликована 8 августа 2024\N{NARROW NO-BREAK SPACE}г." in once.read(
            f"policy_src/releases/{FIRST}/ru.md"
        )


class TestSecond:
    def test_the_prepared_record_goes_into_the_release(self, ready) -> None:
        """`next.toml` is consumed: its note, decision and summaries stand in the record, the file is gone."""
        record, commit = ready.release(SECOND, EFFECTIVE)
        assert f"D\t{NEXT}" in ready.git("show", "--name-status", "--format=", commit).splitlines()
        assert not (ready.root / NEXT).exists()
        assert ("an example", True, FIRST) == (record.note, record.demonstration, record.previous)
        assert ["kk"] == [decision.only for decision in record.decisions]
        assert {"en", "kk", "ru"} == set(record.summaries[0].text)
        assert "Деректеріңізді 24 ай сақтаймыз." == record.summaries[0].text["kk"]

    def test_the_message_says_id_and_effective_date(self, twice) -> None:
        """The commit reads as what it is."""
        assert "Release 2026-12-01, effective 2027-01-15" == twice.git("log", "-1", "--format=%s")

    def test_digests_are_of_the_bytes(self, twice) -> None:
        """Each digest is the SHA-256 of the file as it stands: UTF-8, LF, NFC."""
        record = load(twice.source())[SECOND].record
        assert {"en.md", "kk.md", "ru.md", "practices.toml"} == set(record.digests)
        for name, expected in record.digests.items():
            data = (twice.root / FOLDER / name).read_bytes()
            assert expected == f"sha256:{hashlib.sha256(data).hexdigest()}"
            assert b"\r" not in data
            assert unicodedata.is_normalized("NFC", data.decode())

    def test_all_locales_have_one_structure(self, twice) -> None:
        """Clause n of one language is clause n of every other."""
        texts = [twice.read(f"{FOLDER}/{locale}.md") for locale in ("en", "kk", "ru")]
        assert shape(texts[0]) == shape(texts[1]) == shape(texts[2])

    def test_the_first_print_stays_as_it_was(self, ready) -> None:
        """A later release touches no earlier one."""
        before = ready.source().releases[FIRST]
        ready.release(SECOND, EFFECTIVE)
        assert before == ready.source().releases[FIRST]

    def test_other_staged_work_stays_out_of_the_release(self, ready) -> None:
        """A file outside the policy that was staged stays staged."""
        ready.write("notes.txt", "mine")
        ready.git("add", "notes.txt")
        ready.release(SECOND, EFFECTIVE)
        assert "A  notes.txt" == ready.git("status", "--porcelain")


class TestFallback:
    def test_an_untranslated_editorial_clause_falls_back_in_a_locale_that_may(self, ready) -> None:
        """Where a locale is not required, the clause prints in the fallback, marked with its language."""
        ready.edit("policy_src/text/03-updates.md", "material changes", "*material* changes")
        ready.translate("kk", words={"We tell you about *material* changes.": (CORRECTED[0], "")})
        undecided(ready)
        ready.release(SECOND, EFFECTIVE)
        russian = ready.read(f"{FOLDER}/ru.md")
        assert "We tell you about *material* changes. {lang=en}" in russian
        assert "{lang=" not in ready.read(f"{FOLDER}/kk.md")
        assert shape(ready.read(f"{FOLDER}/en.md")) == shape(russian)

    def test_a_required_locale_falls_back_to_its_neighbour_first(self, ready) -> None:
        """An editorial clause without a Kazakh text prints the approved Russian one, marked `lang=ru`."""
        ready.edit("policy_src/text/03-updates.md", "material changes", "*material* changes")
        ready.translate(
            "ru", words={"We tell you about *material* changes.": ("", "Мы сообщаем о существенных изменениях.")}
        )
        undecided(ready)
        ready.release(SECOND, EFFECTIVE)
        assert "Мы сообщаем о существенных изменениях. {lang=ru}" in ready.read(f"{FOLDER}/kk.md")


class TestCorrection:
    def test_a_translators_correction_is_a_change_of_its_locale_alone(self, editions) -> None:
        """The Kazakh sentence changed, the English did not: one change, marked with its only locale."""
        verdict = editions.get(SECOND).step.verdict
        (finding,) = [one for one in verdict.findings if one.only]
        assert ("kk", "updates", ChangeClass.EDITORIAL) == (finding.only, finding.section, finding.change_class)
        assert "An Editor" in finding.reasons[-1]

    def test_a_correction_alone_is_a_release(self, once) -> None:
        """Only a translation changed: there is something to release, and the source's text is the same as before."""
        once.edit(catalogue_path("kk", "policy"), "Біз не жинаймыз", "Біз нені жинаймыз")
        once.translate()
        finding = once.correction().fingerprint
        once.write(
            NEXT,
            f'[[decisions]]\nfingerprint = "{finding}"\nclass = "editorial"\nreason = "grammar"\nby = "E"\ndate = 2025-01-01\nonly = "kk"\n',
        )
        once.commit()
        record, _ = once.release("2025-01-02")
        first = once.read(f"policy_src/releases/{FIRST}/en.md").replace("8 August 2024", "2 January 2025")
        assert first == once.read("policy_src/releases/2025-01-02/en.md")
        assert "Біз нені жинаймыз" in once.read("policy_src/releases/2025-01-02/kk.md")
        assert ChangeClass.EDITORIAL is record.release_class


class TestAllOrNothing:
    def test_a_hook_that_refuses_leaves_everything_as_it_was(self, ready) -> None:
        """Git refuses the commit: no folder, `next.toml` in place, nothing staged, and git's reason in the message."""
        ready.write(".git/hooks/pre-commit", "#!/bin/sh\necho 'no ticket' >&2\nexit 1\n")
        (ready.root / ".git/hooks/pre-commit").chmod(0o755)
        before, head = ready.files(), ready.git("rev-parse", "HEAD")
        with pytest.raises(PolicypressError, match=r"nothing was left behind.*no ticket"):
            ready.release(SECOND, EFFECTIVE)
        assert before == ready.files()
        assert head == ready.git("rev-parse", "HEAD")
        assert "" == ready.git("status", "--porcelain")

    def test_after_the_hook_is_mended_the_same_release_is_made(self, ready) -> None:
        """A failed release does not stand in the way of the next attempt."""
        hook = ready.root / ".git/hooks/pre-commit"
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
        with pytest.raises(PolicypressError):
            ready.release(SECOND, EFFECTIVE)
        hook.unlink()
        assert SECOND == ready.release(SECOND, EFFECTIVE)[0].id

    def test_no_name_for_commits_is_told(self, ready, monkeypatch) -> None:
        """Git without an author refuses, and its own words say what to set."""
        ready.git("config", "--unset", "user.name")
        ready.git("config", "--unset", "user.email")
        ready.git("config", "user.useConfigOnly", "true")
        before = ready.files()
        with pytest.raises(PolicypressError, match="git could not commit"):
            ready.release(SECOND, EFFECTIVE)
        assert before == ready.files()

    def test_what_a_killed_release_left_blocks_nothing(self, ready) -> None:
        """A folder left half-written by a machine that went down is no print, and is gone with the next attempt."""
        ready.write(f"{FOLDER}.part/en.md", "# Old {#old}\n")
        assert [FIRST] == list(load(ready.source()))
        assert SECOND == ready.release(SECOND, EFFECTIVE)[0].id
        assert not (ready.root / f"{FOLDER}.part").exists()
        assert "" == ready.git("status", "--porcelain")

    def test_another_release_left_half_written_blocks_nothing(self, ready) -> None:
        """Neither does one of another day; it is not committed either."""
        ready.write("policy_src/releases/2026-11-11.part/en.md", b"\xff")
        ready.release(SECOND, EFFECTIVE)
        assert ".part" not in ready.git("ls-files")

    @pytest.mark.parametrize("hook", ["pre-commit", "post-commit"])
    def test_an_interrupt_leaves_everything_as_it_was(self, ready, hook) -> None:
        """Ctrl-C while git commits: no folder, `next.toml` in place, nothing staged, no commit, exit code 130."""
        before, head = ready.files(), ready.git("rev-parse", "HEAD")
        code, error = interrupted(ready, hook, "release", SECOND, "--effective", EFFECTIVE.isoformat())
        assert (130, "policypress: interrupted") == (code, error)
        assert before == ready.files()
        assert head == ready.git("rev-parse", "HEAD")
        assert "" == ready.git("status", "--porcelain")

    def test_a_folder_of_somebody_else_is_not_removed(self, ready) -> None:
        """Where something stands in the place of the print already, the release fails and leaves it."""
        ready.write(f"{FOLDER}/.keep", "mine")
        ready.commit()
        with pytest.raises(PolicypressError, match="not printed"):
            ready.release(SECOND, EFFECTIVE)
        assert "mine" == ready.read(f"{FOLDER}/.keep")


def test_today_is_the_day_in_the_policys_time_zone(twice, monkeypatch) -> None:
    """At 20:00 UTC it is already tomorrow in Almaty."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 11, 30, 20, 0, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(making, "datetime", Clock)
    assert date(2026, 12, 1) == today(twice.source())
