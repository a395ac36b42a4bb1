"""Does a change matter: facts first, proofs of the prose second, a person's decision third."""

from policypress.materiality.decisions import Decision
from policypress.materiality.judge import Finding, Verdict, judge
from policypress.materiality.taxonomy import Category, taxonomy

__all__ = ["Category", "Decision", "Finding", "Verdict", "judge", "taxonomy"]
