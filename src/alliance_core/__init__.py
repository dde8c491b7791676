"""
Pure clinical domain logic for the psychiatric therapeutic alliance.

A chart of recorded facts goes in, a review of findings comes out, and between them there are only pure rules and
cited content. It helps a clinician see what is missing, due or contested, and why. It never diagnoses, never says
that anyone is unable to decide, never orders.
"""

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.base.errors import AllianceError, ChartError, PolicyError
from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.base.findings import Answer, Audience, Finding, Weight
from alliance_core.chart import Chart
from alliance_core.competency import DecisionCapacity, review_capacity
from alliance_core.consent.records import ConsentDiscussion
from alliance_core.deprescribing import MedicationStatement, Regimen, review_regimen
from alliance_core.diagnosis import DiagnosisRevision, review_diagnosis
from alliance_core.edges.wire import read_chart, write_chart
from alliance_core.explain import Explanation, explain
from alliance_core.invitations.records import InvitationProposal
from alliance_core.policy import Policy, load_policy
from alliance_core.records import Person
from alliance_core.relationship.records import Note, PreferenceRecord
from alliance_core.review import ChartReview, Receipt, forecast, replay, review_chart, review_table

__all__ = [
    "AllianceError",
    "Answer",
    "Audience",
    "CalendarDuration",
    "Chart",
    "ChartError",
    "ChartReview",
    "ConsentDiscussion",
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
    "Weight",
    "all_yes",
    "any_yes",
    "explain",
    "forecast",
    "load_policy",
    "read_chart",
    "replay",
    "review_capacity",
    "review_chart",
    "review_diagnosis",
    "review_regimen",
    "review_table",
    "write_chart",
]
