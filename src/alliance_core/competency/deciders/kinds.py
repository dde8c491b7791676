"""Who the record says decides: the verdict, its class and its proof."""

from enum import Enum

from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import value


class DeciderKind(Enum):
    """Who the record says decides."""

    PATIENT = "patient"
    PATIENT_FOR_NOW = "patient-for-now"
    ROUTE = "route"
    MINOR_PATH = "minor-path"
    OPEN = "open"
    PRIOR_WISHES = "prior-wishes"
    NAMED_CLASS = "named-class"
    DOUBTED_CLASS = "doubted-class"
    BEST_INTERESTS = "best-interests-decision-maker"
    COURT = "court"
    COURT_ORDER = "court-order"
    COURT_OR_STATUTE = "court-or-statute"
    MINOR = "minor"
    PARENT = "parent"
    FALLBACK = "fallback-of-the-list"
    SUGGESTION = "suggestion"
    CHOSEN = "chosen-from-list"
    DEADLOCK = "deadlock"
    UNREPRESENTED = "unrepresented"


@value
class Decides:
    """The verdict: who decides, which class, which proof is missing."""

    kind: DeciderKind
    decider_class: str = ""
    answer: Answer
    weight: Weight = Weight.REQUIRED
    missing: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    case: str = ""
