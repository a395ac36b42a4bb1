"""Print, record, gate and verify a release; the states of releases by date."""

from policypress.release.deciding import add_decision, dead_decisions, drop_decisions, open_step
from policypress.release.gate import Candidate
from policypress.release.making import candidate, lacks, make, today
from policypress.release.moving import amend, withdraw
from policypress.release.printed import DRAFT, Print, Workshop, load, newest, translation_units, workshop
from policypress.release.record import Record
from policypress.release.states import Standing, State, announced, in_force
from policypress.release.step import Step, step
from policypress.release.verify import Verified, verify
from policypress.release.weighing import Weights, weigh

__all__ = [
    "DRAFT",
    "Candidate",
    "Print",
    "Record",
    "Standing",
    "State",
    "Step",
    "Verified",
    "Weights",
    "Workshop",
    "add_decision",
    "amend",
    "announced",
    "candidate",
    "dead_decisions",
    "drop_decisions",
    "in_force",
    "lacks",
    "load",
    "make",
    "newest",
    "open_step",
    "step",
    "today",
    "translation_units",
    "verify",
    "weigh",
    "withdraw",
    "workshop",
]
