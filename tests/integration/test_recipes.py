"""The recipes of docs/recipes: files that hosts accept, and commands that publish the site from a fresh clone."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.integration.test_browser import sent

ROOT = Path(__file__).resolve().parents[2]
RECIPES = ROOT / "docs" / "recipes"
GITHUB, GITLAB = "vendor.github-workflows", "vendor.gitlab-ci"
#: What a step does beside the policy: this machine has it already, or it belongs to the host.
ELSEWHERE = re.compile(r"apt-get|make env|GITHUB_STEP_SUMMARY|/srv/|ssh |rsync ")


def blocks(name: str, language: str) -> list[str]:
    """Return the code of a recipe in a language."""
    return re.findall(rf"```{language}\n(.*?)```", (RECIPES / f"{name}.md").read_text(encoding="utf-8"), re.DOTALL)


WORKFLOWS = [
    ("github-pages", 0, GITHUB),
    ("preview", 0, GITHUB),
    ("pull-request-report", 0, GITHUB),
    ("gitlab-pages", 0, GITLAB),
    ("pull-request-report", 1, GITLAB),
]


def judged(text: str, schema: str, file: Path) -> int:
    """Return the exit code of a check against the schema of a host."""
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, str(file)]
    return subprocess.run(command, check=False, capture_output=True).returncode


def test_every_recipe_is_tried() -> None:
    """No file for a host is written in a recipe that the tests below do not know."""
    written = [(path.stem, place) for path in RECIPES.glob("*.md") for place, _ in enumerate(blocks(path.stem, "yaml"))]
    assert sorted(written) == sorted((name, place) for name, place, _ in WORKFLOWS)


@pytest.mark.parametrize(("name", "place", "schema"), WORKFLOWS)
def test_a_host_accepts_the_file(tmp_path, name, place, schema) -> None:
    """Each is valid by the schema of GitHub's workflows or GitLab's pipelines, and that schema can refuse."""
    text = blocks(name, "yaml")[place]
    assert 0 == judged(text, schema, tmp_path / "good.yml")
    assert 0 != judged(re.sub(r"\n( +)(?:rules|runs-on):", r"\n\1wrong:", text), schema, tmp_path / "bad.yml")


def steps(name: str, place: int) -> list[str]:
    """Return the commands of a recipe's jobs, without what belongs to the host's machine."""
    found = []
    for job in read_jobs(yaml.safe_load(blocks(name, "yaml")[place])):
        for step in job:
            found += [line for line in step.splitlines() if not ELSEWHERE.search(line)]
    return found


def read_jobs(file: dict) -> list[list[str]]:
    """Return the shell of each job: GitHub's steps that run something, GitLab's scripts."""
    if "jobs" in file:
        return [[step["run"] for step in job["steps"] if "run" in step] for job in file["jobs"].values()]
    return [job["script"] for job in file.values() if isinstance(job, dict) and "script" in job]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Return a shallow clone of this repository, as a host makes one, with this machine's environment."""
    where = tmp_path_factory.mktemp("clone") / "policy"
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", f"file://{ROOT}", where], check=True)
    (where / ".venv").symlink_to(Path(sys.prefix))
    return where


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "place", "folder"),
    [("github-pages", 0, "site"), ("preview", 0, "site"), ("gitlab-pages", 0, "public")],
)
def test_the_commands_publish_a_site_from_a_shallow_clone(clone, name, place, folder) -> None:
    """What the jobs run leaves the folder that the host uploads, whole; and the host is told to upload that folder."""
    shutil.rmtree(clone / folder, ignore_errors=True)
    commands = steps(name, place)
    assert commands
    subprocess.run(["bash", "-e", "-o", "pipefail", "-c", "\n".join(commands)], cwd=clone, check=True)
    for path in ("index.html", "404.html", "_headers", "kk/index.html", "releases/index.json"):
        assert (clone / folder / path).is_file()
    assert folder in blocks(name, "yaml")[place]


@pytest.fixture(scope="module")
def lines(clone) -> dict[str, list[str]]:
    """Return what the recipe makes of `_headers`, by host."""
    (script,) = (block for block in blocks("static-host", "sh") if "_headers" in block)
    subprocess.run([".venv/bin/policypress", "build"], cwd=clone, check=True, capture_output=True)
    subprocess.run(["sh", "-euc", script], cwd=clone, check=True)
    hosts = ("nginx", "caddy", "apache")
    return {host: (clone / f"headers.{host}").read_text(encoding="utf-8").splitlines() for host in hosts}


@pytest.mark.slow
class TestAnyHost:
    def test_a_host_of_ones_own_sends_the_same_headers(self, clone, lines) -> None:
        """Each header of `_headers` stands in the lines for nginx, Caddy and Apache, whole; how long a file is kept not."""
        expected = {name: value for name, value in sent(clone / "site", "/kk/").items() if name != "Cache-Control"}
        assert 5 == len(expected)
        for host, written in lines.items():
            found = dict(re.fullmatch(r'(?:\w+ )+?([A-Z][\w-]+) "([^"]*)".*', line).groups() for line in written)
            assert expected == found, host

    def test_how_long_files_are_kept(self, clone, lines) -> None:
        """A page five minutes, so that a notice leads to no old one; an asset a day; the recipes say the same."""
        del lines
        page, asset = (sent(clone / "site", path)["Cache-Control"] for path in ("/kk/", "/assets/policypress.css"))
        assert ("public, max-age=300, must-revalidate", "public, max-age=86400") == (page, asset)
        for language in ("nginx", "caddyfile", "apache"):
            (block,) = blocks("static-host", language)
            assert page in block
            assert asset in block


def test_each_recipe_builds_daily_after_midnight_of_the_policys_zone() -> None:
    """GitHub's cron is in UTC: 19:05 there is five past midnight in Almaty."""
    (workflow,) = blocks("github-pages", "yaml")
    assert re.search(r'cron: "5 19 \* \* \*"', workflow)
    assert "CRON_TZ=Asia/Almaty\n5 0 * * *" in (RECIPES / "static-host.md").read_text(encoding="utf-8")
    assert "`5 0 * * *`" in (RECIPES / "gitlab-pages.md").read_text(encoding="utf-8")
