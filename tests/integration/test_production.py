"""The page for operators, walked as it is written: its commands, services, alerts and settings, on loopback."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import tomlkit
import yaml  # type: ignore[import-untyped]

from notifier.cli import STANDSTILL, USAGE, cli
from notifier.cli.report import prometheus
from notifier.settings import ENVIRONMENT, FILES, load
from tests.notifier.factory import make_bundle, many_rows, write_audience
from tests.notifier.sendgrid_server import SendGridServer

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "production.md"
FOLDER = ROOT / "docs" / "recipes" / "operations"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture
def sendgrid() -> Iterator[SendGridServer]:
    with SendGridServer() as server:
        yield server


def section(number: int) -> list[str]:
    """Return the commands of a section, a line each; what a backslash continues is one."""
    text = GUIDE.read_text(encoding="utf-8")
    found = re.split(r"^## ", text, flags=re.MULTILINE)[number]
    assert found.startswith(f"{number}. "), "sections are numbered from 1"
    return [line for block in BLOCK.findall(found) for line in block.replace("\\\n", " ").splitlines()]


def test_every_service_runs_a_command_that_there_is() -> None:
    """Each `notifier …` of a unit and of the page names a command and options that it has."""
    lines = [line for path in FOLDER.glob("*.service") for line in path.read_text().splitlines()]
    called = [found for line in lines for found in re.findall(r"/opt/notifier/bin/notifier ([^>|\n]*)", line)]
    called += [
        line.partition("#")[0][9:] for number in range(6, 12) for line in section(number) if line[:9] == "notifier "
    ]
    assert 20 < len(called)
    for line in called:
        name, *arguments = shlex.split(line.replace("$$", "$"))
        known = (
            {option for parameter in cli.commands[name].params for option in parameter.opts}
            if name in cli.commands
            else set()
        )
        assert {one for one in arguments if one.startswith("--")} <= known, line


def test_what_a_person_has_to_mend_is_not_started_again() -> None:
    """The units name the codes that the program ends with then, and start again after everything else."""
    for name, codes in {"worker": {USAGE, STANDSTILL}, "serve": {USAGE}}.items():
        text = (FOLDER / f"notifier-{name}.service").read_text()
        (named,) = re.findall(r"^RestartPreventExitStatus=(.*)$", text, re.MULTILINE)
        assert codes == set(map(int, named.split()))
        assert re.search(r"^Restart=(always|on-failure)$", text, re.MULTILINE)


def test_every_setting_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The settings file is read as it is; every name in the environment file is one of ours."""
    monkeypatch.chdir(tmp_path)
    found = load(FOLDER / "notifier.toml", {})
    assert ("required", Path("/var/lib/notifier-witness/ledger.witness")) == (found.approval, found.witness)
    names = {line.partition("=")[0] for line in (FOLDER / "notifier.env").read_text().splitlines() if line[:1] != "#"}
    assert {"NOTIFIER_CONFIG", *(f"{ENVIRONMENT[field]}_FILE" for field in FILES)} >= names


def test_every_alert_asks_for_a_metric_that_there_is() -> None:
    """What `status --format prometheus` prints, and what node_exporter and the blackbox exporter have."""
    source = Path(prometheus.__code__.co_filename).read_text(encoding="utf-8")
    ours = {f"notifier_{name}" for name in re.findall(r'\("([a-z_]+)", "[^"]*", ', source)} | {"notifier_notices"}
    rules = [rule for group in yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]]
    assert 8 <= len(rules)
    for rule in rules:
        assert {"alert", "expr", "labels", "annotations"} <= rule.keys()
        asked = set(re.findall(r"\b(?:notifier_[a-z_]+)\b", rule["expr"]))
        assert asked <= ours, rule["alert"]


def test_the_container_copies_what_a_build_needs() -> None:
    """Each file that the recipe copies is there, and none of the project's own is missing."""
    copied = re.findall(r"^COPY (?!--from)(.*)$", (FOLDER / "Containerfile").read_text(), re.MULTILINE)
    names = {name for line in copied for name in line.split()[:-1]}
    project = tomlkit.parse((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {"pyproject.toml", "requirements.lock", project["readme"], *project["license-files"]}
    assert {*wanted, "policypress", "notifier"} == names
    assert all((ROOT / name).exists() for name in names)


class Walk:
    """A shell that has what the page's reader has."""

    def __init__(self, tmp_path: Path, server: SendGridServer) -> None:
        """Set up folders, settings and secrets by the page's own lines, moved from / to a folder."""
        self.tmp = tmp_path
        for name in ("etc/notifier/secrets", "var/lib/notifier", "var/lib/notifier-witness", "var/lib/notifier-backup"):
            (tmp_path / name).mkdir(parents=True)
        for name in ("notifier.toml", "notifier.env"):
            (tmp_path / "etc/notifier" / name).write_text(self.moved((FOLDER / name).read_text()))
        self.env = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(tmp_path), "LANG": "C.UTF-8",
            "NOTIFIER_SENDGRID_URL": server.url, "ME": "me@example.org", "CAMPAIGN": "privacy-policy/2026-12-01",
            "BUNDLE": str(tmp_path / "bundle.json"), "AUDIENCE": str(tmp_path / "holders.csv"),
        }  # fmt: skip
        secrets = tmp_path / "etc/notifier/secrets"
        for line in section(2):
            if line.startswith("openssl "):
                self.run(line, cwd=secrets)
        (secrets / "sendgrid").write_text("SG.key\n")
        for line in (tmp_path / "etc/notifier/notifier.env").read_text().splitlines():
            name, _, value = line.partition("=")
            if value and Path(value).exists():
                self.env[name] = value
        self.env["KEY"] = self.run(re.findall(r"`(openssl pkey [^`]*)`", GUIDE.read_text())[0], cwd=secrets).strip()

    def moved(self, text: str) -> str:
        """Return a text with the machine's folders in ours."""
        text = re.sub(r"(?<![\w.])/(etc|var/lib)/notifier", rf"{self.tmp}/\1/notifier", text)
        return (
            text.replace("/tmp/reach", f"{self.tmp}/reach")
            .replace("/tmp/log", f"{self.tmp}/log")
            .replace("/tmp/rehearsal", f"{self.tmp}/rehearsal")
        )

    def run(self, line: str, cwd: Path | None = None, code: int = 0) -> str:
        """Run a line of the page and return what it says."""
        done = subprocess.run(
            ["bash", "-c", self.moved(line)], cwd=cwd or self.tmp / "var/lib/notifier", env=self.env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=120,
        )  # fmt: skip
        assert code == done.returncode, f"{line}\n{done.stdout}"
        if found := re.search(r"Digest of all that will be sent: (\S+)", done.stdout):
            self.env["DIGEST"] = found[1]
        return done.stdout

    def section(self, number: int) -> None:
        """Walk a section."""
        for line in section(number):
            self.run(line)


@pytest.mark.slow
def test_from_the_dry_run_to_the_restore(tmp_path: Path, sendgrid: SendGridServer) -> None:
    """Every command of the page works as written; nobody is told before the approval, and nobody twice after a restore."""
    today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Almaty")).date()
    bundle = make_bundle(published=today, effective=today + timedelta(days=60))
    (tmp_path / "bundle.json").write_text(bundle.dump(), encoding="utf-8")
    write_audience(tmp_path / "holders.csv", *many_rows(12))
    walk = Walk(tmp_path, sendgrid)
    walk.section(6)
    assert ["me@example.org"] == sendgrid.recipients
    assert (tmp_path / "rehearsal" / "index.html").is_file()
    walk.section(7)
    backup = re.findall(r"^ExecStart=/usr/bin/(.*)$", (FOLDER / "notifier-backup.service").read_text(), re.MULTILINE)[0]
    walk.run(backup)
    walk.section(8)
    for number in (9, 10):
        walk.section(number)
    assert 'notifier_finished{campaign="privacy-policy/2026-12-01"} 1' in walk.run(section(9)[1])
    assert (tmp_path / "reach.html").is_file()
    state = tmp_path / "var/lib/notifier"
    for suffix in ("-wal", "-shm"):
        (state / f"ledger.sqlite{suffix}").unlink(missing_ok=True)
    (tmp_path / "var/lib/notifier-backup/ledger.sqlite").replace(state / "ledger.sqlite")
    assert "`notifier restored`" in walk.run('notifier send "$CAMPAIGN"', code=1)
    walk.env["NOTIFIER_RECONCILE_SECONDS"] = "0"
    restored, status, send = section(11)
    assert "12 notices are held" in walk.run(restored)
    walk.run(status)
    assert "12 notices are held" in walk.run(send)
    times = Counter(sendgrid.recipients)
    assert ({1}, 13) == (set(times.values()), len(times))
