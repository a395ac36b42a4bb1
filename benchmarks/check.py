"""How long check and localise take on the shipped policy: four languages, ten times the clauses, forty locales."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import output

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
#: Locales of CLDR besides the shipped ones, written in the alphabet of Russian for the purpose of this measurement.
MORE = [
    "be",
    "bg",
    "bs",
    "ca",
    "cs",
    "da",
    "de",
    "el",
    "es",
    "et",
    "fi",
    "fil",
    "fr",
    "ga",
    "gl",
    "hr",
    "hu",
    "hy",
    "id",
    "is",
    "it",
    "ka",
    "ky",
    "lt",
    "lv",
    "mk",
    "mn",
    "ms",
    "nl",
    "pl",
    "pt",
    "ro",
    "sk",
    "sl",
    "sv",
    "tr",
    "uk",
]
#: One process a run, as an editor has it; the second reads what the first kept.
CODE = """
import sys, time
from pathlib import Path
from policypress import checks
from policypress.checks.kept import kept
from policypress.release import workshop
from policypress.source import worktree
from datetime import date
root = Path(sys.argv[1])
start = time.process_time()
source = worktree(root)
kept(source, root / ".cache" / "policypress", checks.run)
checked = time.process_time()
workshop(source).compile(date(2030, 1, 1), date(2030, 1, 1), "2030-01-01")
print(checked - start, time.process_time() - checked)
"""


def shipped() -> dict[str, str]:
    """Return the files of the policy that is checked."""
    paths = [
        *(ROOT / "policy_src").glob("*.toml"),
        *(ROOT / "policy_src/text").glob("*.md"),
        *ROOT.glob("locales/*/*/*.po"),
    ]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def longer(files: dict[str, str], times: int) -> dict[str, str]:
    """Return the policy with its sections several times, each with anchors and words of its own."""
    made = dict(files)
    for path, text in files.items():
        if path.endswith(".md"):
            for turn in range(1, times):
                other = re.sub(r"\{#([\w-]+)", rf"{{#\1-{turn}", text)
                made[path.replace("/text/", f"/text/{turn}-")] = re.sub(r"(?m)^(?=[A-Z])", f"({turn}) ", other)
        elif path.endswith("policy.po"):
            head, *entries = text.split("\n\n")
            more = [_entry(entry, turn) for turn in range(1, times) for entry in entries]
            made[path] = "\n\n".join([head, *entries, *more])
    return made


def _entry(entry: str, turn: int) -> str:
    entry = re.sub(r'msgctxt "([^"]*)"', rf'msgctxt "\1-{turn}"', entry.strip())
    return re.sub(r'(msgid|msgstr) "(?=[A-Z])', rf'\1 "({turn}) ', entry)


def wider(files: dict[str, str], locales: int) -> dict[str, str]:
    """Return the policy in so many locales."""
    made, russian = dict(files), files["locales/ru/LC_MESSAGES/policy.po"]
    words = "".join(rf'\n{tag} = "\1"' for tag in MORE[: locales - 4])
    made["policy_src/glossary.toml"] = re.sub(
        r'(?m)^ru = "(.*)"$', rf'ru = "\1"{words}', files["policy_src/glossary.toml"]
    )
    for tag in MORE[: locales - 4]:
        made["policy_src/policy.toml"] += f'\n[locales.{tag}]\nfallback = ["ru"]\n'
        made[f"locales/{tag}/LC_MESSAGES/policy.po"] = russian.replace("Language: ru", f"Language: {tag}")
    return made


def measured(files: dict[str, str], repeats: int) -> dict[str, float]:
    """Return medians in milliseconds of CPU: the first run, and the second without an edit."""
    rows: dict[str, list[float]] = {"check": [], "localise": [], "check again": []}
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / path).write_text(text, encoding="utf-8")
            for names in (("check", "localise"), ("check again",)):
                done = subprocess.run([sys.executable, "-c", CODE, folder], capture_output=True, text=True, check=True)
                for name, value in zip(names, done.stdout.split(), strict=False):
                    rows[name].append(float(value) * 1000)
    return {name: round(statistics.median(values), 1) for name, values in rows.items()}


def main() -> None:
    """Print the medians and their ratios as JSON."""
    parser = output.parser(__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    repeats = options.repeats
    files = shipped()
    kinds: dict[str, Callable[[], dict[str, str]]] = {
        "4 languages": lambda: files,
        "10x clauses": lambda: longer(files, 10),
        "40 locales": lambda: wider(files, 40),
    }
    start = time.time()
    found = {name: measured(make(), repeats) for name, make in kinds.items()}
    base = found["4 languages"]
    ratios = {
        name: {
            "check": round(row["check"] / base["check"], 2),
            "localise": round(row["localise"] / base["localise"], 2),
            "again/first": round(row["check again"] / row["check"], 3),
        }
        for name, row in found.items()
    }
    output.say({"cpu_ms": found, "ratios": ratios, "repeats": repeats, "seconds": round(time.time() - start)}, options)


if __name__ == "__main__":
    main()
