"""What axe-core finds on a page that stands still."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js"
#: Two frames, in which what a script has just changed begins to move; then the end of all that moves.
STILL = """async () => {
  for (let frames = 0; frames < 2; frames += 1) await new Promise(requestAnimationFrame);
  await Promise.all(document.getAnimations().map((one) => one.finished));
}"""
#: The rules of WCAG 2.2 at A and AA, that of the size of targets too, and what axe says of what breaks one.
RUN = """axe.run({
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], rules: {"target-size": {enabled: true}},
}).then((result) => result.violations.map((found) => `${found.id}: ${found.nodes[0].html}`))"""


@contextmanager
def looked_at(browser, **view):
    """Open a page for axe: without motion, because the colours of what fades are those of no state of the page."""
    context = browser.new_context(reduced_motion="reduce", **view)
    try:
        yield context.new_page()
    finally:
        context.close()


def violations(sheet) -> list[str]:
    """Return what breaks WCAG 2.2 AA on an open page."""
    sheet.evaluate(STILL)
    sheet.evaluate(AXE.read_text(encoding="utf-8"))
    return sheet.evaluate(RUN)
