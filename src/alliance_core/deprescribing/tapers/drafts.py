"""The drafts of each source's method: dispensable steps and their days, or why the method cannot be kept."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from alliance_core.base.day import Day
from alliance_core.base.doses import DoseUnit
from alliance_core.base.errors import AllianceError
from alliance_core.base.kinds import changed
from alliance_core.deprescribing.tapers.caps import About, caps_of
from alliance_core.deprescribing.tapers.course import Standing, changes_of, previous_dose, wait_days
from alliance_core.deprescribing.tapers.dispensing import Kit, Limits, Piece
from alliance_core.deprescribing.tapers.fitting import Subject, daily_milligrams, rows_for
from alliance_core.deprescribing.tapers.holds import Reason
from alliance_core.deprescribing.tapers.ladder import Climb, climb_down, pace_of
from alliance_core.deprescribing.tapers.plans import OptionKind, TaperOption, TaperStep
from alliance_core.deprescribing.tapers.policy import Method, Role, TaperRow
from alliance_core.deprescribing.tapers.records import TaperRequest


def options_for(request: TaperRequest, subject: Subject, standing: Standing) -> tuple[TaperOption, ...]:
    """Return an option for each end of each row's range: first what is of this country, the slower end first."""
    rows = rows_for(subject, Role.PLAN)
    made = [
        one
        for row, open_ in sorted(rows, key=lambda one: (not subject.policy.binds(one[0]), one[0].name))
        for one in _ends(row, open_, request, subject, standing)
    ]
    return tuple(made)


def _ends(
    row: TaperRow, open_: tuple[str, ...], request: TaperRequest, subject: Subject, standing: Standing
) -> Iterator[TaperOption]:
    shell = TaperOption(
        id=row.name,
        kind=OptionKind.REFUSED,
        amount=daily_milligrams(request.medication),
        rows=(row.row_id,),
        binds=subject.policy.binds(row),
        missing=open_,
    )
    if open_:
        yield changed(shell, reasons=(Reason(code="not-known"),))
        return
    has_range = row.cut_lower is not None or row.interval_lower != row.interval
    if not has_range or row.method in {Method.TABLE, Method.STOP}:
        yield _draft(shell, row, request, subject, standing, slower=True)
        return
    yield _draft(changed(shell, id=f"{row.name}.slower"), row, request, subject, standing, slower=True)
    yield _draft(changed(shell, id=f"{row.name}.quicker"), row, request, subject, standing, slower=False)


def _draft(
    shell: TaperOption, row: TaperRow, request: TaperRequest, subject: Subject, standing: Standing, *, slower: bool
) -> TaperOption:
    """Return the draft of a row at one end of its range, or the option refused with the reason."""
    view, now = subject.view, shell.amount or Decimal(0)
    begun_at = first_dose(request, now)
    products = request.products or ()
    history = tuple(history_of(request, subject.day))
    amounts = (now, *(amount for _, amount in history))
    kit = Kit(products, most=max(begun_at, *amounts), limits=Limits.of(view), amounts=(begun_at, *amounts))
    about = About(medicine=subject.medicine, first=begun_at, at_hand=products, policy=subject.policy, view=view)
    caps = caps_of(row, about)
    interval = _interval(row, subject, standing, slower=slower)
    began = _begins(request, subject, standing, interval)
    if row.method is Method.TABLE:
        return _from_table(shell, row, kit, subject, began)
    if row.method is Method.STOP:
        return _dated(shell, ((Decimal(0), 1, ()),), began=began, interval=interval)
    slow = Fraction(view.amount("slower-cut")) ** standing.setbacks
    climb = Climb(
        kit=kit,
        caps=caps,
        pace=pace_of(row, slower=slower, interval=interval, slow=slow),
        here=now,
        first=begun_at,
        began=began,
        history=history,
        most_steps=int(view.amount("most-steps")),
    )
    ladder = climb_down(row, climb)
    if ladder.too_long:
        return changed(shell, reasons=(Reason(code="too-many-steps"),))
    if ladder.stuck_at is not None:
        return changed(shell, reasons=(_needs(ladder.stuck_at, caps.percent, caps.last),))
    steps = tuple((kit.milligrams(dose), 1, kit.made_of(dose) or ()) for dose in ladder.doses)
    total, rows = _total(row, subject)
    fewest = min(len(steps), _unslowed(row, climb, slower=slower) if standing.setbacks else len(steps))
    spread = ceil(total / (fewest - 1)) if fewest > 1 else interval
    return _dated(changed(shell, rows=(*shell.rows, *rows)), steps, began=began, interval=max(interval, spread))


def _unslowed(row: TaperRow, climb: Climb, *, slower: bool) -> int:
    """Return how many steps it would take without setbacks: smaller steps do not come sooner than those would."""
    pace = pace_of(row, slower=slower, interval=climb.pace.interval, slow=Fraction(1))
    return len(climb_down(row, changed(climb, pace=pace)).doses)


def _needs(stuck_at: Decimal, percent: Fraction | None, last: Fraction | None) -> Reason:
    """A liquid or a compounded strength would do it: how dilute, where the cap is a share and a last dose is known."""
    code = "needs-liquid-or-compounding"
    if percent is None or not last:
        return Reason(code=code, says=str(stuck_at))
    grains = ceil(1 / percent) - 1  # of so few grains, one grain less is more than the cap
    finest = floor(last / max(grains, 1) * 1000) / Decimal(1000)
    return Reason(code=code, says=str(stuck_at), until=str(finest))


def first_dose(request: TaperRequest, now: Decimal) -> Decimal:
    """Return the dose before the first cut, in milligrams a day; the dose now if none is recorded or it was lower."""
    original = request.original_dose
    try:
        before = original.in_unit(DoseUnit.MILLIGRAM).amount if original is not None else now
    except AllianceError:
        return now
    return max(before, now)


def history_of(request: TaperRequest, day: Day) -> Iterator[tuple[int, Decimal]]:
    """Return the recorded changes up to the day: the day as an ordinal, and milligrams a day from then."""
    for one in changes_of(request, day):
        if one.to_dose is not None and one.to_dose.unit is DoseUnit.MILLIGRAM:
            yield one.changed_on.toordinal(), one.to_dose.amount


def _interval(row: TaperRow, subject: Subject, standing: Standing, *, slower: bool) -> int:
    """
    Return the days between steps: the source's, longer after setbacks, and never before a dose can be judged.

    One step a window of the cap: two would have to share what one may take.
    """
    view = subject.view
    own = row.interval if slower else row.interval_lower
    window = row.cap_interval.days if row.cap_interval is not None else 0
    days = max(own.days if own is not None else view.days("interval-agreed"), window)
    slowed = ceil(days * Fraction(view.amount("slower-interval")) ** standing.setbacks)
    return max(slowed, wait_days(subject.medicine, view))


def _begins(request: TaperRequest, subject: Subject, standing: Standing, interval: int) -> int:
    """Return the day of the next step, as an ordinal: not before it is wanted, nor before the interval is over."""
    days = [subject.day.on.toordinal()]
    if request.planned_on is not None:
        days.append(request.planned_on.toordinal())
    if standing.last_change_on is not None:
        days.append(standing.last_change_on.toordinal() + interval)
    begins = max(days)
    subject.day.has_reached(_date(max(days[0] + 1, begins)))  # from then on the first day is another
    return begins


def _total(row: TaperRow, subject: Subject) -> tuple[int, tuple[str, ...]]:
    """Return the least number of days from the first cut to the end, and the other rows that ask for it."""
    others = [one for one, open_ in rows_for(subject, Role.TOTAL, Role.CEILING) if not open_ and one is not row]
    lengths = [one.total_lower.days for one in (row, *others) if one.total_lower is not None]
    asked = tuple(one.row_id for one in others if one.total_lower is not None)
    return max(lengths, default=0), asked


def _from_table(shell: TaperOption, row: TaperRow, kit: Kit, subject: Subject, began: int) -> TaperOption:
    table = subject.view.steps.get(row.name, ())
    made = [(one, kit.make(one.amount)) for one in table]
    if not table or any(pieces is None for _, pieces in made):
        return changed(shell, reasons=(Reason(code="table-not-dispensable"),))
    steps = tuple((one.amount, one.every_days, pieces or ()) for one, pieces in made)
    interval = max(*(one.interval.days for one in table), wait_days(subject.medicine, subject.view))
    rows = tuple(one.row_id for one in table)
    return _dated(changed(shell, rows=(*shell.rows, *rows)), steps, began=began, interval=interval)


def _dated(
    shell: TaperOption, steps: tuple[tuple[Decimal, int, tuple[Piece, ...]], ...], *, began: int, interval: int
) -> TaperOption:
    """Return the draft with its days: a day for the first step and its check-in, the earliest for the others."""
    made = tuple(
        TaperStep(
            number=number,
            amount=amount,
            every_days=every_days,
            pieces=pieces,
            on=_date(began) if number == 1 else None,
            earliest_on=_date(began + (number - 1) * interval),
            check_in_on=_date(began + number * interval),
        )
        for number, (amount, every_days, pieces) in enumerate(steps, 1)
    )
    return changed(shell, kind=OptionKind.DRAFT, steps=made, interval_days=interval)


def _date(ordinal: int) -> date | None:
    """Return the day of an ordinal; None past the calendar."""
    return date.fromordinal(ordinal) if ordinal <= date.max.toordinal() else None


def step_back(request: TaperRequest, subject: Subject) -> TaperOption:
    """Return the option of the dose before the last change, made of what is at hand."""
    before = previous_dose(request, subject.day)
    shell = TaperOption(id="step-back", kind=OptionKind.REFUSED, amount=None)
    try:
        amount = before.in_unit(DoseUnit.MILLIGRAM).amount if before is not None else None
    except AllianceError:
        amount = None
    if amount is None:
        return changed(shell, reasons=(Reason(code="not-known"),), missing=("original_dose",))
    kit = Kit(request.products or (), most=amount, limits=Limits.of(subject.view))
    on = subject.day.on
    subject.day.has_reached(_date(on.toordinal() + 1))  # tomorrow the day is another
    step = TaperStep(
        number=1,
        amount=amount,
        every_days=1,
        pieces=kit.make(amount) or (),
        on=on,
        earliest_on=on,
        check_in_on=None,
    )
    return changed(shell, kind=OptionKind.STEP_BACK, amount=amount, steps=(step,))
