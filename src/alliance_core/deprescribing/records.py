"""What is taken, from whom, since when, and what was asked and reviewed."""

from datetime import date
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
    Encounter,
    Label,
    Observation,
    Person,
    Problem,
    RecordId,
)


class Origin(Enum):
    """Where a medicine comes from."""

    PRESCRIBED_HERE = "prescribed-here"
    OTHER_PRESCRIBER = "other-prescriber"
    OVER_THE_COUNTER = "over-the-counter"
    SUPPLEMENT = "supplement"
    HERBAL = "herbal"


class MedicationStatus(Enum):
    """Whether it is taken, as far as the record says."""

    ACTIVE = "active"
    ON_HOLD = "on-hold"
    STOPPED = "stopped"
    COMPLETED = "completed"
    NOT_TAKEN = "not-taken"


class Evidence(Enum):
    """What kind of entry says so: an order, someone's statement, a supply, a dose given."""

    ORDER = "order"
    STATEMENT = "statement"
    SUPPLY = "supply"
    ADMINISTRATION = "administration"


class ChangeKind(Enum):
    """What was done to a dose."""

    INCREASE = "increase"
    DECREASE = "decrease"
    TAPER_STEP = "taper-step"


@record
class DoseChange:
    """A change of dose, and the day from which it holds. A taper step is a decrease that belongs to a taper."""

    kind: ChangeKind
    changed_on: date
    to_dose: Dose | None = None
    within_agreed_range: Recorded = NOT_RECORDED


@record
class MedicationStatement:
    """
    One entry about one medicine, as written by any prescriber, shop, pharmacy or the patient.

    Entries of one ingredient and route close together are one episode: a renewal is no new start. `status` None = not
    recorded. `codes` resolve through the medicines table; a medicine that does not resolve is listed, never guessed.
    """

    id: RecordId
    codes: tuple[Coding, ...] = ()
    text: Label | None = None
    evidence: Evidence = Evidence.STATEMENT
    origin: Origin | None = None
    prescriber: Label | None = None
    status: MedicationStatus | None = None
    route: Label | None = None
    dose: Dose | None = None
    dose_text: Label | None = None
    as_needed: Recorded = NOT_RECORDED
    started_on: date | None = None
    stopped_on: date | None = None
    stops_on: date | None = None
    supply_days: Annotated[int, Field(ge=0, le=3660)] | None = None
    dose_changes: tuple[DoseChange, ...] = ()
    indications: tuple[RecordId, ...] | None = None
    indication_text: Label | None = None
    response_on: date | None = None
    remission: Recorded = NOT_RECORDED
    remission_on: date | None = None
    rationale_documented: Recorded = NOT_RECORDED
    duration_documented: Recorded = NOT_RECORDED
    examined_on: date | None = None

    def __post_init__(self) -> None:
        if self.started_on and self.stopped_on and self.stopped_on < self.started_on:
            raise ValueError("stopped_on is before started_on")


@record
class MedicationHistory:
    """Whether each kind of source was asked about. Entries on a list never prove that anyone asked."""

    other_prescribers: Recorded = NOT_RECORDED
    over_the_counter: Recorded = NOT_RECORDED
    supplements: Recorded = NOT_RECORDED
    herbals: Recorded = NOT_RECORDED
    asked_on: date | None = None


class ReviewKind(Enum):
    """What kind of review was completed."""

    REGIMEN = "regimen"
    MEDICATION = "medication"
    PHARMACIST = "pharmacist"
    COMPREHENSIVE = "comprehensive"
    TARGETED = "targeted"
    RECONCILIATION = "reconciliation"


class ReviewResult(Enum):
    """How a review ended. The patient's word is an answer."""

    CONTINUE = "continue"
    CHANGE = "change"
    TAPER = "taper"
    STOP = "stop"
    DECLINED = "declined"


@record
class PastReview:
    """
    A completed review: of the whole regimen (`medicines` None) or of the named entries.

    `declined` means that the patient declined a lower dose; `revisit_on` is the day agreed to talk again. A
    reconciliation checks that the list is right; it is no review of whether each medicine is still wanted.
    """

    id: RecordId
    kind: ReviewKind
    completed_on: date
    medicines: tuple[RecordId, ...] | None = None
    by: Label | None = None
    result: ReviewResult | None = None
    revisit_on: date | None = None


@record
class Regimen:
    """The whole regimen of one person. `reviews` None = not recorded, `()` = none was ever held."""

    id: RecordId
    person: Person
    medications: tuple[MedicationStatement, ...] | None = None
    asked: MedicationHistory | None = None
    reviews: tuple[PastReview, ...] | None = None
    problems: tuple[Problem, ...] | None = None
    circumstances: tuple[Circumstance, ...] = ()
    encounters: tuple[Encounter, ...] = ()
    observations: tuple[Observation, ...] = ()
