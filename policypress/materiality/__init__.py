"""Does a change matter: facts first, proofs of the prose second, a person's decision third."""

from policypress.materiality.decisions import Decision, Rename
from policypress.materiality.judge import Finding, Verdict, judge, refused
from policypress.materiality.taxonomy import Category, taxonomy

__all__ = ["Category", "Decision", "Finding", "Rename", "Verdict", "judge", "refused", "taxonomy"]
