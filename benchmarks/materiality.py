"""Materiality against labelled pairs of real policies: confusion table, recall, precision, F1 a category, every miss."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policypress.bundle import ChangeClass
from policypress.comparison import compare_texts
from policypress.materiality import taxonomy

#: Where the labelled pairs stand beside a checkout; they are not ours to copy.
CORPUS = Path(__file__).parents[2] / "shared" / "corpus" / "materiality-dev"
#: Documents are dealt out in the order of their names: the rules are written while looking at the first half alone.
HALVES = ("first", "second")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A labelled pair and what the tool says of it."""

    name: str
    document: str
    #: What the reader of the corpus says.
    material: bool
    unsure: bool
    categories: frozenset[str]
    why: str
    #: What the tool says.
    found: bool
    review: bool
    found_categories: frozenset[str]
    reasons: tuple[str, ...]


def read(corpus: Path) -> list[Pair]:
    """Return every labelled pair under a folder, judged."""
    return [_judged(path.parent, path.parent.relative_to(corpus)) for path in sorted(corpus.rglob("label.json"))]


def _judged(folder: Path, name: Path) -> Pair:
    label, meta = (json.loads((folder / one).read_text(encoding="utf-8")) for one in ("label.json", "meta.json"))
    old, new = ((folder / one).read_text(encoding="utf-8") for one in ("old.md", "new.md"))
    verdict = compare_texts(old, new, names=("old.md", "new.md"), locale="en").verdict
    heavy = [one for one in verdict.findings if one.change_class is ChangeClass.MATERIAL]
    return Pair(
        name=str(name),
        document=meta.get("doc") or f"{meta['repo']}:{meta['path']}",
        material=label["material"],
        unsure=label["unsure"],
        categories=frozenset(label["categories"]),
        why=label["why"],
        found=verdict.change_class is ChangeClass.MATERIAL,
        review=verdict.review,
        found_categories=frozenset(verdict.categories),
        reasons=tuple(dict.fromkeys(reason for one in heavy or verdict.findings for reason in one.reasons)),
    )


def halves(pairs: list[Pair]) -> dict[str, list[Pair]]:
    """Split by document, never by pair: two versions of one text are too much alike."""
    documents = sorted({pair.document for pair in pairs})
    return {half: [p for p in pairs if documents.index(p.document) % 2 == place] for place, half in enumerate(HALVES)}


def figures(pairs: list[Pair]) -> dict[str, Any]:
    """Return the confusion table, recall and precision of material, F1 of every category, and the misses."""
    sure = [pair for pair in pairs if not pair.unsure]
    table = {
        "material_material": sum(p.material and p.found for p in sure),
        "material_editorial": sum(p.material and not p.found for p in sure),
        "editorial_material": sum(not p.material and p.found for p in sure),
        "editorial_editorial": sum(not p.material and not p.found for p in sure),
    }
    silent = [pair for pair in pairs if pair.unsure and not pair.found and not pair.review]
    return {
        "pairs": len(pairs),
        "confusion": table,
        "recall": _share(table["material_material"], table["material_editorial"]),
        "precision": _share(table["material_material"], table["editorial_material"]),
        "unsure": len(pairs) - len(sure),
        "unsure_silent": len(silent),
        "categories": _categories([p for p in sure if p.material]),
        "misses": [_miss(p) for p in sure if p.material != p.found] + [_miss(p) for p in silent],
    }


def _share(hits: int, others: int) -> float | None:
    return round(hits / (hits + others), 3) if hits + others else None


def _categories(pairs: list[Pair]) -> dict[str, dict[str, float | int | None]]:
    rows: dict[str, dict[str, float | int | None]] = {}
    total = [0, 0, 0]
    for name in taxonomy():
        hits = sum(name in p.categories and name in p.found_categories for p in pairs)
        missed = sum(name in p.categories and name not in p.found_categories for p in pairs)
        extra = sum(name not in p.categories and name in p.found_categories for p in pairs)
        total = [one + more for one, more in zip(total, (hits, missed, extra), strict=True)]
        if hits + missed + extra:
            rows[name] = _row(hits, missed, extra)
    return {**rows, "all": _row(*total)}


def _row(hits: int, missed: int, extra: int) -> dict[str, float | int | None]:
    return {
        "labelled": hits + missed,
        "precision": _share(hits, extra),
        "recall": _share(hits, missed),
        "f1": _share(2 * hits, missed + extra),
    }


def _miss(pair: Pair) -> dict[str, Any]:
    return {
        "pair": pair.name,
        "label": ("material" if pair.material else "editorial") + (", unsure" if pair.unsure else ""),
        "found": ("material" if pair.found else "editorial") + (", review" if pair.review else ""),
        "why": pair.why,
        "reasons": pair.reasons[:4],
    }


def show(title: str, found: dict[str, Any]) -> None:
    """Print one table of figures."""
    table = found["confusion"]
    print(f"\n{title}: {found['pairs']} pairs, {found['unsure']} of them unsure")
    print("                    called material   called editorial")
    print(f"  is material       {table['material_material']:15}   {table['material_editorial']:16}")
    print(f"  is editorial      {table['editorial_material']:15}   {table['editorial_editorial']:16}")
    print(f"  recall {found['recall']}, precision {found['precision']}, unsure and silent {found['unsure_silent']}")
    print(f"  {'category':16}{'labelled':>9}{'precision':>11}{'recall':>8}{'F1':>7}")
    for name, row in found["categories"].items():
        cells = ("–" if row[key] is None else row[key] for key in ("precision", "recall", "f1"))
        print("  {:16}{:9}{:>11}{:>8}{:>7}".format(name, row["labelled"], *cells))
    for miss in found["misses"]:
        print(f"  miss {miss['pair']}: {miss['label']}, found {miss['found']}: {miss['why']}")
        print("".join(f"       - {reason}\n" for reason in miss["reasons"]), end="")


def main() -> int:
    """Read the corpus, print the figures, write them where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="folder of labelled pairs (old.md, new.md, …)")
    parser.add_argument("--half", choices=HALVES, help="look at one half alone, as whoever writes rules has to")
    parser.add_argument(
        "--output", "--json", dest="json", type=Path, metavar="PATH", help="write the figures there, too"
    )
    options = parser.parse_args()
    if not any(options.corpus.rglob("label.json")):
        print(f"{options.corpus}: no labelled pairs there. Name their folder: --corpus DIR", file=sys.stderr)
        return 1
    pairs = read(options.corpus)
    parts = halves(pairs)
    wanted = {options.half: parts[options.half]} if options.half else {**parts, "both": pairs}
    found = {name: figures(part) for name, part in wanted.items()}
    for name, figure in found.items():
        show(name if name == "both" else f"{name} half", figure)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
