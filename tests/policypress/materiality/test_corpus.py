"""The rules against the labelled pairs of real policies in `../shared/corpus/materiality-dev`, where that is there."""

from __future__ import annotations

import json

import pytest

from policypress.bundle import ChangeClass
from policypress.changes import align, changed
from policypress.document import parse
from policypress.materiality import judge
from tests import needs

pytestmark = needs.corpus


@pytest.fixture(scope="module")
def judged():
    """Return (label, verdict) of every pair."""
    found = []
    for path in sorted(needs.CORPUS.rglob("label.json")):
        old, new = (parse((path.parent / name).read_text(encoding="utf-8")) for name in ("old.md", "new.md"))
        found.append((json.loads(path.read_text(encoding="utf-8")), judge(changed(align(old, new)), locale="en")))
    return found


def test_recall_and_precision(judged):
    """At least 0.98 of what is material is called so, and at least 0.85 of what is called so is."""
    sure = [(label["material"], verdict.change_class) for label, verdict in judged if not label["unsure"]]
    hits = sum(material and kind is ChangeClass.MATERIAL for material, kind in sure)
    assert hits / sum(material for material, _ in sure) >= 0.98
    assert hits / sum(kind is ChangeClass.MATERIAL for _, kind in sure) >= 0.85


def test_no_unsure_pair_passes_in_silence(judged):
    """Where a lawyer could go either way, the tool says material or asks a person to look."""
    silent = [
        label["why"]
        for label, verdict in judged
        if label["unsure"] and verdict.change_class is not ChangeClass.MATERIAL and not verdict.review
    ]
    assert [] == silent
