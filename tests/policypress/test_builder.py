"""Building a site: whole or not at all, the same bytes every time, for the day that was asked."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from policypress.builder import build
from policypress.errors import PolicypressError, ProblemsError, UsageError
from tests.policypress.conftest import FIRST, SECOND

DAY = date.fromisoformat(SECOND)
TEXT = "policy_src/text/02-retention.md"


def files(folder: Path) -> dict[str, bytes]:
    """Return a folder's files by path."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class TestSite:
    def test_what_a_site_has(self, site) -> None:
        """Pages of every locale and release, feeds, bundles, schema, style sheet; none of the editors' files."""
        found = set(files(site))
        for locale in ("en", "kk", "ru"):
            pages = (
                "",
                "upcoming/",
                "archive/",
                "compare/",
                "on/",
                "search/",
                f"archive/{FIRST}/",
                f"archive/{SECOND}/",
                f"changes/{SECOND}/",
            )
            assert {f"{locale}/{page}index.html" for page in pages} <= found
            assert f"{locale}/feed.xml" in found
        assert {"index.html", "404.html", "sitemap.xml", "assets/policypress.css"} <= found
        releases = {
            f"releases/{name}.json"
            for name in (FIRST, SECOND, "index", "release.schema", "index.schema", "text.schema")
        }
        releases |= {f"releases/{name}/{locale}.json" for name in (FIRST, SECOND) for locale in ("en", "kk", "ru")}
        assert releases == {path for path in found if path.startswith("releases/")}
        assert [] == [
            path for path in found if path.endswith((".toml", ".md", ".po")) or path.startswith(("text/", "en/text"))
        ]

    def test_each_page_is_in_its_own_language(self, site) -> None:
        """The page, the theme's own words and the title are of the page's locale."""
        kazakh = (site / "kk/index.html").read_text(encoding="utf-8")
        assert '<html lang="kk"' in kazakh
        assert "<title>Құпиялылық саясаты</title>" in kazakh

    def test_the_name_at_the_foot_is_set_apart(self, site) -> None:
        """A Latin name keeps its full stop at its end on a page that runs from right to left."""
        assert "<bdi>Example Ltd.</bdi></a></dd>" in (site / "kk/index.html").read_text(encoding="utf-8")

    def test_no_page_asks_another_host_for_anything(self, site) -> None:
        """No font, script, style or image comes from elsewhere."""
        for path, data in files(site).items():
            if path.endswith(".html"):
                for tag in ('src="http', 'src="//', 'rel="stylesheet" href="http', 'rel="preconnect"'):
                    assert tag not in data.decode(), path


class TestSafety:
    def test_the_same_bytes_twice(self, twice, monkeypatch) -> None:
        """Two builds of the same text for the same day are the same, byte for byte."""
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796083200")
        first = files(build(twice.root, as_of=DAY))
        assert first == files(build(twice.root, as_of=DAY))

    def test_gitkeep_is_kept_and_old_pages_are_swept(self, twice) -> None:
        """The file that keeps site/ in git stays; a page of an earlier build that is no more goes."""
        twice.write("site/en/old/index.html", "gone")
        build(twice.root, as_of=DAY)
        assert (twice.root / "site/.gitkeep").is_file()
        assert not (twice.root / "site/en/old").exists()
        assert "" == twice.git("status", "--porcelain")

    def test_what_did_not_change_is_not_written_again(self, twice, monkeypatch) -> None:
        """Pages and data of the last site keep their file and its time, but for one that somebody touched there."""
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1796083200")
        last = build(twice.root, as_of=DAY)
        good = files(last)
        (last / "kk/index.html").write_text(good["kk/index.html"].decode() + " ", encoding="utf-8")
        before = {path: (last / path).stat() for path in good if not path.startswith("assets/")}
        again = build(twice.root, as_of=DAY)
        assert good == files(again)
        kept = {path for path, stat in before.items() if os.path.samestat(stat, (again / path).stat())}
        # the last three are MkDocs' and git's to write
        assert {"kk/index.html", "404.html", "push.js", ".gitkeep"} == set(before) - kept

    def test_the_next_day_leaves_the_last_good_site_as_it_was(self, twice) -> None:
        """A page of another day is another file: what links to the last one still reads that."""
        last = files(build(twice.root, as_of=DAY))
        (twice.root / "kept").mkdir()
        os.link(twice.root / "site/kk/index.html", twice.root / "kept/kk.html")
        build(twice.root, as_of=date(2027, 6, 1))
        assert last["kk/index.html"] == (twice.root / "kept/kk.html").read_bytes()
        assert last["kk/index.html"] != (twice.root / "site/kk/index.html").read_bytes()

    @pytest.mark.parametrize(
        "wound",
        [
            lambda repository: repository.edit(f"policy_src/releases/{SECOND}/kk.md", "24 ай", "36 ай"),
            lambda repository: repository.write("policy_src/policy.toml", 'id = "privacy\n'),
            lambda repository: repository.write("locales/kk/LC_MESSAGES/notice.po", 'msgid ""\nmsgstr ""\n'),
            lambda repository: repository.write("mkdocs.yml", "site_name: [\n"),
            lambda repository: repository.edit("mkdocs.yml", "name: material", "name: nonesuch"),
            lambda repository: repository.edit("mkdocs.yml", "  - policypress", "  - policypress:\n      surprise: 1"),
        ],
    )
    def test_a_build_that_fails_leaves_the_last_good_site(self, twice, wound) -> None:
        """Whatever is wrong, the site stays as it was, nothing half-built stands beside it."""
        twice.write("site/index.html", "the last good one")
        wound(twice)
        before = twice.files()
        with pytest.raises(PolicypressError) as caught:
            build(twice.root, as_of=DAY)
        assert str(caught.value)
        assert before == twice.files()
        assert not (twice.root / "site.part").exists()

    def test_what_is_wrong_is_told_by_file_and_line(self, twice) -> None:
        """The error of the press comes through MkDocs as it was raised."""
        twice.write("policy_src/policy.toml", 'id = "privacy"\ncompany = "x\n')
        with pytest.raises(ProblemsError) as caught:
            build(twice.root)
        assert [("policy_src/policy.toml", 2)] == [(problem.file, problem.line) for problem in caught.value.problems]

    def test_without_mkdocs_yml(self, twice) -> None:
        """A missing mkdocs.yml is told with what should stand in it."""
        (twice.root / "mkdocs.yml").unlink()
        with pytest.raises(UsageError, match=r"mkdocs\.yml: missing"):
            build(twice.root)


class TestDay:
    def test_a_day_from_the_call(self, twice, tmp_path, monkeypatch) -> None:
        """The day asked for wins over the environment's, which is as it was afterwards."""
        monkeypatch.setenv("POLICYPRESS_AS_OF", "2024-09-01")
        found = files(build(twice.root, as_of=date(2027, 1, 15), site=tmp_path / "out"))
        assert b"24 months" in found["en/index.html"]
        assert "2024-09-01" == os.environ["POLICYPRESS_AS_OF"]
        assert f"releases/{SECOND}.json" not in files(build(twice.root, site=tmp_path / "out"))

    def test_before_publication_nothing_of_a_release_is_in_the_site(self, twice, tmp_path) -> None:
        """No page, feed, bundle, index or sitemap names a release before its day."""
        for path, data in files(build(twice.root, as_of=date(2026, 11, 30), site=tmp_path / "out")).items():
            assert SECOND.encode() not in data, path
            assert b"24 months" not in data, path


def test_plain_mkdocs_builds_the_same_site(twice, site) -> None:
    """`mkdocs build` makes what `policypress build` makes: whoever knows MkDocs needs no other command."""
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", "plain"],
        cwd=twice.root,
        env={**os.environ, "POLICYPRESS_AS_OF": SECOND, "NO_MKDOCS_2_WARNING": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (0, "") == (run.returncode, run.stderr)
    plain, ours = files(twice.root / "plain"), files(site)
    assert ours == plain


def test_plain_mkdocs_fails_with_our_message(twice) -> None:
    """A digest that no longer matches stops `mkdocs build` with the file and the way out, without a traceback."""
    twice.edit(f"policy_src/releases/{SECOND}/kk.md", "24 ай", "36 ай")
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"],
        cwd=twice.root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert 1 == run.returncode
    assert f"policy_src/releases/{SECOND}/kk.md" in run.stderr
    assert "Traceback" not in run.stderr
