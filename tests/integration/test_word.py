"""The Word report in a real word processor: LibreOffice accepts all changes, or rejects them, and both texts stand."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path

import pytest
from pypdf import PdfReader

from policypress.changes import align
from policypress.comparison import compare_prints, compare_texts, find_print
from policypress.document import parse
from policypress.release import DRAFT
from policypress.reports import docx
from policypress.source import worktree
from tests import needs
from tests.policypress.conftest import FIRST, found_repository

pytestmark = pytest.mark.slow

DATE = datetime(2026, 12, 1, tzinfo=UTC)
#: LibreOffice's tree with the form for comments, where the installed one lacks it; made by `.ci/office`.
COMPLETED = Path(".cache/office/home").absolute()

#: Runs in a Python that has LibreOffice's `uno`: opens a file, resolves its changes, prints what is left as JSON.
SCRIPT = """
import json, os, sys, time
import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException

pipe, url, command = sys.argv[1:]
local = uno.getComponentContext()
resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
for attempt in range(120):
    try:
        context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        break
    except NoConnectException:
        time.sleep(0.25)
desktop = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)
if command == "quit":
    desktop.terminate()
    os._exit(0)
document = desktop.loadComponentFromURL(url, "_blank", 0, (PropertyValue("Hidden", 0, True, 0),))

def walk(container):
    elements = container.createEnumeration()
    while elements.hasMoreElements():
        yield elements.nextElement()

redlines = [redline.RedlineType for redline in walk(document.Redlines)]
authors = sorted({redline.RedlineAuthor for redline in walk(document.Redlines)})
dispatcher = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.DispatchHelper", context)
dispatcher.executeDispatch(document.CurrentController.Frame, command, "", 0, ())
paragraphs = [p.String for p in walk(document.Text)]
styles = [p.ParaStyleName for p in walk(document.Text)]
left = len(list(walk(document.Redlines)))
locale = document.Text.createEnumeration().nextElement().CharLocale.Language
document.close(True)
print(json.dumps(dict(paragraphs=paragraphs, redlines=redlines, authors=authors, left=left,
                      styles=styles, locale=locale)), flush=True)
os._exit(0)  # not through the bridge's own end, where uno now and then ends with a signal
"""

ARABIC = (
    """\
# سياسة الخصوصية {#policy}

نحتفظ ببياناتك لمدة 12 شهرًا بعد إغلاق الحساب.

## كيف نستخدم البيانات {#use}

نستخدم بياناتك لتقديم الخدمة فقط.

- اسمك؛
- عنوان بريدك الإلكتروني.

## حقوقك {#rights}

يمكنك أن تطلب منا حذف بياناتك في أي وقت وسنرد عليك دون تأخير.
""",
    """\
# سياسة الخصوصية {#policy}

نحتفظ ببياناتك لمدة 24 شهرًا بعد إغلاق الحساب.

يمكنك أن تطلب منا حذف بياناتك في أي وقت وسنرد عليك دون تأخير.

## كيف نستخدم البيانات {#use}

نستخدم بياناتك لتقديم الخدمة وللإعلانات.

- اسمك؛
- رقم هاتفك؛
- عنوان بريدك الإلكتروني.
""",
)
#: Everything a change can be, in one text: rewritten, moved and reworded, split off, in lists, tables and code.
EVERYTHING = (
    """\
# Policy {#policy}

First, we say who we are. This leaves.

1. one thing;
2. another thing.

| data | kept |
| --- | --- |
| name | 12 months |
| phone | 6 months |

## What we keep {#keep}

We keep the name, the address and the telephone number of a customer until the account is closed.

```
a  line
    another
```

## Last {#last}

This paragraph stands at the very end and leaves.
""",
    """\
# Policy {#policy}

1. one thing;
2. a thing between;
3. another thing.

| data | kept |
| --- | --- |
| name | 24 months |
| postal address | 3 months |

### What we keep now {#keep}

- A list where there was none.
  - and a deeper item

```
a  line
    yet another
```

## Last {#last}

We keep the name, the address and the telephone number of a customer until the contract ends.

***

The end is new, too.
""",
)


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """Start LibreOffice without a window, in a profile of its own."""
    if not shutil.which("soffice"):
        needs.lacks("LibreOffice is not installed: make office")
    python = next((one for one in ("/usr/bin/python3", sys.executable) if imports_uno(one)), None)
    if python is None:
        needs.lacks("no Python here imports LibreOffice's uno (Debian: python3-uno)")
    folder = tmp_path_factory.mktemp("office")
    pipe = f"policypress{os.getpid()}"
    command = ["soffice", "--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp"]
    command += [f"-env:UserInstallation={(folder / 'profile').as_uri()}"]
    command += [f"-env:BRAND_BASE_DIR={COMPLETED.as_uri()}"] * COMPLETED.exists()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        running = Office(python, pipe, folder)
        yield running
        running.run("", "quit")
        process.wait(timeout=60)


class Office:
    """A running LibreOffice, asked through a script in a Python that has its bridge."""

    def __init__(self, python: str, pipe: str, folder: Path) -> None:
        self.python, self.pipe, self.folder = python, pipe, folder

    def resolve(self, data: bytes, command: str, suffix: str = ".docx") -> dict:
        """Open a document, accept or reject all its changes, and return what is left."""
        path = self.folder / f"report{suffix}"
        path.write_bytes(data)
        return json.loads(self.run(path.as_uri(), command))

    def convert(self, data: bytes, kind: str) -> bytes:
        """Write a document in another format, as `soffice --convert-to` does, in a second LibreOffice."""
        path = self.folder / "converted.docx"
        path.write_bytes(data)
        words = ["soffice", "--headless", f"-env:UserInstallation={(self.folder / 'second').as_uri()}"]
        words += ["--convert-to", kind, "--outdir", str(self.folder), str(path)]
        subprocess.run(words, check=True, capture_output=True, timeout=120)
        return path.with_suffix(f".{kind}").read_bytes()

    def run(self, url: str, command: str) -> str:
        """Run the script and return what it printed."""
        words = [self.python, "-c", SCRIPT, self.pipe, url, command]
        run = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
        assert run.returncode == 0, f"{run.returncode}: {run.stderr}"
        return run.stdout


def imports_uno(python: str) -> bool:
    """Tell whether an interpreter has LibreOffice's bridge."""
    return (
        Path(python).exists()
        and subprocess.run([python, "-c", "import uno"], check=False, capture_output=True).returncode == 0
    )


def letters(text: str) -> str:
    """Return a text without white space and the bullets that a list shows."""
    return re.sub(r"[\s•◦▪\ue000-\uf8ff]", "", text)


def readers_text(markdown: str) -> list[str]:
    """Return the paragraphs that a reader of a text sees."""
    document = parse(markdown)
    return ["".join(text for _, text in line.runs) for line in docx.lines(align(document, document), locale="en")]


def check(office, comparison, old: str, new: str) -> dict:
    """Hold both resolutions of a report, comments and all, against both texts; return what LibreOffice saw."""
    return resolves(office, docx.render(comparison, date=DATE), old, new)


def resolves(office, data: bytes, old: str, new: str, suffix: str = ".docx") -> dict:
    """Hold both resolutions of a document against both texts; return what LibreOffice saw."""
    for command, text in ((".uno:AcceptAllTrackedChanges", new), (".uno:RejectAllTrackedChanges", old)):
        seen = office.resolve(data, command, suffix)
        pairs = zip_longest([*readers_text(text), ""], seen["paragraphs"])
        differing = [pair for pair in pairs if pair[0] != pair[1]]
        assert [] == differing, command
        assert 0 == seen["left"]
    return seen


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """Return a policy repository with a release, and a draft that changes it."""
    made = found_repository(tmp_path_factory.mktemp("word") / "policy")
    made.release(FIRST, historic=True)
    made.prepare_second()
    return made.root


@pytest.mark.parametrize("locale", ["en", "kk"])
def test_releases(office, repository, locale) -> None:
    """A release and the draft of the next: the draft when accepted, the one in force when rejected."""
    old, new = find_print(repository, FIRST), find_print(repository, DRAFT)
    comparison = compare_prints(worktree(repository), old, new, locale)
    seen = check(office, comparison, old.files[f"{locale}.md"], new.files[f"{locale}.md"])
    assert (locale, ["Policypress"]) == (seen["locale"], seen["authors"])
    assert {"Insert", "Delete"} == set(seen["redlines"])


def test_comments_carry_class_and_fingerprint(office, repository) -> None:
    """Each change has its comment in the document that LibreOffice opened."""
    prints = [find_print(repository, name) for name in (FIRST, DRAFT)]
    comparison = compare_prints(worktree(repository), *prints, "en")
    written = office.convert(docx.render(comparison, date=DATE), "fodt").decode()
    assert len(comparison.rows) == written.count("<office:annotation ") > 0
    assert [] == [row.finding.fingerprint for row in comparison.rows if row.finding.fingerprint not in written]
    assert {"2026-12-01"} == {day[:10] for day in re.findall(r"<dc:date>([^<]*)</dc:date>", written)}


@pytest.mark.parametrize(("texts", "locale"), [(EVERYTHING, "en"), (ARABIC, "ar")])
def test_conversions_with_comments(office, texts, locale) -> None:
    """The OpenDocument text resolves to both texts and has the comments; text and PDF show what left and what came."""
    comparison = compare_texts(*texts, names=("old.md", "new.md"), locale=locale)
    data = docx.render(comparison, date=DATE)
    shown = "".join(text for line in docx.lines(comparison.pairs, locale=locale) for _, text in line.runs)
    written = office.convert(data, "odt")
    with zipfile.ZipFile(io.BytesIO(written)) as packed:
        assert len(comparison.rows) == packed.read("content.xml").count(b"<office:annotation ") > 0
    resolves(office, written, *texts, suffix=".odt")
    assert letters(shown) == letters(office.convert(data, "txt").decode("utf-8-sig"))
    pages = PdfReader(io.BytesIO(office.convert(data, "pdf"))).pages
    assert len(pages) > 0
    if locale == "en":  # a PDF holds Arabic letters in the order and the forms in which they are drawn
        assert letters(shown) == letters("".join(page.extract_text() for page in pages))


def test_right_to_left(office) -> None:
    """Arabic, with a moved clause and a longer list, comes out to the letter."""
    comparison = compare_texts(*ARABIC, names=("old.md", "new.md"), locale="ar")
    assert "moved" in {pair.kind for pair in comparison.pairs}
    check(office, comparison, *ARABIC)


def test_everything_at_once(office) -> None:
    """Lists, tables, code, a moved and reworded clause, a heading of another level, both ends rewritten."""
    comparison = compare_texts(*EVERYTHING, names=("old.md", "new.md"), locale="en")
    assert {"moved", "added", "removed", "reworded"} <= {pair.kind for pair in comparison.pairs}
    check(office, comparison, *EVERYTHING)


@pytest.mark.parametrize("sides", [("", "# A {#a}\n\nAll new.\n"), ("# A {#a}\n\nAll gone.\n", "")])
def test_one_side_empty(office, sides) -> None:
    """A text that begins or ends with this comparison leaves nothing of itself behind."""
    check(office, compare_texts(*sides, names=("old.md", "new.md"), locale="en"), *sides)
