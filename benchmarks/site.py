"""How long a site takes: our build, held in one run against Material as it comes, Hugo and mkdocs-static-i18n.

Ours builds a generated policy repository: three languages, about 6,000 words a text, 5 % of the clauses edited in each
release, a page of the text and a page of changes for each. The others get as many pages of the same texts as Markdown;
they make no redlines, feeds, search by language or bundles. Each is built cold (nothing kept), warm (nothing changed)
and after one word was edited. Ours also on the next day, with one more release, in three sizes, and with every clause
edited in every release, so that no page shares a clause with another. Memory is that of the largest process.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import random
import re
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


def editions(count: int, edited: float = 0.05) -> list[dict[str, str]]:
    """Return the texts of releases: the same share of the paragraphs edited in every language."""
    dice = random.Random(1)
    lines = {tag: (SOURCE / f"{tag}.md").read_text(encoding="utf-8").split("\n") for tag in LOCALES}
    prose = [n for n, line in enumerate(lines["en"]) if re.match(r"[A-Z]\w+ .*\.$", line)]
    made = []
    for turn in range(count):
        for place in dice.sample(prose, max(1, round(len(prose) * edited))) if turn else ():
            for tag in LOCALES:
                lines[tag][place] = _edited(lines[tag][place], f"R{turn}", dice, keep=edited < 1)
        made.append({tag: "\n".join(text) for tag, text in lines.items()})
    return made


def _edited(line: str, word: str, dice: random.Random, *, keep: bool) -> str:
    """Return a line with a word more; where every line is edited each time, the word of the last time goes."""
    words = [one for one in line.split(" ") if keep or not re.fullmatch(r"R\d+", one)]
    where = dice.randrange(1, len(words)) if len(words) > 1 else 0
    return " ".join([*words[:where], word, *words[where:]])


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
    first = date(2020, 1, 6)
    for turn, text in enumerate(texts):
        days = [(first + timedelta(weeks=turn - back)).isoformat() for back in (0, 1)]
        release(policy / "releases" / days[0], text, days[1] if turn else None)


def release(folder: Path, text: dict[str, str], previous: str | None) -> None:
    """Write a release as `policypress release` prints one; its folder bears its day."""
    model = parse_record((SOURCE / "record.toml").read_text(encoding="utf-8"), "record.toml")
    folder.mkdir(parents=True, exist_ok=True)
    files = {f"{tag}.md": content for tag, content in text.items()}
    files["practices.toml"] = (SOURCE / "practices.toml").read_text(encoding="utf-8")
    digests = {name: f"sha256:{hashlib.sha256(content.encode()).hexdigest()}" for name, content in files.items()}
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    day = date.fromisoformat(folder.name)
    record = model.model_copy(
        update={
            "id": day.isoformat(),
            "published": day,
            "effective": day,
            "previous": previous,
            "digests": digests,
            "release_class": ChangeClass.MATERIAL if previous else ChangeClass.TECHNICAL,
        }
    )
    (folder / "record.toml").write_text(write_record(record), encoding="utf-8")


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


def taken(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Run a command; return its seconds, its seconds of processor, and the most memory (MB) that it held."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "1796083200"}
    with (folder / "log").open("w", encoding="utf-8") as log:
        start = time.perf_counter()
        run = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
        _, status, used = os.wait4(run.pid, 0)
        seconds = time.perf_counter() - start
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{(folder / 'log').read_text(encoding='utf-8')[-3000:]}")
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def pages(folder: Path) -> int:
    """Return how many pages a build made."""
    return sum(1 for _ in folder.rglob("*.html"))


BUILD = [str(BIN / "policypress"), "build", "--as-of"]


def ours(folder: Path, rounds: int) -> dict[str, float]:
    """Measure our build: cold, warm, on the next day, after an edit of a word, and with one more release."""
    releases = sorted((folder / "policy_src" / "releases").iterdir())
    day = (date.fromisoformat(releases[-1].name) + timedelta(weeks=4)).isoformat()
    later = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    cold, cold_cpu, cold_memory = taken([*BUILD, day], folder)
    first = digest(folder / "site")
    warm = [taken([*BUILD, day], folder) for _ in range(rounds)]
    found = {"cold_s": cold, "warm_s": statistics.median(row[0] for row in warm)}
    found |= {"cold_cpu_s": cold_cpu, "warm_cpu_s": statistics.median(row[1] for row in warm)}
    same = first == digest(folder / "site")
    found["next_day_s"] = statistics.median(_after(folder, [*BUILD, day], [*BUILD, later], rounds))
    edits = []
    for turn in range(rounds):
        text = {tag: (releases[-1] / f"{tag}.md").read_text(encoding="utf-8") for tag in LOCALES}
        text["en"] = re.sub(r"(?m)^([A-Z]\w+) ", rf"\1 edit{turn} ", text["en"], count=1)
        release(releases[-1], text, releases[-2].name)
        edits.append(taken([*BUILD, day], folder)[:2])
    found["one_word_s"] = statistics.median(row[0] for row in edits)
    found["one_word_cpu_s"] = statistics.median(row[1] for row in edits)
    added = date.fromisoformat(releases[-1].name) + timedelta(weeks=1)
    release(releases[-1].with_name(added.isoformat()), text, releases[-1].name)
    found["one_more_release_s"] = taken([*BUILD, day], folder)[0]
    count = pages(folder / "site")
    memory = max(cold_memory, *(row[2] for row in warm))
    found |= {"pages": count, "peak_mb": memory, "warm_peak_mb": warm[-1][2], "cold_ms_per_page": 1000 * cold / count}
    return found | {"ms_per_page": 1000 * found["warm_s"] / count, "same_bytes_cold_and_warm": same}


def _after(folder: Path, before: list[str], command: list[str], rounds: int) -> list[float]:
    """Return how long a command takes each time after another."""
    found = []
    for _ in range(rounds):
        taken(before, folder)
        found.append(taken(command, folder)[0])
    return found


def digest(site: Path) -> str:
    """Return a digest of every file of a site."""
    found = hashlib.sha256()
    for path in sorted(site.rglob("*")):
        if path.is_file():
            found.update(f"{path.relative_to(site)}".encode() + path.read_bytes())
    return found.hexdigest()


def growth(home: Path, releases: int, rounds: int) -> list[dict[str, float]]:
    """Measure three sizes, each twice the one before."""
    rows = []
    for count in (releases // 4, releases // 2, releases):
        folder = home / f"growth-{count}"
        repository(folder, editions(count))
        command = [*BUILD, "2027-01-01"]
        cold, cpu, memory = taken(command, folder)
        warm = statistics.median(taken(command, folder)[0] for _ in range(rounds))
        made = pages(folder / "site")
        row = {"pages": made, "cold_s": cold, "cold_cpu_s": cpu, "warm_s": warm, "peak_mb": memory}
        rows.append(row | {"cold_ms_per_page": 1000 * cold / made, "cold_cpu_ms_per_page": 1000 * cpu / made})
        shutil.rmtree(folder)
    return rows


def unique(home: Path, count: int) -> dict[str, float]:
    """Measure a cold build of releases that have every clause edited: no page shares a text with another."""
    folder = home / "unique"
    repository(folder, editions(count, 1.0))
    seconds, cpu, memory = taken([*BUILD, "2027-01-01"], folder)
    made = pages(folder / "site")
    shutil.rmtree(folder)
    found = {"pages": made, "cold_s": seconds, "cold_cpu_s": cpu, "peak_mb": memory}
    return found | {"cold_ms_per_page": 1000 * seconds / made}


def material(folder: Path, texts: list[dict[str, str]], rounds: int) -> dict[str, float]:
    """Measure Material as it comes, its search included."""
    markdown(folder, texts, "material")
    (folder / "mkdocs.yml").write_text(
        "site_name: x\ntheme:\n  name: material\n  font: false\nmarkdown_extensions: [attr_list, tables]\n", "utf-8"
    )
    return _other([str(BIN / "mkdocs"), "build", "--quiet"], folder, folder / "site", rounds)


def hugo(folder: Path, texts: list[dict[str, str]], rounds: int) -> dict[str, float]:
    """Measure Hugo with the barest of templates."""
    markdown(folder, texts, "hugo")
    (folder / "config.toml").write_text('baseURL = "https://x.example/"\ntitle = "x"\n', "utf-8")
    layout = folder / "layouts" / "_default"
    layout.mkdir(parents=True)
    for name in ("single", "list"):
        text = "<!doctype html><title>{{ .Title }}</title>{{ .TableOfContents }}{{ .Content }}"
        (layout / f"{name}.html").write_text(text, "utf-8")
    return _other(["hugo", "--quiet"], folder, folder / "public", rounds)


def i18n(folder: Path, texts: list[dict[str, str]], rounds: int) -> dict[str, float]:
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
    return _other([str(BENCH / "mkdocs"), "build", "--quiet"], folder, folder / "site", rounds)


def _other(command: list[str], folder: Path, site: Path, rounds: int) -> dict[str, float]:
    cold, cpu, memory = taken(command, folder)
    again = [taken(command, folder) for _ in range(rounds)]
    warm, warm_cpu = (statistics.median(row[place] for row in again) for place in (0, 1))
    page = next(path for path in sorted(folder.rglob("r1*.md")) if "R1" in path.read_text(encoding="utf-8"))
    page.write_text(page.read_text(encoding="utf-8").replace("R1", "edited", 1), encoding="utf-8")
    edited = taken(command, folder)[0]
    count = pages(site)
    found = {"pages": count, "cold_s": cold, "warm_s": warm, "one_word_s": edited, "peak_mb": memory}
    found |= {"cold_cpu_s": cpu, "warm_cpu_s": warm_cpu}
    return found | {"cold_ms_per_page": 1000 * cold / count, "ms_per_page": 1000 * warm / count}


def main() -> None:
    """Measure what was chosen, one after the other; print it as JSON and write it where that is asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--releases", type=int, default=83, help="releases in each of three languages; six pages each")
    parser.add_argument("--large", type=int, default=250, help="releases of the largest of three sizes: 1,500 pages")
    parser.add_argument("--unique", type=int, default=83, help="releases with every clause edited")
    parser.add_argument("--slow", type=int, default=20, help="releases for mkdocs-static-i18n, which grows badly")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=["ours", "material", "hugo", "i18n", "growth", "unique"])
    parser.add_argument("--output", type=Path, help="also write the JSON there")
    chosen = parser.parse_args()
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as place:
        home, rounds = Path(place), chosen.rounds
        if "ours" in chosen.only:
            repository(home / "ours", editions(chosen.releases))
            found["ours"] = ours(home / "ours", rounds)
        for name, measure in (("material", material), ("hugo", hugo), ("i18n", i18n)):
            if name in chosen.only and (reason := lacks(name)):
                found[name] = {"not_measured": reason}
            elif name in chosen.only:
                (home / name).mkdir()
                # ours makes two pages of each release, a text and its changes
                found[name] = measure(
                    home / name, editions(2 * (chosen.slow if name == "i18n" else chosen.releases)), rounds
                )
        if "growth" in chosen.only:
            found["growth"] = growth(home, chosen.large, rounds)
        if "unique" in chosen.only:
            found["unique"] = unique(home, chosen.unique)
    told = {"machine": machine(), "measured": found, "times_ours_by_page": ratios(found)}
    text = json.dumps(told, indent=1)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n", encoding="utf-8")


def lacks(name: str) -> str:
    """Return why one of the others cannot be measured here."""
    if name == "hugo" and not shutil.which("hugo"):
        return "no hugo here: apt install hugo"
    if name == "i18n" and not (BENCH / "mkdocs").is_file():
        return "no .venv-bench here: make bench-site makes it"
    return ""


def machine() -> dict[str, object]:
    """Return what was measured on, and how busy it was."""
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": [round(x, 1) for x in os.getloadavg()],
    }


def ratios(found: dict[str, object]) -> dict[str, dict[str, float]]:
    """Return how many times our time the others take for a page."""
    mine = found.get("ours")
    made = {}
    for name in ("material", "hugo", "i18n"):
        row = found.get(name)
        if isinstance(mine, dict) and isinstance(row, dict) and "pages" in row:
            made[name] = {
                "cold": round(row["cold_ms_per_page"] / mine["cold_ms_per_page"], 2),
                "warm": round(row["ms_per_page"] / mine["ms_per_page"], 2),
                # seconds of the processor, which say more where a machine has other work
                **{
                    f"{kind}_cpu": round(
                        row[f"{kind}_cpu_s"] / row["pages"] / (mine[f"{kind}_cpu_s"] / mine["pages"]), 2
                    )
                    for kind in ("cold", "warm")
                },
            }
    return made


if __name__ == "__main__":
    main()
