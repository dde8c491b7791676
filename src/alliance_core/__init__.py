"""
Pure clinical domain logic for the psychiatric therapeutic alliance.

A chart of recorded facts goes in, a review of findings comes out, and between them there are only pure rules and
cited content. It helps a clinician see what is missing, due or contested, and why. It never diagnoses, never says
that anyone is unable to decide, never orders.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from alliance_core.base.dates import CalendarDuration
    from alliance_core.base.doses import Dose, DoseUnit
    from alliance_core.base.errors import AllianceError, ChartError, PolicyError
    from alliance_core.base.facts import Recorded, all_yes, any_yes
    from alliance_core.base.findings import Answer, Audience, Finding, Weight
    from alliance_core.chart import Chart
    from alliance_core.competency import DecisionCapacity, documentation_gaps, review_capacity
    from alliance_core.consent import ConsentDiscussion, ConsentEvent, review_consent
    from alliance_core.deprescribing import MedicationStatement, Regimen, review_regimen
    from alliance_core.deprescribing.tapers import TaperRequest, plan_taper, verify_taper
    from alliance_core.diagnosis import DiagnosisRevision, review_diagnosis
    from alliance_core.edges.reviews import read_review, write_review
    from alliance_core.edges.wire import read_chart, write_chart
    from alliance_core.explanation import Explanation, explain
    from alliance_core.invitations.records import InvitationProposal
    from alliance_core.policy import Policy, load_policy
    from alliance_core.records import Person, PreferenceRecord
    from alliance_core.relationship.language import review_note
    from alliance_core.relationship.records import BehaviorPlan, Note
    from alliance_core.relationship.risky_behaviors import review_behavior_plan
    from alliance_core.review import ChartReview, Receipt, forecast, replay, review_chart, review_table

#: Where each public name lives. A module is imported when a name of it is first used: importing the package is cheap.
_HOMES: Final = {
    "base.dates": ("CalendarDuration",),
    "base.doses": (
        "Dose",
        "DoseUnit",
    ),
    "base.errors": (
        "AllianceError",
        "ChartError",
        "PolicyError",
    ),
    "base.facts": (
        "Recorded",
        "all_yes",
        "any_yes",
    ),
    "base.findings": (
        "Answer",
        "Audience",
        "Finding",
        "Weight",
    ),
    "chart": ("Chart",),
    "competency": (
        "DecisionCapacity",
        "documentation_gaps",
        "review_capacity",
    ),
    "consent": (
        "ConsentDiscussion",
        "ConsentEvent",
        "review_consent",
    ),
    "deprescribing": (
        "MedicationStatement",
        "Regimen",
        "review_regimen",
    ),
    "deprescribing.tapers": (
        "TaperRequest",
        "plan_taper",
        "verify_taper",
    ),
    "diagnosis": (
        "DiagnosisRevision",
        "review_diagnosis",
    ),
    "edges.reviews": (
        "read_review",
        "write_review",
    ),
    "edges.wire": (
        "read_chart",
        "write_chart",
    ),
    "explanation": (
        "Explanation",
        "explain",
    ),
    "invitations.records": ("InvitationProposal",),
    "policy": (
        "Policy",
        "load_policy",
    ),
    "records": (
        "Person",
        "PreferenceRecord",
    ),
    "relationship.language": ("review_note",),
    "relationship.records": (
        "BehaviorPlan",
        "Note",
    ),
    "relationship.risky_behaviors": ("review_behavior_plan",),
    "review": (
        "ChartReview",
        "Receipt",
        "forecast",
        "replay",
        "review_chart",
        "review_table",
    ),
}
_MODULE_OF: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "AllianceError",
    "Answer",
    "Audience",
    "BehaviorPlan",
    "CalendarDuration",
    "Chart",
    "ChartError",
    "ChartReview",
    "ConsentDiscussion",
    "ConsentEvent",
    "DecisionCapacity",
    "DiagnosisRevision",
    "Dose",
    "DoseUnit",
    "Explanation",
    "Finding",
    "InvitationProposal",
    "MedicationStatement",
    "Note",
    "Person",
    "Policy",
    "PolicyError",
    "PreferenceRecord",
    "Receipt",
    "Recorded",
    "Regimen",
    "TaperRequest",
    "Weight",
    "all_yes",
    "any_yes",
    "documentation_gaps",
    "explain",
    "forecast",
    "load_policy",
    "plan_taper",
    "read_chart",
    "read_review",
    "replay",
    "review_behavior_plan",
    "review_capacity",
    "review_chart",
    "review_consent",
    "review_diagnosis",
    "review_note",
    "review_regimen",
    "review_table",
    "verify_taper",
    "write_chart",
    "write_review",
]
