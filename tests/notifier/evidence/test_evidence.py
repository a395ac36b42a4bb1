"""Tests of evidence from the ledger to the lawyer's desk: sealed, signed, proved, checked, tampered with, purged."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from notifier.cli import run
from notifier.evidence import verifier
from notifier.evidence.signing import Signer
from notifier.evidence.verifier import Wrong, canonical, verify
from tests.notifier.factory import many_rows, write_audience

NAME = "privacy-policy/2026-12-01"
PLAN = ["plan", "2026-12-01.json", "--audience", "a.csv", "--as-of", "2026-12-01"]
KEY = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
PUBLIC = Signer(KEY).public


@pytest.fixture(autouse=True)
def _sent(bundle_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Twelve holders of three languages, one who joined later, one by push, one refused; two share a mailbox."""
    assert bundle_path.is_file()
    rows = [
        *many_rows(12), "late,late@example.org,ru,RU,,,,,2026-12-15", "p,,kk,KZ,,tok,,,",
        "twin,HOLDER1@example.org,kk,KZ,,,,,", "x,no-address,en,KZ,,,,,",
    ]  # fmt: skip
    write_audience(Path("a.csv"), *rows)
    monkeypatch.setenv("NOTIFIER_SIGNING_KEY", KEY)
    assert 0 == run(PLAN)
    assert 0 == run(["send", NAME])
    capsys.readouterr()


def prove(account: str | None = None) -> Any:
    """Return the proof of an account, or the lines of the log."""
    assert 0 == run(["prove", NAME, *([account] if account else []), "--output", "proof.json"])
    text = Path("proof.json").read_text(encoding="utf-8")
    return json.loads(text) if account else text.splitlines()


def check(proof: Any, key: str | None = PUBLIC) -> verifier.Verdict:
    """Check a proof as it would come from a file."""
    return verify([json.dumps(proof)], key)


def test_a_proof_holds_and_shows_what_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """The exact message in the person's language, when, by which channel, by which provider, to which address."""
    proof = prove("a1")
    assert 1 == len(proof["facts"])
    leaf = proof["facts"][0]["leaf"]
    assert ("notice", "accepted", "email", "kk", "outbox", "KZ") == tuple(
        leaf[name] for name in ("fact", "state", "channel", "locale", "provider", "country")
    )
    assert "holder1@example.org" == proof["facts"][0]["address"]
    message = json.loads(proof["contents"][leaf["content"]])
    assert "Құпиялылық саясаты" in message["text"]
    assert check(proof).checkpoint["closed"] is True
    assert 0 == run(["verify", "proof.json", "--key", PUBLIC])
    assert "holds. 1 facts" in capsys.readouterr().out


def test_a_proof_says_nothing_of_anyone_else() -> None:
    """Neither another account nor another address stands in it."""
    text = json.dumps(prove("a1"))
    assert [] == [other for n in range(12) if n != 1 for other in [f"holder{n}@", f'"a{n}"'] if other in text]


def test_why_someone_was_not_told_is_proved() -> None:
    """Who joined later has a sealed reason; whose row was refused is said with its line."""
    proof = prove("late")
    assert "joined after publication and accepted the new text" == proof["facts"][0]["leaf"]["reason"]
    assert "not told: locale ru, reason joined after" in check(proof).facts[0]


def test_an_account_that_cannot_be_proved_is_said_why(capsys: pytest.CaptureFixture[str]) -> None:
    """Refused with its line and reason, or unknown."""
    assert 1 == run(["prove", NAME, "x"])
    assert "row of this account was refused (line 17: " in capsys.readouterr().err
    assert 1 == run(["prove", NAME, "nobody"])
    assert "no such account" in capsys.readouterr().err


def test_who_shares_a_mailbox_has_a_proof_of_their_own() -> None:
    """It names the notice whose message it shares."""
    leaf = prove("twin")["facts"][0]["leaf"]
    assert prove("a1")["facts"][0]["leaf"]["notice"] == leaf["shares"]
    assert "accepted" == leaf["state"]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every value in a tree of JSON."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))
    else:
        yield path


def changed(value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if not value:
        return "x"
    # A hexadecimal digit stays one, so that the check itself must find it.
    return ("1" if value[0] == "0" else "0") + value[1:]


@pytest.mark.parametrize("account", ["a1", "late"])
def test_every_changed_field_is_found(account: str) -> None:
    """Whatever is changed in a proof, it does not hold any more, and the message says where."""
    proof = prove(account)
    seen = list(places(proof))
    assert len(seen) > 30
    for path in seen:
        forged = copy.deepcopy(proof)
        inside = forged
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = changed(inside[path[-1]])
        with pytest.raises(Wrong) as caught:
            check(forged, None)
        assert str(caught.value), path


def test_every_missing_and_added_field_is_named() -> None:
    """At each level; nothing that is not bound can stand in a proof."""
    proof = prove("a1")
    for level in (proof, proof["facts"][0], proof["facts"][0]["segment"], proof["checkpoint"]):
        for name in list(level):
            kept = level.pop(name)
            with pytest.raises(Wrong, match=f"{name} is missing"):
                check(proof)
            level[name] = kept
        level["note"] = "x"
        with pytest.raises(Wrong, match="note does not belong there"):
            check(proof)
        del level["note"]
    assert check(proof).leaves


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda proof, other: proof.update(account="a2"), "leaf is not about this account"),
        (lambda proof, other: proof.update(secret=other["secret"]), "leaf is not about this account"),
        (lambda proof, other: proof.update(facts=other["facts"]), "leaf is not about this account"),
        (lambda proof, other: proof["facts"][0].update(address="b@example.org"), "not the address"),
        (lambda proof, other: proof["facts"][0].update(raw="{}"), "not the event"),
        (lambda proof, other: proof["facts"][0]["leaf"].update(state="delivered"), "do not lead to the root of their segment"),
        (lambda proof, other: proof["facts"][0]["segment"].update(kind="events"), "do not lead to the root of the checkpoint"),
        (lambda proof, other: proof["facts"][0]["path"].pop(), "path is too short"),
        (lambda proof, other: proof["checkpoint"].update(at="2026-01-01T00:00:00.000+00:00"), "signature"),
        (lambda proof, other: proof.update(contents={}), "is missing"),
        (lambda proof, other: proof.update(facts=[], contents={}), "nothing is shown"),
        (lambda proof, other: proof.update(format="policypress.proof/2"), "this program reads"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(change: Any, words: str) -> None:
    """Each part by its own words."""
    proof, other = prove("a1"), prove("a4")
    change(proof, other)
    with pytest.raises(Wrong, match=words):
        check(proof)


def test_another_key_is_found() -> None:
    """A forger can sign anything with a key of his own; the published key shows it."""
    proof = prove("a1")
    forger = Signer(
        Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    )
    signed = {name: proof["checkpoint"][name] for name in verifier.SIGNED} | {"key": forger.public}
    proof["checkpoint"] = signed | {"signature": forger.sign(canonical(signed))}
    assert check(proof, None).key == forger.public
    with pytest.raises(Wrong, match="not with the key that was asked for"):
        check(proof)


def test_the_log_holds_and_names_nobody() -> None:
    """Every segment and leaf, the plan, who was told and who not; no account and no address."""
    lines = prove()
    verdict = verify(lines, PUBLIC)
    assert (NAME, True) == (verdict.campaign, verdict.checkpoint["closed"])
    facts = [leaf["fact"] for line in lines for leaf in json.loads(line).get("leaves", ())]
    assert {"campaign": 1, "not told": 1, "row": 1, "notice": 14} == {fact: facts.count(fact) for fact in facts}
    assert not [word for word in ("@example.org", "late", "twin", "broken") if f'"{word}' in "\n".join(lines)]


def test_whatever_is_done_to_a_log_is_found_and_named() -> None:
    """Each segment dropped, swapped, doubled or cut off; each leaf dropped, swapped or changed; each checkpoint too."""
    lines = prove()
    segments = [number for number, line in enumerate(lines) if "leaves" in json.loads(line)]
    assert len(segments) > 4
    for number in segments:
        dropped = lines[:number] + lines[number + 1 :]
        words = "dropped or out of order" if number < segments[-1] else "covers"
        with pytest.raises(Wrong, match=words):
            verify(dropped, PUBLIC)
        with pytest.raises(Wrong, match="dropped or out of order"):
            verify([*lines[: number + 1], lines[number], *lines[number + 1 :]], PUBLIC)
        with pytest.raises(Wrong, match="cut off"):
            verify(lines[: number + 1], PUBLIC)
        with pytest.raises(Wrong, match="not JSON"):
            verify([*lines[:number], lines[number][:-9]], PUBLIC)
        entry = json.loads(lines[number])
        for place in range(len(entry["leaves"])):
            less = entry | {"leaves": entry["leaves"][:place] + entry["leaves"][place + 1 :]}
            with pytest.raises(Wrong, match=f"{len(entry['leaves']) - 1} leaves of {len(entry['leaves'])}"):
                verify([*lines[:number], json.dumps(less), *lines[number + 1 :]], PUBLIC)
        if len(entry["leaves"]) > 1:
            entry["leaves"].reverse()
            with pytest.raises(Wrong, match="do not give its root"):
                verify([*lines[:number], json.dumps(entry), *lines[number + 1 :]], PUBLIC)
    for one, two in pairwise(segments):
        swapped = list(lines)
        swapped[one], swapped[two] = lines[two], lines[one]
        with pytest.raises(Wrong, match="dropped or out of order"):
            verify(swapped, PUBLIC)


def test_every_changed_field_of_a_log_is_found() -> None:
    """Headers, leaves and checkpoints alike."""
    lines = prove()
    for number, line in enumerate(lines):
        whole = json.loads(line)
        for path in places(whole):
            forged = copy.deepcopy(whole)
            inside = forged
            for step in path[:-1]:
                inside = inside[step]
            inside[path[-1]] = changed(inside[path[-1]])
            with pytest.raises(Wrong):
                verify([*lines[:number], json.dumps(forged), *lines[number + 1 :]], None)


def test_a_log_written_anew_is_found_by_a_checkpoint_kept_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Who holds the key and the ledger can sign a shorter log; who kept a later checkpoint finds it."""
    early = prove()
    write_audience(Path("a.csv"), *many_rows(14))
    assert 0 == run(PLAN)
    capsys.readouterr()
    assert 0 == run(["send", NAME, "--json"])
    newest = json.loads(capsys.readouterr().out)["checkpoint"]
    prove()
    Path("kept.json").write_text(json.dumps(newest), encoding="utf-8")
    assert 0 == run(["verify", "proof.json", "--key", PUBLIC, "--checkpoint", "kept.json"])
    Path("early.json").write_text("\n".join(early), encoding="utf-8")
    assert 0 == run(["verify", "early.json", "--key", PUBLIC])
    assert 1 == run(["verify", "early.json", "--key", PUBLIC, "--checkpoint", "kept.json"])
    assert "it was cut off, or written anew" in capsys.readouterr().err


def test_what_is_sealed_stays_when_more_is_added() -> None:
    """A second plan and send add segments; the first ones are byte for byte as they were."""
    early = prove()
    write_audience(Path("a.csv"), *many_rows(14))
    assert 0 == run(PLAN)
    assert 0 == run(["send", NAME])
    late = prove()
    assert early == late[: len(early)]
    assert len(late) > len(early)
    assert 15 + 2 <= verify(late, PUBLIC).leaves
    assert check(prove("a13")).leaves == 1


def test_sealing_twice_adds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a segment nor, on the same day, a checkpoint."""
    early = prove()
    capsys.readouterr()
    assert 0 == run(["seal", NAME])
    assert "sealed 0 facts in 0 segments\nnothing new to sign today\n" in capsys.readouterr().err
    assert early == prove()


def test_the_one_file_runs_alone(tmp_path: Path) -> None:
    """Copied to another place, without our packages and without site-packages."""
    prove("a1")
    alone = tmp_path / "elsewhere" / "check.py"
    alone.parent.mkdir()
    alone.write_text(Path(verifier.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, "-I", "-S", str(alone), str(tmp_path / "proof.json"), "--key", PUBLIC]
    done = subprocess.run(command, cwd=alone.parent, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)
    assert "holds. 1 facts" in done.stdout
    forged = prove("a1")
    forged["facts"][0]["leaf"]["at"] = "2026-11-01T00:00:00.000+00:00"
    Path("proof.json").write_text(json.dumps(forged), encoding="utf-8")
    done = subprocess.run(command, cwd=alone.parent, capture_output=True, text=True, check=False)
    assert (1, "") == (done.returncode, done.stdout)
    assert "does not hold: facts[0]" in done.stderr


def test_purging_leaves_the_proofs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Only after the days of retention; then the addresses are gone and everything still holds."""
    before = prove("a1")
    assert 1 == run(["purge", NAME])
    assert "are kept for 30 days" in capsys.readouterr().err
    monkeypatch.setenv("NOTIFIER_RETENTION_DAYS", "0")
    assert 0 == run(["purge", NAME])
    assert "14 addresses removed" in capsys.readouterr().out
    after = prove("a1")
    assert after["facts"][0]["address"] is None
    assert before["facts"][0]["leaf"] == after["facts"][0]["leaf"]
    assert check(after).leaves == 1
    assert check(before).leaves == 1
    for file in Path().glob("notifier.sqlite*"):
        assert b"holder1@example.org" not in file.read_bytes() or file.suffix == ".sqlite-wal"


def test_erasing_one_person_keeps_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    """Account, address and key are gone, their leaf is nobody's; the log and every other proof hold."""
    mine, theirs, lines = prove("a1"), prove("a4"), prove()
    assert 0 == run(["purge", NAME, "--account", "a1"])
    assert 1 == run(["prove", NAME, "a1"])
    assert "it was erased" in capsys.readouterr().err
    assert lines == prove()
    assert theirs["facts"] == prove("a4")["facts"]
    assert check(mine).leaves == 1
    assert 1 == run(["purge", NAME, "--account", "a1"])
    assert 0 == run(["status", NAME])


def test_nothing_that_is_open_is_purged(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a campaign nor a person with a notice still to be sent."""
    monkeypatch.setenv("NOTIFIER_RETENTION_DAYS", "0")
    write_audience(Path("a.csv"), *many_rows(13))
    assert 0 == run(PLAN)
    assert 1 == run(["purge", NAME])
    assert "notices are still open" in capsys.readouterr().err
    assert 1 == run(["purge", NAME, "--account", "a12"])
    assert "is still open" in capsys.readouterr().err


def test_no_command_removes_evidence() -> None:
    """There is no statement for it either (a purge shipped as a command is how others lost theirs)."""
    sql = "".join(path.read_text(encoding="utf-8") for path in Path(verifier.__file__).parents[1].glob("ledger/*.sql"))
    for table in ("segment", "segment_body", "checkpoint"):
        for verb in ("DELETE FROM", "UPDATE", "DROP TABLE"):
            assert f"{verb} {table} " not in sql.replace("\n", " ")


def test_checkpoints_are_committed_where_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file each in a git repository of ours, and nothing else that lies there is committed."""
    subprocess.run(["git", "init", "-q", "policy"], check=True)
    for name, value in (("user.name", "Operator"), ("user.email", "operator@example.org")):
        subprocess.run(["git", "-C", "policy", "config", name, value], check=True)
    Path("policy/draft.md").write_text("not yet", encoding="utf-8")
    subprocess.run(["git", "-C", "policy", "add", "draft.md"], check=True)
    monkeypatch.setenv("NOTIFIER_CHECKPOINTS", "policy/checkpoints")
    monkeypatch.setenv("NOTIFIER_CHECKPOINTS_COMMIT", "true")
    write_audience(Path("a.csv"), *many_rows(13))
    assert 0 == run(PLAN)
    assert 0 == run(["send", NAME])
    show = ["git", "-C", "policy", "show", "--name-only", "--format=%s", "HEAD"]
    subject, _, names = subprocess.run(show, capture_output=True, text=True, check=True).stdout.partition("\n\n")
    assert subject.startswith(f"Checkpoint 1 of {NAME}: ")
    assert ["checkpoints/privacy-policy-2026-12-01-000001.json"] == names.split()
    kept = Path("policy/checkpoints/privacy-policy-2026-12-01-000001.json").read_text(encoding="utf-8")
    assert verify(prove(), PUBLIC, kept).checkpoint["number"] == 1


def test_without_git_the_checkpoint_stays(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Written, said, and in the ledger; nothing is lost."""
    monkeypatch.setenv("NOTIFIER_CHECKPOINTS", "nowhere")
    monkeypatch.setenv("NOTIFIER_CHECKPOINTS_COMMIT", "true")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(Path.cwd().parent))
    write_audience(Path("a.csv"), *many_rows(13))
    assert 0 == run(PLAN)
    assert 2 == run(["send", NAME])
    assert "git does not commit it: fatal: not a git repository" in capsys.readouterr().err
    assert Path("nowhere/privacy-policy-2026-12-01-000001.json").is_file()
    assert 1 == verify(prove(), PUBLIC).checkpoint["number"]


@pytest.mark.parametrize("key", ["", "short", "-----BEGIN PRIVATE KEY-----\nnothing\n-----END PRIVATE KEY-----"])
def test_a_bad_key_is_said_and_never_shown(
    key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the command that makes a good one; without any, segments are sealed and not signed."""
    monkeypatch.setenv("NOTIFIER_SIGNING_KEY", key)
    assert (2 if key else 0) == run(["seal", NAME])
    said = capsys.readouterr().err
    assert ("openssl genpkey" if key else "not signed") in said
    assert "nothing\n" not in said


def test_evidence_is_the_same_in_both_databases(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealed, signed, proved, purged and erased through the same statements."""
    monkeypatch.setenv("NOTIFIER_LEDGER", ledger_url)
    monkeypatch.setenv("NOTIFIER_RETENTION_DAYS", "0")
    assert 0 == run(PLAN)
    assert 0 == run(["send", NAME])
    assert 17 == verify(prove(), PUBLIC).leaves
    assert "holder1@example.org" == prove("a1")["facts"][0]["address"]
    assert 0 == run(["purge", NAME])
    assert 0 == run(["purge", NAME, "--account", "a1"])
    assert 1 == run(["prove", NAME, "a1"])
    assert check(prove("a4")).leaves == 1
    assert 17 == verify(prove(), PUBLIC).leaves
