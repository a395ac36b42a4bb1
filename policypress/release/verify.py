"""Hold every print against the source at the commit that added its record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from policypress.errors import PolicypressError, Problem, ProblemsError
from policypress.git import RevisionError, ShallowCloneError
from policypress.localise import CLDR_VERSION
from policypress.release.making import tag_name
from policypress.release.printed import Print, load, workshop
from policypress.release.record import Record, parse_record
from policypress.source import RELEASES, Source, revision

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from policypress.bundle import Moved
    from policypress.git import Repository

#: What a release is called; other tags of the document are not ours.
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What came of holding one release against its source."""

    release: str
    commit: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Return whether the print is what its source compiles to."""
        return not self.problems


def verify(source: Source, repository: Repository) -> tuple[Verified, ...]:
    """Verify every release; raise `ShallowCloneError` where history is cut off, `ProblemsError` for a bad digest."""
    prints = load(source)
    held = [_verified(release, repository, prints, again=source.settings.demonstration) for release in prints.values()]
    return (*held, *_gone(source, repository, prints))


def _gone(source: Source, repository: Repository, prints: Collection[str]) -> Iterator[Verified]:
    """Yield the releases that the history or a tag knows and that are not there any more."""
    tagged = {name for name in repository.tags(f"{source.settings.id}/") if _DAY.fullmatch(name)}
    for release in sorted({*repository.ever(RELEASES, "record.toml"), *tagged} - {*prints}):
        message = "was released once, and is gone. A release is withdrawn, never removed"
        help_ = f"Look what became of it: git log --all --full-history -- {RELEASES}/{release}"
        problem = Problem(rule="verify", file=f"{RELEASES}/{release}", message=message, help=help_)
        yield Verified(release=release, problems=(problem,))


def _verified(release: Print, repository: Repository, prints: Collection[str], *, again: bool) -> Verified:
    """Hold one release; a demonstration may have been printed `again`, which nobody was told, and its last print counts."""
    path = f"{release.folder}/record.toml"
    commit = ""
    try:
        commits = repository.added(path)
        commit = commits[-1 if again else 0]
        compiled = _compiled(release, revision(repository, commit))
    except ShallowCloneError:
        raise
    except RevisionError as error:
        problem = Problem(rule="verify", file=path, message=str(error))
        return Verified(release=release.id, problems=(problem,))
    except ProblemsError as error:
        return Verified(release=release.id, commit=commit, problems=error.problems)
    problems = (
        *_built_on(release, prints),
        *_added_again(release, () if again else commits[1:]),
        *_changed_since(release, repository, commit),
        *_record_since(release, repository, commit),
        *_entries_since(release, repository),
        *_tagged(release, repository, commit),
        *_different(release, compiled),
    )
    return Verified(release=release.id, commit=commit, problems=problems)


def _compiled(release: Print, source: Source) -> Print:
    if release.record is None:
        message = f"{release.id}: has no record"
        raise PolicypressError(message)
    return workshop(source).compile(release.record.published, release.record.effective, release.id)


def _built_on(release: Print, prints: Collection[str]) -> tuple[Problem, ...]:
    """The release before, which its changes were told against, is there."""
    before = release.record.previous if release.record else None
    if before is None or before in prints:
        return ()
    message = f"says that it follows {before}, which is not there"
    help_ = "A release was removed, history and all. Fetch it from another clone"
    return (Problem(rule="verify", file=f"{release.folder}/record.toml", message=message, help=help_),)


def _added_again(release: Print, again: Collection[str]) -> tuple[Problem, ...]:
    """A print is committed once; one that was removed and put back may be another."""
    return tuple(
        Problem(
            rule="verify",
            file=f"{release.folder}/record.toml",
            message=f"was added again by commit {commit[:10]}",
            help=f"A release is printed once. Look what else that commit did: git show {commit[:10]}",
        )
        for commit in again
    )


def _changed_since(release: Print, repository: Repository, commit: str) -> tuple[Problem, ...]:
    """A print committed once and edited later with its record is found, though its digests agree."""
    added = repository.read(commit, [release.folder])
    return tuple(
        Problem(
            rule="verify",
            file=f"{release.folder}/{name}",
            message=f"is not the file that commit {commit[:10]} printed",
            help=f"A print is never edited: git checkout {commit[:10]} -- {release.folder}/{name}",
        )
        for name, text in release.files.items()
        if added.get(f"{release.folder}/{name}") != text.encode()
    )


def _record_since(release: Print, repository: Repository, commit: str) -> tuple[Problem, ...]:
    """Of a record only amendments and a withdrawal may differ from what was committed first."""
    path = f"{release.folder}/record.toml"
    first = parse_record(repository.read(commit, [release.folder])[path].decode(), path)
    now = release.record
    if (
        now is None
        or now.model_copy(update={"moved": first.moved}) != first
        or now.moved[: len(first.moved)] != first.moved
    ):
        message = f"differs from the record that commit {commit[:10]} added in more than `moved`"
        help_ = f"A record is never edited: git diff {commit[:10]} -- {path}"
        return (Problem(rule="verify", file=path, message=message, help=help_),)
    return ()


def _entries_since(release: Print, repository: Repository) -> tuple[Problem, ...]:
    """Each amendment and the withdrawal is as the commands enter it, and none was taken out or changed again."""
    path, record = f"{release.folder}/record.toml", release.record
    if record is None:
        return ()
    wrong = list(_misplaced(record))
    for data in repository.versions(path):
        entered = _moved(data, path)
        if record.moved[: len(entered)] != entered:
            wrong.append("an amendment or a withdrawal that was committed is gone or changed")
            break
    help_ = f"Entries are only ever added: git log -p -- {path}"
    return tuple(Problem(rule="verify", file=path, message=message, help=help_) for message in wrong)


def _moved(data: bytes, path: str) -> tuple[Moved, ...]:
    """Return the entries of an old record; one that cannot be read any more is the other checks' to find."""
    try:
        return parse_record(data.decode(), path).moved
    except (ProblemsError, UnicodeDecodeError):
        return ()


def _misplaced(record: Record) -> Iterator[str]:
    """Yield what `amend` and `withdraw` would never have entered."""
    for number, moved in enumerate(record.moved):
        before = record.model_copy(update={"moved": record.moved[:number]})
        if before.withdrawn:
            yield f"the entry of {moved.on} stands behind a withdrawal"
        if moved.on >= before.takes_effect:
            yield f"the entry of {moved.on} came after it took effect on {before.takes_effect}"
        if moved.kind == "amended" and (moved.effective is None or moved.effective <= before.takes_effect):
            yield f"the entry of {moved.on} does not move the effective date later than {before.takes_effect}"


def _tagged(release: Print, repository: Repository, commit: str) -> tuple[Problem, ...]:
    """A tag of the release, where there is one, is signed and on the commit that printed it."""
    record = release.record
    found = repository.tagged(tag_name(record)) if record else None
    if record is None or found is None:
        return ()
    name, (target, wrong) = tag_name(record), found
    if target != commit:
        wrong = f"it is on {target[:10] or 'no commit'}, the release was printed by {commit[:10]}"
    if not wrong:
        return ()
    help_ = _KEYS if any(sign in wrong for sign in _UNCHECKED) else f"Look who made it: git show {name}"
    return (Problem(rule="verify", file=release.folder, message=f"the tag {name}: {wrong}", help=help_),)


#: What git says where it lacks what a signature is checked with; that the signature is wrong it says otherwise.
_UNCHECKED = ("allowedSignersFile needs", "No public key")
_KEYS = (
    "The signature cannot be checked here: import the signer's public key (gpg --import), or list those who may sign: "
    "git config gpg.ssh.allowedSignersFile FILE"
)


def _different(release: Print, compiled: Print) -> tuple[Problem, ...]:
    found = []
    for name in sorted({*release.files, *compiled.files}):
        printed, now = release.files.get(name, ""), compiled.files.get(name, "")
        if printed != now:
            found.append(
                Problem(
                    rule="verify",
                    file=f"{release.folder}/{name}",
                    line=_first_difference(printed, now),
                    message="is not what the source at that commit compiles to",
                    help=_printed_with(release),
                )
            )
    return tuple(found)


def _first_difference(printed: str, compiled: str) -> int:
    lines = zip_longest(printed.splitlines(), compiled.splitlines())
    return next((number for number, (one, two) in enumerate(lines, 1) if one != two), 1)


def _printed_with(release: Print) -> str:
    versions = release.record.versions if release.record else {}
    if versions.get("cldr") not in (None, CLDR_VERSION):
        return f"It was printed with {versions['cldr']}, this is {CLDR_VERSION}: dates may be written otherwise"
    return "Somebody changed the print, or the history was rewritten"
