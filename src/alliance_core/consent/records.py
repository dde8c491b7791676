"""What was discussed before a treatment was started, changed or stopped, with whom, and what was decided."""

from datetime import date, datetime
from enum import Enum

from alliance_core.base.doses import Dose
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import record
from alliance_core.records import NOT_RECORDED, Coding, Label, RecordId


class TreatmentEvent(Enum):
    """What the discussion was about."""

    EARLY_EDUCATION = "early-education"
    START = "start"
    INCREASE = "increase"
    DECREASE = "decrease"
    TAPER = "taper"
    STOP = "stop"
    SWITCH = "switch"


class ConsentDecision(Enum):
    """What was decided."""

    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    PARTLY_AGREED = "partly-agreed"
    UNDECIDED = "undecided"


@record
class Withheld:
    """An element that the clinician did not tell, and why; never a status of its own."""

    element: Label
    reason: Label | None = None
    second_opinion: Recorded = NOT_RECORDED
    review_on: date | None = None


@record
class ConsentDiscussion:
    """
    One treatment-consent discussion. Elements are listed by name; one that is not named is not recorded.

    `discussed`, `partly` and `declined_by_patient` None = nothing recorded about the content.
    """

    id: RecordId
    event: TreatmentEvent | None = None
    treatment: Label | None = None
    treatment_codes: tuple[Coding, ...] = ()
    medication: RecordId | None = None
    dose: Dose | None = None
    dose_from: Dose | None = None
    discussed_on: date | None = None
    discussed_at: datetime | None = None
    signed_at: datetime | None = None
    recorded_on: date | None = None
    discussed_by: Label | None = None
    decider: RecordId | None = None
    decision: ConsentDecision | None = None
    discussed: tuple[Label, ...] | None = None
    partly: tuple[Label, ...] | None = None
    declined_by_patient: tuple[Label, ...] | None = None
    withheld: tuple[Withheld, ...] = ()
    emergency: Recorded = NOT_RECORDED
    voluntary: Recorded = NOT_RECORDED
    interpreter_used: Recorded = NOT_RECORDED
    by_telehealth: Recorded = NOT_RECORDED
    written_form: Recorded = NOT_RECORDED
    witnessed: Recorded = NOT_RECORDED
    minutes: int | None = None
    for_problem: RecordId | None = None
