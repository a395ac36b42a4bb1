"""`git` on real repositories: what stands at a revision, what is not committed, and what a commit takes."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from policypress.errors import PolicypressError, UsageError
from policypress.git import NotARepositoryError, Repository, RevisionError, ShallowCloneError
from policypress.source import FOLDERS
from tests.policypress.conftest import FIRST, SECOND

RETENTION = "policy_src/text/02-retention.md"


@pytest.fixture
def shallow(twice, tmp_path):
    """Return a clone with the last commit alone."""
    target = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", f"file://{twice.root}", str(target)],
        check=True,
        capture_output=True,
    )
    return target


class TestRead:
    def test_gives_the_bytes_of_that_revision(self, bare) -> None:
        """Reading at a revision gives the committed bytes, whatever stands in the work tree now."""
        before = (bare.root / RETENTION).read_bytes()
        bare.write(RETENTION, "## Edited {#retention}\n")
        assert before == Repository(bare.root).read("HEAD", FOLDERS)[RETENTION]

    def test_takes_the_asked_folders_only(self, bare) -> None:
        """Only files below the folders asked for are read; a folder that is not there is none."""
        found = Repository(bare.root).read("HEAD", ["locales", "nowhere"])
        assert {"locales"} == {path.partition("/")[0] for path in found}

    def test_an_earlier_revision(self, twice) -> None:
        """An earlier revision gives the text before the edit."""
        (commit,) = Repository(twice.root).added(f"policy_src/releases/{FIRST}/record.toml")
        text = Repository(twice.root).read(commit, ["policy_src"])[RETENTION].decode()
        assert "as long as your account exists" in text

    def test_unknown_revision_is_a_wrong_call(self, bare) -> None:
        """A name that is no commit is a usage error that names it."""
        with pytest.raises(
            RevisionError, match=r"^v9: neither a release nor a git revision of this repository$"
        ) as caught:
            Repository(bare.root).read("v9", FOLDERS)
        assert isinstance(caught.value, UsageError)

    def test_a_path_is_no_revision(self, bare) -> None:
        """A file's name is not taken for a revision."""
        with pytest.raises(RevisionError):
            Repository(bare.root).resolve("policy_src/policy.toml")

    def test_resolve_gives_the_full_hash(self, bare) -> None:
        """A short name resolves to the commit's full hash."""
        assert bare.git("rev-parse", "HEAD") == Repository(bare.root).resolve("main")


class TestSubfolder:
    def test_a_policy_below_the_top_of_a_work_tree(self, twice, tmp_path) -> None:
        """Paths are relative to the policy's own folder, wherever it stands in the work tree."""
        top = tmp_path / "company"
        (top / "legal").mkdir(parents=True)
        for name in ("policy_src", "locales", "mkdocs.yml"):
            shutil.move(twice.root / name, top / "legal" / name)
        shutil.move(twice.root / ".git", top / ".git")
        (top / "other.txt").write_text("x")
        subprocess.run(["git", "add", "--all"], cwd=top, check=True)
        subprocess.run(["git", "commit", "--quiet", "-m", "move"], cwd=top, check=True)
        repository = Repository(top / "legal")
        assert RETENTION in repository.read("HEAD", FOLDERS)
        (top / "legal" / RETENTION).write_text("edited")
        (top / "other.txt").write_text("edited")
        assert (RETENTION,) == repository.dirty(FOLDERS)
        repository.commit([RETENTION], "edit")
        shown = subprocess.run(
            ["git", "show", "--name-only", "--format="], cwd=top, capture_output=True, text=True, check=True
        )
        assert f"legal/{RETENTION}\n" == shown.stdout


class TestDirty:
    def test_a_clean_tree(self, bare) -> None:
        """After a commit nothing is dirty."""
        assert () == Repository(bare.root).dirty(FOLDERS)

    def test_edited_untracked_deleted_and_staged(self, bare) -> None:
        """Whatever differs from the last commit is told, staged or not; what lies outside the folders is not."""
        bare.edit(RETENTION, "data", "records")
        bare.write("policy_src/text/10-new.md", "## New {#new}\n")
        (bare.root / "policy_src/text/03-updates.md").unlink()
        bare.edit("policy_src/policy.toml", "Example Ltd.", "Example Inc.")
        bare.git("add", "policy_src/policy.toml")
        bare.write("mkdocs.yml", "site_name: x\n")
        expected = {RETENTION, "policy_src/text/10-new.md", "policy_src/text/03-updates.md", "policy_src/policy.toml"}
        assert expected == set(Repository(bare.root).dirty(FOLDERS))

    def test_a_staged_rename_names_both_files_whole(self, bare) -> None:
        """A file moved with `git mv` is told by its old and its new path."""
        bare.git("mv", RETENTION, "policy_src/text/02-keeping.md")
        assert {RETENTION, "policy_src/text/02-keeping.md"} == set(Repository(bare.root).dirty(FOLDERS))

    def test_letters_of_any_script(self, bare) -> None:
        """A path with Kazakh letters is told as it is, not quoted."""
        bare.write("policy_src/text/10-құқық.md", "## New {#new}\n")
        assert ("policy_src/text/10-құқық.md",) == Repository(bare.root).dirty(FOLDERS)


class TestCommit:
    def test_takes_only_the_named_paths(self, bare) -> None:
        """Other staged work stays staged and out of the commit."""
        bare.edit(RETENTION, "data", "records")
        bare.edit("mkdocs.yml", "Example", "Another")
        bare.git("add", "mkdocs.yml")
        commit = Repository(bare.root).commit([RETENTION], "one file")
        assert commit == bare.git("rev-parse", "HEAD")
        assert RETENTION == bare.git("show", "--name-only", "--format=", "HEAD")
        assert "M  mkdocs.yml" == bare.git("status", "--porcelain")

    def test_takes_new_and_removed_files(self, bare) -> None:
        """A new file and a removed one go into the same commit."""
        (bare.root / RETENTION).unlink()
        bare.write("policy_src/text/04-new.md", "## New {#new}\n")
        Repository(bare.root).commit([RETENTION, "policy_src/text/04-new.md"], "both")
        shown = bare.git("show", "--name-status", "--no-renames", "--format=", "HEAD")
        assert {f"D\t{RETENTION}", "A\tpolicy_src/text/04-new.md"} == set(shown.splitlines())

    def test_a_hook_that_refuses_is_told_and_unstages(self, bare) -> None:
        """Where git refuses to commit, its reason is told and nothing of ours stays staged."""
        bare.write(".git/hooks/pre-commit", "#!/bin/sh\necho 'no ticket' >&2\nexit 1\n")
        (bare.root / ".git/hooks/pre-commit").chmod(0o755)
        bare.write("policy_src/text/04-new.md", "## New {#new}\n")
        with pytest.raises(PolicypressError, match="no ticket"):
            Repository(bare.root).commit(["policy_src/text/04-new.md"], "new")
        assert "?? policy_src/text/04-new.md" == bare.git("status", "--porcelain")


class TestAdded:
    def test_names_the_commit_that_printed(self, twice) -> None:
        """The commit that added a record is the one that printed it, however many came later."""
        last = twice.git("rev-parse", "HEAD")
        twice.write("note.txt", "later")
        twice.commit()
        assert (last,) == Repository(twice.root).added(f"policy_src/releases/{SECOND}/record.toml")

    def test_a_file_never_committed(self, bare) -> None:
        """A record that was never committed has no such commit."""
        bare.write("policy_src/releases/x/record.toml", "")
        with pytest.raises(RevisionError, match="no commit added it"):
            Repository(bare.root).added("policy_src/releases/x/record.toml")

    def test_in_a_shallow_clone(self, shallow) -> None:
        """A cut-off history cannot tell, and the message says how to fetch it."""
        with pytest.raises(ShallowCloneError, match="git fetch --unshallow"):
            Repository(shallow).added(f"policy_src/releases/{FIRST}/record.toml")


class TestShallow:
    @pytest.mark.parametrize("revision", ["HEAD~1", "HEAD^", "v1"])
    def test_a_revision_that_was_not_fetched(self, shallow, revision) -> None:
        """A revision beyond the cut is a matter of fetching, and one clear message."""
        with pytest.raises(ShallowCloneError, match="git fetch --unshallow") as caught:
            Repository(shallow).read(revision, FOLDERS)
        assert "\n" not in str(caught.value)

    def test_what_was_fetched_can_be_read(self, shallow) -> None:
        """The commit that was fetched reads as ever."""
        assert Repository(shallow).shallow
        assert RETENTION in Repository(shallow).read("HEAD", FOLDERS)


class TestNoRepository:
    def test_a_folder_without_git(self, tmp_path) -> None:
        """Outside a work tree there is one message with the way out."""
        with pytest.raises(NotARepositoryError, match=r"not in a git work tree\. Run `git init`"):
            Repository(tmp_path)

    def test_a_folder_that_is_not_there(self, tmp_path) -> None:
        """A missing folder is in no work tree."""
        with pytest.raises(NotARepositoryError):
            Repository(tmp_path / "nowhere")

    def test_a_bare_repository(self, tmp_path) -> None:
        """A bare repository has no files to work on."""
        subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "bare.git")], check=True)
        with pytest.raises(NotARepositoryError, match="bare repository"):
            Repository(tmp_path / "bare.git")

    def test_a_repository_without_a_commit(self, tmp_path) -> None:
        """Before the first commit there is no revision to read."""
        subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
        with pytest.raises(RevisionError):
            Repository(tmp_path).read("HEAD", FOLDERS)


def test_author_is_who_commits_here(bare) -> None:
    """The author is the one git is set up with in this work tree."""
    assert "An Editor" == Repository(bare.root).author()


def test_the_versions_of_a_file(bare) -> None:
    """Each commit that changed it gives its bytes, the oldest first; a path nobody committed has none."""
    first = (bare.root / RETENTION).read_bytes()
    bare.write(RETENTION, "## Edited {#retention}\n")
    bare.commit()
    repository = Repository(bare.root)
    assert (first, b"## Edited {#retention}\n") == repository.versions(RETENTION)
    assert () == repository.versions("policy_src/nowhere.md")
