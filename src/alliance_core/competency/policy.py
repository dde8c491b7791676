"""The policy rows that the capacity rules read."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import value
from alliance_core.base.tables import R, Row, Timeline, grouped, lineage
from alliance_core.jurisdictions import JurisdictionRow, home


@value
class AbilityRow(Row):
    """One ability that an assessment is asked to record."""

    KEY: ClassVar = ("ability",)

    ability: str


@value
class GroundRow(Row):
    """A ground that is never evidence of a lack of capacity."""

    KEY: ClassVar = ("ground",)

    ground: str


@value
class DecisionRow(Row):
    """A kind of decision: whether it is routine, and whether it is one about treatment at all."""

    KEY: ClassVar = ("decision",)

    decision: str
    routine: bool
    regime: str


@value
class ClockRow(Row):
    """A length of time, or an event, that matters to an assessment, an authority, a notice or a consultation."""

    KEY: ClassVar = ("subject", "kind", "setting", "cause", "course", "trigger")

    subject: str
    kind: str
    setting: str
    cause: str
    course: str
    trigger: str
    interval: CalendarDuration | None
    counts: str
    says: str


@value
class DocumentationRow(Row):
    """One element that the record of an assessment, an engagement or a departure is asked to hold."""

    KEY: ClassVar = ("element", "asked_when")

    element: str
    group: str
    question: str
    asked_when: str
    weight: Weight


@value
class SurrogateRow(Row):
    """One class of decider, in its order. A class is named, never a person."""

    KEY: ClassVar = ("decider_class",)

    rank: int
    decider_class: str
    says: str
    kind: str
    ordered: bool
    disagreement: str
    conditions: str
    exclusions: str

    @property
    def words(self) -> frozenset[str]:
        """The words that name someone of this class: `adult-child-or-parent` is an adult child or a parent."""
        return frozenset(self.decider_class.split("-or-"))


@value
class ReservedRow(Row):
    """
    One decision that one kind of decider does not make by themselves.

    `who` is agent, surrogate, guardian (whoever a court named) or anyone; `medicine` and `circumstance` are facts that
    have to hold besides; `needs` says what stands in their place.
    """

    KEY: ClassVar = ("who", "decision", "medicine", "circumstance")

    who: str
    decision: str
    medicine: str
    circumstance: str
    needs: str
    says: str


@value
class MinorRow(Row):
    """One rule about who decides for someone under the age of majority; `condition` is what it asks besides the age."""

    KEY: ClassVar = ("age_from", "decision", "setting", "rule")

    age_from: int
    age_below: int
    decision: str
    setting: str
    rule: str
    condition: str
    says: str


@value
class StepRow(Row):
    """One step of escalation: who takes it, by when, and what is then in the record."""

    KEY: ClassVar = ("step",)

    name: str
    step: str
    who: str
    by: str
    record: str
    weight: Weight


@value
class ScoreRow(Row):
    """A result of a tool that asks for a look at capacity. It answers nothing: `effect` is raise-question or none."""

    KEY: ClassVar = ("tool",)

    tool: str
    decision: str
    bound: str
    cut: Decimal
    effect: str
    says: str


@value
class CompetencyView:
    """The rows in force on one day, indexed by what the rules look up."""

    jurisdiction: JurisdictionRow | None
    abilities: tuple[AbilityRow, ...]
    grounds: Mapping[str, GroundRow]
    decisions: Mapping[str, DecisionRow]
    clocks: Mapping[str, tuple[ClockRow, ...]]
    documentation: Mapping[str, tuple[DocumentationRow, ...]]
    ranks: tuple[tuple[SurrogateRow, ...], ...]
    by_class: Mapping[str, SurrogateRow]
    fallback: SurrogateRow | None
    reserved: tuple[ReservedRow, ...]
    minors: tuple[MinorRow, ...]
    steps: Mapping[str, StepRow]
    scores: tuple[ScoreRow, ...]

    def row_of(self, decider_class: str) -> SurrogateRow | None:
        """Return the row of a class, also where a list joins several classes in one; None if no row knows it."""
        exact = self.by_class.get(decider_class)
        if exact is not None:
            return exact
        joined = (row for rank in self.ranks for row in rank)
        return next((row for row in joined if decider_class in row.words or _begins(row, decider_class)), None)

    def clock(
        self, subject: str, trigger: str, *, setting: str = "", course: str = "", cause: str = ""
    ) -> ClockRow | None:
        """Return the most particular clock row that fits; an empty cell fits everything."""
        fits = [
            row
            for row in self.clocks.get(subject, ())
            if row.trigger == trigger
            and row.setting in {"", "any", setting}
            and row.course in {"", "any", course}
            and row.cause in {"", "any", cause}
        ]
        return max(fits, key=_particular, default=None)


def _begins(row: SurrogateRow, word: str) -> bool:
    return row.decider_class.startswith(f"{word}-")


def _particular(row: ClockRow) -> tuple[bool, int, bool]:
    filled = sum(cell not in {"", "any"} for cell in (row.setting, row.course, row.cause))
    return (row.is_law, filled, row.is_site)


def _view(rows: tuple[Row, ...]) -> CompetencyView:
    def of(kind: type[R]) -> list[R]:
        return [row for row in rows if isinstance(row, kind)]

    place = home(rows)
    surrogates = sorted(own_profile(_told(of(SurrogateRow), place)), key=lambda row: (row.rank, row.row_id))
    return CompetencyView(
        jurisdiction=place,
        abilities=tuple(of(AbilityRow)),
        grounds={row.ground: row for row in of(GroundRow)},
        decisions={row.decision: row for row in of(DecisionRow)},
        clocks=grouped(of(ClockRow), lambda row: row.subject),
        documentation=grouped(of(DocumentationRow), lambda row: row.asked_when),
        ranks=tuple(grouped(surrogates, lambda row: row.rank).values()),
        by_class={row.decider_class: row for row in surrogates},
        fallback=next((row for row in surrogates if row.kind == _FALLBACK), None),
        reserved=tuple(of(ReservedRow)),
        minors=tuple(of(MinorRow)),
        steps={row.step: row for row in of(StepRow)},
        scores=tuple(of(ScoreRow)),
    )


def _told(rows: Iterable[SurrogateRow], place: JurisdictionRow | None) -> tuple[SurrogateRow, ...]:
    """Return the rows but for a suggestion that is made only while no state is set."""
    suggested = place is not None and place.decider_list == _SUGGESTION
    return tuple(row for row in rows if suggested or row.kind != _SUGGESTION)


_SUGGESTION: Final = "suggestion"
_FALLBACK: Final = "fallback"


def own_profile(rows: Iterable[SurrogateRow]) -> tuple[SurrogateRow, ...]:
    """
    Return the one decider order that counts: law before an overlay, an overlay before a suggestion.

    One order is never completed from another: a state's law is not inferred from a wider code's suggestion.
    """
    orders = grouped(rows, lambda row: (row.jurisdiction, row.overlay))
    return max(orders.values(), key=_standing, default=())


def _standing(order: tuple[SurrogateRow, ...]) -> tuple[bool, bool, int, str]:
    """Law stands before what a site switched on, and that before the suggestion of the narrowest code."""
    one = order[0]
    return (any(row.is_law for row in order), bool(one.overlay), len(lineage(one.jurisdiction)), one.overlay)


@value
class CompetencyPolicy:
    """What is asked about capacity, in one jurisdiction, on every day."""

    timeline: Timeline[Row, CompetencyView]
    court_classes: frozenset[str]
    appointed_classes: frozenset[str]

    @classmethod
    def of(cls, *rows: Row, every: Iterable[SurrogateRow] | None = None) -> "CompetencyPolicy":
        """
        Return a policy of just these rows.

        Which classes a court or the patient names is read from `every` jurisdiction's rows: a class means the same
        person wherever a list ranks it.
        """
        known = tuple(every) if every is not None else tuple(row for row in rows if isinstance(row, SurrogateRow))
        return cls(
            timeline=Timeline(rows, _view),
            court_classes=_classes(known, "court") | _ORDERED,
            appointed_classes=_classes(known, "named-by-patient"),
        )


#: What a court itself decided is a court's word, also in a list that only suggests an order.
_ORDERED: Final = frozenset({"court-order"})
_EITHER: Final = "named-or-court"


def _classes(rows: Iterable[SurrogateRow], kind: str) -> frozenset[str]:
    """Return the classes of one kind; a class that joins a guardian and an agent may be either."""
    return frozenset(row.decider_class for row in rows if row.kind in {kind, _EITHER})


COMPETENCY_TABLES: Mapping[str, type[Row]] = {
    "jurisdictions": JurisdictionRow,
    "capacity_abilities": AbilityRow,
    "capacity_grounds": GroundRow,
    "capacity_decisions": DecisionRow,
    "capacity_clocks": ClockRow,
    "capacity_documentation": DocumentationRow,
    "surrogate_order": SurrogateRow,
    "reserved_decisions": ReservedRow,
    "minor_rules": MinorRow,
    "escalation_steps": StepRow,
    "capacity_scores": ScoreRow,
}

__all__ = [
    "COMPETENCY_TABLES",
    "AbilityRow",
    "ClockRow",
    "CompetencyPolicy",
    "CompetencyView",
    "DecisionRow",
    "DocumentationRow",
    "GroundRow",
    "JurisdictionRow",
    "MinorRow",
    "ReservedRow",
    "ScoreRow",
    "StepRow",
    "SurrogateRow",
    "own_profile",
]
