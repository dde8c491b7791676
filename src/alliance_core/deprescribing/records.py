"""What was asked about medicines and what was reviewed; the whole regimen."""

from datetime import date
from enum import Enum

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import record
from alliance_core.records import (
    NOT_RECORDED,
    Circumstance,
    Encounter,
    Label,
    MedicationStatement,
    Observation,
    Person,
    Problem,
    RecordId,
)


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
    """
    The whole regimen of one person. `reviews` None = not recorded, `()` = none was ever held.

    `wants_fewer_medicines` is the patient's own wish, as last recorded on `wish_recorded_on`.
    """

    id: RecordId
    person: Person
    medications: tuple[MedicationStatement, ...] | None = None
    asked: MedicationHistory | None = None
    reviews: tuple[PastReview, ...] | None = None
    problems: tuple[Problem, ...] | None = None
    circumstances: tuple[Circumstance, ...] = ()
    encounters: tuple[Encounter, ...] = ()
    observations: tuple[Observation, ...] = ()
    wants_fewer_medicines: Recorded = NOT_RECORDED
    wish_recorded_on: date | None = None
