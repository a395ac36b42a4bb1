"""The distribution as it is installed: sdist -> wheel -> a fresh environment, outside the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from policypress.edition import make_editions
from policypress.source import worktree

ROOT = Path(__file__).resolve().parents[2]
RELEASE = "2026-12-01"


def run(*command: object, cwd: Path) -> str:
    """Run a program away from the checkout; return what it printed, fail with what it complained of."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "NOTIFIER_CONFIG")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory) -> Path:
    """Return a folder with the sdist, and the wheel that was built from it."""
    # without isolation: hatchling is among the locked test dependencies, so nothing is downloaded
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(dist, tmp_path_factory) -> Path:
    """Return the programs' folder of a fresh environment with the wheel in it.

    The dependencies are those of the environment that runs the tests, added behind the fresh one's own packages by a
    .pth file: nothing is downloaded, and an editable install there stays out (its own .pth files are not read).
    """
    home = tmp_path_factory.mktemp("elsewhere") / "env"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    (wheel,) = dist.glob("*.whl")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-index", "--no-deps"]
    run(*pip, "--disable-pip-version-check", wheel, cwd=home)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "zz-borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home / "bin"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory) -> Path:
    """Return the bundle of the announced release of the policy that ships."""
    path = tmp_path_factory.mktemp("bundle") / f"{RELEASE}.json"
    path.write_text(make_editions(worktree(ROOT)).get(RELEASE).bundle.dump(), encoding="utf-8")
    return path


def test_the_sdist_holds_the_source_and_no_policy(dist) -> None:
    """Both packages, the licence and the readme; the policy, the tests and what was built stay out."""
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        tops = {name.split("/")[1] for name in archive.getnames() if "/" in name}
    assert {"policypress", "notifier", "README.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"} == tops


def test_the_wheel_holds_what_is_not_code(dist) -> None:
    """Templates, theme, SQL, law and words are in the wheel, file by file as in the checkout."""
    (wheel,) = dist.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in ("policypress", "notifier")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert expected == packed


def test_the_programs_run_from_the_wheel(installed, tmp_path) -> None:
    """`policypress --help` runs, and it is the wheel's code that does."""
    assert "Usage: policypress" in run(installed / "policypress", "--help", cwd=tmp_path)
    where = run(installed / "python", "-c", "import policypress, notifier; print(policypress.__file__)", cwd=tmp_path)
    assert where.startswith(str(installed.parent))


def test_a_site_is_built_from_the_wheel(installed, tmp_path) -> None:
    """The press builds a copy of the shipped policy with the theme and templates of the wheel."""
    for name in ("policy_src", "locales"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    assert "built " in run(installed / "policypress", "build", "--as-of", RELEASE, cwd=tmp_path)
    assert 'lang="kk"' in (tmp_path / "site/kk/index.html").read_text(encoding="utf-8")


def test_a_notice_is_rehearsed_from_the_wheel(installed, bundle, tmp_path) -> None:
    """The post needs the bundle and the audience, no checkout: it composes the notices and prints its figures."""
    shutil.copy(ROOT / "examples/accounts.csv", tmp_path)
    printed = run(
        *(installed / "notifier", "rehearse", bundle, "--audience", "accounts.csv"),
        *("--output", "outbox", "--as-of", RELEASE, "--json"),
        cwd=tmp_path,
    )
    assert isinstance(json.loads(printed), dict)
    assert (tmp_path / "outbox/index.html").is_file()
