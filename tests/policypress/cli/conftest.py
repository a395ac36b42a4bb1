"""Runners of commands for the tests of the commands."""

from __future__ import annotations

import pytest

from policypress.cli import FAILED, main


@pytest.fixture
def run(capsys):
    """Return a runner of a command in a repository: exit code, standard output, standard error."""

    def call(repository, *arguments):
        code = main(["-C", str(repository.root), *map(str, arguments)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def fails(run):
    """Return a runner that holds a failing command to the rules: its code, one message, nothing changed."""

    def call(repository, *arguments, code=FAILED) -> str:
        before = repository.files()
        found, out, error = run(repository, *arguments)
        assert (code, "") == (found, out)
        assert "Traceback" not in error
        assert 1 == error.count("policypress: ") + error.count("Error: "), error
        assert before == repository.files()
        return error

    return call
