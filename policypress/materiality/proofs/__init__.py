"""Proofs that a changed clause keeps its substance: pure functions, one a kind of edit, gathered in tuples."""

from policypress.materiality.proofs.evidence import Evidence, Link, Vocabulary, shown
from policypress.materiality.proofs.prove import LOOK, PROOFS, prove
from policypress.materiality.proofs.reflow import reflowed

__all__ = ["LOOK", "PROOFS", "Evidence", "Link", "Vocabulary", "prove", "reflowed", "shown"]
