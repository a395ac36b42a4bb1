"""Print, record, gate and verify a release; the states of releases by date."""

from policypress.release.gate import Candidate
from policypress.release.making import candidate, make, today
from policypress.release.printed import DRAFT, Print, Workshop, load, workshop
from policypress.release.record import Record
from policypress.release.states import State, announced, in_force, state, superseded_by
from policypress.release.step import Step, step
from policypress.release.verify import Verified, verify

__all__ = [
    "DRAFT",
    "Candidate",
    "Print",
    "Record",
    "State",
    "Step",
    "Verified",
    "Workshop",
    "announced",
    "candidate",
    "in_force",
    "load",
    "make",
    "state",
    "step",
    "superseded_by",
    "today",
    "verify",
    "workshop",
]
