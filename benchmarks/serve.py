"""How long an edit takes until `policypress serve` shows it: saved file to page, in a real browser and by HTTP."""

from __future__ import annotations

import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import output

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
PORT = 8479
URL = f"http://127.0.0.1:{PORT}/"
#: File, page, and what stands before the word that is written.
EDITS = {
    "policy_src": ("policy_src/text/00-introduction.md", "en/draft/", "# Privacy Policy", "# Privacy Policy {word}"),
    "locales": ("locales/kk/LC_MESSAGES/policy.po", "kk/draft/", 'msgstr "', 'msgstr "{word} '),
}
#: A source that cannot be printed, and what its page must name.
BROKEN = ("policy_src/text/00-introduction.md", "{{ facts.nonesuch }}", "00-introduction.md")


@contextmanager
def served(root: Path) -> Iterator[None]:
    """Run the command as an editor does; the draft is there when this begins."""
    command = [sys.executable, "-m", "policypress.cli", "-C", str(root), "serve", "--address", f"127.0.0.1:{PORT}"]
    command[1:3] = ["-c", "import sys; from policypress.cli import main; sys.exit(main())"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until(lambda: b"pp-status--draft" in fetch("en/draft/"), 60)
        until(lambda: fetch("en/archive/") != b"", 60)  # the site is built beside it
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def has(path: str, words: bytes) -> bool:
    """Return whether a page says something."""
    return words in fetch(path)


def lacks(path: str, words: bytes) -> bool:
    """Return whether a page says something no more."""
    return not has(path, words)


def fetch(path: str) -> bytes:
    """Return a page, nothing while there is none."""
    try:
        with urlopen(URL + path, timeout=10) as answer:
            return bytes(answer.read())
    except (URLError, OSError):
        return b""


def until(there: Callable[[], bool], seconds: float = 30) -> float:
    """Return after how many seconds something held; fail where it never does."""
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        if there():
            return time.perf_counter() - start
        time.sleep(0.02)
    sys.exit("the edit was never shown")


def save(path: Path, text: str) -> None:
    """Save as editors do: aside, then in place."""
    aside = path.with_name(f".{path.name}.tmp")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def in_browser(browser: Browser, path: str, word: str, edit: Callable[[], None]) -> float:
    """Return how long an open page takes to reload with the word."""
    page = browser.new_page()
    page.goto(URL + path)
    page.wait_for_timeout(500)  # it is not just about to reload
    start = time.perf_counter()
    edit()
    page.wait_for_function(f"document.body.innerText.includes('{word}')", timeout=60_000)
    took = time.perf_counter() - start
    page.wait_for_load_state()  # Chromium may never answer when a page is closed amid a reload
    page.close()
    return took


def by_http(_: Browser, path: str, word: str, edit: Callable[[], None]) -> float:
    """Return how long the server takes to answer with the word; no page is open."""
    start = time.perf_counter()
    edit()
    until(lambda: word.encode() in fetch(path))
    return time.perf_counter() - start


def main() -> None:
    """Print medians in seconds as JSON."""
    parser = output.parser(__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    repeats = options.repeats
    rows: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder)
        for name in ("policy_src", "locales"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy2(ROOT / "mkdocs.yml", root)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        with served(root):
            for turn in range(repeats):
                for kind, (file, path, old, new) in EDITS.items():
                    text = (root / file).read_text(encoding="utf-8")
                    for way in ("browser", "http"):
                        word = f"edit{way}{turn}"
                        changed = new.format(word=word).join(text.rsplit(old, 1)) if kind == "locales" else text
                        changed = changed.replace(old, new.format(word=word), 1) if kind != "locales" else changed
                        seen = in_browser if way == "browser" else by_http
                        took = seen(browser, path, word, partial(save, root / file, changed))
                        rows.setdefault(f"{kind} {way}", []).append(took)
                    save(root / file, text)
                    until(partial(lacks, path, word.encode()))
                file, wrong, named = BROKEN
                text = (root / file).read_text(encoding="utf-8")
                start = time.perf_counter()
                save(root / file, f"{text}\n{wrong}\n")
                until(partial(has, "ru/draft/", named.encode()))
                rows.setdefault("broken source, its problem by HTTP", []).append(time.perf_counter() - start)
                save(root / file, text)
                until(lambda: b"pp-status--draft" in fetch("ru/draft/"))
        browser.close()
    found = {name: {"median": round(statistics.median(v), 2), "worst": round(max(v), 2)} for name, v in rows.items()}
    told = {
        "seconds from saving to showing": found,
        "repeats": repeats,
    }
    output.say(told, options)


if __name__ == "__main__":
    main()
