"""The commands: what they print, and for every bad input one message, its exit code, and nothing changed on disk."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib import import_module

import pytest

from policypress.cli import FAILED, INTERRUPTED, OK, UNEXPECTED, USAGE, cli, main
from policypress.source import NEXT, catalogue_path
from tests.policypress.conftest import FIRST, SECOND

COMMANDS = sorted(cli.list_commands(None))
VERIFY = import_module("policypress.cli.verify")
KK = catalogue_path("kk", "policy")


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_explains_itself(self, command, capsys) -> None:
        """`--help` shows usage and a sentence, and leaves with 0."""
        assert OK == main([command, "--help"])
        out = capsys.readouterr().out
        assert f"Usage: policypress {command}" in out
        assert "--help" in out

    @pytest.mark.parametrize("command", sorted(cli.get_command(None, "translate").commands))
    def test_every_step_of_translate_explains_itself(self, command, capsys) -> None:
        """The steps of `translate` have their own help."""
        assert OK == main(["translate", command, "--help"])
        assert f"Usage: policypress translate {command}" in capsys.readouterr().out

    def test_the_commands_of_the_press(self) -> None:
        """The commands that the README names are there."""
        assert {"build", "check", "compare", "diff", "release", "serve", "translate", "verify"} <= set(COMMANDS)

    def test_no_command(self, capsys) -> None:
        """Without a command the help is shown."""
        assert USAGE == main([])
        captured = capsys.readouterr()
        assert "Commands:" in captured.out + captured.err

    def test_as_a_program(self, twice) -> None:
        """The installed program runs and hands its exit code on."""
        program = shutil.which("policypress", path=str(sys.prefix) + "/bin")
        done = subprocess.run([program, "diff", "v9"], cwd=twice.root, capture_output=True, text=True, check=False)
        assert (USAGE, "") == (done.returncode, done.stdout)
        assert "policypress: v9: neither a release nor a git revision of this repository\n" == done.stderr


class TestBadInput:
    def test_not_a_policy_repository(self, fails, twice) -> None:
        """Outside a policy repository every command says so."""
        shutil.rmtree(twice.root / "policy_src")
        for command in ("check", "diff", "verify", "build"):
            assert "no policy_src/policy.toml here or above" in fails(twice, command, code=USAGE)
        assert "no policy_src/policy.toml" in fails(twice, "translate", "status", code=USAGE)

    @pytest.mark.parametrize(
        "command",
        [["check"], ["diff"], ["verify"], ["build"], ["translate", "status"], ["release", "2027-02-01", "--historic"]],
    )
    def test_broken_toml(self, fails, twice, command) -> None:
        """Broken settings: file, line and reason, whatever the command."""
        twice.write("policy_src/policy.toml", 'id = "privacy"\ncompany = Example\n')
        assert fails(twice, *command).startswith("policypress: policy_src/policy.toml:2: not valid TOML: ")

    def test_an_unknown_setting(self, fails, twice) -> None:
        """A misspelt key is an error with its line."""
        twice.edit("policy_src/policy.toml", "company =", "compony =")
        error = fails(twice, "build")
        assert "policy_src/policy.toml:2: compony" in error

    @pytest.mark.parametrize("command", [["diff"], ["build"], ["verify"]])
    def test_a_print_that_is_not_as_recorded(self, fails, twice, command) -> None:
        """A changed digest stops whatever reads the prints."""
        twice.edit(f"policy_src/releases/{SECOND}/kk.md", "24 ай", "36 ай")
        error = fails(twice, *command)
        assert f"policy_src/releases/{SECOND}/kk.md" in error
        assert "git checkout" in error

    def test_a_file_that_is_not_utf8(self, fails, twice) -> None:
        """File and line of the first byte that is not UTF-8."""
        twice.write("policy_src/text/02-retention.md", "## x {#retention}\n\nда\n".encode("cp1251"))
        assert "policy_src/text/02-retention.md:3: not UTF-8. Save the file as UTF-8" in fails(twice, "diff")

    @pytest.mark.parametrize(
        ("path", "line"),
        [
            ("policy_src/text/02-retention.md", "We keep your data"),
            (KK, 'msgstr "Біз не жинаймыз"'),
            (NEXT, 'note = "an example"'),
            ("policy_src/practices.toml", 'name = "Example Ltd."'),
        ],
    )
    def test_a_merge_conflict(self, run, fails, ready, path, line) -> None:
        """A conflict left in a text, a catalogue or a sheet: `check` names each mark, and no release is made of it."""
        text = ready.read(path)
        start = text.index(line)
        end = text.index("\n", start)
        ready.write(
            path, f"{text[:start]}<<<<<<< HEAD\n{text[start:end]}\n=======\nother\n>>>>>>> b\n{text[end + 1 :]}"
        )
        ready.commit("a careless merge")
        number = text[:start].count("\n") + 1
        code, out, _ = run(ready, "check")
        assert FAILED == code
        assert [f"{path}:{number}", f"{path}:{number + 4}"] == [
            found.split(": ")[1] for found in out.splitlines() if "a merge conflict is left here" in found
        ]
        assert f"{path}:{number}" in fails(ready, "release", SECOND, "--effective", "2027-01-15")

    @pytest.mark.parametrize("path", ["policy_src/policy.toml", f"policy_src/releases/{FIRST}/record.toml"])
    def test_a_merge_conflict_in_what_everything_needs(self, fails, twice, path) -> None:
        """Settings and records cannot be read with one: file, line, and what the marks are."""
        twice.write(path, f"<<<<<<< HEAD\n{twice.read(path)}=======\n>>>>>>> b\n")
        for command in (
            ["diff"],
            ["verify"],
            ["build"],
            ["amend", SECOND, "--effective", "2027-03-01", "--reason", "x"],
        ):
            error = fails(twice, *command)
            assert f"{path}:1: not valid TOML" in error
            assert "A merge conflict is left there: choose one of the two sides" in error

    def test_a_broken_catalogue(self, fails, twice) -> None:
        """A PO file that gettext cannot read is told with its line."""
        twice.write(KK, 'msgid ""\nmsgstr ""\n\nmsgid "a\nmsgstr "b"\n')
        assert f"policypress: {KK}:" in fails(twice, "diff")

    def test_a_placeholder_that_cannot_be_filled(self, fails, twice) -> None:
        """An unknown fact is told with file and line."""
        twice.edit("policy_src/text/00-introduction.md", "facts.controller_name", "facts.nobody")
        assert "policy_src/text/00-introduction.md:3" in fails(twice, "diff")

    @pytest.mark.parametrize(
        "command",
        [
            ["diff", "--locale", "fr"],
            ["translate", "status", "fr"],
            ["translate", "approve", "fr"],
            ["translate", "export", "en"],
        ],
    )
    def test_an_unknown_locale(self, fails, twice, command) -> None:
        """A locale that the policy does not have is a wrong call; those that it has are listed."""
        error = fails(twice, *command, code=USAGE)
        assert "kk, ru" in error

    def test_an_unknown_revision(self, fails, twice) -> None:
        """Neither a release nor a revision."""
        assert "v9: neither a release nor a git revision" in fails(twice, "diff", "v9", code=USAGE)

    @pytest.mark.parametrize("command", [["diff", "HEAD~1"], ["verify"]])
    def test_a_shallow_clone(self, fails, twice, tmp_path, command) -> None:
        """Where the history is cut off one message says how to fetch it."""
        subprocess.run(
            ["git", "clone", "-q", "--depth", "1", f"file://{twice.root}", str(tmp_path / "cut")], check=True
        )
        error = fails(type(twice)(tmp_path / "cut"), *command)
        assert "git fetch --unshallow" in error

    def test_releases_can_be_compared_in_a_shallow_clone(self, run, twice, tmp_path) -> None:
        """Prints need no history."""
        subprocess.run(
            ["git", "clone", "-q", "--depth", "1", f"file://{twice.root}", str(tmp_path / "cut")], check=True
        )
        code, out, error = run(type(twice)(tmp_path / "cut"), "diff", FIRST, SECOND)
        assert (OK, "") == (code, error)
        assert f"{FIRST} -> {SECOND}" in out

    def test_without_git(self, fails, twice) -> None:
        """`verify` outside a work tree says what is missing."""
        shutil.rmtree(twice.root / ".git")
        assert "not in a git work tree" in fails(twice, "verify")

    @pytest.mark.parametrize("day", ["tomorrow", "2026-02-30", "01.12.2026", "2026-1-1x"])
    @pytest.mark.parametrize("command", [["build", "--as-of"], ["release", SECOND, "--effective"], ["release"]])
    def test_a_bad_day(self, fails, twice, command, day) -> None:
        """What is no day is a wrong call."""
        assert "is not a day; write it as YYYY-MM-DD" in fails(twice, *command, day, code=USAGE)

    def test_a_bad_day_in_the_environment(self, fails, twice, monkeypatch) -> None:
        """The environment's day is held to the same rule."""
        monkeypatch.setenv("POLICYPRESS_AS_OF", "soon")
        assert "is not a day" in fails(twice, "build", code=USAGE)

    def test_without_mkdocs_yml(self, fails, twice) -> None:
        """`build` needs a mkdocs.yml."""
        (twice.root / "mkdocs.yml").unlink()
        assert "mkdocs.yml: missing" in fails(twice, "build", code=USAGE)

    def test_an_unknown_option(self, fails, twice) -> None:
        """A wrong option is a wrong call."""
        assert "--colour" in fails(twice, "diff", "--colour", code=USAGE)

    def test_a_folder_that_is_not_there(self, capsys, tmp_path) -> None:
        """`-C` into nowhere is a wrong call."""
        assert USAGE == main(["-C", str(tmp_path / "nowhere"), "check"])
        assert "no policy_src/policy.toml" in capsys.readouterr().err

    def test_a_report_that_cannot_be_written(self, fails, twice) -> None:
        """An output folder that is not there is told, without a traceback."""
        error = fails(twice, "diff", FIRST, SECOND, "--output", twice.root / "nowhere/report.md")
        assert "nowhere/report.md" in error


class TestCompare:
    @pytest.fixture
    def two(self, twice):
        """Return a folder with two texts."""
        twice.write("a.md", "# A {#a}\n\nWe keep data for 12 months.\n")
        twice.write("b.md", "# A {#a}\n\nWe keep data for 24 months.\n")
        return twice

    def test_two_files(self, run, two) -> None:
        """Two plain files are compared without a repository."""
        code, out, error = run(two, "compare", two.root / "a.md", two.root / "b.md")
        assert (OK, "") == (code, error)
        assert "We keep data for [-12 months-]{+24 months+}." in out

    def test_as_json_into_a_file(self, run, two) -> None:
        """`--output` writes the report and prints nothing."""
        target = two.root / "report.json"
        assert (OK, "", "") == run(
            two, "compare", two.root / "a.md", two.root / "b.md", "--format", "json", "--output", target
        )
        assert "material" == json.loads(target.read_text(encoding="utf-8"))["class"]

    def test_a_binary_file(self, fails, two) -> None:
        """A binary file is refused by name."""
        two.write("c.pdf", b"%PDF-1.7\n\0\1")
        assert "c.pdf: a binary file. Give Markdown or text in UTF-8" in fails(
            two, "compare", two.root / "a.md", two.root / "c.pdf", code=USAGE
        )

    def test_another_encoding(self, fails, two) -> None:
        """A text that is not UTF-8 is refused with its line."""
        two.write("c.md", "# A\n\nда\n".encode("cp1251"))
        assert "c.md:3: not UTF-8" in fails(two, "compare", two.root / "a.md", two.root / "c.md", code=USAGE)

    def test_a_missing_file(self, fails, two) -> None:
        """A file that is not there is named."""
        assert "none.md" in fails(two, "compare", two.root / "a.md", two.root / "none.md", code=USAGE)

    @pytest.mark.parametrize("locale", ["klingon", "x", "../etc/passwd"])
    def test_an_unknown_language(self, fails, two, locale) -> None:
        """A language that is none is a wrong call, not a crash."""
        fails(two, "compare", two.root / "a.md", two.root / "b.md", "--locale", locale, code=USAGE)


class TestDiff:
    def test_without_arguments(self, run, twice) -> None:
        """The newest release against the draft."""
        twice.edit("policy_src/text/02-retention.md", "24 months", "36 months")
        code, out, error = run(twice, "diff")
        assert (OK, "") == (code, error)
        assert out.startswith(f"{SECOND} -> draft (en): material\n")

    def test_in_kazakh(self, run, twice) -> None:
        """`--locale` shows that locale's texts."""
        assert "36" not in run(twice, "diff", FIRST, SECOND, "--locale", "kk")[1]
        assert "2. Деректерді қанша уақыт сақтаймыз" in run(twice, "diff", FIRST, SECOND, "--locale", "kk")[1]

    def test_before_any_release(self, fails, bare) -> None:
        """With nothing released the way out is named."""
        assert "nothing is released yet" in fails(bare, "diff", code=USAGE)

    @pytest.mark.parametrize("layout", ["text", "json", "md"])
    def test_every_format(self, run, twice, layout) -> None:
        """Each format prints to the terminal."""
        code, out, _ = run(twice, "diff", FIRST, SECOND, "--format", layout)
        assert OK == code
        assert "material" in out


class TestRelease:
    def test_the_way_it_is_done(self, run, ready) -> None:
        """A whole draft is released and committed, and verifies at once."""
        code, out, error = run(ready, "release", SECOND, "--effective", "2027-01-15")
        assert (OK, "") == (code, error)
        assert f"released {SECOND}: material, published {SECOND}, effective 2027-01-15" in out
        assert OK == run(ready, "verify")[0]

    def test_without_an_effective_date(self, fails, ready) -> None:
        """The day it takes effect is named, never guessed."""
        assert "--effective YYYY-MM-DD" in fails(ready, "release", SECOND, code=USAGE)

    def test_refused(self, fails, ready) -> None:
        """A refusal is one message with a line for each thing missing."""
        ready.write("policy_src/text/09-new.md", "## New {#new}\n")
        error = fails(ready, "release", SECOND, "--effective", "2026-12-02")
        assert f"policypress: The release {SECOND} cannot be made yet:\n  - 2026-12-02 leaves 1 days" in error
        assert "\n  - not committed: policy_src/text/09-new.md" in error

    def test_held_up_by_check(self, fails, ready) -> None:
        """What `check` calls an error stops the command."""
        ready.edit("policy_src/text/03-updates.md", "material changes", "material changes, see [there](#nowhere)")
        ready.commit()
        assert "nowhere" in fails(ready, "release", SECOND, "--effective", "2027-01-15")


class TestVerify:
    def test_all_is_well(self, run, twice) -> None:
        """A line for each release with its commit."""
        code, out, error = run(twice, "verify")
        assert (OK, "") == (code, error)
        assert [f"{FIRST}  ok", f"{SECOND}  ok"] == [line[:14] for line in out.splitlines()]

    def test_nothing_released(self, run, bare) -> None:
        """Before the first release there is nothing to verify."""
        assert (OK, "no releases yet\n", "") == run(bare, "verify")

    def test_a_rewritten_source(self, run, twice) -> None:
        """A print that its source does not compile to fails the command and is listed."""
        twice.edit("policy_src/text/02-retention.md", "24 months", "48 months")
        twice.git("add", "--all")
        twice.git("commit", "--quiet", "--amend", "--no-edit")
        code, out, _ = run(twice, "verify")
        assert FAILED == code
        assert f"{FIRST}  ok" in out
        assert f"{SECOND}  DIFFERS" in out


class TestCheck:
    def test_a_policy_in_order(self, run, twice) -> None:
        """The small policy of these tests has no problem."""
        assert (OK, "0 errors, 0 warnings\n", "") == run(twice, "check")

    def test_an_error(self, run, twice) -> None:
        """A reference to a heading that is not there: file, line, rule, exit code 1."""
        twice.edit("policy_src/text/01-collection.md", "ref('retention')", "ref('keeping')")
        code, out, _ = run(twice, "check")
        assert FAILED == code
        assert "policy_src/text/01-collection.md:10" in out

    @pytest.mark.parametrize("layout", ["json", "github"])
    def test_other_formats(self, run, twice, layout) -> None:
        """JSON is readable UTF-8; GitHub shows a problem beside its line."""
        twice.edit("policy_src/text/01-collection.md", "ref('retention')", "ref('keeping')")
        code, out, _ = run(twice, "check", "--format", layout)
        assert FAILED == code
        if layout == "json":
            assert "policy_src/text/01-collection.md" in {problem["file"] for problem in json.loads(out)}
        else:
            assert "::error file=policy_src/text/01-collection.md,line=10,title=" in out

    def test_an_unknown_rule(self, fails, twice) -> None:
        """`--explain` of a rule that does not exist is a wrong call."""
        assert "nonesuch" in fails(twice, "check", "--explain", "nonesuch", code=USAGE)


class TestTranslate:
    def test_status(self, run, twice) -> None:
        """A line for each locale."""
        code, out, _ = run(twice, "translate", "status")
        assert OK == code
        assert [["kk", "14", "14"], ["ru", "14", "14"]] == [line.split()[:3] for line in out.splitlines()[1:]]

    def test_status_as_json(self, run, twice) -> None:
        """A dashboard reads the same figures."""
        (kazakh,) = json.loads(run(twice, "translate", "status", "kk", "--json")[1])
        assert ("kk", 14, 14, 0) == tuple(kazakh[name] for name in ("locale", "total", "approved", "missing"))

    def test_extract_writes_the_template(self, run, bare) -> None:
        """Every clause is in locales/policy.pot once, and twice the same."""
        assert (OK, "locales/policy.pot: 14 clauses\n", "") == run(bare, "translate", "extract")
        first = bare.read("locales/policy.pot")
        run(bare, "translate", "extract")
        assert first == bare.read("locales/policy.pot")
        assert 'msgctxt "updates"' in first

    def test_update_keeps_the_old_translation_as_fuzzy(self, run, twice) -> None:
        """A changed clause waits with its old translation; approve does not touch it."""
        twice.edit("policy_src/text/02-retention.md", "24 months", "36 months")
        assert "1 fuzzy" in run(twice, "translate", "update", "kk")[1]
        assert "#| msgid" in twice.read(KK)
        assert (OK, f"{KK}: 0 approved\n", "") == run(twice, "translate", "approve", "kk")

    def test_an_edited_translation_is_approved_anew(self, run, twice) -> None:
        """Editing voids the stamp; `approve` of its section sets it again, and of another does not."""
        twice.edit(KK, "Біз не жинаймыз", "Біз нені жинаймыз")
        assert ["kk", "14", "13", "0", "1"] == run(twice, "translate", "status", "kk")[1].splitlines()[1].split()[:5]
        assert f"{KK}: 0 approved\n" == run(twice, "translate", "approve", "kk", "--section", "updates")[1]
        assert f"{KK}: 1 approved\n" == run(twice, "translate", "approve", "kk", "--section", "collection")[1]

    def test_export_and_import_of_the_same_text_change_nothing(self, run, twice) -> None:
        """What a reviewer got and gave back unchanged takes no approval away."""
        exported = twice.root / "kk.md"
        run(twice, "translate", "update", "kk")
        run(twice, "translate", "export", "kk", "--output", exported)
        before = twice.read(KK)
        assert OK == run(twice, "translate", "import", "kk", exported)[0]
        assert before == twice.read(KK)

    def test_import_takes_an_edit_and_leaves_it_to_be_approved(self, run, twice) -> None:
        """A translation from a file is current and not approved."""
        exported = twice.root / "kk.md"
        run(twice, "translate", "export", "kk", "--output", exported)
        twice.edit("kk.md", "Біз не жинаймыз", "Біз нені жинаймыз")
        assert "1 translations taken" in run(twice, "translate", "import", "kk", exported)[1]
        assert ["kk", "14", "13", "1"] == run(twice, "translate", "status", "kk")[1].splitlines()[1].split()[:4]

    def test_import_of_another_shape_takes_nothing(self, fails, twice) -> None:
        """A file with other blocks is refused whole, with file and line."""
        twice.write("kk.md", "# Құпиялылық саясаты {#privacy-policy}\n\nБір ғана сөйлем.\n")
        assert "kk.md:1" in fails(twice, "translate", "import", "kk", twice.root / "kk.md")

    def test_import_of_a_file_that_is_not_utf8(self, fails, twice) -> None:
        """An import that is not UTF-8 is told by name, without a traceback."""
        twice.write("kk.md", "# Саясат\n".encode("cp1251"))
        assert "kk.md:1: not UTF-8" in fails(twice, "translate", "import", "kk", twice.root / "kk.md", code=USAGE)


class TestBuild:
    def test_build(self, run, twice, tmp_path) -> None:
        """The command says where the site is and how many pages it has."""
        code, out, error = run(twice, "build", "--as-of", SECOND, "--output", tmp_path / "out")
        assert (OK, "") == (code, error)
        assert out.startswith(f"built {tmp_path / 'out'}: ")
        assert f"as of {SECOND}" in out


class TestMain:
    def test_a_fault_of_ours_is_said_to_be_one(self, run, twice, monkeypatch) -> None:
        """What nobody foresaw is exit code 3 and one line with the way to see more."""
        monkeypatch.setattr(VERIFY, "verify_releases", lambda *_: 1 / 0)
        code, _, error = run(twice, "verify")
        assert UNEXPECTED == code
        assert "policypress: unexpected ZeroDivisionError: division by zero. POLICYPRESS_DEBUG=1 shows where\n" == error

    def test_debugging_shows_where(self, twice, monkeypatch) -> None:
        """POLICYPRESS_DEBUG lets the traceback through."""
        monkeypatch.setattr(VERIFY, "verify_releases", lambda *_: 1 / 0)
        monkeypatch.setenv("POLICYPRESS_DEBUG", "1")
        with pytest.raises(ZeroDivisionError):
            main(["-C", str(twice.root), "verify"])

    def test_interrupted(self, run, twice, monkeypatch) -> None:
        """Ctrl-C is exit code 130 and no traceback."""

        def stop(*_):
            raise KeyboardInterrupt

        monkeypatch.setattr(VERIFY, "verify_releases", stop)
        code, _, error = run(twice, "verify")
        assert (INTERRUPTED, "policypress: interrupted") == (code, error.strip())


def test_commands_work_from_a_folder_below(twice, monkeypatch, capsys) -> None:
    """A command finds its repository from any folder of it."""
    monkeypatch.chdir(twice.root / "policy_src" / "text")
    assert OK == main(["verify"])
    assert f"{SECOND}  ok" in capsys.readouterr().out
