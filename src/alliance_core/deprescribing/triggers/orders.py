"""What the entries of one medicine say: ordered twice, above a label's maximum, as needed and yet given every day."""

from collections.abc import Iterator
from datetime import date, timedelta

from alliance_core.base.dates import latest
from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.base.errors import AllianceError
from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.base.kinds import value
from alliance_core.deprescribing.context import NO, SILENT, YES, Context
from alliance_core.deprescribing.episodes import runs_on
from alliance_core.deprescribing.rows import TriggerRow
from alliance_core.deprescribing.triggers.facts import (
    DAILY,
    DOSE,
    DUPLICATE,
    RENAMED,
    Fact,
    Fired,
    Taken,
    age,
    fired,
    joined,
)
from alliance_core.records import Evidence, MedicationStatement

_WRITTEN = frozenset({Evidence.ORDER, Evidence.STATEMENT})


def _orders(one: Taken, context: Context) -> list[MedicationStatement]:
    """The orders that are not over on the day."""
    return [e for e in one.episode.entries if e.evidence is Evidence.ORDER and runs_on(e, context.day)]


def _since_last(entries: list[MedicationStatement]) -> date | None:
    days = [entry.started_on for entry in entries]
    return latest(*days) if None not in days else None


# -- one ingredient twice --------------------------------------------------------------------------------------------


def duplicates(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """Two orders of one ingredient that run at once, from different prescribers as recorded."""
    for row in context.view.triggers.triggers.get(DUPLICATE, ()):
        for one in taken:
            orders = _orders(one, context)
            names = {entry.prescriber for entry in orders}
            if len(names) > 1 or (len(orders) > 1 and None in names):
                fact = Fact(
                    holds=YES if len(names - {None}) > 1 else SILENT,
                    since=_since_last(orders),
                    missing=("medications.prescriber",),
                    undated=("medications.started_on",),
                )
                yield from fired(row, row.stage, [one], joined(fact), context)


def renamed(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """Two orders of one ingredient that run at once under different names: a brand, a salt. Strengths are no name."""
    for row in context.view.triggers.triggers.get(RENAMED, ()):
        for one in taken:
            orders = _orders(one, context)
            if len(orders) > 1 and len({context.policy.medicines.written(entry) for entry in orders}) > 1:
                fact = Fact(holds=YES, since=_since_last(orders), undated=("medications.started_on",))
                yield from fired(row, row.stage, [one], joined(fact), context)


# -- above a label's maximum -----------------------------------------------------------------------------------------


def above_maximum(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """
    A dose that is above the maximum that a label sets, for the age where it sets one.

    The dose is that of one order or statement: two at once are a trigger of their own, and are not added up.
    """
    for row in context.view.triggers.triggers.get(DOSE, ()):
        for one in taken:
            if one.episode.medicine.name == row.medicine:
                fact = joined(_is_above(row, one, context), *age(row, context))
                yield from fired(row, row.stage, [one], fact, context)


@value
class _Now:
    """The dose that an entry says is taken on the day, and since when; no dose = not recorded."""

    dose: Dose | None
    since: date | None


def _is_above(row: TriggerRow, one: Taken, context: Context) -> Fact:
    written = [e for e in one.episode.entries if e.evidence in _WRITTEN and runs_on(e, context.day)]
    doses = [_dose_now(entry, context) for entry in written]
    facts = [(_compared(now.dose, row), now) for now in doses]
    above = [now.since for fact, now in facts if fact is YES]
    return Fact(
        holds=any_yes(*(fact for fact, _ in facts)) if facts else SILENT,
        since=latest(*above) if above and None not in above else None,
        missing=("medications.dose",),
        undated=("medications.started_on",),
    )


def _dose_now(entry: MedicationStatement, context: Context) -> _Now:
    """What the last change made it, else what the entry says."""
    held = [one for one in entry.dose_changes if context.day.has_reached(one.changed_on)]
    last_on = max((one.changed_on for one in held), default=None)
    last = [one.to_dose for one in held if one.changed_on == last_on]
    if not last:
        return _Now(dose=entry.dose, since=entry.started_on)
    return _Now(dose=last[0] if len(set(map(_amount, last))) == 1 else None, since=last_on)


def _amount(dose: Dose | None) -> tuple[object, ...]:
    return () if dose is None else (dose.amount, dose.unit, dose.every_days)


def _compared(dose: Dose | None, row: TriggerRow) -> Recorded:
    """A dose in tablets or milliliters says nothing of milligrams."""
    if dose is None or row.above is None:
        return SILENT
    try:
        return YES if dose.compared(Dose(amount=row.above, unit=DoseUnit.MILLIGRAM)) > 0 else NO
    except AllianceError:
        return SILENT


# -- as needed, and given every day ----------------------------------------------------------------------------------


def daily(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """
    An as-needed order of which doses were given on so many days in a row.

    Beside a regular order nobody can tell which of the two was given. Doses that nobody recorded are not counted.
    """
    for row in context.view.triggers.triggers.get(DAILY, ()):
        for one in taken:
            written = [e for e in one.episode.entries if e.evidence in _WRITTEN and runs_on(e, context.day)]
            if row.after is not None and row.drug_group in one.groups and written:
                as_needed = Fact(holds=all_yes(*(e.as_needed for e in written)), missing=("medications.as_needed",))
                fact = joined(as_needed, _given_daily(row.after.days, one))
                yield from fired(row, row.stage, [one], fact, context)


def _given_daily(length: int, one: Taken) -> Fact:
    """Since the last day of the first such row; a dose without its day may fill a gap."""
    doses = [entry for entry in one.episode.entries if entry.evidence is Evidence.ADMINISTRATION]
    days = sorted({entry.started_on for entry in doses if entry.started_on is not None})
    undated = sum(entry.started_on is None for entry in doses)
    rows = [(sum(first <= day < first + timedelta(days=length) for day in days), first) for first in days]
    full = [first for count, first in rows if count == length]
    since = min(full) + timedelta(days=length - 1) if full else None
    most = max((count for count, _ in rows), default=0)
    path = ("medications.started_on",)
    holds = YES if full else SILENT if doses and most + undated >= length else NO
    return Fact(holds=holds, since=since, missing=path, undated=path)
