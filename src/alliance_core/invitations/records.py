"""What is recorded about inviting someone whom the patient chooses."""

from datetime import date

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import record
from alliance_core.records import NOT_RECORDED, Label, RecordId


@record
class SafetyGate:
    """What the patient was asked alone. Nothing of this is ever written for a portal."""

    asked_alone: Recorded = NOT_RECORDED
    fears_nominee: Recorded = NOT_RECORDED
    violence_or_control: Recorded = NOT_RECORDED
    protective_order: Recorded = NOT_RECORDED
    asked_on: date | None = None


@record
class InvitationProposal:
    """A possible invitation of one person, why it might help, and what the patient said."""

    id: RecordId
    nominee: RecordId | None = None
    purpose: Label | None = None
    unaware_of_symptoms: Recorded = NOT_RECORDED
    would_help_diagnosis: Recorded = NOT_RECORDED
    told_not_to_take_medicine: Recorded = NOT_RECORDED
    told_clinician_misunderstands: Recorded = NOT_RECORDED
    gate: SafetyGate | None = None
    patient_agrees: Recorded = NOT_RECORDED
    asked_on: date | None = None
    revisit_on: date | None = None
    met_on: date | None = None
