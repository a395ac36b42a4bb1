"""`source` reads a policy repository as text, from the work tree or from a revision, and says what it cannot read."""

from __future__ import annotations

import pytest

from policypress.errors import ProblemsError, UsageError
from policypress.git import Repository
from policypress.source import catalogue_path, find_root, read, revision
from tests.policypress.conftest import FIRST, SECOND, SETTINGS

POLICY = {"policy_src/policy.toml": SETTINGS.encode(), "policy_src/text/01.md": b"# Title {#title}\n"}


def the_problem(files):
    """Return the only problem that reading raises."""
    with pytest.raises(ProblemsError) as caught:
        read(files)
    (problem,) = caught.value.problems
    return problem


def test_reads_everything_a_policy_has(twice) -> None:
    """Prose in the order of the sections, catalogues by locale, fact sheet, words and every print."""
    source = twice.source()
    assert ["00-introduction", "01-collection", "02-retention", "03-updates"] == [p[16:-3] for p in source.texts]
    assert {"kk", "ru"} == set(source.policy_catalogues) == set(source.notice_catalogues)
    assert "[controller]" in source.practices
    assert 'msgctxt "status-in-force"' in source.words
    assert {FIRST, SECOND} == set(source.releases)
    assert {"en.md", "kk.md", "ru.md", "practices.toml", "record.toml"} == set(source.releases[FIRST])


def test_newest_is_the_last_print(bare, twice_source) -> None:
    """The newest release is the one with the latest id; before the first there is none."""
    assert None is bare.source().newest
    assert SECOND == twice_source.newest


@pytest.fixture
def twice_source(moulds):
    """Return the source of two releases, to read only."""
    from policypress.source import worktree  # noqa: PLC0415 (one test's need)

    return worktree(moulds["twice"])


def test_a_revision_and_the_work_tree_read_the_same(twice) -> None:
    """What is committed and not edited reads alike from git and from disk."""
    assert twice.source() == revision(Repository(twice.root), "HEAD")


def test_missing_settings() -> None:
    """Without policy.toml there is one problem that names the file."""
    problem = the_problem({"policy_src/text/01.md": b"x"})
    assert ("missing-file", "policy_src/policy.toml") == (problem.rule, problem.file)


def test_no_prose() -> None:
    """A policy without text is one problem that names the folder."""
    problem = the_problem({"policy_src/policy.toml": SETTINGS.encode()})
    assert "policy_src/text/: no *.md there. Put one file a section" == str(problem)


def test_broken_toml_names_the_line() -> None:
    """Broken settings are one problem with file and line."""
    problem = the_problem({**POLICY, "policy_src/policy.toml": b'id = "privacy"\ncompany = Example\n'})
    assert ("policy_src/policy.toml", 2) == (problem.file, problem.line)


def test_not_utf8_names_file_and_line() -> None:
    """A file that is not UTF-8 is told with the line of the first wrong byte; several are told at once."""
    files = {
        **POLICY,
        "policy_src/text/02.md": "one\nдва\n".encode("cp1251"),
        "locales/kk/LC_MESSAGES/policy.po": b"\xff",
    }
    with pytest.raises(ProblemsError) as caught:
        read(files)
    assert [("policy_src/text/02.md", 2), ("locales/kk/LC_MESSAGES/policy.po", 1)] == [
        (problem.file, problem.line) for problem in caught.value.problems
    ]


def test_byte_order_mark_and_windows_line_ends() -> None:
    """A file saved on Windows reads as the same text."""
    windows = {**POLICY, "policy_src/text/01.md": b"\xef\xbb\xbf# Title {#title}\r\n"}
    assert read(POLICY).texts == read(windows).texts


def test_only_markdown_is_prose_and_hidden_files_are_none(bare) -> None:
    """Notes beside the prose and an editor's hidden files are not part of the policy."""
    before = bare.source()
    bare.write("policy_src/text/README.txt", "how we work")
    bare.write("policy_src/text/.01-collection.md.swp", b"\xff\xfe")
    assert before == bare.source()


def test_a_catalogue_of_an_unknown_locale_is_not_read(bare) -> None:
    """Only the locales of policy.toml are read."""
    bare.write("locales/fr/LC_MESSAGES/policy.po", "")
    assert {"kk", "ru"} == set(bare.source().policy_catalogues)


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("kk", "locales/kk/LC_MESSAGES/policy.po"), ("pt-BR", "locales/pt_BR/LC_MESSAGES/policy.po")],
)
def test_catalogues_stand_where_gettext_looks(locale, expected) -> None:
    """A tag's hyphen is gettext's underscore."""
    assert expected == catalogue_path(locale, "policy")


def test_root_is_found_from_a_folder_below(bare) -> None:
    """Commands work from any folder of a policy repository."""
    assert bare.root == find_root(bare.root / "policy_src" / "text")


def test_no_policy_repository(tmp_path) -> None:
    """Elsewhere the message names what was looked for."""
    with pytest.raises(UsageError, match=r"no policy_src/policy\.toml here or above"):
        find_root(tmp_path)


def test_what_an_interrupted_command_left_is_not_read(twice) -> None:
    """`*.part`, a file or a folder, was never put in place: it is no text, no release and no file of one."""
    before = twice.source()
    twice.write("policy_src/text/02-retention.md.part", b"\xff")
    twice.write("policy_src/releases/2027-02-02.part/record.toml", "half")
    twice.write(f"policy_src/releases/{SECOND}/record.toml.part", "half")
    assert before == twice.source()
