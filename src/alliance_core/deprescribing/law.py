"""What law asks about a regimen in a nursing facility or a Part D program: each rule with its own day, never merged."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.dates import latest, month_end
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.sources import Basis
from alliance_core.deprescribing.context import NO, SILENT, YES, Context
from alliance_core.deprescribing.policy import WHOLE_REGIMEN, IntervalRow, MonthReading, ReductionRow
from alliance_core.deprescribing.records import ReviewKind
from alliance_core.records import Setting, goes_on

REQUIRED_REVIEW: Final = Rule(
    id="deprescribing.required-review",
    basis=Basis.LAW,
    source="cfr-42-483-45",
    locator="483.45(c)(1)-(2)",
    says="A review that law asks for in this setting was held in its time.",
)

#: Which reviews answer a row, by what it asks to be reviewed: a comprehensive review also answers a targeted one.
_ANSWERED_BY: Final = {
    "pharmacist": frozenset({ReviewKind.PHARMACIST}),
    "comprehensive": frozenset({ReviewKind.COMPREHENSIVE}),
    "targeted": frozenset({ReviewKind.COMPREHENSIVE, ReviewKind.TARGETED}),
}


def required_findings(context: Context) -> Iterator[Finding]:
    """Return one finding for each rule of law about a review whose setting or program may be the patient's."""
    for row in context.view.by_kind.get("law", ()):
        if may_hold(row, context):
            yield _required(REQUIRED_REVIEW.id, row, Weight.REQUIRED, context)


def offer_findings(rule: Rule, context: Context) -> Iterator[Finding]:
    """Return one finding for each first review that a program advises after enrollment, until it was held."""
    for row in context.view.of("guideline", [WHOLE_REGIMEN]):
        if row.circumstance and may_hold(row, context) and not _is_answered(row, context):
            yield _required(rule.id, row, Weight.RECOMMENDED, context)


def may_hold(row: IntervalRow, context: Context) -> bool:
    """Whether the patient may be where the row holds, and in the program that it asks about."""
    return placed(row, context) is not NO and _enrolled(row, context) is not NO


def placed(row: IntervalRow | ReductionRow, context: Context) -> Recorded:
    """Whether the patient is cared for where the row holds."""
    if row.setting in {"", "any"}:
        return YES
    if context.setting is None:
        return SILENT
    return YES if context.setting.value == row.setting else NO


def _enrolled(row: IntervalRow, context: Context) -> Recorded:
    if not row.circumstance:
        return YES
    mine = context.present(row.circumstance)
    return YES if any(one.present is YES for one in mine) else SILENT if mine else NO


def _is_answered(row: IntervalRow, context: Context) -> bool:
    """A first review after enrollment is asked for once."""
    begun, last = _begun_on(row, context), _last(row, context)
    return begun is not None and last is not None and last >= begun


def _required(rule: str, row: IntervalRow, weight: Weight, context: Context) -> Finding:
    begun = _begun_on(row, context)
    last = _last(row, context)
    due_on = _due_on(row, begun, last, context)
    unknown = tuple(_missing(row, begun, context))
    answer = _answer(row, due_on, unknown, context)
    return Finding(
        rule=rule,
        about=context.regimen.id,
        item=row.row_id,
        answer=answer,
        weight=weight,
        because=(("reviews.completed_on", last.isoformat()),) if last is not None else (),
        missing=unknown if answer is Answer.CANNOT_TELL else (),
        due_on=due_on,
        rows=(row.row_id,),
    )


def _answer(row: IntervalRow, due_on: date | None, missing: tuple[str, ...], context: Context) -> Answer:
    """Law is not met only after its day has passed; what is unknown cannot be told."""
    if due_on is None or YES is not placed(row, context) or YES is not _enrolled(row, context):
        return Answer.CANNOT_TELL
    if not context.day.has_passed(due_on):
        return Answer.MET
    return Answer.CANNOT_TELL if missing else Answer.NOT_MET


def _missing(row: IntervalRow, begun: date | None, context: Context) -> Iterator[str]:
    if placed(row, context) is not YES:
        yield "encounters.setting"
    if any(one.present is not YES for one in context.present(row.circumstance)):
        yield f"circumstances.{row.circumstance}"
    if context.regimen.reviews is None:
        yield "reviews"
    if begun is None:
        yield "circumstances.recorded_on" if row.circumstance else "encounters.started_on"


def _begun_on(row: IntervalRow, context: Context) -> date | None:
    """The first day of the enrollment, or of the open stay; None if one that may count has no day."""
    if row.circumstance:
        return _first([one.recorded_on for one in context.present(row.circumstance)])
    return stay_begun_on(context)


def stay_begun_on(context: Context) -> date | None:
    """Return the first day of the open stay in a facility; None if one that may be a part of it has no day."""
    stays = [one for one in context.regimen.encounters if one.setting in _RESIDENT and goes_on(one, context.day)]
    return _first([one.started_on if one.setting is not None else None for one in stays])


#: A stay of which the setting was not recorded may be an earlier part of this one.
_RESIDENT: Final = frozenset({Setting.NURSING_FACILITY, None})


def _first(days: list[date | None]) -> date | None:
    known = [one for one in days if one is not None]
    return min(known) if known and len(known) == len(days) else None


def _last(row: IntervalRow, context: Context) -> date | None:
    """The last review that answers the row: what law asks of the whole regimen, a review of a part does not answer."""
    targeted = row.reviewed.startswith("targeted")
    kinds = _ANSWERED_BY[
        "pharmacist" if row.anchor == "calendar-month" else "targeted" if targeted else "comprehensive"
    ]
    mine = (one for one in context.regimen.reviews or () if one.kind in kinds)
    return latest(*(one.completed_on for one in mine if targeted or one.medicines is None))


def _due_on(row: IntervalRow, begun: date | None, last: date | None, context: Context) -> date | None:
    """A monthly review is read as one in each calendar month of the stay, or as a month since the last."""
    if row.anchor == "start":
        return row.interval.after(begun) if begun is not None else None
    anchor = latest(begun, last)
    if anchor is None:
        return None
    if row.anchor == "calendar-month" and context.policy.month_reading is MonthReading.CALENDAR_MONTH:
        # A review before the stay answers nothing in it, and it may be one while nobody wrote when the stay began.
        is_held = begun is not None and last == anchor
        month = row.interval.after(anchor.replace(day=1)) if is_held else anchor
        return month_end(month) if month is not None else None
    return row.interval.after(anchor)
