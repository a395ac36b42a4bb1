"""`verify` holds each print against the source at the commit that made it, and finds every way to tamper."""

from __future__ import annotations

import hashlib
import shutil
import subprocess

import pytest

from policypress.errors import ProblemsError
from policypress.git import Repository, ShallowCloneError
from policypress.release import load, verify
from policypress.source import worktree
from tests.policypress.conftest import CHECKOUT, EFFECTIVE, FIRST, SECOND

FOLDER = f"policy_src/releases/{SECOND}"


def verified(repository):
    """Return the results by release."""
    return {one.release: one for one in verify(repository.source(), Repository(repository.root))}


def tamper(repository) -> None:
    """Change a printed period and its digest with it, as someone who means it would."""
    repository.edit(f"{FOLDER}/en.md", "24 months", "36 months")
    old = load_digest(repository)
    data = (repository.root / FOLDER / "en.md").read_bytes()
    repository.edit(f"{FOLDER}/record.toml", old, f"sha256:{hashlib.sha256(data).hexdigest()}")


def load_digest(repository) -> str:
    """Return the digest that the record gives for the English print."""
    lines = repository.read(f"{FOLDER}/record.toml").splitlines()
    return next(line for line in lines if line.startswith('"en.md"')).partition(" = ")[2].strip('"')


def test_what_was_printed_verifies(twice) -> None:
    """Both prints are what their source compiles to, and the commits are named."""
    results = verified(twice)
    assert {FIRST: True, SECOND: True} == {name: one.ok for name, one in results.items()}
    assert twice.git("rev-parse", "HEAD") == results[SECOND].commit


def test_later_work_on_the_source_changes_nothing(twice) -> None:
    """A print is held against the source of its own day, not of today."""
    twice.edit("policy_src/text/02-retention.md", "24 months", "48 months")
    twice.edit("policy_src/policy.toml", "Example Ltd.", "Example Inc.")
    twice.commit()
    assert all(one.ok for one in verified(twice).values())


def test_an_edited_print_no_longer_has_its_digest(twice) -> None:
    """A print edited by hand is found at every reading: file, what is wrong, the way back."""
    twice.edit(f"{FOLDER}/kk.md", "24 ай", "36 ай")
    with pytest.raises(ProblemsError) as caught:
        load(twice.source())
    (problem,) = caught.value.problems
    assert f"{FOLDER}/kk.md" == problem.file
    assert "git checkout" in problem.help


@pytest.mark.parametrize(("name", "act"), [("ru.md", "unlink"), ("fr.md", "touch")])
def test_a_print_missing_or_added(twice, name, act) -> None:
    """A file that the record names and is gone, or stands there and is not named, is found."""
    getattr(twice.root / FOLDER / name, act)()
    with pytest.raises(ProblemsError) as caught:
        load(twice.source())
    assert [f"{FOLDER}/{name}"] == [problem.file for problem in caught.value.problems]


def test_a_print_without_its_record(twice) -> None:
    """Without its record a folder is no release."""
    (twice.root / FOLDER / "record.toml").unlink()
    with pytest.raises(ProblemsError, match=r"record\.toml: missing"):
        load(twice.source())


def test_a_record_of_another_release(twice) -> None:
    """A record copied from another folder is found."""
    twice.edit(f"{FOLDER}/record.toml", f'id = "{SECOND}"', 'id = "2026-12-02"')
    with pytest.raises(ProblemsError, match="says it is 2026-12-02"):
        load(twice.source())


@pytest.mark.parametrize("commit", [False, True])
def test_print_and_record_tampered_with_together(twice, commit) -> None:
    """With the digest changed too, print and record still are not what their commit added, committed or not."""
    tamper(twice)
    if commit:
        twice.commit("an innocent change")
    result = verified(twice)[SECOND]
    assert not result.ok
    assert {f"{FOLDER}/en.md", f"{FOLDER}/record.toml"} == {problem.file for problem in result.problems}
    expected = ["is not the file", "differs from th", "is not what the"]
    assert expected == [problem.message[:15] for problem in result.problems]


def test_the_line_of_the_first_difference(twice) -> None:
    """The problem names the line to look at."""
    tamper(twice)
    number = 1 + next(i for i, line in enumerate(twice.read(f"{FOLDER}/en.md").splitlines()) if "36 months" in line)
    assert number == verified(twice)[SECOND].problems[-1].line


def test_a_history_rewritten_beneath_the_print(twice) -> None:
    """The source of the release's own commit rewritten: the print is not what that source compiles to."""
    twice.edit("policy_src/text/02-retention.md", "24 months", "48 months")
    twice.git("add", "--all")
    twice.git("commit", "--quiet", "--amend", "--no-edit")
    result = verified(twice)[SECOND]
    assert not result.ok
    assert {"en.md", "kk.md", "ru.md"} == {problem.file.rpartition("/")[2] for problem in result.problems}


@pytest.mark.parametrize("commit", [False, True])
def test_a_release_removed_whole(twice, commit) -> None:
    """A release that the history knows and the tree does not is found, be the removal committed or not."""
    shutil.rmtree(twice.root / FOLDER)
    if commit:
        twice.commit("tidying up")
    results = verified(twice)
    assert {FIRST: True, SECOND: False} == {name: one.ok for name, one in results.items()}
    assert ["was released once, and is gone. A release is withdrawn, never removed"] == [
        problem.message for problem in results[SECOND].problems
    ]


def test_all_releases_removed(twice) -> None:
    """Where none is left, all of them are missed."""
    shutil.rmtree(twice.root / "policy_src/releases")
    assert {FIRST: False, SECOND: False} == {name: one.ok for name, one in verified(twice).items()}


@pytest.fixture
def official(ready):
    """Return a repository with two releases that says nowhere that it is a demonstration."""
    ready.edit("policy_src/policy.toml", "demonstration = true\n", "")
    ready.commit()
    ready.release(SECOND, EFFECTIVE)
    return ready


def put_back(twice) -> None:
    """Take a release out, and commit it again as another, with a source to match."""
    old = load_digest(twice)
    (twice.root / "kept").mkdir()
    shutil.move(twice.root / FOLDER, twice.root / "kept/print")
    twice.edit("policy_src/text/02-retention.md", "24 months", "36 months")
    twice.commit("out")
    shutil.move(twice.root / "kept/print", twice.root / FOLDER)
    twice.edit(f"{FOLDER}/en.md", "24 months", "36 months")
    digest = hashlib.sha256((twice.root / FOLDER / "en.md").read_bytes()).hexdigest()
    twice.edit(f"{FOLDER}/record.toml", old, f"sha256:{digest}")
    twice.commit("in again")


def test_removed_and_put_back_as_another(official) -> None:
    """A print that was taken out and comes again is held against the first one."""
    put_back(official)
    messages = [problem.message for problem in verified(official)[SECOND].problems]
    assert f"was added again by commit {official.git('rev-parse', 'HEAD')[:10]}" == messages[0]
    assert any(message.startswith("is not the file that commit") for message in messages)


def test_a_demonstration_may_be_printed_again(twice) -> None:
    """Nobody was told of it; its last print is held against the source of its commit, as any other."""
    twice.git("revert", "--no-edit", "HEAD")
    assert not verified(twice)[SECOND].ok
    twice.release(SECOND, EFFECTIVE)
    assert {FIRST: True, SECOND: True} == {name: one.ok for name, one in verified(twice).items()}
    assert twice.git("rev-parse", "HEAD") == verified(twice)[SECOND].commit


def test_this_repository() -> None:
    """The releases that ship are what their source compiles to."""
    assert [] == [problem for one in verify(worktree(CHECKOUT), Repository(CHECKOUT)) for problem in one.problems]


def test_put_back_behind_a_merge(official) -> None:
    """A side of a merge that never held the first print does not hide it."""
    twice = official
    main = twice.git("rev-parse", "--abbrev-ref", "HEAD")
    first = twice.git("rev-parse", "HEAD")
    twice.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    twice.git("checkout", "--quiet", first, "--", "policy_src/releases")
    tamper(twice)
    twice.commit("another print of that release")
    twice.git("checkout", "--quiet", main)
    twice.git("merge", "--quiet", "--no-edit", "--strategy=ours", "side")
    twice.git("checkout", "--quiet", "side", "--", ".")
    twice.git("commit", "--quiet", "--amend", "--no-edit")
    assert not verified(twice)[SECOND].ok


def test_a_history_without_the_release_before(twice) -> None:
    """With its whole history gone a release is still missed by the one that follows it."""
    shutil.rmtree(twice.root / f"policy_src/releases/{FIRST}")
    twice.git("checkout", "--quiet", "--orphan", "clean")
    twice.commit("all there ever was")
    (problem,) = (p for p in verified(twice)[SECOND].problems if "follows" in p.message)
    assert f"says that it follows {FIRST}, which is not there" == problem.message


def test_a_tag_whose_release_is_gone(twice) -> None:
    """A tag remembers a release that a rewritten history does not."""
    twice.git("tag", f"privacy/{SECOND}")
    twice.git("reset", "--quiet", "--hard", "HEAD~1")
    assert {FIRST: True, SECOND: False} == {name: one.ok for name, one in verified(twice).items()}


def test_a_release_never_committed(ready) -> None:
    """A folder made by hand has no commit to be held against."""
    shutil.copytree(ready.root / f"policy_src/releases/{FIRST}", ready.root / "policy_src/releases/2025-01-01")
    ready.edit("policy_src/releases/2025-01-01/record.toml", f'id = "{FIRST}"', 'id = "2025-01-01"')
    result = verified(ready)["2025-01-01"]
    assert "no commit added it" in result.problems[0].message


def test_a_source_that_cannot_be_compiled_at_its_commit(twice) -> None:
    """Where the history was rewritten into something that does not compile, that is what is told."""
    twice.write("policy_src/text/02-retention.md", "## Data {#retention}\n\n{{ facts.nothing }}\n")
    twice.git("add", "--all")
    twice.git("commit", "--quiet", "--amend", "--no-edit")
    result = verified(twice)[SECOND]
    assert ("policy_src/text/02-retention.md", 3) == (result.problems[0].file, result.problems[0].line)


def test_another_cldr_is_named_as_the_likely_cause(twice) -> None:
    """Where a print was made with another CLDR, a difference says so first."""
    tamper(twice)
    version = next(line for line in twice.read(f"{FOLDER}/record.toml").splitlines() if line.startswith("cldr"))
    twice.edit(f"{FOLDER}/record.toml", version, 'cldr = "Babel 2.1"')
    assert "It was printed with Babel 2.1" in verified(twice)[SECOND].problems[-1].help


def test_a_shallow_clone_cannot_verify(twice, tmp_path) -> None:
    """Without the history there is one clear error, not a false alarm."""
    target = tmp_path / "shallow"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{twice.root}", str(target)], check=True)
    with pytest.raises(ShallowCloneError, match="git fetch --unshallow"):
        verify(worktree(target), Repository(target))
