"""How long a comparison takes in process, against difflib on whole texts: 6,000 to 60,000 words, and a full rewrite."""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import time
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policypress import document
from policypress.comparison import compare_texts

if TYPE_CHECKING:
    from collections.abc import Callable

PRINTS = Path(__file__).parents[1] / "policy_src" / "releases"
#: Milliseconds that a comparison of 6,000 words may take on one core.
TARGET = 60.0
#: Whole-text difflib is quadratic: above this many words the baseline would take minutes.
_BASELINE_WORDS = 10_000


def texts() -> dict[str, tuple[str, str]]:
    """Return pairs of texts by name, made from the two newest prints of this repository."""
    old, new = (path.read_text(encoding="utf-8") for path in sorted(PRINTS.glob("*/en.md"))[-2:])
    return {
        "6,000 words": (old, new),
        "18,000 words": (_times(old, 3), _times(new, 3)),
        "60,000 words": (_times(old, 10), _times(new, 10)),
        "6,000 words, rewritten": (old, _rewritten(new)),
    }


def _times(text: str, count: int) -> str:
    """Return a text several times over, each with anchors and words of its own."""
    parts = []
    for turn in range(count):
        part = re.sub(r"\{#([\w-]+)\}", rf"{{#\1-{turn}}}", text)
        parts.append(re.sub(r"(?m)^(?=[A-Z]\w+ )", f"({turn}) ", part) if turn else part)
    return "\n".join(parts)


def _rewritten(text: str) -> str:
    """Return a text whose words are shuffled inside each line: the same length, hardly a clause the same."""
    dice = random.Random(1)
    words = re.findall(r"\w{4,}", text)
    return re.sub(r"(?<![#\w{/(.-])\w{4,}(?![\w})/.-])", lambda _: dice.choice(words), text)


def milliseconds(run: Callable[[], object], rounds: int) -> float:
    """Return the median time on one core of several runs; what else the machine does is left out."""
    taken = []
    for _ in range(rounds):
        document.plain.cache_clear()
        start = time.process_time()
        run()
        taken.append((time.process_time() - start) * 1000)
    return statistics.median(taken)


def whole(old: str, new: str) -> object:
    """Compare two whole texts with difflib, words and white space as they come: what is done where nothing is known."""
    before, after = (re.split(r"(\s+)", text) for text in (old, new))
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def main() -> int:
    """Time every pair of texts, print a table and the ratios as JSON; fail above the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--output", "--json", dest="json", type=Path, metavar="PATH", help="write the figures there, too"
    )
    options = parser.parse_args()
    rows: dict[str, Any] = {}
    for name, (old, new) in texts().items():
        words = len(new.split())
        ours = milliseconds(lambda: compare_texts(old, new, names=("a.md", "b.md"), locale="en"), options.rounds)  # noqa: B023
        theirs = milliseconds(lambda: whole(old, new), 1) if words < _BASELINE_WORDS else None  # noqa: B023
        rows[name] = {
            "words": words,
            "ms": round(ours, 1),
            "difflib_ms": None if theirs is None else round(theirs, 1),
            "times_faster": None if theirs is None else round(theirs / ours, 1),
        }
        print(f"{name:24} {words:7} words {ours:9.1f} ms   difflib on the whole text: {rows[name]['difflib_ms']} ms")
    first, last = rows["6,000 words"], rows["60,000 words"]
    ratios = {"target_ms": TARGET, "growth_for_ten_times_the_words": round(last["ms"] / first["ms"], 1), "texts": rows}
    print(json.dumps(ratios, indent=2))
    if options.json:
        options.json.write_text(json.dumps(ratios, indent=2) + "\n", encoding="utf-8")
    return int(first["ms"] > TARGET)


if __name__ == "__main__":
    sys.exit(main())
