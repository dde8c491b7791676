"""What a plan is made of, and the table of what it comes to."""

from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always
from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers.course import Move
from alliance_core.deprescribing.tapers.dispensing import Piece
from alliance_core.deprescribing.tapers.holds import Reason


class OptionKind(Enum):
    """What an option is."""

    STAY = "stay"
    STEP_BACK = "step-back"
    DRAFT = "draft"
    REFUSED = "refused"


class TaperVerdict(Enum):
    """What a plan comes to. None of them is an order, and none holds up urgent care or a patient's refusal."""

    URGENT = "urgent"
    NO_SCHEDULE = "no-schedule"
    STAY_FOR_NOW = "stay-for-now"
    STEP_BACK = "step-back"
    CANNOT_TELL = "cannot-tell"
    DRAFTS = "drafts"
    NO_DRAFT = "no-draft"


#: The verdicts that a missing fact never leads to.
REASSURING: Final = frozenset({TaperVerdict.DRAFTS})


@value
class TaperStep:
    """
    One step: milligrams a day, exactly what it is made of, and when.

    `on` is set for the step up to the next check-in alone; `earliest_on` is the first day for any. `every_days` is 2
    only where a source gives a dose on every other day.
    """

    number: int
    amount: Decimal
    every_days: int
    pieces: tuple[Piece, ...]
    on: date | None
    earliest_on: date | None
    check_in_on: date | None


@value
class TaperOption:
    """
    One option. `rows` are what it rests on, the method's own first; `binds`: the source is of this country.

    A refused option says why in `reasons`, and what would make it possible.
    """

    id: str
    kind: OptionKind
    amount: Decimal | None
    steps: tuple[TaperStep, ...] = ()
    rows: tuple[str, ...] = ()
    binds: bool = False
    interval_days: int | None = None
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()


@value
class TaperPlan:
    """
    The options for one request on one day, the first of which is to stay on the dose.

    `reasons` say why no draft is made, all of them; `missing` names what to record. The same request gives the same
    plan on every day before `valid_until`.
    """

    about: str
    medicine: str
    verdict: TaperVerdict
    move: Move
    case: str
    options: tuple[TaperOption, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[str, ...]
    valid_until: date | None

    @property
    def drafts(self) -> tuple[TaperOption, ...]:
        """The options that lower the dose."""
        return tuple(one for one in self.options if one.kind is OptionKind.DRAFT)


# -- the verdict ------------------------------------------------------------------------------------------------------


@value
class PlanFacts:
    """What the table of verdicts reads."""

    safety: bool
    move: Move
    no_schedule: bool
    held: bool
    missing: bool
    drafts: bool


@value
class Verdicts:
    """What a case gives."""

    verdict: TaperVerdict


_HOLDING: Final = frozenset({Move.HOLD, Move.AWAIT_CHECK_IN, Move.REVIEW})
#: First match wins.
CASES: Final[tuple[Case[PlanFacts, Verdicts], ...]] = (
    Case(
        id="safety-reason",
        says="a danger is recorded for which the medicine may have to end at once: urgent, and not planned here",
        when=lambda f: f.safety,
        gives=Verdicts(verdict=TaperVerdict.URGENT),
        source="practice",
        locator="taper planner",
    ),
    Case(
        id="stop-sign",
        says="a check-in named a sign that ends the taper: urgent, and no resuming by itself",
        when=lambda f: f.move is Move.ABORT,
        gives=Verdicts(verdict=TaperVerdict.URGENT),
        source="practice",
        locator="slow-down and stop rules",
    ),
    Case(
        id="no-schedule",
        says="no schedule is made for this medicine or use",
        when=lambda f: f.no_schedule,
        gives=Verdicts(verdict=TaperVerdict.NO_SCHEDULE),
        source="practice",
        locator="taper planner",
    ),
    Case(
        id="severe",
        says="withdrawal is severe: the dose before",
        when=lambda f: f.move is Move.STEP_BACK,
        gives=Verdicts(verdict=TaperVerdict.STEP_BACK),
        source="nice-ng222",
        locator="1.4.22",
    ),
    Case(
        id="held",
        says="something recorded speaks for staying on the dose now",
        when=lambda f: f.held or f.move in _HOLDING,
        gives=Verdicts(verdict=TaperVerdict.STAY_FOR_NOW),
        source="practice",
        locator="taper planner",
    ),
    Case(
        id="missing",
        says="something that has to be known is not recorded",
        when=lambda f: f.missing,
        gives=Verdicts(verdict=TaperVerdict.CANNOT_TELL),
        source="practice",
        locator="taper planner",
    ),
    Case(
        id="drafts",
        says="a source's method can be kept with the products at hand",
        when=lambda f: f.drafts,
        gives=Verdicts(verdict=TaperVerdict.DRAFTS),
        source="practice",
        locator="taper planner",
    ),
    Case(
        id="otherwise",
        says="no source's method can be kept: each refused option says why, and what would make it possible",
        when=always,
        gives=Verdicts(verdict=TaperVerdict.NO_DRAFT),
        source="practice",
        locator="taper planner",
    ),
)
