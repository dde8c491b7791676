"""What several areas read: the person, problems, medicines, encounters, observations, preferences, other people."""

import re
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.doses import Dose
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import record

#: Unknown until someone writes it down; the default of every yes-or-no fact.
NOT_RECORDED: Final = Recorded.NOT_RECORDED

RecordId = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Text = Annotated[str, StringConstraints(max_length=20_000)]
Label = Annotated[str, StringConstraints(max_length=1_000)]
Count = Annotated[int, Field(ge=0, le=100_000)]
#: A date as it was written: a year, a year and month, or a day.
PartialDate = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]
Measure = Annotated[Decimal, Field(max_digits=15, decimal_places=6)]


@record
class Coding:
    """A code in a code system, as written."""

    system: Label
    code: Label
    display: Label | None = None


class Sex(Enum):
    """Administrative gender, as FHIR has it."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


def first_day(written: str) -> date:
    """Return the first day that a partial date may mean; raises `ValueError` if there is none."""
    return date.fromisoformat((written + "-01-01")[:10])


def last_day(written: str) -> date:
    """Return the last day that a partial date may mean."""
    if len(written) == len("2000"):
        return date.fromisoformat(written + "-12-31")
    after = None if len(written) == len("2000-01-01") else CalendarDuration(months=1, days=-1).after(first_day(written))
    return after or date.fromisoformat((written + "-31")[:10])


@record
class Person:
    """The patient. A partial birth date gives an age range, never a guessed day."""

    id: RecordId
    born_on: PartialDate | None = None
    sex: Sex | None = None
    deceased: Recorded = NOT_RECORDED
    deceased_on: date | None = None
    languages: tuple[Label, ...] | None = None
    interpreter_needed: Recorded = NOT_RECORDED
    emancipated: Recorded = NOT_RECORDED

    def __post_init__(self) -> None:
        if self.born_on is not None and not _is_day(self.born_on):
            raise ValueError("born_on is not a day of the calendar")


def _is_day(written: str) -> bool:
    try:
        first_day(written)
    except ValueError:
        return False
    return True


def has_age(person: Person, years: int, day: Day) -> Recorded:
    """
    Return whether the person has reached an age: unclear while only part of the birth date says so.

    A birthday on 29 February is reached on 28 February of other years.
    """
    if person.born_on is None:
        return NOT_RECORDED
    length = CalendarDuration(months=12 * years)
    if day.has_reached(length.after(last_day(person.born_on))):
        return Recorded.YES
    return Recorded.UNCLEAR if day.has_reached(length.after(first_day(person.born_on))) else Recorded.NO


def has_died(person: Person, day: Day) -> bool:
    """Whether the patient is dead on the day; by the day of death where it is written."""
    if person.deceased_on is not None:
        return day.has_reached(person.deceased_on)
    return person.deceased is Recorded.YES


class ProblemStatus(Enum):
    """FHIR `Condition.clinicalStatus`, without its shades."""

    ACTIVE = "active"
    REMISSION = "remission"
    RESOLVED = "resolved"
    INACTIVE = "inactive"


@record
class Problem:
    """
    A condition on the problem list.

    `status` None = not recorded. `refuted` conditions are not problems: readers leave them out and say so.
    """

    id: RecordId
    codes: tuple[Coding, ...] = ()
    text: Label | None = None
    status: ProblemStatus | None = None
    confirmed: Recorded = NOT_RECORDED
    onset_on: date | None = None
    resolved_on: date | None = None
    remission_on: date | None = None
    recorded_on: date | None = None
    recurrent: Recorded = NOT_RECORDED


class Setting(Enum):
    """Where care takes place."""

    OUTPATIENT = "outpatient"
    INPATIENT = "inpatient"
    NURSING_FACILITY = "nursing-facility"
    EMERGENCY = "emergency"
    HOME = "home"
    VIRTUAL = "virtual"


@record
class Encounter:
    """A visit or a stay. An open end is a stay that goes on; `setting` None = not recorded."""

    id: RecordId
    setting: Setting | None = None
    started_on: date | None = None
    ended_on: date | None = None
    reasons: tuple[Label, ...] = ()
    codes: tuple[Coding, ...] = ()
    clinician: Label | None = None
    finished: Recorded = NOT_RECORDED

    def __post_init__(self) -> None:
        if self.started_on and self.ended_on and self.ended_on < self.started_on:
            raise ValueError("ended_on is before started_on")


@record
class PlannedVisit:
    """A visit that is booked, with its length in minutes."""

    id: RecordId
    planned_on: date | None = None
    minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    purpose: Label | None = None
    setting: Setting | None = None


@record
class Observation:
    """A measurement, a laboratory value or a score, as written. A score decides nothing here."""

    id: RecordId
    codes: tuple[Coding, ...] = ()
    text: Label | None = None
    observed_on: date | None = None
    amount: Measure | None = None
    unit: Label | None = None
    coded_answer: Coding | None = None
    answered: Recorded = NOT_RECORDED


class CircumstanceKind(Enum):
    """States and events that change what is due; counted only when recorded as present."""

    PREGNANT_PLANNING_OR_POSTPARTUM = "pregnant-planning-or-postpartum"
    HEPATIC_OR_RENAL_IMPAIRMENT = "hepatic-or-renal-impairment"
    SUICIDE_RISK = "suicide-risk"
    NEW_ADVERSE_EFFECT = "new-adverse-effect"
    REVIEW_REQUESTED = "review-requested"
    TRANSITION_OF_CARE = "transition-of-care"
    OPEN_DISCREPANCY = "open-discrepancy"
    NO_INDICATION_FOUND = "no-indication-found"
    NEW_SERIOUS_INTERACTION = "new-serious-interaction"
    DOSE_ABOVE_LABEL_MAXIMUM = "dose-above-label-maximum"
    MTM_ENROLLED = "mtm-enrolled"
    HEAVY_DRINKING = "heavy-drinking"
    FALL = "fall"
    COGNITIVE_CHANGE = "cognitive-change"
    END_OF_LIFE_CARE = "end-of-life-care"
    ACUTE_CRISIS = "acute-crisis"
    UNSTABLE_SYMPTOMS = "unstable-symptoms"
    SEVERE_SYMPTOMS_BEFORE_TREATMENT = "severe-symptoms-before-treatment"
    RELAPSED_ON_REDUCTION = "relapsed-on-reduction"
    WITHDRAWAL_SEIZURE_OR_DELIRIUM = "withdrawal-seizure-or-delirium"
    POOR_SUPPORT = "poor-support"
    STRESSFUL_PERIOD = "stressful-period"
    RESIDUAL_SYMPTOMS = "residual-symptoms"


@record
class Circumstance:
    """
    One circumstance of the patient, since when, and until when if it is over.

    `medicines` names the entries that it is about, such as those an adverse effect is put down to; None = none named.
    """

    id: RecordId
    kind: CircumstanceKind
    present: Recorded = NOT_RECORDED
    recorded_on: date | None = None
    ended_on: date | None = None
    medicines: tuple[RecordId, ...] | None = None


class ConsultedRole(Enum):
    """Who was asked."""

    COLLEAGUE = "colleague"
    COUNSEL = "counsel"
    ETHICS = "ethics"
    TREATMENT_TEAM = "treatment-team"
    OUTSIDE_SUPPORT = "outside-support"


@record
class Consultation:
    """A consultation about one decision: held or not, with whom, when, and whether the reasoning is in the record."""

    id: RecordId
    role: ConsultedRole
    held: Recorded = NOT_RECORDED
    held_on: date | None = None
    by: Label | None = None
    documented: Recorded = NOT_RECORDED
    permission_refused: Recorded = NOT_RECORDED


@record
class OtherPerson:
    """Someone in the patient's life, and what the patient permits. Listening to them needs no permission."""

    id: RecordId
    name: Label | None = None
    relationship: Label | None = None
    codes: tuple[Coding, ...] = ()
    may_be_told: Recorded = NOT_RECORDED
    may_be_invited: Recorded = NOT_RECORDED
    permission_recorded_on: date | None = None
    permission_ends_on: date | None = None
    is_adult: Recorded = NOT_RECORDED


# -- medicines -------------------------------------------------------------------------------------------------------


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
    `reduction_contraindicated` is the prescriber's own statement about this medicine that another attempt at a lower
    dose would do harm, and why: it is stored, never inferred.
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
    reduction_contraindicated: Recorded = NOT_RECORDED
    reduction_contraindicated_on: date | None = None

    def __post_init__(self) -> None:
        if self.started_on and self.stopped_on and self.stopped_on < self.started_on:
            raise ValueError("stopped_on is before started_on")


# -- preferences -----------------------------------------------------------------------------------------------------


class Horizon(Enum):
    """Over which time an adverse effect is or is not acceptable."""

    SHORT_TERM = "short-term"
    LONG_TERM = "long-term"


@record
class Goal:
    """What the patient wants to reach, in their words, and how they would see it."""

    id: RecordId
    text: Label
    measure: Label | None = None
    rank: Annotated[int, Field(ge=1, le=100)] | None = None
    recorded_on: date | None = None


@record
class TreatmentOption:
    """A kind of treatment and the patient's order of preference; `acceptable` no = would not have it."""

    id: RecordId
    text: Label
    codes: tuple[Coding, ...] = ()
    rank: Annotated[int, Field(ge=1, le=100)] | None = None
    acceptable: Recorded = NOT_RECORDED
    reason: Label | None = None


@record
class EffectTolerance:
    """An adverse effect and whether the patient accepts it, short or long term."""

    effect: Label
    horizon: Horizon
    acceptable: Recorded = NOT_RECORDED


def plain_word(text: str) -> str:
    """Return an effect or option as the tables write it: in lower case, its words joined by hyphens."""
    return "-".join(text.lower().replace("-", " ").replace("_", " ").split())


@record
class PreferenceRecord:
    """The patient as the expert on their goals, options and tolerable effects. None = not asked, `()` = none."""

    id: RecordId
    recorded_on: date | None = None
    goals: tuple[Goal, ...] | None = None
    options: tuple[TreatmentOption, ...] | None = None
    effects: tuple[EffectTolerance, ...] | None = None
    wants_fewer_medicines: Recorded = NOT_RECORDED


# -- days and places -------------------------------------------------------------------------------------------------

_ISO_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T.*)?")


def as_day(written: str) -> date | None:
    """Return the day of an ISO date or date-time as written, never converted; None if it names no whole day."""
    if not _ISO_DAY.fullmatch(written):
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        return None


#: Settings that a person stays in and leaves again: once left, they no longer say where the person is.
_STAYS: Final = frozenset({Setting.INPATIENT, Setting.NURSING_FACILITY, Setting.EMERGENCY})


def setting_on(encounters: tuple[Encounter, ...], day: Day) -> Setting | None:
    """
    Return where the patient is cared for on the day; None = not recorded.

    A stay that goes on comes before later visits. A stay that is over no longer says where the patient is, and one of
    which the start or the setting was not recorded may be any: both leave it unknown.
    """
    stays = [one for one in encounters if (one.setting is None or one.setting in _STAYS) and goes_on(one, day)]
    if stays:
        last = max(stays, key=_recency)
        places = {one.setting for one in stays if one is last or one.started_on is None}
        return last.setting if len(places) == 1 else None
    dated = [one for one in encounters if one.started_on is not None]
    latest = max(dated or encounters, key=_recency, default=None)
    undated = [one for one in encounters if one.started_on is None]
    if latest is None or any(one.setting is None or one.setting in _STAYS for one in (latest, *undated)):
        return None
    return latest.setting


def goes_on(one: Encounter, day: Day) -> bool:
    """Whether a visit or stay is not over on the day; the day on which it ends still belongs to it."""
    if one.ended_on is None:
        return one.finished is not Recorded.YES
    return not day.has_passed(one.ended_on)


def _recency(one: Encounter) -> tuple[date, date, str]:
    return one.started_on or date.min, one.ended_on or date.min, one.id
