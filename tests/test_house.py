"""The house itself: what the tools do not check about how its parts belong together."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import polib
import pytest

from policypress.bundle import ChangeClass

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

ROOT = Path(__file__).resolve().parents[1]
#: Material's and ours, as `"key": "words"` inside a Jinja macro.
WORDS = re.compile(r'^\s*"([a-z0-9._-]+)": "(.*)"', re.MULTILINE)
THEME = ROOT / "policypress/theme"
#: The site's templates; the report speaks to reviewers, in English alone.
TEMPLATES = sorted(path for path in (ROOT / "policypress/templates").glob("*.html") if path.name != "report.html")


def settings() -> dict:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def contract(name: str) -> dict:
    """Return an import contract by its name."""
    (found,) = [one for one in settings()["tool"]["importlinter"]["contracts"] if one["name"] == name]
    return found


def rooms(package: str) -> set[str]:
    """Return the modules and packages directly inside a package."""
    folder = ROOT / package
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "__main__"}
    return modules | {path.parent.name for path in folder.glob("*/__init__.py")}


def theme_words(folder: Traversable, locale: str) -> dict[str, str]:
    """Return a theme's own words in a language."""
    return dict(WORDS.findall((folder / f"partials/languages/{locale}.html").read_text(encoding="utf-8")))


def word_ids(domain: str = "notice") -> set[str]:
    """Return the ids of the fixed words."""
    return {entry.msgctxt for entry in polib.pofile(str(ROOT / f"policypress/words/{domain}.pot"))}


class TestTheme:
    @pytest.mark.parametrize("locale", ["kk", "ar"])
    def test_ours_have_every_key_of_the_installed_theme(self, locale) -> None:
        """A key that is missing would fall back to English silently; one too many is a slip."""
        assert list(theme_words(files("material") / "templates", "en")) == list(theme_words(THEME, locale))

    @pytest.mark.parametrize(("locale", "alike"), [("kk", {"direction"}), ("ar", set())])
    def test_ours_are_not_english(self, locale, alike) -> None:
        """No word of the theme was left in English; what configures the search stays."""
        english, ours = theme_words(files("material") / "templates", "en"), theme_words(THEME, locale)
        same = {key for key, words in ours.items() if words == english[key] and not key.startswith("search.config")}
        assert alike == same

    @pytest.mark.parametrize("locale", ["kk", "ar"])
    def test_ours_say_what_the_pages_say(self, locale) -> None:
        """One thing has one name, whether the theme or the page says it."""
        entries = polib.pofile(str(ROOT / f"policypress/words/{locale}.po"))
        words, theme = {entry.msgctxt: entry.msgstr for entry in entries}, theme_words(THEME, locale)
        names = {
            "action.skip": "skip-to-content",
            "search": "search",
            "select.language": "choose-language",
            "toc": "contents",
            "top": "back-to-top",
        }
        assert {key: words[name] for key, name in names.items()} == {key: theme[key] for key in names}


#: Files that say words to a reader, beside the pages.
SPEAKING = ("edition.py", "exports/feed.py")


class TestWords:
    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
    def test_templates_use_words_that_there_are(self, path) -> None:
        """Every `t("…")` of a template is in policypress/words/notice.pot."""
        assert set(re.findall(r"""\bt\(\s*["']([\w-]+)["']""", path.read_text(encoding="utf-8"))) <= word_ids()

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
    def test_templates_hold_no_prose(self, path) -> None:
        """Words live in catalogues: between the tags of a template stand none."""
        text = re.sub(
            r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}|<[^>]*>", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        assert [] == re.findall(r"[^\W\d_]{2,}", text)

    @pytest.mark.parametrize(
        "path",
        [*sorted((ROOT / "policypress/pages").glob("*.py")), *(ROOT / "policypress" / name for name in SPEAKING)],
        ids=lambda path: path.stem,
    )
    def test_code_uses_words_that_there_are(self, path) -> None:
        """Every word that the code says by its id is in policypress/words/notice.pot."""
        text = path.read_text(encoding="utf-8")
        used = set(re.findall(r"""\b(?:say|count|t)\(\s*"([\w-]+)\"""", text))
        assert used <= word_ids()

    def test_every_class_has_its_word(self) -> None:
        """Each class of change can be named to a reader."""
        assert {f"class-{kind}" for kind in ChangeClass} <= word_ids()

    @pytest.mark.parametrize("locale", ["kk", "ru"])
    def test_every_word_is_translated(self, locale) -> None:
        """The catalogues of fixed words are complete and nothing in them is a guess."""
        catalogue = polib.pofile(str(ROOT / f"policypress/words/{locale}.po"))
        done = {e.msgctxt for e in catalogue if not e.fuzzy and (e.msgstr or all(e.msgstr_plural.values() or [""]))}
        assert word_ids() == done


class TestContracts:
    def test_every_room_of_the_press_has_its_layer(self) -> None:
        """The contract names each module once and none that is gone."""
        named = [
            name.strip() for row in contract("The press, room by room")["layers"] for name in re.split(r"[|:]", row)
        ]
        assert sorted(rooms("policypress")) == sorted(named)
        assert contract("The press, room by room")["exhaustive"] is True

    def test_every_room_of_the_post_has_its_layer(self) -> None:
        """The post's contract is as complete as the press's."""
        layered = [c for c in settings()["tool"]["importlinter"]["contracts"] if c.get("containers") == ["notifier"]]
        assert 1 == len(layered)
        named = [name.strip() for row in layered[0]["layers"] for name in re.split(r"[|:]", row)]
        assert sorted(rooms("notifier")) == sorted(named)

    def test_the_press_does_not_import_the_post(self) -> None:
        """No file of the press names the post in an import, lazily or not."""
        assert set() == {path for path in imports("policypress") if path[1].partition(".")[0] == "notifier"}

    def test_the_post_knows_of_the_press_only_the_bundle(self) -> None:
        """The post imports `policypress.bundle` and no other room."""
        assert {"policypress.bundle"} == {name for _, name in imports("notifier") if name.startswith("policypress")}


def imports(package: str) -> set[tuple[str, str]]:
    """Return (file, imported module) for every import of a package's files."""
    found = set()
    for path in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {(path.name, alias.name) for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add((path.name, node.module))
    return found


class TestTree:
    def test_no_python_in_what_is_built_or_edited(self) -> None:
        """site/ and policy_src/ hold no code."""
        assert [] == [path for folder in ("site", "policy_src") for path in (ROOT / folder).rglob("*.py")]

    def test_the_site_folder_is_kept_in_git_and_nothing_else_of_it(self) -> None:
        """site/.gitkeep is there and .gitignore keeps everything but it out."""
        lines = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
        assert {"/site/*", "!/site/.gitkeep"} <= set(lines)
        assert (ROOT / "site/.gitkeep").is_file()

    @pytest.mark.parametrize("package", ["policypress", "notifier"])
    def test_every_module_says_what_it_is(self, package) -> None:
        """Each module opens with one sentence that names the room."""
        for path in (ROOT / package).rglob("*.py"):
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path

    def test_every_folder_of_tests_is_a_package(self) -> None:
        """Two files of one name in two folders do not get in each other's way."""
        folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
        assert [] == [folder for folder in folders if not (folder / "__init__.py").is_file()]

    def test_every_test_states_its_fact(self) -> None:
        """Each test's docstring says what holds."""
        silent = []
        for path in (ROOT / "tests").rglob("test_*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node):
                    silent.append(f"{path.name}: {node.name}")
        assert [] == silent


class TestDocuments:
    @pytest.mark.parametrize(
        "path", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]), ids=lambda path: path.name
    )
    def test_no_merge_is_left_half_done(self, path: Path) -> None:
        """No document holds both sides of a merge between its marks."""
        marks = ("<" * 7 + " ", "=" * 7 + "\n", ">" * 7 + " ")
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        assert [] == [line for line in lines if line.startswith(marks)]


class TestCommands:
    def test_the_makefile_has_what_the_readme_and_ci_call(self) -> None:
        """Every `make` target that README and .ci/run name exists."""
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
        text = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / ".ci/run").read_text(encoding="utf-8")
        called = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
        assert {"check", "test", "test-slow"} <= called <= targets

    def test_dependencies_are_pinned_with_hashes(self) -> None:
        """Every direct dependency of the base install stands pinned in the lock file."""
        lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
        names = {re.match(r"[\w-]+", line)[0].lower() for line in settings()["project"]["dependencies"]}
        assert names <= set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
        assert "--hash=sha256:" in lock
