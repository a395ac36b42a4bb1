"""GNU gettext's own judgement of a catalogue; under CI it must be there."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from tests import needs

if TYPE_CHECKING:
    from pathlib import Path

needs_msgfmt = needs.system(shutil.which("msgfmt"), "msgfmt is not here: sh .ci/gettext")


def msgfmt(path: Path) -> tuple[int, list[str]]:
    """Return the code of `msgfmt -c` and what it says, but for who translated and when, which git knows better."""
    done = subprocess.run(
        ["msgfmt", "-c", "-o", os.devnull, str(path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    return done.returncode, [line for line in done.stderr.splitlines() if "header field" not in line]
