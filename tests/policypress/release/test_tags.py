"""Signed tags: made with an SSH key of the test's own, refused without one, and held to what they say by verify."""

from __future__ import annotations

import shutil
import subprocess
from datetime import date

import pytest

from policypress.errors import PolicypressError, UsageError
from policypress.git import Repository as Git
from policypress.release import make, verify
from tests import needs
from tests.policypress.conftest import EFFECTIVE, SECOND

TAG = f"privacy/{SECOND}"
pytestmark = needs.system(shutil.which("ssh-keygen"), "ssh-keygen is not here: install OpenSSH")


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """Return a folder with two keys, `editor` and `stranger`, and a list of signers that knows the first."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("editor", "stranger"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(command, check=True)
    public = (folder / "editor.pub").read_text()
    (folder / "signers").write_text(f"editor@example.org {public}")
    return folder


def sign_with(repository, keys, name: str = "editor") -> None:
    repository.git("config", "gpg.format", "ssh")
    repository.git("config", "user.signingkey", str(keys / name))
    repository.git("config", "gpg.ssh.allowedSignersFile", str(keys / "signers"))


def tagged(repository):
    """Make the second release with a tag."""
    day = date.fromisoformat(SECOND)
    return make(repository.root, SECOND, effective=EFFECTIVE, published=day, tag=True)


def problems(repository) -> list[str]:
    return [p.message for one in verify(repository.source(), Git(repository.root)) for p in one.problems]


def test_the_tag_is_signed_and_on_the_commit(ready, keys) -> None:
    """document/release names the commit that printed it, git confirms the signature, verify finds nothing."""
    sign_with(ready, keys)
    _, commit = tagged(ready)
    assert commit == ready.git("rev-parse", f"{TAG}^{{commit}}")
    assert "tag" == ready.git("cat-file", "-t", TAG)
    assert "Release 2026-12-01, effective 2027-01-15" in ready.git("tag", "-l", "--format=%(contents:subject)", TAG)
    ready.git("verify-tag", TAG)
    assert [] == problems(ready)


def test_without_a_tag_nothing_is_missing(twice) -> None:
    """A tag is an offer: a release without one verifies."""
    assert [] == problems(twice)


def test_no_key_is_refused_before_anything_is_written(ready) -> None:
    """Without user.signingkey nothing is printed, committed or tagged, and the way out is named."""
    before, head = ready.files(), ready.git("rev-parse", "HEAD")
    with pytest.raises(UsageError, match=r"no key is set up\. Set one: git config user\.signingkey KEY"):
        tagged(ready)
    assert (before, head, "") == (ready.files(), ready.git("rev-parse", "HEAD"), ready.git("tag"))


def test_a_tag_of_that_name_is_refused_before_anything_is_written(ready, keys) -> None:
    """A tag made earlier is not moved, and the release does not come out without its own."""
    sign_with(ready, keys)
    ready.git("tag", TAG)
    before, head = ready.files(), ready.git("rev-parse", "HEAD")
    with pytest.raises(UsageError, match=f"the tag {TAG} exists"):
        tagged(ready)
    assert (before, head) == (ready.files(), ready.git("rev-parse", "HEAD"))


def test_a_key_that_cannot_sign(ready, keys, tmp_path) -> None:
    """The release stands, and the message says how to tag it when the key is mended."""
    sign_with(ready, keys)
    ready.git("config", "user.signingkey", str(tmp_path / "lost"))
    with pytest.raises(PolicypressError, match=f"could not sign the tag {TAG}.*git tag --sign {TAG} [0-9a-f]{{40}}"):
        tagged(ready)
    assert "" == ready.git("status", "--porcelain")
    assert "" == ready.git("tag")
    assert [] == problems(ready)


def test_a_moved_tag(ready, keys) -> None:
    """A tag made again on another commit is found, well signed as it may be; both commits are named."""
    sign_with(ready, keys)
    _, commit = tagged(ready)
    ready.write("notes.txt", "later")
    later = ready.commit()
    ready.git("tag", "--force", "--sign", "--message", "moved", TAG, later)
    assert [f"the tag {TAG}: it is on {later[:10]}, the release was printed by {commit[:10]}"] == problems(ready)


@pytest.mark.parametrize("kind", [[], ["--annotate", "--message", "by hand"]])
def test_a_tag_without_a_signature(ready, keys, kind) -> None:
    """A bare tag or one that nobody signed is found with what git says of it."""
    sign_with(ready, keys)
    _, commit = tagged(ready)
    ready.git("tag", "--force", *kind, TAG, commit)
    (message,) = problems(ready)
    assert message.startswith(f"the tag {TAG}: error: ")


def test_a_stranger_s_signature(ready, keys) -> None:
    """A tag signed with a key that is not among the signers is found."""
    sign_with(ready, keys)
    _, commit = tagged(ready)
    sign_with(ready, keys, "stranger")
    ready.git("tag", "--force", "--sign", "--message", "mine", TAG, commit)
    (message,) = problems(ready)
    assert message.startswith(f"the tag {TAG}: ")
    assert "No principal matched" in message


def test_a_signature_that_cannot_be_checked_here(ready, keys) -> None:
    """Where git knows nobody who may sign, the way out is to tell it; the tag counts as unproved until then."""
    sign_with(ready, keys)
    tagged(ready)
    ready.git("config", "--unset", "gpg.ssh.allowedSignersFile")
    found = verify(ready.source(), Git(ready.root))[-1].problems
    assert [True] == ["gpg.ssh.allowedSignersFile FILE" in problem.help for problem in found]


def test_a_tag_on_something_that_is_no_commit(ready, keys) -> None:
    """A tag of that name on a file is found, and is no crash."""
    sign_with(ready, keys)
    tagged(ready)
    blob = ready.git("rev-parse", "HEAD:mkdocs.yml")
    ready.git("tag", "--force", TAG, blob)
    (message,) = problems(ready)
    assert "it is on no commit" in message
