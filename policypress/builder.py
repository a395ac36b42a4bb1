"""Builds the site aside and swaps it in whole; a build that fails leaves the last good site where it is."""

from __future__ import annotations

import logging
import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

# Material announces the end of its upkeep on standard error in every build; docs/decisions/0001 says what we do of it
os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")

from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort, ConfigurationError, MkDocsException

from policypress.errors import PolicypressError, UsageError
from policypress.mkdocs_plugin import AS_OF, PolicypressPlugin

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from mkdocs.config.defaults import MkDocsConfig

    from policypress.pages import Page

#: What is never swept out of the site's folder: it keeps the folder in git.
_KEPT = ".gitkeep"


def build(
    root: Path,
    *,
    as_of: date | None = None,
    site: Path | None = None,
    pdf: bool | None = None,
    cache: bool | None = None,
) -> Path:
    """Build the site of a policy repository; return its folder. `pdf` and `cache` stand in for the plugin's settings.

    Raises `PolicypressError` with whatever is wrong; then the site is as it was before.
    """
    final = site or root / "site"
    aside = final.with_name(f"{final.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        with _day(as_of), _quiet() as log:
            mkdocs_build(_loaded(root, aside, final, pdf=pdf, cache=cache))
        if log.lines:
            raise PolicypressError("\n".join(log.lines))
        _swap(aside, final)
    except (Abort, ConfigurationError, MkDocsException, OSError) as error:
        raise _reason(error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return final


class Frame:
    """Puts pages of a draft into the theme's frame, again and again; the theme is read once."""

    def __init__(self, root: Path, folder: Path) -> None:
        """Read mkdocs.yml; `folder` gets the pages and what the theme needs for them."""
        self._config = _loaded(root, folder)
        plugin = self._config.plugins.get("policypress")
        if not isinstance(plugin, PolicypressPlugin):
            message = f"{root / 'mkdocs.yml'}: the plugin `policypress` is not among its plugins"
            raise UsageError(message)
        self._plugin = plugin

    def put(self, pages: Sequence[Page], *, site_url: str) -> None:
        """Write the pages and what the theme needs for them. Raises `PolicypressError`."""
        self._plugin.given = pages
        self._config.site_url = site_url
        try:
            with _quiet():
                mkdocs_build(self._config, dirty=True)
        except (Abort, ConfigurationError, MkDocsException, OSError) as error:
            raise _reason(error) from error


def _loaded(root: Path, aside: Path, last: Path | None = None, **chosen: bool | None) -> MkDocsConfig:
    """Return the configuration of a build; what did not change since the last site is taken from there."""
    try:
        config = load_config(_config(root), site_dir=str(aside))
    except (Abort, ConfigurationError) as error:
        raise _reason(error) from error
    plugin = config.plugins.get("policypress")
    for name, value in chosen.items():
        if value is not None and plugin is not None:
            plugin.config[name] = value
    if isinstance(plugin, PolicypressPlugin):
        plugin.last = last
    return config


def _config(root: Path) -> str:
    path = root / "mkdocs.yml"
    if not path.is_file():
        message = f"{path}: missing. A policy repository has a mkdocs.yml with the plugin `policypress`"
        raise UsageError(message)
    return str(path)


def _swap(aside: Path, final: Path) -> None:
    """Put the new site in the place of the old one by two renames."""
    old = final.with_name(f"{final.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if (final / _KEPT).is_file():
        shutil.copy2(final / _KEPT, aside / _KEPT)
    if final.exists():
        final.rename(old)
    aside.rename(final)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _day(as_of: date | None) -> Iterator[None]:
    """Name the day of the build where the plugin looks for it."""
    before = os.environ.get(AS_OF)
    if as_of:
        os.environ[AS_OF] = as_of.isoformat()
    try:
        yield
    finally:
        os.environ.pop(AS_OF, None)
        if before is not None:
            os.environ[AS_OF] = before


class _Warnings(logging.Handler):
    """Keeps what MkDocs warns of: a page with a warning is not a page we publish."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _quiet() -> Iterator[_Warnings]:
    """Gather MkDocs' log instead of printing it."""
    logger, handler = logging.getLogger("mkdocs"), _Warnings()
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def _reason(error: BaseException) -> PolicypressError:
    """Return the error that says most: ours, where one lies behind what MkDocs raised."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, PolicypressError):
            return found
        found = found.__cause__ or found.__context__
    return PolicypressError(f"the site was not built: {error}")
