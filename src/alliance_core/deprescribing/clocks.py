"""
When each medicine is due for review: base, guideline and caps joined; law kept apart.

The base interval depends on class and phase, a guideline is never exceeded, caps only shorten, a floor keeps the date
from coming too soon unless a guideline is shorter, a ceiling keeps it from going too far. An interval counts from the
last completed review, or from the start if there was none. What is unknown leaves a span of days: before it the
review is not due, after it it is, between them nobody can tell.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

import attrs

from alliance_core.base.dates import earliest, latest
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, negate
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis, Seen
from alliance_core.base.tables import lineage
from alliance_core.deprescribing.episodes import Episode, last_increase
from alliance_core.deprescribing.phases import MAINTENANCE, STABILIZATION, Phase, phases_of
from alliance_core.deprescribing.policy import WHOLE_REGIMEN, DeprescribingPolicy, DeprescribingView, IntervalRow
from alliance_core.deprescribing.records import PastReview, Regimen, ReviewKind, ReviewResult
from alliance_core.records import Circumstance, Problem, ProblemStatus, Setting, has_age

YES, NO, SILENT = Recorded.YES, Recorded.NO, Recorded.NOT_RECORDED

#: Reviews of whether a medicine is still wanted. A reconciliation checks the list, a pharmacist's review the law's.
_REVIEWS: Final = frozenset({ReviewKind.REGIMEN, ReviewKind.MEDICATION, ReviewKind.COMPREHENSIVE, ReviewKind.TARGETED})
_AWAY: Final = frozenset({Setting.INPATIENT, Setting.NURSING_FACILITY, Setting.EMERGENCY})


#: Whether what a row asks is present, and which facts of that are unknown.
_Applies = tuple[Recorded, tuple[str, ...]]


@value
class Reach:
    """One row's day, if it applies; `applies` unclear or not recorded leaves the day possible."""

    row: IntervalRow
    due_on: date
    applies: Recorded
    missing: tuple[str, ...] = ()


@value
class Clock:
    """
    When one medicine is due for review, why, and what would make the day certain.

    `due_on` is the day by which it is due on everything recorded, `possible_on` the earliest day that something
    unrecorded could make it. `drivers` are the rows that set them.
    """

    medicine: str
    phases: tuple[str, ...]
    anchor_on: date | None
    anchored_at: str
    due_on: date | None
    possible_on: date | None
    driver: IntervalRow | None
    possible_driver: IntervalRow | None
    binds: bool
    missing: tuple[str, ...]


@value
class Context:
    """What the rows ask about one regimen on one day."""

    regimen: Regimen
    policy: DeprescribingPolicy
    view: DeprescribingView
    day: Day
    episodes: tuple[Episode, ...]
    setting: Setting | None
    problem_kinds: frozenset[str]
    groups: tuple[frozenset[str], ...]
    _asked: dict[str, _Applies] = attrs.field(factory=dict[str, _Applies], eq=False, repr=False)
    _caps: list[tuple[IntervalRow, ...]] = attrs.field(factory=list[tuple[IntervalRow, ...]], eq=False, repr=False)
    _phases: dict[int, tuple[Phase, ...]] = attrs.field(factory=dict[int, tuple[Phase, ...]], eq=False, repr=False)

    def applies(self, row: IntervalRow) -> _Applies:
        """Whether what a row asks about the patient is recorded as present; asked once in a review."""
        known = self._asked.get(row.row_id)
        if known is None:
            known = self._asked[row.row_id] = _applies(row, self)
        return known

    def caps(self) -> tuple[IntervalRow, ...]:
        """The caps that may apply to this patient at all, worked out once in a review."""
        if not self._caps:
            kinds = ["", *dict.fromkeys(one.kind.value for one in self.regimen.circumstances)]
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
        """Whether the patient has a kind of problem; unknown while no problem list was recorded."""
        if self.regimen.problems is None:
            return SILENT
        return YES if problem in self.problem_kinds else NO

    def binds(self, row: IntervalRow) -> bool:
        """Whether the row is more than our suggestion here."""
        return row.lane is not Basis.PRACTICE and (
            not row.binds_in or row.binds_in in lineage(self.policy.jurisdiction)
        )


def problem_kinds(problems: tuple[Problem, ...] | None, view: DeprescribingView) -> frozenset[str]:
    """Return the kinds of problem on the list that are not over, refuted or resolved."""
    over = (ProblemStatus.RESOLVED, ProblemStatus.INACTIVE)
    return frozenset(
        kind
        for problem in problems or ()
        if problem.status not in over and problem.confirmed is not NO
        for coding in problem.codes
        if (kind := view.problem_of(coding.system, coding.code)) is not None
    )


# -- one medicine ----------------------------------------------------------------------------------------------------


def clock_of(episode: Episode, groups: frozenset[str], context: Context) -> Clock | None:
    """Return when one medicine is due for review; None if no phase of it asks for one."""
    phases = context.phases(episode, groups)
    if not episode.is_open and not _is_watched(phases, context.day):
        return None
    review = last_review(episode, context)
    anchor = latest(review.completed_on if review else None) or episode.started_on
    reaches = () if anchor is None else tuple(_reaches(episode, groups, phases, review, anchor, context))
    return _clock(episode, phases, review, anchor, reaches, context)


def _is_watched(phases: tuple[Phase, ...], day: Day) -> bool:
    return bool(phases) and not day.has_reached(phases[-1].end)


def reviews_are_recorded(regimen: Regimen) -> bool:
    """Whether the record speaks of reviews at all: a reconciled list alone does not say that none was held."""
    reviews = regimen.reviews
    return reviews is not None and (not reviews or any(one.kind in _REVIEWS for one in reviews))


def last_review(episode: Episode, context: Context) -> PastReview | None:
    """Return the last completed review of this medicine since its course began."""
    mine = (
        review
        for review in context.regimen.reviews or ()
        if review.kind in _REVIEWS
        and (review.medicines is None or episode.entry_ids & set(review.medicines))
        and (episode.started_on is None or review.completed_on >= episode.started_on)
        and context.day.has_reached(review.completed_on)
    )
    return max(mine, key=lambda review: (review.completed_on, review.id), default=None)


def _reaches(
    episode: Episode,
    groups: frozenset[str],
    phases: tuple[Phase, ...],
    review: PastReview | None,
    anchor: date,
    context: Context,
) -> Iterator[Reach]:
    ordered = sorted(groups)
    agreed = _agreed_on(review, ordered, context)
    for row in context.view.of("base", ordered):
        if agreed is None and _is_at_home(row, context):
            yield from _in_phases(row, episode, phases, anchor, context)
    for row in context.view.of("guideline", ordered):
        if agreed is None or context.binds(row):
            yield from _guideline(row, episode, phases, anchor, context)
    for row in context.caps():
        if row.drug_group != WHOLE_REGIMEN and row.drug_group not in groups:
            continue
        if row.anchor == "start-or-increase":
            yield from _guideline(row, episode, phases, anchor, context)
            continue
        since = review.completed_on if review is not None else None
        yield from _cap(row, episode, anchor, since if agreed is not None else None, context)
    if agreed is not None:
        yield agreed


def _is_at_home(row: IntervalRow, context: Context) -> bool:
    """A row for outpatients holds wherever the patient is not in a ward or a facility."""
    if row.setting in {"", "any"}:
        return True
    return (
        (context.setting is None or context.setting not in _AWAY)
        if row.setting == "outpatient"
        else (context.setting is not None and context.setting.value == row.setting)
    )


def _agreed_on(review: PastReview | None, groups: list[str], context: Context) -> Reach | None:
    """A decline, or "stay on it", is an answer: the next talk is on the day agreed, else when the revisit row says."""
    row = next(iter(context.view.of("revisit", [*groups, WHOLE_REGIMEN])), None)
    if review is None or row is None or (review.revisit_on is None and review.result is not ReviewResult.DECLINED):
        return None
    due_on = review.revisit_on or row.interval.after(review.completed_on)
    return Reach(row=row, due_on=due_on, applies=YES) if due_on is not None else None


def _in_phases(
    row: IntervalRow, episode: Episode, phases: tuple[Phase, ...], anchor: date, context: Context
) -> Iterator[Reach]:
    """The phase at the last review sets the date; a phase that began later can only bring it forward."""
    if not phases:
        yield from _reach(row, anchor, SILENT if row.phase else YES, ("medications.started_on",) if row.phase else ())
    for phase in phases:
        if row.phase not in {"", phase.name} or not context.day.has_reached(phase.start):
            continue
        if (phase.end is not None and phase.end <= anchor) or not _is_step(row, phase, episode, context):
            continue
        start = max(anchor, phase.start) if row.phase else anchor
        yield from _reach(row, start, _certainty(phase, phases, anchor), _why(phase, phases))


def _reach(row: IntervalRow, start: date, applies: Recorded, missing: tuple[str, ...]) -> Iterator[Reach]:
    """A day past the calendar is no day."""
    due_on = row.interval.after(start)
    if due_on is not None:
        yield Reach(row=row, due_on=due_on, applies=applies, missing=missing)


def _is_step(row: IntervalRow, phase: Phase, episode: Episode, context: Context) -> bool:
    """A sequence of intervals goes one step on with each review held in its phase; its last step repeats."""
    if row.step is None:
        return True
    last = context.view.last_steps[row.kind, row.drug_group, row.phase]
    return row.step == min(_held_since(phase.start, episode, context) + 1, last)


def _certainty(phase: Phase, phases: tuple[Phase, ...], anchor: date) -> Recorded:
    """Stabilization beside a possible maintenance is only possible itself, once the anchor lies in both."""
    doubtful = next((one for one in phases if not one.is_certain), None)
    if doubtful is None or anchor < doubtful.start:
        return YES if phase.is_certain else SILENT
    return YES if phase.name not in {STABILIZATION, MAINTENANCE} else SILENT


def _why(phase: Phase, phases: tuple[Phase, ...]) -> tuple[str, ...]:
    doubtful = any(not one.is_certain for one in phases)
    return ("medications.remission",) if doubtful and phase.name in {STABILIZATION, MAINTENANCE} else ()


def _guideline(
    row: IntervalRow, episode: Episode, phases: tuple[Phase, ...], anchor: date, context: Context
) -> Iterator[Reach]:
    applies, missing = context.applies(row)
    if applies is NO or not _is_at_home(row, context):
        return
    if row.anchor in {"start", "start-or-increase"}:
        yield from _since_start(row, episode, phases, anchor, context)
        return
    for reach in _in_phases(row, episode, phases, anchor, context):
        yield Reach(
            row=row,
            due_on=reach.due_on,
            applies=all_yes(reach.applies, applies),
            missing=tuple(dict.fromkeys((*reach.missing, *missing))),
        )


def _since_start(
    row: IntervalRow, episode: Episode, phases: tuple[Phase, ...], anchor: date, context: Context
) -> Iterator[Reach]:
    """Due once, so long after the start (or the last increase), until as many reviews as the row asks were held."""
    applies, missing = context.applies(row)
    start = episode.started_on
    if row.anchor == "start-or-increase":
        start = latest(start, last_increase(episode, context.day))
    if start is None or not episode.is_open or _is_past(row, phases, anchor, start):
        return
    young = _is_young(row, start, context)
    if young is not NO and _held_since(start, episode, context) < (row.step or 1):
        unknown = ("person.born_on",) if not young.known else ()
        yield from _reach(row, start, all_yes(applies, young), tuple(dict.fromkeys((*missing, *unknown))))


def _is_past(row: IntervalRow, phases: tuple[Phase, ...], anchor: date, start: date) -> bool:
    """What a phase asks at its beginning lapses once a review was held after that phase."""
    phase = next((one for one in phases if one.name == row.phase), None)
    return phase is not None and phase.end is not None and anchor >= phase.end and anchor > start


def _is_young(row: IntervalRow, start: date, context: Context) -> Recorded:
    """An upper age is asked on the day the clock starts: a birthday in between does not stop it."""
    if row.age_below is None:
        return YES
    return negate(has_age(context.regimen.person, row.age_below, Day(start)))


def _held_since(start: date, episode: Episode, context: Context) -> int:
    return sum(
        review.kind in _REVIEWS
        and (review.medicines is None or bool(episode.entry_ids & set(review.medicines)))
        and review.completed_on >= start
        and context.day.has_reached(review.completed_on)
        for review in context.regimen.reviews or ()
    )


def _cap(
    row: IntervalRow, episode: Episode, anchor: date, agreed_since: date | None, context: Context
) -> Iterator[Reach]:
    """A cap counts from the last review, or from when the circumstance appeared if that was later; it only shortens."""
    applies, missing = context.applies(row)
    if applies is NO or not episode.is_open or not _is_counted(row, episode, context):
        return
    since = _since(row, context)
    if agreed_since is not None and (since is None or since <= agreed_since):
        return
    if row.applies == "until-reviewed" and since is not None and since < anchor and anchor != episode.started_on:
        return
    yield from _reach(row, latest(anchor, since) or anchor, applies, missing)


def _applies(row: IntervalRow, context: Context) -> _Applies:
    """Whether everything that the row asks about the patient is recorded as present, and what is unknown."""
    asked = tuple(_asks(row, context))
    facts = all_yes(*(fact for _, fact in asked))
    return facts, tuple(dict.fromkeys(path for path, fact in asked if not fact.known))


def _asks(row: IntervalRow, context: Context) -> Iterator[tuple[str, Recorded]]:
    if row.circumstance:
        yield f"circumstances.{row.circumstance}", _present(row.circumstance, context)
    if row.problem:
        yield "problems", context.has(row.problem)
    if row.with_drug_group:
        yield "medications", _beside(row.with_drug_group, context)
    if row.count_of:
        yield "medications", _counted(row, context)
    if row.age_from is not None:
        yield "person.born_on", has_age(context.regimen.person, row.age_from, context.day)


def _present(kind: str, context: Context) -> Recorded:
    """A circumstance that nobody recorded is not counted; one recorded without an answer stays possible."""
    mine = [one for one in context.regimen.circumstances if one.kind.value == kind and _is_current(one, context.day)]
    if any(one.present is YES for one in mine):
        return YES
    return SILENT if any(not one.present.known for one in mine) else NO


def _is_current(one: Circumstance, day: Day) -> bool:
    begun = one.recorded_on is None or day.has_reached(one.recorded_on)
    return begun and not (one.ended_on is not None and day.has_reached(one.ended_on))


def _since(row: IntervalRow, context: Context) -> date | None:
    """The last day on which the row's circumstance was recorded; None for a state that has no such day."""
    if not row.circumstance:
        return None
    return latest(
        *(
            one.recorded_on
            for one in context.regimen.circumstances
            if one.kind.value == row.circumstance and one.present is not NO and _is_current(one, context.day)
        )
    )


def _beside(group: str, context: Context) -> Recorded:
    pairs = zip(context.episodes, context.groups, strict=True)
    return YES if any(one.is_open and group in groups for one, groups in pairs) else NO


def _counted(row: IntervalRow, context: Context) -> Recorded:
    """Ingredients are counted once each, and only what is known of them."""
    pairs = zip(context.episodes, context.groups, strict=True)
    numbers = {one.medicine.name: _COUNTS[row.count_of](one, groups) for one, groups in pairs if one.is_open}
    return YES if sum(numbers.values()) >= (row.count_at_least or 1) else NO


def _is_counted(row: IntervalRow, episode: Episode, context: Context) -> bool:
    """A cap on a number of medicines shortens the clocks of those that are counted."""
    if not row.count_of:
        return True
    return _COUNTS[row.count_of](episode, context.view.groups_of(episode.medicine.drug_class)) > 0


_COUNTS: Final[dict[str, Callable[[Episode, frozenset[str]], int]]] = {
    "cns-active": lambda one, _: int(bool(one.medicine.cns_active_group)),
    "antipsychotic": lambda _, groups: int("antipsychotic" in groups),
    "anticholinergic-burden": lambda one, _: one.medicine.anticholinergic_burden or 0,
}


def regimen_clock(context: Context) -> Clock | None:
    """Return when the whole regimen is due for review, by its least settled medicine; None if nothing is taken."""
    running = [one for one in context.episodes if one.is_open]
    rows = {row.phase: row for row in context.view.of("base", [WHOLE_REGIMEN]) if _is_at_home(row, context)}
    if not running or not rows:
        return None
    held = [
        one for one in context.regimen.reviews or () if _is_whole(one) and context.day.has_reached(one.completed_on)
    ]
    review = max(held, key=lambda one: (one.completed_on, one.id), default=None)
    started = min((one.started_on for one in running if one.started_on is not None), default=None)
    anchor = review.completed_on if review is not None else started
    reaches = () if anchor is None else tuple(_whole_reaches(rows, running, anchor, review, context))
    due = _soonest([one for one in reaches if one.applies is YES], anchor, context)
    possible = _soonest(list(reaches), anchor, context)
    return Clock(
        medicine="",
        phases=(),
        anchor_on=anchor,
        anchored_at="review" if review is not None else "start",
        due_on=due.due_on if due else None,
        possible_on=possible.due_on if possible else None,
        driver=due.row if due else None,
        possible_driver=possible.row if possible else None,
        binds=False,
        missing=("medications.started_on",) if anchor is None else ("medications.remission",),
    )


def _is_whole(review: PastReview) -> bool:
    return review.kind in {ReviewKind.REGIMEN, ReviewKind.COMPREHENSIVE} and review.medicines is None


def _whole_reaches(
    rows: dict[str, IntervalRow], running: list[Episode], anchor: date, review: PastReview | None, context: Context
) -> Iterator[Reach]:
    if review is not None and review.revisit_on is not None and MAINTENANCE in rows:
        yield Reach(row=rows[MAINTENANCE], due_on=review.revisit_on, applies=YES)
        return
    if MAINTENANCE in rows:
        yield from _reach(rows[MAINTENANCE], anchor, YES, ())
    settled = [_is_settled(one, anchor, context) for one in running]
    if STABILIZATION in rows and not all(one is YES for one in settled):
        yield from _reach(rows[STABILIZATION], anchor, YES if NO in settled else SILENT, ("medications.remission",))


def _is_settled(episode: Episode, anchor: date, context: Context) -> Recorded:
    """Whether a medicine was in maintenance on the day of the last review."""
    phases = context.phases(episode, context.view.groups_of(episode.medicine.drug_class))
    late = next((one for one in phases if one.name == MAINTENANCE), None)
    if late is None:
        return SILENT if not phases else NO
    if anchor < late.start:
        return NO
    return YES if late.is_certain else SILENT


def _clock(
    episode: Episode,
    phases: tuple[Phase, ...],
    review: PastReview | None,
    anchor: date | None,
    reaches: tuple[Reach, ...],
    context: Context,
) -> Clock:
    certain = [one for one in reaches if one.applies is YES]
    due = _soonest([*certain, *_hedges(reaches)], anchor, context)
    possible = _soonest(list(reaches), anchor, context)
    return Clock(
        medicine=episode.id,
        phases=tuple(one.name for one in phases if _is_now(one, context.day)),
        anchor_on=anchor,
        anchored_at="review" if review is not None else "start",
        due_on=due.due_on if due else None,
        possible_on=possible.due_on if possible else None,
        driver=due.row if due else None,
        possible_driver=possible.row if possible else None,
        binds=due is not None and context.binds(due.row),
        missing=_unknown(episode, reaches, due),
    )


def _is_now(phase: Phase, day: Day) -> bool:
    return day.has_reached(phase.start) and not (phase.end is not None and day.has_reached(phase.end))


def _hedges(reaches: tuple[Reach, ...]) -> list[Reach]:
    """Of phases of which one must hold, the later day of each class is the certain one."""
    open_ones = [one for one in reaches if one.applies is not YES and one.row.kind == "base"]
    groups = dict.fromkeys(one.row.drug_group for one in open_ones)
    return [max((one for one in open_ones if one.row.drug_group == group), key=_reach_order) for group in groups]


def _reach_order(reach: Reach) -> tuple[date, str]:
    return reach.due_on, reach.row.row_id


def _soonest(reaches: list[Reach], anchor: date | None, context: Context) -> Reach | None:
    """The earliest day, kept above the floor unless a guideline is shorter, and below the ceiling."""
    if not reaches or anchor is None:
        return None
    guided = [one for one in reaches if one.row.kind in {"guideline", "revisit"}]
    free = [_floored(one, anchor, context) for one in reaches if one.row.kind not in {"guideline", "revisit"}]
    first = min((*guided, *free), key=lambda one: _preference(one, context))
    ceiling = context.view.one("ceiling")
    top = ceiling.interval.after(anchor) if ceiling is not None else None
    if ceiling is not None and top is not None and top < first.due_on and first.row.kind != "revisit":
        return Reach(row=ceiling, due_on=top, applies=YES)
    return first


def _preference(reach: Reach, context: Context) -> tuple[date, bool, bool, str]:
    """Of rows that give one day, name the one that binds here, then one that someone has read."""
    return reach.due_on, not context.binds(reach.row), reach.row.seen is Seen.NOT_READ, reach.row.row_id


def _floored(reach: Reach, anchor: date, context: Context) -> Reach:
    floor = context.view.one("floor")
    lowest = floor.interval.after(anchor) if floor is not None else None
    if floor is None or lowest is None or reach.due_on >= lowest:
        return reach
    return Reach(row=floor, due_on=lowest, applies=reach.applies, missing=reach.missing)


def _unknown(episode: Episode, reaches: tuple[Reach, ...], due: Reach | None) -> tuple[str, ...]:
    """The facts that could bring the day forward, or that are needed to have one at all."""
    if due is None:
        return ("medications.started_on",) if episode.started_on is None else ("policy.review_intervals",)
    sooner = (one for one in reaches if one.applies is not YES and one.due_on < due.due_on)
    return tuple(dict.fromkeys(path for one in sooner for path in one.missing))


def first_due(clocks: tuple[Clock, ...]) -> date | None:
    """Return the earliest day on which any medicine is due."""
    return earliest(*(clock.due_on for clock in clocks))
