"""The real case: the published Kazakh page, brought in, built, and held against its text."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from policypress import checks
from policypress.builder import build
from policypress.git import Repository
from policypress.importer import Plan, bring
from policypress.importer.files import found
from policypress.importer.holding import hold
from policypress.importer.original import html_lines
from policypress.localise import read_document
from policypress.localise.printing import numbered
from policypress.plain import write_pages
from policypress.release import verify
from policypress.source import worktree
from tests import needs

CHECKOUT = Path(__file__).resolve().parents[3]
SEED = next(iter(needs.SEEDS), None)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Import the page once."""
    target = tmp_path_factory.mktemp("seed") / "policy"
    return bring(SEED, Plan(target=target, locale="kk")), target


@needs.seed
class TestSeed:
    def test_eleven_numbered_sections_and_their_subsections(self, made) -> None:
        """The machine prints the numbers that the page has, of every level."""
        typed = re.findall(r"^(\d+(?:\.\d+)*)[.)]? +\S", SEED.read_text(encoding="utf-8"), re.MULTILINE)
        printed = [section.number.rstrip(".") for section in numbered(made[0].document).sections if section.number]
        assert typed == printed
        assert [str(number) for number in range(1, 12)] == [number for number in printed if "." not in number]

    def test_the_introduction_has_three_headings_without_a_number(self, made) -> None:
        """They stand under the title, before section 1."""
        bare = [section.heading.text for section in made[0].document.sections if not section.numbered]
        assert ["Біз туралы", "Осы Құпиялылық саясаты туралы", "Біз сіздерге қалай көмектесе аламыз"] == bare
        assert "Құпиялылық саясаты" == made[0].document.title

    def test_bullets_and_counted_items(self, made) -> None:
        """Every bullet and every (1) is an item of a list."""
        text = SEED.read_text(encoding="utf-8")
        items = [clause.marker for _, clause in made[0].document.clauses() if clause.kind == "item"]
        assert text.count("\n• ") == items.count("-")
        assert ["1.", "2."] == [marker for marker in items if marker != "-"]

    def test_the_contact_block(self, made) -> None:
        """Ten clauses, the addresses in them as facts."""
        contact = made[0].document.sections[-1]
        assert 10 == len(contact.clauses)
        assert (
            "Электрондық поштасы: <{{ facts.email_grievance_officer_xiaomi_com }}>" == contact.clauses[6].text.rstrip()
        )

    def test_facts(self, made) -> None:
        """Four web addresses and one for mail, each once."""
        assert {
            "https://www.mi.com/kz/",
            "https://privacy.mi.com/support",
            "https://account.xiaomi.com",
            "https://account.xiaomi.com/pass/del",
            "grievance.officer@xiaomi.com",
        } == set(made[0].facts.values())

    def test_its_own_date_is_the_release(self, made) -> None:
        """The date becomes a placeholder, for CLDR prints it just as the page does."""
        source = worktree(made[1])
        assert "2024-08-08" == made[0].release
        assert "y 'жылдың' d MMMM" == source.settings.locales["kk"].date
        assert "{{ date(release.published) }}" in source.texts["policy_src/text/00-introduction.md"]

    def test_nothing_is_lost_and_nothing_unplaced(self, made) -> None:
        """The import says so itself."""
        assert made[0].held.lossless
        assert () == made[0].unplaced

    def test_every_line_stands_on_the_built_page(self, made, tmp_path) -> None:
        """The site shows the text in force, line by line."""
        site = build(made[1], as_of=date(2026, 1, 1), site=tmp_path / "site")
        page = (site / "kk/index.html").read_text(encoding="utf-8")
        article = re.search(r"<article.*?</article>", page, re.DOTALL)[0]
        lines = [line for line in SEED.read_text(encoding="utf-8").split("\n") if line.strip()]
        assert 146 <= len(lines)
        assert () == hold(lines, html_lines(article)).lost

    def test_check_finds_what_is_wrong_with_the_page_and_nothing_else(self, made) -> None:
        """Four words of two scripts, one section that is not there, terms that compete."""
        found = [(problem.rule, *problem.message.split("'")[1:2]) for problem in checks.run(worktree(made[1]))]
        words = {("mixed-script", word) for word in ("сookie", "Тransport", "Мi", "Еcosystem")}
        assert 6 == len(found)
        assert {*words, ("quoted-heading", "Бізге хабарласыңыз"), ("competing-terms",)} == set(found)

    def test_the_release_verifies(self, made) -> None:
        """The print is what its commit compiles to, and the work tree is clean."""
        repository = Repository(made[1])
        assert [True] == [one.ok for one in verify(worktree(made[1]), repository)]
        assert () == repository.dirty(["policy_src", "locales"])

    def test_anchors_are_stable(self, made, tmp_path) -> None:
        """Two imports of one page give the same files."""
        again = bring(SEED, Plan(target=tmp_path / "again", locale="kk"))
        assert read_document(worktree(made[1])) == again.document


@needs.corpus
@pytest.mark.parametrize("path", sorted(needs.CORPUS.glob("*/001/old.md")), ids=lambda path: path.parts[-3])
def test_public_policies_come_in_whole(path, tmp_path) -> None:
    """One policy of each public repository; the slow test takes them all."""
    assert bring(path, Plan(target=tmp_path / "p", locale="en", published=date(2020, 1, 1))).held.lossless


@needs.corpus
@pytest.mark.slow
def test_every_public_policy_comes_in_whole(tmp_path) -> None:
    """Each of the corpus is lossless, verifies, and its site prints every line of it."""
    lossy = []
    for path in sorted(needs.CORPUS.glob("*/*/old.md")):
        target = tmp_path / path.parts[-3] / path.parts[-2]
        target.parent.mkdir(exist_ok=True)
        made = bring(path, Plan(target=target, locale="en", published=date(2020, 1, 1)))
        whole = made.held.lossless and all(one.ok for one in verify(worktree(target), Repository(target)))
        write_pages(target, target / "pages", as_of=date(2020, 1, 2))
        page = (target / "pages/en/index.html").read_text(encoding="utf-8").partition("\n---\n")[2]
        lost = hold(found(path).lines, html_lines(page)).lost
        if not whole or lost:
            lossy.append((path.relative_to(needs.CORPUS).as_posix(), *lost[:3]))
        shutil.rmtree(target)
    assert [] == lossy
