"""Makes the draft's pages and the site of a work tree, aside; knows no browser. Whatever is wrong becomes a page."""

from __future__ import annotations

import hashlib
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader

from policypress import checks
from policypress.builder import Frame, build
from policypress.drafting import make_draft
from policypress.edition import make_editions
from policypress.errors import PolicypressError, Problem, ProblemsError, Severity
from policypress.pages.draft import FOLDER, make_draft_pages
from policypress.release import today
from policypress.source import worktree

if TYPE_CHECKING:
    from concurrent.futures import Future
    from datetime import date
    from pathlib import Path

    from policypress.edition import Editions
    from policypress.source import Source


#: In English, as all that `check` says: where the settings cannot be read, nobody knows the languages.
_TEMPLATES = Environment(loader=PackageLoader("policypress.preview", "."), autoescape=True, trim_blocks=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one look at the work tree."""

    problems: tuple[Problem, ...]
    #: The draft could be made; else its pages say why not.
    shown: bool
    seconds: float
    #: Addresses of the draft's texts below the server's root.
    paths: tuple[str, ...]

    def __str__(self) -> str:
        """Return a line for the terminal."""
        errors = sum(problem.severity is Severity.ERROR for problem in self.problems)
        state = "draft" if self.shown else "the draft cannot be shown"
        return f"{state}: {errors} errors, {len(self.problems) - errors} warnings ({self.seconds:.1f} s)"


class Studio:
    """The draft and the site of one work tree, kept in a folder of its own."""

    def __init__(self, root: Path, folder: Path, *, as_of: date | None = None) -> None:
        """Name the repository and a folder to work in."""
        self._root, self._as_of = root, as_of
        self._folder, self.draft, self.site = folder, folder / "draft", folder / "site"
        #: Where pages are made before they are shown; what the theme needs stays here.
        self.workbench = folder / "workbench"
        self._frame: tuple[str, Frame] | None = None
        self._released: tuple[str, Editions] | None = None
        self._locales: tuple[str, ...] = ("en",)
        self._pool: ProcessPoolExecutor | None = None
        self._building: Future[str] | None = None
        self._built = ""
        self._wanted = ""
        #: Why the site could not be built; empty where it could.
        self.refused = ""

    def refresh(self) -> Outcome:
        """Make the draft's pages anew from the files as they stand now; never raises for what is wrong in them."""
        start = time.monotonic()
        source: Source | None = None
        try:
            source = worktree(self._root)
            self._locales = source.settings.order
            problems = self._show(source)
            shown = True
        except Exception as error:  # noqa: BLE001 (a preview outlives whatever an editor saves)
            problems, shown = _problems(error, source), False
            self._explain(problems)
        paths = tuple(f"{locale}/{FOLDER}/" for locale in self._locales)
        return Outcome(problems=problems, shown=shown, seconds=time.monotonic() - start, paths=paths)

    def _show(self, source: Source) -> tuple[Problem, ...]:
        day = self._as_of or today(source)
        editions = self._editions(source)
        draft = make_draft(source, editions, day)
        pages = make_draft_pages(editions, draft, day)
        self._framed().put(pages, site_url=source.settings.site_url)
        there = {self.draft / page.path / "index.html" for page in pages}
        for place in there:  # each in one stroke: a browser may ask at any moment
            place.parent.mkdir(parents=True, exist_ok=True)
            (self.workbench / place.relative_to(self.draft)).replace(place)
        for old in set(self.draft.rglob("index.html")) - there:
            old.unlink()
        return draft.problems

    def _editions(self, source: Source) -> Editions:
        """Return the releases; they are read anew only where a file that they depend on changed."""
        key = _digest(source)
        if self._released is None or self._released[0] != key:
            self._released = (key, make_editions(source))
        self._wanted = f"{key}{self._layout()}"
        return self._released[1]

    def _framed(self) -> Frame:
        layout = self._layout()
        if self._frame is None or self._frame[0] != layout:
            self._frame = (layout, Frame(self._root, self.workbench))
        return self._frame[1]

    def _layout(self) -> str:
        path = self._root / "mkdocs.yml"
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def _explain(self, problems: tuple[Problem, ...]) -> None:
        """Put what is wrong in the place of every page of the draft."""
        html = _TEMPLATES.get_template("unreadable.html").render(problems=problems)
        homes = [self.draft / locale / FOLDER for locale in self._locales]
        for path in {*(home / "index.html" for home in homes), *self.draft.rglob("index.html")}:
            path.parent.mkdir(parents=True, exist_ok=True)
            aside = self._folder / "unreadable.html"
            aside.write_text(html, encoding="utf-8")
            aside.replace(path)

    def site_ready(self) -> bool:
        """Build the site in a process of its own where a release changed; return whether a new one came just now."""
        if self._building and self._building.done():
            done, self._building = self._building, None
            error = done.exception()
            if error:
                self._pool = None  # a process that died takes its pool with it
            self.refused = (str(error) or type(error).__name__) if error else done.result()
            return True
        if self._wanted != self._built and self._building is None:
            self._built = self._wanted
            self._pool = self._pool or ProcessPoolExecutor(1, get_context("spawn"), initializer=_unheard)
            self._building = self._pool.submit(_site, self._root, self.site, self._as_of)
        return False

    def close(self) -> None:
        """Stop building."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)


def _problems(error: Exception, source: Source | None) -> tuple[Problem, ...]:
    """Return what is wrong as problems: those that stopped the draft first, then all that the checks find besides."""
    if isinstance(error, ProblemsError):
        found = error.problems
    elif isinstance(error, (PolicypressError, OSError)):
        found = (Problem(rule="draft", message=str(error)),)
    else:
        help_ = "This is a fault of Policypress, not of your text; `policypress check` may say more"
        found = (Problem(rule="unexpected", message=f"{type(error).__name__}: {error}", help=help_),)
    try:
        more = checks.run(source) if source else ()
    except Exception:  # noqa: BLE001 (as above; the first fault is shown)
        more = ()
    return tuple(dict.fromkeys((*found, *more)))


def _digest(source: Source) -> str:
    """Return a digest of what the published site is made of."""
    parts = (
        source.settings_text,
        source.words,
        sorted(source.notice_catalogues.items()),
        sorted(source.releases.items()),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _unheard() -> None:
    """Leave Ctrl-C to the server, which ends its builder itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _site(root: Path, folder: Path, as_of: date | None) -> str:
    """Build the site; return what is wrong, since not every error crosses from process to process."""
    try:
        build(root, as_of=as_of, site=folder)
    except PolicypressError as error:
        return str(error)
    return ""
