"""What every benchmark says: one JSON object, printed, and kept in a file where asked."""

from __future__ import annotations

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def parser(about: str | None) -> argparse.ArgumentParser:
    """Return a parser that knows --output."""
    made = argparse.ArgumentParser(description=about)
    made.add_argument("--output", type=Path, metavar="PATH", help="Write the JSON to a file as well.")
    return made


def say(report: dict[str, Any], options: argparse.Namespace) -> None:
    """Print a report with the machine it was made on and how busy that was; write it where the options say."""
    load = round(os.getloadavg()[0], 2)
    machine = {"cores": os.cpu_count(), "load": load, "python": platform.python_version(), "system": platform.machine()}
    text = json.dumps(report | {"machine": machine, "at": f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}"}, indent=1)
    print(text)
    if options.output:
        options.output.write_text(f"{text}\n", encoding="utf-8")
