"""What is kept from build to build: never stale, never needed, never too much."""

from __future__ import annotations

import sqlite3
import stat
from datetime import date
from pathlib import Path

import pytest

from policypress import cache as cache_room
from policypress.builder import build
from policypress.cache import NAME, NOTHING, Cache
from policypress.output import make_output
from policypress.source import worktree
from tests.policypress.conftest import NEXT_TOML, SECOND, TRANSLATIONS
from tests.policypress.test_builder import files

DAY = date.fromisoformat(SECOND)


def everything(root: Path, day: date, cache: Cache) -> dict[str, object]:
    """Return all that a site shows, but for the theme's frame."""
    output = make_output(worktree(root), day, cache=cache)
    pages = {page.path: (page.title, page.html, page.headings, page.meta) for page in map(output.headed, output.pages)}
    return {**dict(output.files()), **pages}


def third(repository) -> None:
    """Make one more release."""
    repository.edit("policy_src/text/02-retention.md", "for 24 months", "for 12 months")
    repository.edit("policy_src/practices.toml", 'period = "P24M"', 'period = "P12M"')
    repository.write("policy_src/next.toml", NEXT_TOML.replace("24 months", "12 months"))
    words = {one.replace("24", "12"): tuple(t.replace("24", "12") for t in both) for one, both in TRANSLATIONS.items()}
    repository.translate(words=words)
    repository.commit()
    repository.release("2026-12-10", date(2027, 3, 1))


def moved(repository) -> None:
    """Enter an amendment into the second release."""
    path = f"policy_src/releases/{SECOND}/record.toml"
    old = (repository.root / path).read_text(encoding="utf-8")
    entry = '\n[[moved]]\nkind = "amended"\non = 2026-12-02\neffective = 2027-02-01\n'
    repository.write(path, old.rstrip("\n") + "\n" + entry)


def renamed(repository) -> None:
    """Declare a rename in the record of the second release."""
    path = f"policy_src/releases/{SECOND}/record.toml"
    row = '\n[[renames]]\nold = "Example Ltd."\nnew = "Sample Ltd."\n'
    repository.write(path, repository.read(path).rstrip("\n") + "\n" + row)


def decided(repository) -> None:
    """Decide otherwise of the translator's correction."""
    repository.edit(f"policy_src/releases/{SECOND}/record.toml", "The sentence reads better", "It says the same")


#: Whatever editors change, by name.
EDITS = {
    "nothing": lambda _: None,
    "a release": third,
    "the company": lambda it: it.edit("policy_src/policy.toml", 'company = "Example"', 'company = "Sample"'),
    "a pattern of dates": lambda it: it.edit("policy_src/policy.toml", "[locales.ru]", '[locales.ru]\ndate = "d.MM.y"'),
    "a word of the marks": lambda it: it.edit("locales/kk/LC_MESSAGES/notice.po", "Қосылған мәтін:", "Жаңа мәтін:"),
    "a word of the text": lambda it: it.edit("locales/kk/LC_MESSAGES/notice.po", "Тұрақты сілтеме", "Сілтеме"),
    "a reason": decided,
    "a rename": renamed,
    "an amendment": moved,
}


class TestNeverStale:
    def test_after_any_edit_all_is_as_without_a_cache(self, twice, tmp_path) -> None:
        """Editors change one thing after the other, and days pass: each time what is shown is made of what is there."""
        for name, edit in EDITS.items():
            edit(twice)
            for day in (date(2026, 12, 10), date(2027, 3, 2)):
                cache = Cache(tmp_path)
                found = everything(twice.root, day, cache)
                cache.close()
                assert everything(twice.root, day, NOTHING) == found, (name, day)

    def test_other_code_makes_everything_anew(self, tmp_path, monkeypatch) -> None:
        """What another version of Policypress made is not used."""
        made = []
        for version in (b"1", b"1", b"2"):
            monkeypatch.setattr(cache_room, "_made_by", lambda version=version: version)
            cache = Cache(tmp_path)
            cache.keep("text", ["a"], lambda version=version: made.append(version) or "x")
            cache.close()
        assert [b"1", b"2"] == made

    def test_parts_are_told_apart(self, tmp_path) -> None:
        """Where one part ends and the next begins makes a difference."""
        cache = Cache(tmp_path)
        found = [cache.keep("text", parts, lambda parts=parts: repr(parts)) for parts in (["ab", "c"], ["a", "bc"])]
        found += [
            cache.keep("text", ["ab", "c"], lambda: "made anew"),
            cache.keep("other", ["ab", "c"], lambda: "other"),
        ]
        cache.close()
        assert ["['ab', 'c']", "['a', 'bc']", "['ab', 'c']", "other"] == found


def garbage(path: Path) -> None:
    """Write something else into the file."""
    path.write_bytes(b"not a database at all" * 500)


def flipped(path: Path) -> None:
    """Turn bytes here and there, past the first page."""
    data = bytearray(path.read_bytes())
    for place in range(5000, len(data), 997):
        data[place] ^= 0x55
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    """Leave the first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def swapped(path: Path) -> None:
    """Give each row the text of another."""
    database = sqlite3.connect(path)
    database.execute("UPDATE kept SET text = (SELECT text FROM kept AS other WHERE other.rowid <> kept.rowid LIMIT 1)")
    database.commit()
    database.close()


def newer(path: Path) -> None:
    """Say that a later format wrote it."""
    database = sqlite3.connect(path)
    database.execute("DROP TABLE kept")
    database.execute("PRAGMA user_version = 99")
    database.commit()
    database.close()


class TestNeverNeeded:
    @pytest.mark.parametrize("wound", [Path.unlink, garbage, flipped, cut, swapped, newer])
    def test_a_cache_that_is_broken_is_harmless(self, twice, tmp_path, wound) -> None:
        """Whatever happened to the file: the right result, and a cache that works again."""
        for _ in range(2):
            cache = Cache(tmp_path)
            found = everything(twice.root, DAY, cache)
            cache.close()
            wound(tmp_path / NAME)
        assert everything(twice.root, DAY, NOTHING) == found
        made = []
        for _ in range(2):
            cache = Cache(tmp_path)
            cache.keep("text", ["a"], lambda: made.append(1) or "x")
            cache.close()
        assert [1] == made

    def test_a_folder_that_cannot_be_written(self, tmp_path) -> None:
        """A file in the place of the folder, or one that is another's: nothing is kept, nothing fails."""
        (tmp_path / "there").write_text("a file")
        assert "x" == Cache(tmp_path / "there").keep("text", [], lambda: "x")

    def test_another_build_at_the_same_time(self, tmp_path) -> None:
        """Two builds share the file; one that cannot write goes on without."""
        one, two = Cache(tmp_path), Cache(tmp_path)
        assert ["x", "x"] == [cache.keep("text", ["a"], lambda: "x") for cache in (one, two)]
        one.close()
        two.close()
        assert "x" == Cache(tmp_path).keep("text", ["a"], lambda: "made anew")

    def test_a_basket_reads_the_file_and_writes_nothing(self, tmp_path) -> None:
        """What another process made is kept by the one that takes it; what was kept is not made again."""
        cache = Cache(tmp_path)
        cache.keep("text", ["a"], lambda: "x")
        cache.close()
        cache = Cache(tmp_path)
        basket = cache.basket()
        assert ["x", "y"] == [basket.keep("text", [part], lambda: "y") for part in ("a", "b")]
        assert not cache.knows("text", ["b"])
        cache.take(basket.emptied())
        assert {} == basket.emptied()
        assert [True, True, False] == [cache.knows("text", [part]) for part in ("a", "b", "c")]
        cache.close()
        assert "y" == Cache(tmp_path).keep("text", ["b"], lambda: "made anew")

    def test_another_build_that_holds_the_file(self, tmp_path) -> None:
        """A file that another process has locked is sound: it is left as it is, and this build goes on without."""
        first = Cache(tmp_path)
        first.keep("text", ["a"], lambda: "x")
        first.close()
        holder = sqlite3.connect(tmp_path / NAME, isolation_level=None)
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        late = Cache(tmp_path)
        assert "anew" == late.keep("text", ["a"], lambda: "anew")
        late.close()
        holder.execute("ROLLBACK")
        holder.close()
        again = Cache(tmp_path)
        assert "x" == again.keep("text", ["a"], lambda: "not asked for")
        again.close()

    def test_without(self, twice, tmp_path) -> None:
        """`cache=False` neither reads nor writes; the site is the same, and git sees nothing of the cache."""
        first = files(build(twice.root, as_of=DAY, site=tmp_path / "first", cache=False))
        assert not (twice.root / ".cache").exists()
        assert first == files(build(twice.root, as_of=DAY, site=tmp_path / "cold"))
        assert first == files(build(twice.root, as_of=DAY, site=tmp_path / "warm"))
        assert (twice.root / ".cache/policypress" / NAME).is_file()
        assert "" == twice.git("status", "--porcelain")


class TestNeverTooMuch:
    def test_what_was_asked_for_longest_ago_goes_first(self, tmp_path) -> None:
        """The file stays within its bound."""
        made = []
        for name in "abcab":
            cache = Cache(tmp_path, most=250_000)
            cache._today += len(made)  # each build on another day
            cache.keep("text", [name], lambda name=name: made.append(name) or name * 100_000)
            cache.close()
        assert ["a", "b", "c", "a", "b"] == made
        assert 350_000 > (tmp_path / NAME).stat().st_size

    def test_what_nobody_asked_for_in_a_month_goes(self, tmp_path) -> None:
        """A text that is used every day stays."""
        for day in range(0, 60, 10):
            cache = Cache(tmp_path)
            cache._today += day
            cache.keep("text", ["used"], lambda: "x")
            if not day:
                cache.keep("text", ["unused"], lambda: "x")
            cache.close()
        database = sqlite3.connect(tmp_path / NAME)
        assert [(1,)] == database.execute("SELECT count(*) FROM kept").fetchall()
        database.close()

    def test_nothing_is_executed(self, tmp_path) -> None:
        """It holds text in SQLite, readable by whoever reads the repository: no code, no pickle."""
        cache = Cache(tmp_path)
        cache.keep("text", ["a"], lambda: "қ")
        cache.close()
        database = sqlite3.connect(tmp_path / NAME)
        assert [("қ".encode(),)] == database.execute("SELECT text FROM kept").fetchall()
        database.close()
        assert not (tmp_path / NAME).stat().st_mode & stat.S_IXUSR
