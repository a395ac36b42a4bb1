"""Puts checkpoints where others can see them: a file each, committed to the git work tree it lies in, if asked.

The one file of the post that calls git, as a program: the press, and its GitPython, stay outside.
"""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

from notifier.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

_UNSAFE = re.compile(r"[^A-Za-z0-9.+-]+")
_PATIENCE = 60


def publish(folder: Path, checkpoint: str, *, commit: bool) -> Path:
    """Write a checkpoint into a folder, whole, and commit it alone; return its file.

    InputError if the folder cannot be written to, or git refuses; the checkpoint stays in the ledger then.
    """
    signed = json.loads(checkpoint)
    path = folder / f"{stem(signed['campaign'])}-{signed['number']:06}.json"
    part = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(checkpoint + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        message = (
            f"{path}: cannot write the checkpoint: {error.strerror}; it is in the ledger, `notifier seal` prints it"
        )
        raise InputError(message) from error
    if commit:
        _commit(path, f"Checkpoint {signed['number']} of {signed['campaign']}: {signed['segments']} segments")
    return path


def stem(campaign: str) -> str:
    """Return how the files of a campaign begin."""
    return _UNSAFE.sub("-", campaign)


def newest(folder: Path, campaign: str) -> str | None:
    """Return the last checkpoint of a campaign in a folder, or None."""
    found = sorted(folder.glob(f"{stem(campaign)}-[0-9]*.json"))
    return found[-1].read_text(encoding="utf-8").strip() if found else None


def _commit(path: Path, message: str) -> None:
    _git(path, "add", "--", path.name)
    if _git(path, "status", "--porcelain", "--", path.name):
        _git(path, "commit", "--quiet", "--only", "--message", message, "--", path.name)


def _git(path: Path, *arguments: str) -> str:
    command = ("git", "-C", str(path.parent), *arguments)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)  # noqa: S603 - fixed words and a path of ours
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{path}: written, and git cannot be run to commit it ({type(error).__name__}); commit it yourself"
        raise InputError(message) from error
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        message = f"{path}: written, and git does not commit it: {words[-1] if words else 'no reason given'}"
        raise InputError(message)
    return done.stdout
