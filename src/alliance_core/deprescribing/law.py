"""What law asks about a regimen in a nursing facility or a Part D program: each rule with its own day, never merged."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.dates import CalendarDuration, latest, month_end
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.sources import Basis
from alliance_core.deprescribing.clocks import Context
from alliance_core.deprescribing.episodes import Episode
from alliance_core.deprescribing.policy import WHOLE_REGIMEN, FirstDayReading, IntervalRow, MonthReading
from alliance_core.deprescribing.records import ReviewKind
from alliance_core.records import Encounter, Setting

YES, NO = Recorded.YES, Recorded.NO

REQUIRED_REVIEW: Final = Rule(
    id="deprescribing.required-review",
    basis=Basis.LAW,
    source="cfr-42-483-45",
    locator="483.45(c)(1)-(2)",
    says="A review that law asks for in this setting was held in its time.",
)
AS_NEEDED_LIMIT: Final = Rule(
    id="deprescribing.as-needed-limit",
    basis=Basis.LAW,
    source="cfr-42-483-45",
    locator="483.45(e)(3)-(5)",
    says="An as-needed psychotropic order in a nursing facility ends within its limit, or what law asks is recorded.",
)

#: Which reviews answer a row, by what it asks to be reviewed: a comprehensive review also answers a targeted one.
_ANSWERED_BY: Final = {
    "pharmacist": frozenset({ReviewKind.PHARMACIST}),
    "comprehensive": frozenset({ReviewKind.COMPREHENSIVE}),
    "targeted": frozenset({ReviewKind.COMPREHENSIVE, ReviewKind.TARGETED}),
}


def law_findings(context: Context) -> Iterator[Finding]:
    """Return one finding for each rule of law whose setting may be the patient's."""
    offers = (row for row in context.view.of("guideline", [WHOLE_REGIMEN]) if row.circumstance)
    for row in (*context.view.by_kind.get("law", ()), *offers):
        placed = _placed(row, context)
        if placed is NO or _enrolled(row, context) is NO:
            continue
        if row.anchor != "start" or not _is_answered(row, context):
            yield _required(row, placed, context)
    for row in context.view.by_kind.get("limit", ()):
        placed = _placed(row, context)
        if placed is not NO:
            yield from _limits(row, placed, context)


def _placed(row: IntervalRow, context: Context) -> Recorded:
    if row.setting in {"", "any"}:
        return YES
    if context.setting is None:
        return Recorded.NOT_RECORDED
    return YES if context.setting.value == row.setting else NO


def _enrolled(row: IntervalRow, context: Context) -> Recorded:
    if not row.circumstance:
        return YES
    mine = [one for one in context.regimen.circumstances if one.kind.value == row.circumstance]
    return YES if any(one.present is YES for one in mine) else NO


def _is_answered(row: IntervalRow, context: Context) -> bool:
    """A first review after enrollment is asked for once."""
    begun, last = _begun_on(row, context), _last(row, context)
    return begun is not None and last is not None and last >= begun


def _required(row: IntervalRow, placed: Recorded, context: Context) -> Finding:
    begun = _begun_on(row, context)
    last = _last(row, context)
    due_on = _due_on(row, begun, last, context)
    missing = _missing(placed, begun, last, context)
    return Finding(
        rule=REQUIRED_REVIEW.id,
        about=context.regimen.id,
        item=row.row_id,
        answer=_answer(due_on, missing, context),
        weight=Weight.REQUIRED if row.is_law else Weight.RECOMMENDED,
        because=(("reviews.completed_on", last.isoformat()),) if last is not None else (),
        missing=missing,
        due_on=due_on,
        rows=(row.row_id,),
    )


def _answer(due_on: date | None, missing: tuple[str, ...], context: Context) -> Answer:
    """Law is not met only after its day has passed; what is unknown cannot be told."""
    if due_on is None or "encounters.setting" in missing:
        return Answer.CANNOT_TELL
    if not context.day.has_passed(due_on):
        return Answer.MET
    return Answer.CANNOT_TELL if missing else Answer.NOT_MET


def _missing(placed: Recorded, begun: date | None, last: date | None, context: Context) -> tuple[str, ...]:
    paths: list[str] = []
    if placed is not YES:
        paths.append("encounters.setting")
    if context.regimen.reviews is None:
        paths.append("reviews")
    if begun is None and last is None:
        paths.append("encounters.started_on")
    return tuple(paths)


def _stay(context: Context) -> Encounter | None:
    """The open stay in a nursing facility."""
    stays = (
        one for one in context.regimen.encounters if one.setting is Setting.NURSING_FACILITY and one.ended_on is None
    )
    return max(stays, key=lambda one: (one.started_on or date.min, one.id), default=None)


def _begun_on(row: IntervalRow, context: Context) -> date | None:
    if row.circumstance:
        mine = (one.recorded_on for one in context.regimen.circumstances if one.kind.value == row.circumstance)
        return latest(*mine)
    stay = _stay(context)
    return stay.started_on if stay is not None else None


def _kinds(row: IntervalRow) -> frozenset[ReviewKind]:
    if row.anchor == "calendar-month":
        return _ANSWERED_BY["pharmacist"]
    return _ANSWERED_BY["targeted" if row.reviewed.startswith("targeted") else "comprehensive"]


def _last(row: IntervalRow, context: Context) -> date | None:
    kinds = _kinds(row)
    return latest(
        *(
            review.completed_on
            for review in context.regimen.reviews or ()
            if review.kind in kinds and context.day.has_reached(review.completed_on)
        )
    )


def _due_on(row: IntervalRow, begun: date | None, last: date | None, context: Context) -> date | None:
    """A monthly review is read as one in each calendar month of the stay, or as a month since the last."""
    anchor = latest(begun, last)
    if anchor is None:
        return None
    if row.anchor == "calendar-month" and context.policy.month_reading is MonthReading.CALENDAR_MONTH:
        reviewed = last is not None and last == anchor
        after = row.interval.after(anchor.replace(day=1)) if reviewed else anchor
        return month_end(after) if after is not None else None
    return row.interval.after(anchor)


def _limits(row: IntervalRow, placed: Recorded, context: Context) -> Iterator[Finding]:
    for episode, groups in zip(context.episodes, context.groups, strict=True):
        if episode.is_open and row.drug_group in groups and episode.as_needed is not NO:
            yield _limit(row, episode, placed, context)


def _limit(row: IntervalRow, episode: Episode, placed: Recorded, context: Context) -> Finding:
    order = max(episode.entries, key=lambda entry: (entry.started_on or date.min, entry.id))
    last_day = _last_day(row, order.started_on, context)
    unknown = [
        path
        for path, is_known in (
            ("encounters.setting", placed is YES),
            ("medications.as_needed", episode.as_needed is YES),
            ("medications.started_on", order.started_on is not None),
        )
        if not is_known
    ]
    over = last_day is not None and context.day.has_passed(last_day)
    answer, missing = Answer.MET, tuple(unknown)
    if unknown:
        answer = Answer.CANNOT_TELL
    elif over:
        answer, missing = _exceeded(
            row, order.rationale_documented, order.duration_documented, order.examined_on, order.started_on
        )
    return Finding(
        rule=AS_NEEDED_LIMIT.id,
        about=context.regimen.id,
        item=episode.id,
        answer=answer,
        weight=Weight.REQUIRED,
        missing=missing,
        due_on=last_day,
        rows=(row.row_id,),
    )


def _last_day(row: IntervalRow, started: date | None, context: Context) -> date | None:
    """The last day that the limit covers; whether the first day counts is a reading."""
    if started is None:
        return None
    counted = int(context.policy.first_day_reading is FirstDayReading.START_IS_DAY_ONE)
    return CalendarDuration(days=row.interval.days - counted, months=row.interval.months).after(started)


def _exceeded(
    row: IntervalRow, rationale: Recorded, duration: Recorded, examined: date | None, started: date | None
) -> tuple[Answer, tuple[str, ...]]:
    """Past the limit: an antipsychotic needs a new order after an examination, any other a rationale and a duration."""
    if row.drug_group == "antipsychotic":
        return Answer.NOT_MET, () if examined is not None and started is not None else ("medications.examined_on",)
    facts = (("medications.rationale_documented", rationale), ("medications.duration_documented", duration))
    if all(fact is YES for _, fact in facts):
        return Answer.MET, ()
    missing = tuple(path for path, fact in facts if fact is not YES)
    return (Answer.NOT_MET if any(fact is NO for _, fact in facts) else Answer.CANNOT_TELL), missing
