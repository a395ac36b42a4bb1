"""What was found is kept by digest of what was read, and never stands in for another text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policypress import checks
from policypress.checks.kept import kept
from policypress.source import read
from tests.policypress.checks.cases import ROOT, files


def _source():
    laid = {**files(ROOT / "base"), **files(ROOT / "number-parity" / "finds")}
    laid.pop("expected.txt")
    return read(laid)


def _never(_source):
    pytest.fail("it was checked again")


def test_the_second_run_reads_what_the_first_found(tmp_path):
    """The same problems, severities included, without a check run."""
    first = kept(_source(), tmp_path, checks.run)
    assert first == kept(_source(), tmp_path, _never)
    assert first == checks.run(_source())


def test_an_edit_is_checked(tmp_path):
    """One letter in any file makes another digest."""
    source = _source()
    kept(source, tmp_path, checks.run)
    path, text = next(iter(source.texts.items()))
    edited = replace(source, texts={**source.texts, path: f"{text}\n<b>bold</b>\n"})
    assert "raw-html" in {one.rule for one in kept(edited, tmp_path, checks.run)}


@pytest.mark.parametrize(
    "broken", [b"", b"{", b"\xff", b"[1]", b'{"problems": [{"other": 2}]}', b'{"problems": [1]}', b"{}"]
)
def test_a_broken_file_is_no_loss(tmp_path, broken):
    """It is checked again and written anew."""
    first = kept(_source(), tmp_path, checks.run)
    (path,) = tmp_path.iterdir()
    path.write_bytes(broken)
    assert first == kept(_source(), tmp_path, checks.run)


def test_a_folder_that_cannot_be_written_is_no_loss(tmp_path):
    """A file stands where the folder should."""
    (tmp_path / "cache").write_text("")
    assert checks.run(_source()) == kept(_source(), tmp_path / "cache", checks.run)


def test_old_results_are_cleared_away(tmp_path):
    """Sixteen are kept."""
    for number in range(20):
        (tmp_path / f"check-{number}.json").write_text("[]")
    kept(_source(), tmp_path, checks.run)
    assert 16 == len(list(tmp_path.iterdir()))
