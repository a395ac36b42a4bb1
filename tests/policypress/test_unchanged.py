"""What is as it was in the last site is linked there; whatever else stands there is not."""

from __future__ import annotations

import os

import pytest

from policypress.unchanged import carry


@pytest.fixture
def last(tmp_path):
    """Return a file of the last site, an hour old."""
    path = tmp_path / "last.html"
    path.write_bytes("сол".encode())
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def test_the_same_content_is_the_same_file(last, tmp_path) -> None:
    """Nothing is written: the new name leads to the old file, which keeps its time."""
    place = tmp_path / "kk/archive/index.html"
    assert carry("сол".encode(), place, last)
    assert last.samefile(place)
    assert 1_700_000_000 == place.stat().st_mtime


@pytest.mark.parametrize("content", ["сал", "со", ""])
def test_other_content_is_left_to_the_caller(last, tmp_path, content) -> None:
    """One letter of the same length is another content."""
    assert not carry(content.encode(), tmp_path / "kk/index.html", last)
    assert ["last.html"] == [path.name for path in tmp_path.iterdir()]


def test_what_is_no_plain_file_is_not_taken_over(last, tmp_path) -> None:
    """A link, a folder and nothing at all in the last site are none of its pages."""
    link, folder = tmp_path / "link", tmp_path / "folder"
    link.symlink_to(last)
    folder.mkdir()
    for old in (link, folder, tmp_path / "none", last / "below"):
        assert not carry("сол".encode(), tmp_path / "new.html", old)
    assert not (tmp_path / "new.html").exists()


def test_what_stands_already_is_left(last, tmp_path) -> None:
    """A file that another plugin wrote is not replaced here."""
    place = tmp_path / "index.html"
    place.write_text("theirs", encoding="utf-8")
    assert not carry("сол".encode(), place, last)
    assert "theirs" == place.read_text(encoding="utf-8")


def test_a_file_system_without_links(last, tmp_path, monkeypatch) -> None:
    """There the caller writes, as if nothing had stood in the last site."""

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert not carry("сол".encode(), tmp_path / "new.html", last)
