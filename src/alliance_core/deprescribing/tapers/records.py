"""What is recorded before a lower dose is planned, what came of each step, and a schedule that anyone wrote."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated

from pydantic import Field

from alliance_core.base.doses import Amount, Dose
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import record
from alliance_core.records import NOT_RECORDED, Label, MedicationStatement, Person, RecordId


class TakenFor(Enum):
    """What the medicine is taken for: several sources give another rate for another use."""

    INSOMNIA = "insomnia"
    ANXIETY = "anxiety"
    DEPRESSION = "depression"
    PSYCHOSIS = "psychosis"
    BIPOLAR_DISORDER = "bipolar-disorder"
    BEHAVIOR_IN_DEMENTIA = "behavior-in-dementia"
    DEMENTIA = "dementia"
    EPILEPSY = "epilepsy"
    ATTENTION_DEFICIT_DISORDER = "attention-deficit-disorder"
    PAIN = "pain"
    OPIOID_USE_DISORDER = "opioid-use-disorder"
    OTHER = "other"


class ProductForm(Enum):
    """What a dose is made of; the strength of a liquid is in milligrams a milliliter."""

    TABLET = "tablet"
    CAPSULE = "capsule"
    LIQUID = "liquid"


class Release(Enum):
    """How a product gives its medicine off. Only immediate-release tablets are ever halved."""

    IMMEDIATE = "immediate"
    EXTENDED = "extended"
    DELAYED = "delayed"


@record
class DispensableProduct:
    """
    One product at hand. `scored` is confirmed for this very product: a table's default does not confirm it.

    `release` None = not recorded: such a product is never halved.
    """

    form: ProductForm
    strength: Amount
    release: Release | None = None
    scored: Recorded = NOT_RECORDED


class SafetyReason(Enum):
    """A danger for which a medicine may have to end at once: a clinician's decision, never held up here."""

    TOXICITY = "toxicity"
    SEVERE_SKIN_REACTION = "severe-skin-reaction"
    NEUROLEPTIC_MALIGNANT_SYNDROME = "neuroleptic-malignant-syndrome"
    SEVERE_NEUTROPENIA = "severe-neutropenia"
    MYOCARDITIS = "myocarditis"
    SEROTONIN_SYNDROME = "serotonin-syndrome"
    OVERDOSE = "overdose"


class WithdrawalRisk(Enum):
    """The clinician's own estimate of the risk of withdrawal."""

    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"


@record
class TaperReadiness:
    """What speaks for staying on the dose now. Each is asked: silence is never read as no."""

    pregnant_planning_or_postpartum: Recorded = NOT_RECORDED
    acute_crisis: Recorded = NOT_RECORDED
    relapse_within_6_months: Recorded = NOT_RECORDED
    unstable: Recorded = NOT_RECORDED
    stressful_period: Recorded = NOT_RECORDED
    untreated_substance_use: Recorded = NOT_RECORDED
    complicated_withdrawal: Recorded = NOT_RECORDED
    other_taper: Recorded = NOT_RECORDED
    end_of_life_care: Recorded = NOT_RECORDED
    relapses_on_reduction: Recorded = NOT_RECORDED
    severe_baseline: Recorded = NOT_RECORDED
    unstable_neuropsychiatric: Recorded = NOT_RECORDED
    without_decider: Recorded = NOT_RECORDED
    patient_declines: Recorded = NOT_RECORDED


class Withdrawal(Enum):
    """How withdrawal was at a check-in, in the patient's own judgement."""

    NONE = "none"
    TOLERABLE = "tolerable"
    NOT_TOLERABLE = "not-tolerable"
    SEVERE = "severe"


class StopSign(Enum):
    """What ends a taper at once, and is seen urgently."""

    SUICIDALITY = "suicidality"
    MANIA = "mania"
    PSYCHOSIS = "psychosis"
    SEIZURE = "seizure"
    DELIRIUM = "delirium"
    AKATHISIA = "akathisia"


class PatientWish(Enum):
    """What the patient wants next."""

    GO_ON = "go-on"
    HOLD = "hold"
    STOP_TAPER = "stop-taper"


@record
class CheckIn:
    """One check-in on a dose. `signs` None = not asked, `()` = asked, none."""

    id: RecordId
    held_on: date
    withdrawal: Withdrawal | None = None
    signs: tuple[StopSign, ...] | None = None
    illness_returned: Recorded = NOT_RECORDED
    wish: PatientWish | None = None


@record
class TaperRequest:
    """
    One medicine of which a lower dose is considered, with what has to be known before.

    `medication` says which medicine, the dose a day, since when, and how the dose was changed. `products` None = not
    recorded. `check_ins` None = not recorded, `()` = the taper has not begun. `original_dose` is the dose before the
    first cut. `planned_on` is the day from which the first cut is wanted.
    """

    id: RecordId
    person: Person
    medication: MedicationStatement
    taken_for: TakenFor | None = None
    products: tuple[DispensableProduct, ...] | None = None
    readiness: TaperReadiness = TaperReadiness()
    original_dose: Dose | None = None
    check_ins: tuple[CheckIn, ...] | None = None
    withdrawal_risk: WithdrawalRisk | None = None
    safety_reason: SafetyReason | None = None
    planned_on: date | None = None


# -- a schedule that anyone wrote ------------------------------------------------------------------------------------

Milligrams = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=6)]
Pieces = Annotated[Decimal, Field(gt=0, max_digits=8, decimal_places=4)]


@record
class ScheduledPiece:
    """A part of one day's dose: so many of a tablet or capsule, or so many milliliters of a liquid."""

    product: DispensableProduct
    count: Pieces


@record
class ScheduledStep:
    """
    One step as written: milligrams a day (0 ends it), from which day, made of what.

    `only_earliest` yes = the day is only the earliest; no = the day is fixed. `pieces` None = not written.
    """

    amount: Milligrams
    starts_on: date
    every_days: Annotated[int, Field(ge=1, le=366)] = 1
    pieces: tuple[ScheduledPiece, ...] | None = None
    check_in_on: date | None = None
    only_earliest: Recorded = NOT_RECORDED


@record
class TaperSchedule:
    """
    A schedule by anyone: this library, another tool, a clinician. `request` says for which medicine, dose and person.

    `method` names the row of the table `tapers` that it means to follow; None = none is named.
    """

    id: RecordId
    request: TaperRequest
    steps: Annotated[tuple[ScheduledStep, ...], Field(min_length=1, max_length=400)]
    method: Label | None = None
