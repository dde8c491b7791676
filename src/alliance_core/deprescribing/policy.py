"""The policy rows that the regimen rules read."""

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, ClassVar, Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.kinds import value
from alliance_core.base.tables import R, Row, Timeline, grouped
from alliance_core.deprescribing.rows import TRIGGER_TABLES, TriggerView
from alliance_core.medicines import ClassRow, Medicines, groups_by_class
from alliance_core.problems import ProblemKindRow, ProblemKinds

#: A drug group that means the whole regimen.
WHOLE_REGIMEN = "any"


@value
class IntervalRow(Row):
    """
    How long until a review, for whom, in which phase, counted from where.

    `interval` is the latest day that the row gives, `interval_lower` the earliest where the source gives a range. A
    guideline binds in `binds_in`; elsewhere it is our suggestion, after that guideline. An empty cell asks nothing.
    """

    KEY: ClassVar = (
        "kind",
        "drug_group",
        "with_drug_group",
        "setting",
        "phase",
        "step",
        "age_from",
        "age_below",
        "problem",
        "circumstance",
        "count_of",
        "anchor",
    )

    kind: str
    drug_group: str
    with_drug_group: str
    setting: str
    phase: str
    step: int | None
    age_from: int | None
    age_below: int | None
    problem: str
    circumstance: str
    count_of: str
    count_at_least: int | None
    anchor: str
    applies: str
    interval_lower: CalendarDuration | None
    interval: CalendarDuration
    binds_in: str
    reviewed: str

    @property
    def key(self) -> tuple[object, ...]:
        """Guidelines of different sources stand beside each other; of everything else the most particular counts."""
        own = tuple(getattr(self, name) for name in self.KEY)
        return (*own, self.source_id) if self.kind == "guideline" else own


@value
class ReductionRow(Row):
    """
    How often a gradual dose reduction is attempted: twice within `window`, in separate parts, so far `apart`.

    `apart_in_days` is the same distance for a site that counts a month in days. The kind says when the row holds: in
    the first year of a stay or a medicine, or after it, where one attempt in each `window` is asked.
    """

    KEY: ClassVar = ("kind", "drug_group", "setting")

    kind: str
    drug_group: str
    setting: str
    window: CalendarDuration
    part: CalendarDuration | None
    apart: CalendarDuration | None
    apart_in_days: CalendarDuration | None


class QuarterReading(Enum):
    """From where the quarters of the first year are counted; the guidance does not say."""

    FROM_START = "from-start"
    CALENDAR = "calendar"


class ApartReading(Enum):
    """How "at least one month between the attempts" is read; the guidance does not say."""

    CALENDAR_MONTH = "calendar-month"
    IN_DAYS = "in-days"


class LaterYearsReading(Enum):
    """What is asked after the first year: nothing by a schedule, or an attempt a year as older texts had it."""

    NO_SCHEDULE = "no-schedule"
    YEARLY = "yearly"


class MonthReading(Enum):
    """How "at least once a month" is read; the rule does not say."""

    CALENDAR_MONTH = "calendar-month"
    SINCE_LAST = "since-last"


class FirstDayReading(Enum):
    """Whether the day on which an as-needed order starts is its first day; the rule does not say."""

    START_IS_DAY_ONE = "start-is-day-one"
    START_IS_DAY_ZERO = "start-is-day-zero"


@value
class DeprescribingView:
    """The rows in force on one day, indexed by what the rules look up."""

    by_kind: Mapping[str, tuple[IntervalRow, ...]]
    by_group: Mapping[tuple[str, str], tuple[IntervalRow, ...]]
    last_steps: Mapping[tuple[str, str, str], int]
    caps: Mapping[str, tuple[IntervalRow, ...]]
    reductions: Mapping[str, ReductionRow]
    groups: Mapping[str, frozenset[str]]
    problems: ProblemKinds
    triggers: TriggerView

    def of(self, kind: str, groups: Iterable[str]) -> tuple[IntervalRow, ...]:
        """Return the rows of one kind for any of these drug groups, in table order."""
        return tuple([row for group in groups for row in self.by_group.get((kind, group), ())])

    def one(self, kind: str) -> IntervalRow | None:
        """Return the only row of a kind, or None."""
        rows = self.by_kind.get(kind)
        return rows[0] if rows else None

    def groups_of(self, drug_class: str) -> frozenset[str]:
        """Return the drug groups that a class belongs to."""
        return self.groups.get(drug_class, frozenset())


def _step(row: IntervalRow) -> int:
    return row.step or 0


def _view(rows: tuple[Row, ...]) -> DeprescribingView:
    def of(kind: type[R]) -> list[R]:
        return [row for row in rows if isinstance(row, kind)]

    intervals = of(IntervalRow)
    return DeprescribingView(
        by_kind=grouped(intervals, lambda row: row.kind),
        by_group=grouped(intervals, lambda row: (row.kind, row.drug_group)),
        last_steps={
            (row.kind, row.drug_group, row.phase): row.step for row in sorted(intervals, key=_step) if row.step
        },
        caps=grouped((row for row in intervals if row.kind == "cap"), lambda row: row.circumstance),
        reductions={row.kind: row for row in of(ReductionRow)},
        groups=groups_by_class(of(ClassRow)),
        problems=ProblemKinds.of(of(ProblemKindRow)),
        triggers=TriggerView.of(rows),
    )


@value
class DeprescribingPolicy:
    """What is asked about a regimen, in one jurisdiction, on every day; readings that are left open are settings."""

    jurisdiction: str
    overlays: frozenset[str]
    timeline: Timeline[Row, DeprescribingView]
    medicines: Medicines
    month_reading: MonthReading = MonthReading.CALENDAR_MONTH
    first_day_reading: FirstDayReading = FirstDayReading.START_IS_DAY_ONE
    quarter_reading: QuarterReading = QuarterReading.FROM_START
    apart_reading: ApartReading = ApartReading.CALENDAR_MONTH
    later_years_reading: LaterYearsReading = LaterYearsReading.NO_SCHEDULE

    @property
    def readings(self) -> Mapping[str, Enum]:
        """How this policy reads what its sources leave open, by the name of the setting."""
        return {name: getattr(self, name) for name in READINGS}

    @classmethod
    def of(
        cls,
        *rows: Row,
        medicines: Medicines,
        jurisdiction: str = "any",
        overlays: Iterable[str] = (),
        **readings: Any,  # noqa: ANN401  # each setting has an enum of its own
    ) -> "DeprescribingPolicy":
        """Return a policy of just these rows and medicines; `readings` as the fields of this name."""
        return cls(
            jurisdiction=jurisdiction,
            overlays=frozenset(overlays),
            timeline=Timeline(rows, _view),
            medicines=medicines,
            **readings,
        )


#: The settings that stand for what a source leaves open.
READINGS: Final = (
    "month_reading",
    "first_day_reading",
    "quarter_reading",
    "apart_reading",
    "later_years_reading",
)


DEPRESCRIBING_TABLES: Mapping[str, type[Row]] = {
    "drug_classes": ClassRow,
    "dose_reductions": ReductionRow,
    "review_intervals": IntervalRow,
    "problem_kinds": ProblemKindRow,
    **TRIGGER_TABLES,
}

__all__ = [
    "DEPRESCRIBING_TABLES",
    "READINGS",
    "WHOLE_REGIMEN",
    "ApartReading",
    "DeprescribingPolicy",
    "DeprescribingView",
    "FirstDayReading",
    "IntervalRow",
    "LaterYearsReading",
    "MonthReading",
    "ProblemKindRow",
    "QuarterReading",
    "ReductionRow",
]
