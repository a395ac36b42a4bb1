"""`policy_src` and `locales`, at a revision or in the work tree, as plain text; parses settings and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from policypress import settings as settings_room
from policypress.errors import Problem, ProblemsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from policypress.git import Repository
    from policypress.settings import Settings

#: The folders a policy lives in.
FOLDERS = ("policy_src", "locales")
#: What the record of the next release is prepared in.
NEXT = "policy_src/next.toml"
GLOSSARY = "policy_src/glossary.toml"
PRACTICES = "policy_src/practices.toml"
#: English words of the site and the notices, by id.
WORDS = "locales/notice.pot"
_TEXT = "policy_src/text/"
RELEASES = "policy_src/releases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A policy repository as text; every mapping is by path, id or locale."""

    settings: Settings
    settings_text: str
    #: Prose by path, in the order of the sections.
    texts: dict[str, str]
    practices: str = ""
    glossary: str = ""
    #: `next.toml`, empty where no release is being prepared.
    next: str = ""
    #: `policy.po` by locale.
    policy_catalogues: dict[str, str] = field(default_factory=dict)
    #: `notice.po` by locale.
    notice_catalogues: dict[str, str] = field(default_factory=dict)
    words: str = ""
    #: Files of each printed release by id and file name.
    releases: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def newest(self) -> str | None:
        """Return the id of the newest printed release."""
        return max(self.releases, default=None)


def catalogue_path(locale: str, domain: str) -> str:
    """Return where a gettext catalogue stands."""
    return f"locales/{locale.replace('-', '_')}/LC_MESSAGES/{domain}.po"


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upward, that holds a policy; raise `UsageError` where none does."""
    for folder in (start, *start.resolve().parents):
        if (folder / settings_room.PATH).is_file():
            return folder
    message = f"{start}: no {settings_room.PATH} here or above. Go to a policy repository"
    raise UsageError(message)


def worktree(root: Path) -> Source:
    """Read the files as they stand in the work tree."""
    return _made(_decoded(_files(root)))


def _files(root: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the files by path, one after the other: of many releases the bytes are never held all at once."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.is_file() and not path.name.startswith(".") and not unfinished(name):
                yield name, path.read_bytes()


def unfinished(path: str) -> bool:
    """Return whether a path is one that an interrupted command wrote aside and never put in place (`*.part`)."""
    return any(part.endswith(".part") for part in path.split("/"))


def revision(repository: Repository, name: str) -> Source:
    """Read the files as they stood at a revision."""
    return read(repository.read(name, FOLDERS))


def read(files: Mapping[str, bytes]) -> Source:
    """Make a source of files by path; raise `ProblemsError` for a missing file or one that is not UTF-8."""
    return _made(_decoded((path, data) for path, data in files.items() if not unfinished(path)))


def _made(texts: Mapping[str, str]) -> Source:
    if settings_room.PATH not in texts:
        problem = Problem(rule="missing-file", file=settings_room.PATH, message="missing", help="Every policy has one")
        raise ProblemsError([problem])
    settings = settings_room.parse_settings(texts[settings_room.PATH])
    prose = {path: text for path, text in sorted(texts.items()) if path.startswith(_TEXT) and path.endswith(".md")}
    if not prose:
        problem = Problem(rule="missing-file", file=_TEXT, message="no *.md there", help="Put one file a section")
        raise ProblemsError([problem])
    return Source(
        settings=settings,
        settings_text=texts[settings_room.PATH],
        texts=prose,
        practices=texts.get(PRACTICES, ""),
        glossary=texts.get(GLOSSARY, ""),
        next=texts.get(NEXT, ""),
        policy_catalogues=_catalogues(texts, settings, "policy"),
        notice_catalogues=_catalogues(texts, settings, "notice"),
        words=texts.get(WORDS, ""),
        releases=_releases(texts),
    )


def _decoded(files: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for path, data in files:
        try:
            texts[path] = data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            problems.append(
                Problem(rule="utf-8", file=path, line=line, message="not UTF-8", help="Save the file as UTF-8")
            )
    if problems:
        raise ProblemsError(problems)
    return texts


def _catalogues(texts: Mapping[str, str], settings: Settings, domain: str) -> dict[str, str]:
    # of a retired language only the site's words are still wanted
    locales = settings.order if domain == "policy" else settings.published
    paths = {locale: catalogue_path(locale, domain) for locale in locales}
    return {locale: texts[path] for locale, path in paths.items() if path in texts}


def _releases(texts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    releases: dict[str, dict[str, str]] = {}
    for path, text in sorted(texts.items()):
        if path.startswith(f"{RELEASES}/"):
            release, _, name = path.removeprefix(f"{RELEASES}/").partition("/")
            if name:
                releases.setdefault(release, {})[name] = text
    return releases
