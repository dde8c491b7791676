"""What was discussed before a treatment was started, changed or stopped, with whom, and what was decided."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated

from pydantic import Field

from alliance_core.base.doses import Dose
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import record
from alliance_core.records import (
    NOT_RECORDED,
    Circumstance,
    Coding,
    Label,
    MedicationStatement,
    Person,
    PreferenceRecord,
    Problem,
    RecordId,
    Setting,
)


class TreatmentEvent(Enum):
    """What the discussion was about."""

    EARLY_EDUCATION = "early-education"
    START = "start"
    INCREASE = "increase"
    DECREASE = "decrease"
    TAPER = "taper"
    STOP = "stop"
    SWITCH = "switch"


class TreatmentKind(Enum):
    """What kind of treatment it is: consent applies beyond medicines."""

    MEDICATION = "medication"
    PSYCHOTHERAPY = "psychotherapy"
    ROLE_PLAY = "role-play"
    MINDFULNESS = "mindfulness"
    EXERCISE = "exercise"
    NUTRITION = "nutrition"
    SELF_HELP_GROUP = "self-help-group"
    SUBSTANCE_REDUCTION = "substance-reduction"
    ECT = "ect"
    TMS = "tms"
    RESEARCH = "research"


class ConsentDecision(Enum):
    """What was decided."""

    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    PARTLY_AGREED = "partly-agreed"
    UNDECIDED = "undecided"


class DecidedBy(Enum):
    """Who gave the decision: the patient, whoever lawfully decides for the patient, or someone else."""

    PATIENT = "patient"
    LAWFUL_DECIDER = "lawful-decider"
    SOMEONE_ELSE = "someone-else"


@record
class Withheld:
    """An element that the clinician did not tell, and why; never a status of its own."""

    element: Label
    reason: Label | None = None
    serious_detriment: Recorded = NOT_RECORDED
    second_opinion: Recorded = NOT_RECORDED
    review_on: date | None = None


@record
class Waiver:
    """The patient would rather not hear some of it: that it was offered, why, and when it is asked again."""

    offered: Recorded = NOT_RECORDED
    reason: Label | None = None
    review_on: date | None = None


@record
class EmergencyBasis:
    """What a treatment without consent rests on; all of it, and telling the patient afterwards."""

    imminent_harm: Recorded = NOT_RECORDED
    patient_cannot_decide: Recorded = NOT_RECORDED
    no_decider_reachable: Recorded = NOT_RECORDED
    least_needed: Recorded = NOT_RECORDED
    told_afterwards: Recorded = NOT_RECORDED


@record
class ConsentDiscussion:
    """
    One treatment-consent discussion. Elements are listed by name; one that is not named is not recorded.

    `discussed`, `partly` and `declined_by_patient` None = nothing recorded about the content; their words are those of
    `consent_items`, and `risks.<name>` of `consent_risks`. A general "risks discussed" (`risks`) is part of each risk.
    `range_lower` and `range_upper` are the doses between which the decider agreed to changes.
    """

    id: RecordId
    event: TreatmentEvent | None = None
    kind: TreatmentKind | None = None
    treatment: Label | None = None
    treatment_codes: tuple[Coding, ...] = ()
    medication: RecordId | None = None
    dose: Dose | None = None
    dose_from: Dose | None = None
    range_lower: Dose | None = None
    range_upper: Dose | None = None
    discussed_on: date | None = None
    discussed_at: datetime | None = None
    signed_on: date | None = None
    signed_at: datetime | None = None
    recorded_on: date | None = None
    discussed_by: Label | None = None
    explained_by_prescriber: Recorded = NOT_RECORDED
    prescriber_confirmed_on: date | None = None
    decided_by: DecidedBy | None = None
    decider: RecordId | None = None
    authority_seen: Recorded = NOT_RECORDED
    decision: ConsentDecision | None = None
    discussed: tuple[Label, ...] | None = None
    partly: tuple[Label, ...] | None = None
    declined_by_patient: tuple[Label, ...] | None = None
    waiver: Waiver | None = None
    withheld: tuple[Withheld, ...] = ()
    emergency: Recorded = NOT_RECORDED
    emergency_basis: EmergencyBasis | None = None
    voluntary: Recorded = NOT_RECORDED
    interpreter_used: Recorded = NOT_RECORDED
    by_telehealth: Recorded = NOT_RECORDED
    by_telephone: Recorded = NOT_RECORDED
    written_form: Recorded = NOT_RECORDED
    witnessed: Recorded = NOT_RECORDED
    second_specialist: Recorded = NOT_RECORDED
    minutes: Annotated[int, Field(ge=0, le=1440)] | None = None
    for_problem: RecordId | None = None


@record
class ConsentEvent:
    """
    One start, change or end of a treatment, the discussion about it, and what is known of the patient.

    `discussion` None = none is recorded. `first_discussed_on` is the day of the first talk about the same event, where
    `discussion` is a later one. `earlier` is the last discussion that agreed on a range for the same
    medicine. `others` are the other medicines now taken, None = not recorded. `ongoing`: is the treatment given now.
    """

    id: RecordId
    event: TreatmentEvent | None = None
    kind: TreatmentKind | None = None
    occurred_on: date | None = None
    first_discussed_on: date | None = None
    medicine: MedicationStatement | None = None
    discussion: ConsentDiscussion | None = None
    earlier: ConsentDiscussion | None = None
    ongoing: Recorded = NOT_RECORDED
    person: Person | None = None
    setting: Setting | None = None
    others: tuple[MedicationStatement, ...] | None = None
    problems: tuple[Problem, ...] | None = None
    circumstances: tuple[Circumstance, ...] = ()
    preferences: PreferenceRecord | None = None
