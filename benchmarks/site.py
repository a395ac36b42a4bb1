"""How long a site takes: our build, held in one run against Material as it comes, Hugo and mkdocs-static-i18n.

Ours builds a generated policy repository (three languages, 5 % of the clauses edited in each release, about 6,000 words
a text). The others get the same texts as Markdown, one page a text; they make no redlines, feeds or bundles. Ours is
measured with all it makes and, for the ratio, by page.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from policypress.bundle import ChangeClass
from policypress.release.record import parse_record, write_record
from policypress.settings import parse_settings

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "policy_src" / "releases" / "2024-08-08"
LOCALES = ("en", "kk", "ru")
BIN = Path(sys.executable).parent
BENCH = ROOT / ".venv-bench" / "bin"
SETTINGS = (ROOT / "policy_src" / "policy.toml").read_text(encoding="utf-8")


def editions(count: int) -> list[dict[str, str]]:
    """Return the texts of releases: the same 5 % of the paragraphs edited in every language."""
    dice = random.Random(1)
    lines = {tag: (SOURCE / f"{tag}.md").read_text(encoding="utf-8").split("\n") for tag in LOCALES}
    prose = [n for n, line in enumerate(lines["en"]) if re.match(r"[A-Z]\w+ .*\.$", line)]
    made = []
    for turn in range(count):
        for place in dice.sample(prose, max(1, len(prose) // 20)) if turn else ():
            for tag in LOCALES:
                words = lines[tag][place].split(" ")
                where = dice.randrange(1, len(words)) if len(words) > 1 else 0
                lines[tag][place] = " ".join([*words[:where], f"R{turn}", *words[where:]])
        made.append({tag: "\n".join(text) for tag, text in lines.items()})
    return made


def repository(folder: Path, texts: list[dict[str, str]]) -> None:
    """Write a policy repository with these releases, a week apart."""
    shutil.rmtree(folder, ignore_errors=True)
    policy = folder / "policy_src"
    shutil.copytree(ROOT / "policy_src" / "text", policy / "text")
    for name in ("glossary.toml", "practices.toml"):
        shutil.copy(ROOT / "policy_src" / name, policy / name)
    settings = re.sub(r"(?ms)^\[locales\.ar[^\n]*\].*?(?=^\[)", "", SETTINGS)
    parse_settings(settings)
    (policy / "policy.toml").write_text(settings, encoding="utf-8")
    shutil.copytree(ROOT / "locales", folder / "locales")
    (folder / "mkdocs.yml").write_text((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), encoding="utf-8")
    model = parse_record((SOURCE / "record.toml").read_text(encoding="utf-8"), "record.toml")
    first, previous = date(2020, 1, 6), None
    for turn, text in enumerate(texts):
        day = first + timedelta(weeks=turn)
        release = policy / "releases" / day.isoformat()
        release.mkdir(parents=True)
        files = {f"{tag}.md": content for tag, content in text.items()}
        files["practices.toml"] = (SOURCE / "practices.toml").read_text(encoding="utf-8")
        digests = {name: f"sha256:{hashlib.sha256(content.encode()).hexdigest()}" for name, content in files.items()}
        for name, content in files.items():
            (release / name).write_text(content, encoding="utf-8")
        record = model.model_copy(
            update={
                "id": day.isoformat(),
                "published": day,
                "effective": day,
                "previous": previous,
                "digests": digests,
                "release_class": ChangeClass.MATERIAL if turn else ChangeClass.TECHNICAL,
            }
        )
        (release / "record.toml").write_text(write_record(record), encoding="utf-8")
        previous = day.isoformat()


def markdown(folder: Path, texts: list[dict[str, str]], kind: str) -> None:
    """Write the same texts as each of the others wants them."""
    for turn, text in enumerate(texts):
        for tag, content in text.items():
            page = re.sub(r"\s*\{lang=\w+\}", "", content)
            path = {
                "hugo": folder / "content" / tag / f"r{turn}.md",
                "material": folder / "docs" / tag / f"r{turn}.md",
                "i18n": folder / "docs" / f"r{turn}.{tag}.md",
            }[kind]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page if kind != "hugo" else f'---\ntitle: "r{turn}"\n---\n{page}', encoding="utf-8")


def taken(command: list[str], folder: Path) -> tuple[float, int]:
    """Run a command; return its seconds and the most memory (MB) it or a command before it held."""
    start = time.perf_counter()
    run = subprocess.run(
        command,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "1796083200"},
    )
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024


def pages(folder: Path) -> int:
    """Return how many pages a build made."""
    return sum(1 for _ in folder.rglob("*.html"))


def ours(folder: Path, rounds: int) -> dict[str, float]:
    """Measure our build: the first one, and the median of those after it."""
    build = [str(BIN / "policypress"), "build", "--as-of", "2026-01-01"]
    cold, memory = taken(build, folder)
    warm = statistics.median(taken(build, folder)[0] for _ in range(rounds))
    count = pages(folder / "site")
    return {"pages": count, "cold_s": cold, "warm_s": warm, "peak_mb": memory, "ms_per_page": 1000 * warm / count}


def material(folder: Path, texts: list[dict[str, str]]) -> dict[str, float]:
    """Measure Material as it comes, its search included."""
    markdown(folder, texts, "material")
    (folder / "mkdocs.yml").write_text(
        "site_name: x\ntheme:\n  name: material\n  font: false\nmarkdown_extensions: [attr_list, tables]\n", "utf-8"
    )
    return _other([str(BIN / "mkdocs"), "build", "--quiet"], folder, folder / "site")


def hugo(folder: Path, texts: list[dict[str, str]]) -> dict[str, float]:
    """Measure Hugo with the barest of templates."""
    markdown(folder, texts, "hugo")
    (folder / "config.toml").write_text('baseURL = "https://x.example/"\ntitle = "x"\n', "utf-8")
    layout = folder / "layouts" / "_default"
    layout.mkdir(parents=True)
    for name in ("single", "list"):
        text = "<!doctype html><title>{{ .Title }}</title>{{ .TableOfContents }}{{ .Content }}"
        (layout / f"{name}.html").write_text(text, "utf-8")
    return _other(["hugo", "--quiet"], folder, folder / "public")


def i18n(folder: Path, texts: list[dict[str, str]]) -> dict[str, float]:
    """Measure mkdocs-static-i18n on Material."""
    markdown(folder, texts, "i18n")
    for tag in LOCALES:
        (folder / "docs" / f"index.{tag}.md").write_text("# x\n", "utf-8")
    rows = "".join(
        f"        - {{locale: {tag}, name: {tag}, build: true, default: {str(tag == 'en').lower()}}}\n"
        for tag in LOCALES
    )
    (folder / "mkdocs.yml").write_text(
        "site_name: x\ntheme:\n  name: material\n  font: false\nmarkdown_extensions: [attr_list, tables]\n"
        f"plugins:\n  - i18n:\n      docs_structure: suffix\n      reconfigure_material: false\n      languages:\n{rows}",
        "utf-8",
    )
    return _other([str(BENCH / "mkdocs"), "build", "--quiet"], folder, folder / "site")


def _other(command: list[str], folder: Path, site: Path) -> dict[str, float]:
    seconds, _ = taken(command, folder)
    count = pages(site)
    return {"pages": count, "warm_s": seconds, "ms_per_page": 1000 * seconds / count}


def main() -> None:
    """Measure what was chosen, one after the other, and print it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--releases", type=int, default=167, help="releases in each of three languages")
    parser.add_argument("--slow", type=int, default=20, help="releases for mkdocs-static-i18n, which grows badly")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=["ours", "material", "hugo", "i18n"])
    chosen = parser.parse_args()
    texts = editions(chosen.releases)
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        if "ours" in chosen.only:
            repository(home / "ours", texts)
            found["ours"] = ours(home / "ours", chosen.rounds)
        if "material" in chosen.only:
            (home / "material").mkdir()
            found["material"] = material(home / "material", texts)
        if "hugo" in chosen.only and shutil.which("hugo"):
            (home / "hugo").mkdir()
            found["hugo"] = hugo(home / "hugo", texts)
        if "i18n" in chosen.only and (BENCH / "mkdocs").is_file():
            (home / "i18n").mkdir()
            found["i18n"] = i18n(home / "i18n", texts[: chosen.slow])
    ratios = {
        name: round(row["ms_per_page"] / found["ours"]["ms_per_page"], 2)
        for name, row in found.items()
        if name != "ours" and "ours" in found
    }
    print(json.dumps({"measured": found, "times_ours_by_page": ratios}, indent=1))


if __name__ == "__main__":
    main()
