"""`policypress init`: an empty repository that checks, builds, releases and verifies at once."""

from __future__ import annotations

import pytest

from policypress import checks
from policypress.builder import build
from policypress.cli import OK, USAGE, main
from policypress.source import worktree


@pytest.mark.parametrize("locale", ["en", "kk", "ru"])
def test_it_builds_at_once(tmp_path, locale) -> None:
    """No problem is found in it, and its site has pages."""
    target = tmp_path / "policy"
    assert OK == main(["init", str(target), "--locale", locale, "--company", 'Example "Q" Ltd.'])
    assert () == checks.run(worktree(target))
    assert (build(target) / locale / "index.html").is_file()


def test_its_first_release(tmp_path, capsys, monkeypatch) -> None:
    """The next two commands work, for somebody whom git knows: release, verify."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "An Editor")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "editor@example.org")
    target = tmp_path / "policy"
    main(["init", str(target)])
    assert OK == main(["-C", str(target), "release", "2026-11-22", "--historic"]), capsys.readouterr().err
    assert OK == main(["-C", str(target), "verify"])


def test_a_folder_that_exists_is_left_alone(tmp_path, capsys) -> None:
    """A wrong call, and one message."""
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert USAGE == main(["init", str(tmp_path / "file")])
    assert "exists already" in capsys.readouterr().err
    assert "mine" == (tmp_path / "file").read_text(encoding="utf-8")


def test_words_to_translate(tmp_path, capsys) -> None:
    """For a language that we have no words in, it says how many are to be translated."""
    assert OK == main(["init", str(tmp_path / "policy"), "--locale", "de"])
    assert "fixed words of the site first" in capsys.readouterr().out
