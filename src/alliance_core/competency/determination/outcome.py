"""What the record says about capacity for one decision, and how that answers."""

from enum import Enum

from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import value


class Determination(Enum):
    """What the record says about capacity for one decision. Always of the record, never of the person."""

    PRESUMED = "presumed"
    CAPACITY_RECORDED = "capacity-recorded"
    LACK_RECORDED = "lack-recorded"
    ACTIVATED = "activated"
    CONTESTED = "contested"
    NOT_ESTABLISHED = "not-established"
    REASSESS = "reassess"
    DECIDED_BY_COURT = "decided-by-court"
    MINOR_PATH = "minor-path"
    OUT_OF_SCOPE = "out-of-scope"


@value
class Outcome:
    """What a case gives: the determination, how it answers, and which facts would settle it."""

    determination: Determination
    answer: Answer
    weight: Weight = Weight.REQUIRED
    missing: tuple[str, ...] = ()
    case: str = ""
