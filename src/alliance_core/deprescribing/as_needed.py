"""The limit that law sets to an as-needed psychotropic order in a nursing facility, and what goes beyond it."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.facts import all_yes
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.deprescribing.context import NO, YES, Context
from alliance_core.deprescribing.episodes import Episode, end_of, runs_on
from alliance_core.deprescribing.law import may_hold, placed
from alliance_core.deprescribing.policy import FirstDayReading, IntervalRow
from alliance_core.records import Evidence, MedicationStatement

AS_NEEDED_LIMIT: Final = Rule(
    id="deprescribing.as-needed-limit",
    basis=Basis.LAW,
    source="cfr-42-483-45",
    locator="483.45(e)(3)-(5)",
    says="An as-needed psychotropic order in a nursing facility ends within its limit, or what law asks is recorded.",
)

_ANTIPSYCHOTIC: Final = "antipsychotic"
_WRITTEN: Final = frozenset({Evidence.ORDER, Evidence.STATEMENT})
_Told = tuple[Answer, tuple[str, ...]]


@value
class Orders:
    """
    The as-needed orders of one medicine up to the one that holds on the day, oldest first.

    Only an order is a new order: a supply, a dose given, or a later statement of what is taken renews nothing.
    """

    current: MedicationStatement
    before: tuple[MedicationStatement, ...]
    are_dated: bool


def limit_findings(context: Context) -> Iterator[Finding]:
    """Return one finding for each as-needed medicine that a limit may hold for."""
    for row in context.view.by_kind.get("limit", ()):
        if not may_hold(row, context):
            continue
        for episode, groups in context.running():
            if row.drug_group in groups:
                yield from _limit(row, episode, context)


def _limit(row: IntervalRow, episode: Episode, context: Context) -> Iterator[Finding]:
    orders = _orders(episode, context.day)
    if orders is None and not _is_given_as_needed(episode, context.day):
        return
    last_day = _last_day(row, orders, context) if orders is not None else None
    answer, missing = _told(row, episode, orders, last_day, context)
    yield Finding(
        rule=AS_NEEDED_LIMIT.id,
        about=context.regimen.id,
        item=episode.id,
        answer=answer,
        weight=Weight.REQUIRED,
        missing=missing,
        due_on=last_day,
        rows=(row.row_id,),
    )


def _orders(episode: Episode, day: Day) -> Orders | None:
    """Orders come before statements; of statements that still hold the first counts, of orders the last."""
    maybe = [entry for entry in episode.entries if entry.as_needed is not NO and entry.evidence in _WRITTEN]
    running = [entry for entry in maybe if runs_on(entry, day)]
    orders = [entry for entry in running if entry.evidence is Evidence.ORDER]
    if not running:
        return None
    current = orders[-1] if orders else running[0]
    written = [entry for entry in maybe if entry.evidence is Evidence.ORDER or not orders]
    return Orders(
        current=current,
        before=tuple([entry for entry in written if _is_earlier(entry, current)]),
        are_dated=all(entry.started_on is not None for entry in written),
    )


def _is_earlier(entry: MedicationStatement, current: MedicationStatement) -> bool:
    return entry.started_on is not None and current.started_on is not None and entry.started_on < current.started_on


def _is_given_as_needed(episode: Episode, day: Day) -> bool:
    """Whether it may be given as needed while no order that holds says so: nobody can tell when one was written."""
    if any(entry.evidence in _WRITTEN and runs_on(entry, day) for entry in episode.entries):
        return False
    return any(entry.evidence not in _WRITTEN and entry.as_needed is not NO for entry in episode.entries)


def _told(row: IntervalRow, episode: Episode, orders: Orders | None, last_day: date | None, context: Context) -> _Told:
    unknown = tuple(_unknown(row, episode, orders, context))
    if orders is None or unknown:
        return Answer.CANNOT_TELL, unknown
    own_day = _limit_day(row, orders.current.started_on, context)
    is_antipsychotic = row.drug_group == _ANTIPSYCHOTIC
    answer, missing = (
        _renewed(row, orders, last_day, context) if is_antipsychotic else _extended(orders, last_day, context)
    )
    doubtful = any(entry.as_needed is not YES for entry in orders.before)
    if answer is Answer.MET or not doubtful or context.day.has_passed(own_day):
        return answer, missing
    return Answer.CANNOT_TELL, (*missing, "medications.as_needed")


def _unknown(row: IntervalRow, episode: Episode, orders: Orders | None, context: Context) -> Iterator[str]:
    if placed(row, context) is not YES:
        yield "encounters.setting"
    asked = (orders.current,) if orders is not None else episode.entries
    if all(entry.as_needed is not YES for entry in asked):
        yield "medications.as_needed"
    if orders is None or not orders.are_dated:
        yield "medications.started_on"


def _last_day(row: IntervalRow, orders: Orders, context: Context) -> date | None:
    """An antipsychotic order has its own limit; any other goes on from the one that it follows without a break."""
    if row.drug_group == _ANTIPSYCHOTIC:
        return _limit_day(row, orders.current.started_on, context)
    since = orders.current.started_on
    for entry in reversed(orders.before):
        end = end_of(entry)
        if since is not None and entry.started_on is not None and (end is None or (since - end).days <= 1):
            since = entry.started_on
    return _limit_day(row, since, context)


def _limit_day(row: IntervalRow, started: date | None, context: Context) -> date | None:
    """The last day that the limit covers; whether the first day counts is a reading."""
    if started is None:
        return None
    counted = int(context.policy.first_day_reading is FirstDayReading.START_IS_DAY_ONE)
    return CalendarDuration(days=row.interval.days - counted, months=row.interval.months).after(started)


def _renewed(row: IntervalRow, orders: Orders, last_day: date | None, context: Context) -> _Told:
    """An antipsychotic order is not renewed: a new one follows an examination, and has the same limit again."""
    if context.day.has_passed(last_day):
        return Answer.NOT_MET, ("medications.examined_on",)
    if any(_is_left_running(row, entry, context) for entry in orders.before):
        return Answer.CANNOT_TELL, ("medications.stopped_on",)
    examined = orders.current.examined_on
    if not orders.before:
        return Answer.MET, ()
    if examined is None or not context.day.has_reached(examined):
        return Answer.CANNOT_TELL, ("medications.examined_on",)
    is_new = all(_is_between(examined, entry, orders.current) for entry in orders.before)
    return (Answer.MET, ()) if is_new else (Answer.NOT_MET, ("medications.examined_on",))


def _is_left_running(row: IntervalRow, entry: MedicationStatement, context: Context) -> bool:
    """An earlier order past its own limit, of which nobody wrote that it ended when the new one came."""
    return runs_on(entry, context.day) and context.day.has_passed(_limit_day(row, entry.started_on, context))


def _is_between(examined: date, earlier: MedicationStatement, current: MedicationStatement) -> bool:
    """An examination that an earlier order already followed is none for the new order, nor is one held after it."""
    begun, renewed = earlier.started_on, current.started_on
    return begun is not None and renewed is not None and begun < examined <= renewed


def _extended(orders: Orders, last_day: date | None, context: Context) -> _Told:
    """Past the limit, a rationale and a duration are on record."""
    if not context.day.has_passed(last_day):
        return Answer.MET, ()
    facts = (
        ("medications.rationale_documented", orders.current.rationale_documented),
        ("medications.duration_documented", orders.current.duration_documented),
    )
    done = all_yes(*(fact for _, fact in facts))
    missing = tuple(path for path, fact in facts if fact is not YES)
    return {YES: Answer.MET, NO: Answer.NOT_MET}.get(done, Answer.CANNOT_TELL), missing
