"""Small real policy repositories: English with Kazakh (required) and Russian, real commits, approved catalogues."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from policypress.builder import build
from policypress.edition import Editions, make_editions
from policypress.localise import read_document, workflow
from policypress.localise.catalogue import read_po
from policypress.materiality import Finding
from policypress.release import Record, candidate, make
from policypress.release.record import parse_next
from policypress.source import NEXT, Source, catalogue_path, worktree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CHECKOUT = Path(__file__).resolve().parents[2]
#: The two releases that `twice` has; the second one is announced for six weeks.
FIRST, SECOND = "2024-08-08", "2026-12-01"
EFFECTIVE = date(2027, 1, 15)

SETTINGS = """\
id = "privacy"
company = "Example"
source_locale = "en"
prevailing_locale = "en"
timezone = "Asia/Almaty"
site_url = "https://policy.example.org/"
demonstration = true
countries = { KZ = "kk" }

[facts]
platform_url = "https://shop.example.org/"
controller_name = "Example Ltd."

[locales.en]
date = "d MMMM y"

[locales.kk]
required = true
fallback = ["ru", "en"]
date = "y 'жылғы' d MMMM"

[locales.ru]
fallback = ["en"]

[lead_time]
reason = "A change is told well in advance of the day it takes effect."
material = 30
"""
MKDOCS = """\
site_name: Example
docs_dir: policy_src
site_dir: site
theme:
  name: material
  font: false
plugins:
  - policypress
"""
PRACTICES = """\
[controller]
name = "Example Ltd."
section = "privacy-policy"

[[practices]]
id = "account"
section = "collection"
data = ["Name", "EmailAddress"]
purposes = ["AccountManagement"]
legal_basis = ["Contract"]
retention = "account-life"

[[retention]]
id = "account-life"
section = "retention"
criterion = "as long as your account exists"

[minors]
section = "updates"

[contact]
section = "privacy-policy"
url = "https://shop.example.org/"
"""
TEXTS = {
    "00-introduction": """\
# Privacy Policy {#privacy-policy}

{{ facts.controller_name }} is responsible for your data. Write to us at <{{ facts.platform_url }}>.

This policy was published on {{ date(release.published) }}.
""",
    "01-collection": """\
## What we collect {#collection}

We collect what an account needs:

- your name;
- your e-mail address.

### What you tell us {#data-provided}

You tell us your name when you open an account, see {{ ref('retention') }}.
""",
    "02-retention": """\
## How long we keep data {#retention}

We keep your data as long as your account exists.
""",
    "03-updates": """\
## How we update this policy {#updates}

We review this policy periodicaly.

We tell you about material changes.
""",
}
#: Kazakh and Russian by English clause, for the first release and for the second.
TRANSLATIONS = {
    "Privacy Policy": ("Құпиялылық саясаты", "Политика конфиденциальности"),
    "{{ facts.controller_name }} is responsible for your data. Write to us at <{{ facts.platform_url }}>.": (
        "Деректеріңізге {{ facts.controller_name }} жауап береді. Бізге <{{ facts.platform_url }}> арқылы жазыңыз.",
        "За ваши данные отвечает {{ facts.controller_name }}. Пишите нам: <{{ facts.platform_url }}>.",
    ),
    "This policy was published on {{ date(release.published) }}.": (
        "Бұл саясат {{ date(release.published) }} күні жарияланды.",
        "Эта политика опубликована {{ date(release.published) }}",
    ),
    "What we collect": ("Біз не жинаймыз", "Что мы собираем"),
    "We collect what an account needs:": (
        "Есептік жазбаға қажетті нәрсені жинаймыз:",
        "Мы собираем нужное для учётной записи:",
    ),
    "your name;": ("атыңызды;", "ваше имя;"),
    "your e-mail address.": ("электрондық поштаңызды.", "ваш адрес электронной почты."),
    "What you tell us": ("Сіз бізге не айтасыз", "Что вы сообщаете"),
    "You tell us your name when you open an account, see {{ ref('retention') }}.": (
        "Есептік жазба ашқанда атыңызды айтасыз, {{ ref('retention') }} бөлімін қараңыз.",
        "Открывая учётную запись, вы сообщаете имя, см. {{ ref('retention') }}.",
    ),
    "How long we keep data": ("Деректерді қанша уақыт сақтаймыз", "Как долго мы храним данные"),
    "We keep your data as long as your account exists.": (
        "Деректеріңізді есептік жазбаңыз бар болғанша сақтаймыз.",
        "Мы храним ваши данные, пока существует учётная запись.",
    ),
    "How we update this policy": ("Бұл саясатты қалай жаңартамыз", "Как мы обновляем эту политику"),
    "We review this policy periodicaly.": (
        "Біз бұл саясатты мезгіл-мезгіл қарап шығамыз.",
        "Мы время от времени пересматриваем эту политику.",
    ),
    "We tell you about material changes.": (
        "Маңызды өзгерістер туралы айтамыз.",
        "Мы сообщаем о существенных изменениях.",
    ),
    "We review this policy periodically.": (
        "Біз бұл саясатты мезгіл-мезгіл қарап шығамыз.",
        "Мы время от времени пересматриваем эту политику.",
    ),
    "We keep your data for 24 months after you close your account.": (
        "Деректеріңізді есептік жазбаңыз жабылғаннан кейін 24 ай сақтаймыз.",
        "Мы храним ваши данные 24 месяца после закрытия учётной записи.",
    ),
    "We keep your data for 24 months.": ("Деректеріңізді 24 ай сақтаймыз.", "Мы храним ваши данные 24 месяца."),
}
NEXT_TOML = """\
note = "an example"
demonstration = true

[[summaries]]
section = "retention"
starts = true
text = "We keep your data for 24 months."
"""
#: What the editors decided about the translator's correction.
DECISION = """
[[decisions]]
fingerprint = "{fingerprint}"
class = "editorial"
reason = "The sentence reads better; nothing else is said."
by = "An Editor"
date = 2026-11-20
only = "kk"
"""
#: A translator's correction: the Kazakh sentence changes, the English one does not.
CORRECTED = ("Маңызды өзгерістер туралы айтамыз.", "Маңызды өзгерістер туралы сізге алдын ала айтамыз.")


@dataclass(frozen=True)
class Repository:
    """A policy repository on disk, in a git work tree of its own."""

    root: Path

    def git(self, *arguments: str) -> str:
        """Run git there and return what it printed."""
        run = subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return run.stdout.strip()

    def read(self, path: str) -> str:
        return (self.root / path).read_text(encoding="utf-8")

    def write(self, path: str, text: str | bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text that must be there."""
        before = self.read(path)
        assert old in before, f"{path} has no {old!r}"
        self.write(path, before.replace(old, new))

    def commit(self, message: str = "edit") -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def source(self) -> Source:
        return worktree(self.root)

    def editions(self) -> Editions:
        return make_editions(self.source())

    def translate(
        self, *locales: str, words: Mapping[str, tuple[str, str]] = TRANSLATIONS, approve: bool = True
    ) -> None:
        """Bring catalogues to the source with the translators' workflow; fill in what is missing or fuzzy."""
        source = self.source()
        summaries = {one.section: one.text for one in parse_next(source.next, NEXT).summaries}
        units = workflow.extract(read_document(source), summaries)
        for locale in locales or ("kk", "ru"):
            path = catalogue_path(locale, "policy")
            catalogue = read_po(workflow.update(source.policy_catalogues.get(locale, ""), locale, units, path), path)
            for entry in catalogue:
                if (entry.fuzzy or not entry.msgstr) and entry.msgid in words and not entry.obsolete:
                    entry.msgstr = words[entry.msgid][("kk", "ru").index(locale)]
                    entry.flags, entry.previous_msgid = [], None
            text = f"{catalogue}\n"
            self.write(path, workflow.approve(text, path, lambda *_: True)[0] if approve else text)

    def release(self, release: str, effective: date | None = None, *, historic: bool = False) -> tuple[Record, str]:
        """Make a release published on the day of its id."""
        published = date.fromisoformat(release)
        return make(self.root, release, effective=effective or published, published=published, historic=historic)

    def prepare_second(self) -> None:
        """Write, translate and commit what the second release changes: a period, a slip, a Kazakh sentence."""
        self.edit(
            "policy_src/text/02-retention.md",
            "as long as your account exists",
            "for 24 months after you close your account",
        )
        self.edit("policy_src/text/03-updates.md", "periodicaly", "periodically")
        self.edit("policy_src/practices.toml", 'criterion = "as long as your account exists"', 'period = "P24M"')
        self.write(NEXT, NEXT_TOML)
        self.edit(catalogue_path("kk", "policy"), *CORRECTED)
        self.translate()
        self.write(NEXT, NEXT_TOML + DECISION.format(fingerprint=self.correction().fingerprint))
        self.commit("prepare the second release")

    def correction(self) -> Finding:
        """Return the finding of the translator's correction, as `policypress diff --locale kk` shows it."""
        source = self.source()
        made = candidate(source, SECOND, published=date.fromisoformat(SECOND), effective=EFFECTIVE, historic=False)
        return next(finding for finding in made.step.verdict.findings if finding.only == "kk")

    def files(self) -> dict[str, bytes]:
        """Return every file outside .git and .cache, to tell whether anything changed on disk."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and not {".git", ".cache"} & set(path.relative_to(self.root).parts)
        }


def hook(repository: Repository, name: str, *lines: str) -> Path:
    """Give a repository a hook of git's."""
    path = repository.root / ".git/hooks" / name
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(0o755)
    return path


def interrupted(repository: Repository, during: str, *arguments: str) -> tuple[int, str]:
    """Run a command, press Ctrl-C while git runs a hook, and return exit code and standard error."""
    mark = repository.root / ".git/hook-runs"
    hook(repository, during, f"touch {mark}", "sleep 30")
    program = "import sys; from policypress.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, *arguments]
    with subprocess.Popen(command, cwd=repository.root, stderr=subprocess.PIPE, text=True, process_group=0) as run:
        end = time.monotonic() + 20
        while not mark.exists() and run.poll() is None and time.monotonic() < end:
            time.sleep(0.02)
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the whole group
        _, error = run.communicate(timeout=20)
    return run.returncode, error.strip()


def found_repository(root: Path) -> Repository:
    """Make a policy repository with a first commit and nothing released."""
    repository = Repository(root)
    repository.write("policy_src/policy.toml", SETTINGS)
    repository.write("policy_src/practices.toml", PRACTICES)
    repository.write("mkdocs.yml", MKDOCS)
    repository.write(".gitignore", "/site/*\n!/site/.gitkeep\n/site.part/\n")
    repository.write("site/.gitkeep", "")
    for name, text in TEXTS.items():
        repository.write(f"policy_src/text/{name}.md", text)
    repository.write("locales/notice.pot", (CHECKOUT / "policypress/words/notice.pot").read_bytes())
    for tag in ("kk", "ru"):
        repository.write(catalogue_path(tag, "notice"), (CHECKOUT / f"policypress/words/{tag}.po").read_bytes())
    repository.translate()
    repository.git("init", "--quiet", "--initial-branch=main")
    repository.git("config", "user.name", "An Editor")
    repository.git("config", "user.email", "editor@example.org")
    repository.commit("the policy")
    return repository


@pytest.fixture(scope="session", autouse=True)
def _alone() -> Iterator[None]:
    """Keep the machine's git settings and a day from outside away from the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            patch.delenv(name)
        patch.delenv("POLICYPRESS_AS_OF", raising=False)
        patch.delenv("POLICYPRESS_DEBUG", raising=False)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


@pytest.fixture(scope="session")
def moulds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Make each kind of repository once; tests get copies."""
    base = tmp_path_factory.mktemp("moulds")
    bare = found_repository(base / "bare")
    once = Repository(Path(shutil.copytree(bare.root, base / "once")))
    once.release(FIRST, historic=True)
    ready = Repository(Path(shutil.copytree(once.root, base / "ready")))
    ready.prepare_second()
    twice = Repository(Path(shutil.copytree(ready.root, base / "twice")))
    twice.release(SECOND, EFFECTIVE)
    return {kind.root.name: kind.root for kind in (bare, once, ready, twice)}


def _copy(moulds: dict[str, Path], kind: str, tmp_path: Path) -> Repository:
    return Repository(Path(shutil.copytree(moulds[kind], tmp_path / "policy", ignore=shutil.ignore_patterns(".cache"))))


@pytest.fixture
def bare(moulds, tmp_path) -> Repository:
    """Return a repository with nothing released."""
    return _copy(moulds, "bare", tmp_path)


@pytest.fixture
def once(moulds, tmp_path) -> Repository:
    """Return a repository with a historic first release."""
    return _copy(moulds, "once", tmp_path)


@pytest.fixture
def ready(moulds, tmp_path) -> Repository:
    """Return a repository whose second release may be made."""
    return _copy(moulds, "ready", tmp_path)


@pytest.fixture
def twice(moulds, tmp_path) -> Repository:
    """Return a repository with two releases, the second one announced for 2027-01-15."""
    return _copy(moulds, "twice", tmp_path)


@pytest.fixture(scope="session")
def editions(moulds) -> Editions:
    """Return the two releases of `twice`, to read only."""
    return make_editions(worktree(moulds["twice"]))


@pytest.fixture(scope="session")
def site(moulds, tmp_path_factory) -> Path:
    """Return the site of `twice` built for the day of its second release, to read only."""
    return build(moulds["twice"], as_of=date.fromisoformat(SECOND), site=tmp_path_factory.mktemp("built") / "site")
