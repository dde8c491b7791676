"""
What the check-ins allow next: go on, hold, step back, end. A taper never advances by itself.

Each step waits for a check-in on the dose before it, held when that dose can be judged.
"""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from fractions import Fraction
from math import ceil
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.doses import Dose
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers.policy import TaperView
from alliance_core.deprescribing.tapers.records import CheckIn, PatientWish, TaperRequest, Withdrawal
from alliance_core.medicines import MedicineRow
from alliance_core.records import ChangeKind, DoseChange

_HOURS_A_DAY: Final = 24


class Move(Enum):
    """What the recorded check-ins leave open."""

    FIRST_STEP = "first-step"
    NEXT_STEP = "next-step"
    AWAIT_CHECK_IN = "await-check-in"
    HOLD = "hold"
    STEP_BACK = "step-back"
    REVIEW = "review"
    ABORT = "abort"
    CANNOT_TELL = "cannot-tell"


@value
class Standing:
    """How far a taper has come: what is next, from which day it can be judged, and how often it was too fast."""

    move: Move
    case: str
    missing: tuple[str, ...]
    last_change_on: date | None
    judged_from: date | None
    setbacks: int


@value
class _Facts:
    """What the table of moves reads."""

    begun: bool
    check_in: CheckIn | None
    every: tuple[CheckIn, ...]
    is_judged: bool
    any_symptom_holds: bool
    missing: tuple[str, ...]


@value
class Moves:
    """What a case gives."""

    move: Move


def _last_is(facts: _Facts, how: Withdrawal) -> bool:
    return facts.check_in is not None and facts.check_in.withdrawal is how


def _wishes(facts: _Facts, wish: PatientWish) -> bool:
    return facts.check_in is not None and facts.check_in.wish is wish


_NG222: Final = ("nice-ng222", "1.4.17-1.4.22")
_OURS: Final = ("practice", "slow-down and stop rules")
#: First match wins.
CASES: Final[tuple[Case[_Facts, Moves], ...]] = (
    Case(
        id="stop-sign",
        says="a check-in ever named suicidality, mania, psychosis, seizure, delirium or akathisia",
        when=lambda f: any(one.signs for one in f.every),
        gives=Moves(move=Move.ABORT),
        source=_OURS[0],
        locator=_OURS[1],
    ),
    Case(
        id="illness-returned",
        says="a check-in ever recorded that the illness came back",
        when=lambda f: any(one.illness_returned is Recorded.YES for one in f.every),
        gives=Moves(move=Move.REVIEW),
        source=_NG222[0],
        locator="1.4.20",
    ),
    Case(
        id="patient-ends-it",
        says="the patient wants the taper to end here",
        when=lambda f: _wishes(f, PatientWish.STOP_TAPER),
        gives=Moves(move=Move.HOLD),
        source="seed",
        locator="Continued Treatment Evaluation",
    ),
    Case(
        id="severe",
        says="withdrawal is severe",
        when=lambda f: _last_is(f, Withdrawal.SEVERE),
        gives=Moves(move=Move.STEP_BACK),
        source=_NG222[0],
        locator="1.4.22",
    ),
    Case(
        id="not-tolerable",
        says="withdrawal is there and not tolerable",
        when=lambda f: _last_is(f, Withdrawal.NOT_TOLERABLE),
        gives=Moves(move=Move.HOLD),
        source=_NG222[0],
        locator="1.4.17",
    ),
    Case(
        id="cannot-tell",
        says="something that a check-in asks is not recorded",
        when=lambda f: bool(f.missing),
        gives=Moves(move=Move.CANNOT_TELL),
        source=_OURS[0],
        locator=_OURS[1],
    ),
    Case(
        id="not-begun",
        says="no step was made yet",
        when=lambda f: not f.begun,
        gives=Moves(move=Move.FIRST_STEP),
        source=_OURS[0],
        locator=_OURS[1],
    ),
    Case(
        id="check-in-due",
        says="no check-in was held on this dose since it can be judged",
        when=lambda f: not f.is_judged,
        gives=Moves(move=Move.AWAIT_CHECK_IN),
        source=_OURS[0],
        locator=_OURS[1],
    ),
    Case(
        id="any-symptom",
        says="a benzodiazepine, and any symptom of withdrawal",
        when=lambda f: f.any_symptom_holds and _last_is(f, Withdrawal.TOLERABLE),
        gives=Moves(move=Move.HOLD),
        source="joint-bzd-2025",
        locator="recs 6-9",
    ),
    Case(
        id="patient-holds",
        says="the patient wants to stay on this dose for now",
        when=lambda f: _wishes(f, PatientWish.HOLD),
        gives=Moves(move=Move.HOLD),
        source="seed",
        locator="Continued Treatment Evaluation",
    ),
    Case(
        id="otherwise",
        says="the dose was judged at a check-in, and no or only tolerable symptoms were recorded",
        when=always,
        gives=Moves(move=Move.NEXT_STEP),
        source=_NG222[0],
        locator="1.4.17",
    ),
)

#: For which word of the sources any symptom is a reason to hold.
_ANY_SYMPTOM: Final = "benzodiazepine"


def wait_days(medicine: MedicineRow, view: TaperView) -> int:
    """
    Return after how many days a dose can be judged: five half-lives of medicine and metabolite, at most eight weeks.

    A half-life that no row knows is taken to be long.
    """
    longest = view.days("longest-wait")
    active = view.half_lives.get(medicine.name)
    hours = [one for one in (medicine.half_life_hours, active.hours if active is not None else None) if one is not None]
    if not hours:
        return longest
    return min(ceil(Fraction(max(hours)) * Fraction(view.amount("half-lives")) / _HOURS_A_DAY), longest)


def changes_of(request: TaperRequest, day: Day) -> tuple[DoseChange, ...]:
    """Return the changes of dose up to the day, the earliest first."""
    made = [one for one in request.medication.dose_changes if day.has_reached(one.changed_on)]
    return tuple(sorted(made, key=lambda one: one.changed_on))


def previous_dose(request: TaperRequest, day: Day) -> Dose | None:
    """Return the dose before the last change; None = not recorded."""
    changes = changes_of(request, day)
    return changes[-2].to_dose if len(changes) > 1 else request.original_dose


def standing_of(
    request: TaperRequest, *, medicine: MedicineRow, scopes: frozenset[str], view: TaperView, day: Day
) -> Standing:
    """Return what the check-ins and changes of dose up to the day leave open."""
    changes = changes_of(request, day)
    last = changes[-1].changed_on if changes else None
    begun = any(one.kind is ChangeKind.TAPER_STEP for one in changes)
    seen = sorted(
        (one for one in request.check_ins or () if day.has_reached(one.held_on)), key=lambda one: (one.held_on, one.id)
    )
    since = [one for one in seen if last is None or one.held_on >= last]
    judged_from = CalendarDuration(days=wait_days(medicine, view)).after(last) if last is not None else None
    latest = since[-1] if since else None
    facts = _Facts(
        begun=begun or bool(seen),
        check_in=latest,
        every=tuple(seen),
        is_judged=latest is not None and (judged_from is None or latest.held_on >= judged_from),
        any_symptom_holds=_ANY_SYMPTOM in scopes,
        missing=tuple(_missing(request, latest)),
    )
    case = first(CASES, facts)
    if case.gives.move is Move.AWAIT_CHECK_IN:
        day.has_reached(judged_from)
    return Standing(
        move=case.gives.move,
        case=case.id,
        missing=facts.missing if case.gives.move is Move.CANNOT_TELL else (),
        last_change_on=last,
        judged_from=judged_from,
        setbacks=sum(one.withdrawal is Withdrawal.SEVERE for one in seen),
    )


def _missing(request: TaperRequest, latest: CheckIn | None) -> Iterator[str]:
    if request.check_ins is None:
        yield "check_ins"
    if latest is None:
        return
    if latest.withdrawal is None:
        yield "check_ins.withdrawal"
    if latest.signs is None:
        yield "check_ins.signs"
    if not latest.illness_returned.known:
        yield "check_ins.illness_returned"
    if latest.wish is None:
        yield "check_ins.wish"
