"""What the rows ask about one regimen on one day: its problems, circumstances, ages and other medicines."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, Protocol

import attrs

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.base.tables import lineage
from alliance_core.deprescribing.episodes import Episode
from alliance_core.deprescribing.phases import Phase, phases_of
from alliance_core.deprescribing.policy import WHOLE_REGIMEN, DeprescribingPolicy, DeprescribingView, IntervalRow
from alliance_core.deprescribing.records import PastReview, Regimen, ReviewKind
from alliance_core.records import Circumstance, MedicationStatement, Problem, Setting, has_age

YES, NO, SILENT = Recorded.YES, Recorded.NO, Recorded.NOT_RECORDED

#: Reviews of whether a medicine is still wanted. A reconciliation checks the list, a pharmacist's review the law's.
_REVIEWS: Final = frozenset({ReviewKind.REGIMEN, ReviewKind.MEDICATION, ReviewKind.COMPREHENSIVE, ReviewKind.TARGETED})

#: Whether what is asked is present, and which facts of that are unknown.
Applies = tuple[Recorded, tuple[str, ...]]
#: A medicine that is taken now, with its drug groups.
Running = tuple[Episode, frozenset[str]]


class Binding(Protocol):
    """A row that may bind in one country only."""

    @property
    def lane(self) -> Basis:
        """The basis to show."""
        ...

    @property
    def binds_in(self) -> str:
        """The jurisdiction in which it is more than our suggestion; empty = wherever it stands."""
        ...


@value
class Context:
    """
    One regimen as seen on one day, beside the rows in force; what several rows ask is worked out once.

    It lives inside one call, and what it has worked out with it.
    """

    regimen: Regimen
    policy: DeprescribingPolicy
    view: DeprescribingView
    day: Day
    episodes: tuple[Episode, ...]
    unknown: tuple[MedicationStatement, ...]
    setting: Setting | None
    groups: tuple[frozenset[str], ...]
    problems: tuple[Problem, ...]
    problem_kinds: frozenset[str]
    problems_are_told: bool
    reviews: tuple[PastReview, ...]
    _asked: dict[str, Applies] = attrs.field(factory=dict[str, Applies], eq=False, repr=False)
    _caps: list[tuple[IntervalRow, ...]] = attrs.field(factory=list[tuple[IntervalRow, ...]], eq=False, repr=False)
    _phases: dict[int, tuple[Phase, ...]] = attrs.field(factory=dict[int, tuple[Phase, ...]], eq=False, repr=False)
    _running: list[tuple[Running, ...]] = attrs.field(factory=list[tuple[Running, ...]], eq=False, repr=False)
    _current: list[tuple[Circumstance, ...]] = attrs.field(factory=list[tuple[Circumstance, ...]], eq=False, repr=False)
    _news: dict[tuple[date, frozenset[str]], Applies] = attrs.field(
        factory=dict[tuple[date, frozenset[str]], Applies], eq=False, repr=False
    )

    def applies(self, row: IntervalRow) -> Applies:
        """Whether what a row asks about the patient is recorded as present; asked once in a review."""
        known = self._asked.get(row.row_id)
        if known is None:
            known = self._asked[row.row_id] = joined(*_circumstance(row, self), *asks_beside(row, self))
        return known

    def caps(self) -> tuple[IntervalRow, ...]:
        """The caps that may apply to this patient at all, worked out once in a review."""
        if not self._caps:
            kinds = ["", *sorted({one.kind.value for one in self.regimen.circumstances})]
            rows = [row for kind in kinds for row in self.view.caps.get(kind, ())]
            self._caps.append(tuple([row for row in rows if self.applies(row)[0] is not NO]))
        return self._caps[0]

    def phases(self, episode: Episode, groups: frozenset[str]) -> tuple[Phase, ...]:
        """The phases of an episode, worked out once in a review."""
        known = self._phases.get(id(episode))
        if known is None:
            known = phases_of(episode, self.view, groups=groups, has=self.has, day=self.day)
            self._phases[id(episode)] = known
        return known

    def has(self, problem: str) -> Recorded:
        """Whether the patient has a kind of problem; unknown without a problem list, or beside an uncoded problem."""
        if problem in self.problem_kinds:
            return YES
        return NO if self.problems_are_told else SILENT

    def binds(self, row: "Binding") -> bool:
        """Whether the row is more than our suggestion here."""
        return row.lane is not Basis.PRACTICE and (
            not row.binds_in or row.binds_in in lineage(self.policy.jurisdiction)
        )

    def present(self, kind: str) -> tuple[Circumstance, ...]:
        """The circumstances of a kind that are, or may be, present on the day; what nobody recorded is not counted."""
        return tuple([one for one in self.current() if one.kind.value == kind])

    def current(self) -> tuple[Circumstance, ...]:
        """Every circumstance that is, or may be, present on the day, worked out once in a review."""
        if not self._current:
            self._current.append(
                tuple(
                    [
                        one
                        for one in self.regimen.circumstances
                        if one.present is not NO
                        and not (one.ended_on is not None and self.day.has_reached(one.ended_on))
                    ]
                )
            )
        return self._current[0]

    def running(self) -> tuple[Running, ...]:
        """The medicines that are taken now, with their drug groups, worked out once in a review."""
        if not self._running:
            pairs = zip(self.episodes, self.groups, strict=True)
            self._running.append(tuple([one for one in pairs if one[0].is_open]))
        return self._running[0]

    def news(self, said_on: date, groups: frozenset[str]) -> Applies:
        """Whether something came up after the day of an answer, worked out once in a review."""
        known = self._news.get((said_on, groups))
        if known is None:
            known = self._news[said_on, groups] = news_since(said_on, groups, self)
        return known


def joined(*facts: tuple[str, Recorded]) -> Applies:
    """Return whether all of these facts are present, and the paths of those that are unknown."""
    return all_yes(*(fact for _, fact in facts)), tuple(dict.fromkeys(path for path, fact in facts if not fact.known))


# -- reviews ---------------------------------------------------------------------------------------------------------


def is_review(review: PastReview) -> bool:
    """Whether it was about whether a medicine is still wanted."""
    return review.kind in _REVIEWS


def reviews_are_recorded(regimen: Regimen) -> bool:
    """Whether the record speaks of reviews at all: a reconciled list alone does not say that none was held."""
    reviews = regimen.reviews
    return reviews is not None and (not reviews or any(is_review(one) for one in reviews))


def reviews_of(episode: Episode, context: Context) -> tuple[PastReview, ...]:
    """Return the reviews of one medicine."""
    return tuple(
        [one for one in context.reviews if one.medicines is None or not episode.entry_ids.isdisjoint(one.medicines)]
    )


def revisit_day(review: PastReview, groups: frozenset[str], context: Context) -> date | None:
    """Return the day agreed for the next talk, else the one that the revisit row gives, the most particular first."""
    if review.revisit_on is not None:
        return review.revisit_on
    row = next(iter(context.view.of("revisit", [*sorted(groups), WHOLE_REGIMEN])), None)
    return row.interval.after(review.completed_on) if row is not None else review.completed_on


# -- what a row asks about the patient -------------------------------------------------------------------------------


def _circumstance(row: IntervalRow, context: Context) -> Iterator[tuple[str, Recorded]]:
    """A circumstance that nobody recorded is not counted; one recorded without an answer stays possible."""
    if row.circumstance:
        mine = context.present(row.circumstance)
        fact = YES if any(one.present is YES for one in mine) else SILENT if mine else NO
        yield f"circumstances.{row.circumstance}", fact


def asks_beside(row: IntervalRow, context: Context) -> Iterator[tuple[str, Recorded]]:
    """Return what a row asks about the patient beside a circumstance."""
    if row.problem:
        yield "problems", context.has(row.problem)
    if row.with_drug_group:
        yield "medications", _beside(row.with_drug_group, context)
    if row.count_of:
        yield "medications", _counted(row, context)
    if row.age_from is not None:
        yield "person.born_on", has_age(context.regimen.person, row.age_from, context.day)


def _beside(group: str, context: Context) -> Recorded:
    if any(group in groups for _, groups in context.running()):
        return YES
    return SILENT if _may_hide_one(context) else NO


def _counted(row: IntervalRow, context: Context) -> Recorded:
    """Ingredients are counted once each, and only what is known of them."""
    numbers = {one.medicine.name: counted_as(row, one, groups) for one, groups in context.running()}
    if sum(numbers.values()) >= (row.count_at_least or 1):
        return YES
    return SILENT if _may_hide_one(context) else NO


def _may_hide_one(context: Context) -> bool:
    """An entry without any name may be any medicine; one that has a name is known, or listed as unknown."""
    return any(entry.text is None and all(one.display is None for one in entry.codes) for entry in context.unknown)


def counted_as(row: IntervalRow, episode: Episode, groups: frozenset[str]) -> int:
    """Return how much one medicine adds to what a row counts."""
    return counted(row.count_of, episode, groups)


def counted(count_of: str, episode: Episode, groups: frozenset[str]) -> int:
    """Return how much one medicine adds to a count of this kind; what no table lists adds nothing that is known."""
    return _COUNTS[count_of](episode, groups)


_COUNTS: Final[dict[str, Callable[[Episode, frozenset[str]], int]]] = {
    "cns-active": lambda one, _: int(bool(one.medicine.cns_active_group)),
    "antipsychotic": lambda _, groups: int("antipsychotic" in groups),
    "medicine": lambda _, __: 1,
    "anticholinergic-burden": lambda one, _: one.medicine.anticholinergic_burden or 0,
}


# -- whether an answer still stands ----------------------------------------------------------------------------------


def news_since(said_on: date, groups: frozenset[str], context: Context) -> Applies:
    """
    Return whether something came up after the day of an answer: the patient asked, new harm, another medicine.

    The patient's word stands until the day agreed, unless one of these was recorded later. What has no day may be
    later. A program that law asks about is no news of the patient.
    """
    news = [*_new_circumstances(said_on, context), *_new_for_a_cap(said_on, groups, context)]
    if any(fact is YES for _, fact in news):
        return YES, ()
    return (SILENT, tuple(dict.fromkeys(path for path, _ in news))) if news else (NO, ())


def _new_circumstances(said_on: date, context: Context) -> Iterator[tuple[str, Recorded]]:
    programs = {row.circumstance for row in context.view.by_kind.get("law", ())}
    for one in context.current():
        if one.kind.value in programs:
            continue
        if one.recorded_on is None:
            yield "circumstances.recorded_on", SILENT
        elif one.recorded_on > said_on:
            yield f"circumstances.{one.kind.value}", one.present


def _new_for_a_cap(said_on: date, groups: frozenset[str], context: Context) -> Iterator[tuple[str, Recorded]]:
    """A problem or another medicine that a cap asks about is news from when it was noted or begun."""
    for row in context.caps():
        if row.circumstance or row.drug_group not in {WHOLE_REGIMEN, *groups}:
            continue
        applies, _ = context.applies(row)
        for path, begun in _begun(row, context):
            if begun is None or begun > said_on:
                yield path, applies if begun is not None else SILENT


def _begun(row: IntervalRow, context: Context) -> Iterator[tuple[str, date | None]]:
    if row.problem:
        for problem in context.problems:
            if row.problem in context.view.problems.kinds_of(problem):
                yield "problems.recorded_on", problem.recorded_on or problem.onset_on
    for episode, groups in context.running():
        if row.with_drug_group in groups or (row.count_of and counted_as(row, episode, groups)):
            yield "medications.started_on", episode.started_on
