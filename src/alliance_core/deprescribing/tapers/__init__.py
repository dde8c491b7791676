"""Lower doses: options for a prescriber, a check of any schedule, equivalents. It proposes; it never orders."""

from alliance_core.deprescribing.tapers.checks import Fault
from alliance_core.deprescribing.tapers.course import Move
from alliance_core.deprescribing.tapers.dispensing import Kit, Limits, Piece
from alliance_core.deprescribing.tapers.equivalents import (
    DependenceRisk,
    Equivalent,
    EquivalentRange,
    dependence_risk,
    equivalent_dose,
)
from alliance_core.deprescribing.tapers.holds import Reason
from alliance_core.deprescribing.tapers.planner import plan_taper
from alliance_core.deprescribing.tapers.plans import (
    REASSURING,
    OptionKind,
    TaperOption,
    TaperPlan,
    TaperStep,
    TaperVerdict,
)
from alliance_core.deprescribing.tapers.policy import TAPER_TABLES, TaperPolicy
from alliance_core.deprescribing.tapers.records import (
    CheckIn,
    DispensableProduct,
    PatientWish,
    ProductForm,
    Release,
    SafetyReason,
    ScheduledPiece,
    ScheduledStep,
    StopSign,
    TakenFor,
    TaperReadiness,
    TaperRequest,
    TaperSchedule,
    Withdrawal,
    WithdrawalRisk,
)
from alliance_core.deprescribing.tapers.schedules import as_schedule
from alliance_core.deprescribing.tapers.verifier import StepCheck, StepStanding, TaperCheck, verify_taper

__all__ = [
    "REASSURING",
    "TAPER_TABLES",
    "CheckIn",
    "DependenceRisk",
    "DispensableProduct",
    "Equivalent",
    "EquivalentRange",
    "Fault",
    "Kit",
    "Limits",
    "Move",
    "OptionKind",
    "PatientWish",
    "Piece",
    "ProductForm",
    "Reason",
    "Release",
    "SafetyReason",
    "ScheduledPiece",
    "ScheduledStep",
    "StepCheck",
    "StepStanding",
    "StopSign",
    "TakenFor",
    "TaperCheck",
    "TaperOption",
    "TaperPlan",
    "TaperPolicy",
    "TaperReadiness",
    "TaperRequest",
    "TaperSchedule",
    "TaperStep",
    "TaperVerdict",
    "Withdrawal",
    "WithdrawalRisk",
    "as_schedule",
    "dependence_risk",
    "equivalent_dose",
    "plan_taper",
    "verify_taper",
]
