"""The only file that talks to git; knows paths and revisions, not what stands in them."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from policypress.errors import PolicypressError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import git
else:

    class _Later:
        """GitPython, read when something of it is used: a build asks git nothing, and the library is large."""

        def __getattr__(self, name: str) -> object:
            return getattr(import_module("git"), name)

    git = _Later()


class NotARepositoryError(PolicypressError):
    """The folder is in no git work tree."""


class ShallowCloneError(PolicypressError):
    """The history needed was not fetched."""


class RevisionError(UsageError):
    """No commit has that name."""


#: Who commits where git knows no name yet, until somebody sets one.
_NOBODY = {"name": "policypress", "email": "policypress@localhost"}


@contextmanager
def begin(root: Path) -> Iterator[None]:
    """Make a git repository in a folder; where git knows no author, a stand-in commits while the context lasts."""
    repository = git.Repo.init(root, initial_branch="main", mkdir=True)
    unknown = () if _has_author(repository) else tuple(_NOBODY)
    for key in unknown:
        repository.git.config("--local", f"user.{key}", _NOBODY[key])
    try:
        yield
    finally:
        for key in unknown:
            repository.git.config("--local", "--unset", f"user.{key}")
        repository.close()


def _has_author(repository: git.Repo) -> bool:
    try:
        repository.git.var("GIT_AUTHOR_IDENT")
    except git.exc.GitCommandError:
        return False
    return True


class Repository:
    """A policy repository inside a git work tree; paths are relative to the policy repository's root."""

    def __init__(self, root: Path) -> None:
        """Open the work tree that holds `root`; raise `NotARepositoryError` where there is none."""
        try:
            self._repo = git.Repo(root, search_parent_directories=True)
        except (git.exc.InvalidGitRepositoryError, git.exc.NoSuchPathError) as error:
            message = f"{root}: not in a git work tree. Run `git init` there, or work in a clone"
            raise NotARepositoryError(message) from error
        top = self._repo.working_tree_dir
        if top is None:
            message = f"{root}: a bare repository has no work tree. Work in a clone"
            raise NotARepositoryError(message)
        relative = Path(root).resolve().relative_to(Path(top).resolve())
        self._prefix = "" if relative == Path() else f"{relative.as_posix()}/"

    @property
    def shallow(self) -> bool:
        """Return whether part of the history was not fetched."""
        return str(self._repo.git.rev_parse("--is-shallow-repository")) == "true"

    def resolve(self, revision: str) -> str:
        """Return the full hash of a revision; raise `RevisionError` or `ShallowCloneError`."""
        return self._commit(revision).hexsha

    def _commit(self, revision: str) -> git.Commit:
        try:
            found = self._repo.commit(revision)
            found.tree  # noqa: B018 (read now: a parent that a shallow clone lacks is only missed when it is read)
        except (git.exc.BadName, ValueError, IndexError, git.exc.GitCommandError) as error:
            if self.shallow:
                message = f"{revision}: not in this shallow clone. Fetch the history: git fetch --unshallow --tags"
                raise ShallowCloneError(message) from error
            message = f"{revision}: neither a release nor a git revision of this repository"
            raise RevisionError(message) from error
        return found

    def read(self, revision: str, folders: Iterable[str]) -> dict[str, bytes]:
        """Return the files below some folders as they stood at a revision, by path."""
        tree = self._commit(revision).tree
        found: dict[str, bytes] = {}
        for folder in folders:
            try:
                below = tree / f"{self._prefix}{folder}"
            except KeyError:
                continue
            for item in below.traverse():
                if isinstance(item, git.Blob):
                    found[str(item.path).removeprefix(self._prefix)] = item.data_stream.read()
        return found

    def added(self, path: str) -> tuple[str, ...]:
        """Return the commits that added a file, the first one first; more than one where it was gone in between.

        Raises `ShallowCloneError` where the history may be cut off before it, `RevisionError` where no commit did.
        """
        if self.shallow:
            message = f"{path}: the commit that added it cannot be told in a shallow clone."
            raise ShallowCloneError(f"{message} Fetch the history: git fetch --unshallow --tags")
        found = self._log("--diff-filter=A", "--format=%H", "--", f"{self._prefix}{path}").split()
        if not found:
            message = f"{path}: no commit added it. Commit the release, or make it with `policypress release`"
            raise RevisionError(message)
        return tuple(found)

    def ever(self, folder: str, name: str) -> frozenset[str]:
        """Return the folders inside one that ever held a file of a name, whether they are still there or not."""
        below = f"{self._prefix}{folder}/"
        paths = (
            self._log("--diff-filter=A", "--format=", "--name-only", "-z", "--", below).replace("\n", "\0").split("\0")
        )
        parts = (path.removeprefix(below).split("/") for path in paths if path)
        return frozenset(part[0] for part in parts if part[1:] == [name])

    def _log(self, *arguments: str) -> str:
        """Return what a log of HEAD says, the oldest first, no side of a merge left out (that could hide a removal)."""
        if not self._repo.head.is_valid():
            return ""
        return str(self._repo.git.log("--reverse", "--topo-order", "--full-history", "--no-renames", *arguments))

    def versions(self, path: str) -> tuple[bytes, ...]:
        """Return a file as each commit that touched it left it, the oldest first; without those that removed it."""
        name = f"{self._prefix}{path}"
        commits = self._repo.git.log("--reverse", "--diff-filter=AM", "--format=%H", "--", name).split()
        return tuple((self._commit(commit).tree / name).data_stream.read() for commit in commits)

    def dirty(self, folders: Iterable[str]) -> tuple[str, ...]:
        """Return the paths below some folders that differ from the last commit, untracked ones included."""
        names = [f"{self._prefix}{folder}" for folder in folders]
        lines = self._repo.git.status("--porcelain", "--no-renames", "--untracked-files=all", "-z", "--", *names).split(
            "\0"
        )
        return tuple(line[3:].removeprefix(self._prefix) for line in lines if line)

    def commit(self, paths: Iterable[str], message: str) -> str:
        """Commit exactly some paths, removed ones included; return the hash. Other staged work stays staged.

        Where git refuses, the paths are unstaged again and `PolicypressError` carries its reason; an interrupted
        commit is taken back, for nobody has seen it yet.
        """
        names = [f"{self._prefix}{path}" for path in paths]
        before = self._head()
        try:
            self._repo.git.add("--all", "--", *names)
            self._repo.git.commit("--quiet", "--message", message, "--", *names)
        except git.exc.GitCommandError as error:
            self._repo.git.reset("--quiet", "--", *names)
            text = f"git could not commit: {_said(error)}. Mend that and run the command again"
            raise PolicypressError(text) from error
        except BaseException:
            self._settle()
            if before and self._head() != before:
                self._repo.git.reset("--quiet", "--soft", before)
            self._repo.git.reset("--quiet", "--", *names)
            raise
        return self._repo.head.commit.hexsha

    def _head(self) -> str:
        return self._repo.head.commit.hexsha if self._repo.head.is_valid() else ""

    def _settle(self, seconds: float = 30) -> None:
        """Wait for a git that an interrupt has not reached: it moves HEAD before it lets go of the index."""
        lock, end = Path(self._repo.git_dir) / "index.lock", time.monotonic() + seconds
        while lock.exists() and time.monotonic() < end:
            time.sleep(0.05)

    def signing(self) -> bool:
        """Return whether a key to sign tags with is set up (`user.signingkey`)."""
        return bool(self._repo.config_reader().get_value("user", "signingkey", default=""))

    def tag(self, name: str, commit: str, message: str) -> None:
        """Sign an annotated tag on a commit; raise `PolicypressError` with what git says."""
        mend = f"The release is committed. Mend the key, then: git tag --sign {name} {commit}"
        try:
            self._repo.git.tag("--sign", "--message", message, name, commit)
        except git.exc.GitCommandError as error:
            text = f"git could not sign the tag {name}: {_said(error)}. {mend}"
            raise PolicypressError(text) from error
        # git 2.39 leaves with 0 and an unsigned tag where it cannot read an SSH key
        if "-----BEGIN " not in self._repo.git.cat_file("tag", name):
            self._repo.git.tag("--delete", name)
            text = f"git could not sign the tag {name}: it made one without a signature. {mend}"
            raise PolicypressError(text)

    def tags(self, prefix: str) -> frozenset[str]:
        """Return what follows a prefix in the names of tags."""
        return frozenset(tag.name.removeprefix(prefix) for tag in self._repo.tags if tag.name.startswith(prefix))

    def tagged(self, name: str) -> tuple[str, str] | None:
        """Return the commit a tag names and what is wrong with its signature (empty: nothing); None without the tag.

        The commit is empty where the tag names something else.
        """
        if name not in {tag.name for tag in self._repo.tags}:
            return None
        try:
            commit = str(self._repo.git.rev_parse("--verify", "--quiet", f"refs/tags/{name}^{{commit}}"))
        except git.exc.GitCommandError:
            commit = ""
        try:
            self._repo.git.verify_tag(name)
        except git.exc.GitCommandError as error:
            return commit, _said(error)
        return commit, ""

    def author(self) -> str:
        """Return the name under which this work tree commits."""
        return git.Actor.author(self._repo.config_reader()).name or os.environ.get("USER", "unknown")


def _said(error: git.exc.GitCommandError) -> str:
    """Return what git printed, on one line."""
    text = str(error.stderr or error.stdout or "").strip().removeprefix("stderr:").strip(" '\n")
    return "; ".join(line.strip() for line in text.splitlines() if line.strip())
