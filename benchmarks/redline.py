"""How well redlines read over the labelled pairs: marks, islands, cuts inside words and graphemes, and a moved paragraph."""

from __future__ import annotations

import argparse
import json
import sys
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from policypress.comparison import compare_texts

#: Where the labelled pairs stand beside a checkout; they are not ours to copy.
CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "materiality-dev"
PRINTS = Path(__file__).parents[1] / "policy_src" / "releases"
#: Islands a run that a redline may have.
TARGET = 0.1


def pairs(corpus: Path) -> dict[str, tuple[str, str, str]]:
    """Return language, old and new text by name: every pair of the corpus, and our two newest prints in each locale."""
    found = {}
    for old in sorted(corpus.rglob("old.md")):
        found[str(old.parent.relative_to(corpus))] = ("en", *both(old, old.with_name("new.md")))
    before, after = sorted(path for path in PRINTS.iterdir() if path.is_dir())[-2:]
    for new in sorted(after.glob("*.md")):
        if (before / new.name).is_file():
            found[f"print-{new.stem}"] = (new.stem, *both(before / new.name, new))
    return found


def both(old: Path, new: Path) -> tuple[str, str]:
    """Return the texts of two versions."""
    return old.read_text(encoding="utf-8"), new.read_text(encoding="utf-8")


def measured(locale: str, old: str, new: str) -> dict[str, int]:
    """Return the figures of one pair."""
    found = compare_texts(old, new, names=("old.md", "new.md"), locale=locale).metrics
    return {
        "runs": found.runs,
        "marked_characters": found.marked_characters,
        "islands": found.islands,
        "cuts": found.mid_word_cuts,
    }


def moved() -> dict[str, Any]:
    """Return what is shown of a paragraph that only moved, and what difflib marks on the same lines, in characters."""
    old = max(PRINTS.glob("*/en.md")).read_text(encoding="utf-8")
    blocks = old.split("\n\n")
    place, longest = max(enumerate(blocks), key=lambda one: len(one[1]) if one[1][:1].isalpha() else 0)
    head = next(at for at, block in enumerate(blocks) if block.startswith("## ") and at > place + 1)
    rest = [*blocks[:place], *blocks[place + 1 : head + 1], longest, *blocks[head + 1 :]]
    rows = compare_texts(old, "\n\n".join(rest), names=("old.md", "new.md"), locale="en").rows
    steps = SequenceMatcher(None, blocks, rest, autojunk=False).get_opcodes()
    marked = sum(len("".join((*blocks[a:b], *rest[c:d]))) for tag, a, b, c, d in steps if tag != "equal")
    ours = sum(len(run.shown) for row in rows for run in row.runs if run.op != "equal")
    return {
        "kinds": sorted({row.finding.kind for row in rows}),
        "marked_characters": ours,
        "difflib_characters": marked,
    }


def main() -> int:
    """Measure every pair, print the sums as JSON; fail where a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder of pairs (old.md, new.md)")
    parser.add_argument(
        "--output", "--json", dest="json", type=Path, metavar="PATH", help="write the figures there, too"
    )
    options = parser.parse_args()
    rows = {name: measured(*texts) for name, texts in pairs(options.corpus).items()}
    total = {key: sum(row[key] for row in rows.values()) for key in ("runs", "marked_characters", "islands", "cuts")}
    share = round(total["islands"] / total["runs"], 3) if total["runs"] else 0.0
    move = moved()
    figures = {"pairs": len(rows), **total, "islands_per_run": share, "moved_paragraph": move, "by_pair": rows}
    print(json.dumps({key: value for key, value in figures.items() if key != "by_pair"}, indent=2))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return int(total["cuts"] > 0 or share > TARGET or move["kinds"] != ["moved"] or move["marked_characters"] > 0)


if __name__ == "__main__":
    sys.exit(main())
