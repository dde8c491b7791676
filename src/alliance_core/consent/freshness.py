"""After what a discussion is asked for again: a time that has run out, a dose above the range, a newer warning."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.dates import earliest
from alliance_core.base.errors import AllianceError
from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import value
from alliance_core.consent.context import Context, of_age_on
from alliance_core.consent.policy import FreshnessRow, RiskRow
from alliance_core.consent.records import TreatmentKind
from alliance_core.consent.standing import ElementStatus, status
from alliance_core.records import NOT_RECORDED, MedicationStatement, has_age

YES, NO = Recorded.YES, Recorded.NO

WAIVER_REVIEW_DUE: Final = "waiver-review-due"


@value
class Trigger:
    """One row of freshness: whether it has fired, which facts leave that open, and from which day it will."""

    row: FreshnessRow
    fired: Recorded
    missing: tuple[str, ...] = ()
    due_on: date | None = None
    weight: Weight | None = None
    names: tuple[str, ...] = ()

    @property
    def heaviness(self) -> Weight:
        """How much it weighs: as its row says, unless it may not apply."""
        return self.weight or self.row.weight

    @property
    def rows(self) -> tuple[str, ...]:
        """The row itself, and the rows on risks that name what was begun."""
        return (self.row.row_id, *self.names)


def triggers(context: Context, waived: tuple[str, ...]) -> tuple[Trigger, ...]:
    """
    Return every row that may ask for the discussion again, fired or not; none while its day is not recorded.

    `waived` is what the patient would rather not hear: without it no waiver is asked about again.
    """
    discussed = context.discussion.discussed_on
    if discussed is None:
        return ()
    rows = [row for row in context.view.freshness if context.treats(row.treatment) and context.asks(row) is not NO]
    asked = [row for row in rows if waived or row.trigger != WAIVER_REVIEW_DUE]
    return tuple(trigger for row in asked for trigger in _TRIGGERS[row.trigger](row, discussed, context))


def due_on(found: tuple[Trigger, ...]) -> date | None:
    """Return the first day on which a time runs out."""
    return earliest(*(one.due_on for one in found))


def _interval(row: FreshnessRow, discussed: date, context: Context) -> Iterator[Trigger]:
    if row.interval is None:
        return
    last = row.interval.after(context.discussion.signed_on or discussed)
    over = YES if context.day.has_passed(last) else NO
    fired = all_yes(over, context.asks(row)) if over is YES else NO
    missing = () if context.asks(row) is YES else (_condition_path(row),)
    yield Trigger(row=row, fired=fired, missing=missing if fired is not NO else (), due_on=last)


def _condition_path(row: FreshnessRow) -> str:
    return {"able-to-conceive": "person.sex", "by-telephone-other-decider": "by_telephone"}.get(
        row.asked_when, "medicine"
    )


def _sets_dose(context: Context) -> bool:
    """Whether the talk may set a limit to the dose; one of less leaves the earlier limit as it is."""
    is_of_more = not context.words or bool(context.words & {"start", "increase"})
    return is_of_more or context.discussion.range_upper is not None


def _dose(row: FreshnessRow, _: date, context: Context) -> Iterator[Trigger]:
    """The range agreed on, else the dose agreed on; without it, or without the dose now taken, nobody can tell."""
    if context.kind not in {None, TreatmentKind.MEDICATION} or not _sets_dose(context):
        return
    agreed = [one for one in (context.discussion.range_upper, context.discussion.dose) if one is not None]
    if not agreed:
        yield Trigger(row=row, fired=NOT_RECORDED, missing=("range_upper",))
        return
    taken = context.record.medicine.dose if context.record.medicine is not None else None
    if taken is None:
        yield Trigger(row=row, fired=NOT_RECORDED, missing=("medicine.dose",))
        return
    try:
        above = all(taken.compared(one) > 0 for one in agreed)  # both were agreed on: the higher one is the limit
    except AllianceError:
        yield Trigger(row=row, fired=Recorded.UNCLEAR, missing=("medicine.dose",))
        return
    yield Trigger(row=row, fired=YES if above else NO)


def _warning(row: FreshnessRow, discussed: date, context: Context) -> Iterator[Trigger]:
    """A warning that is newer than the discussion, about this patient, and that the discussion does not name."""
    newer = [
        one
        for one in context.view.risks
        if one.effective_from is not None
        and one.effective_from > discussed
        and context.warns(one) is not NO
        and status(one.element, context) is not ElementStatus.DONE
    ]
    if newer:
        fired = any_yes(*(context.warns(one) for one in newer))
        yield Trigger(row=row, fired=fired, missing=() if fired is YES else _unknown(newer, context))


def _unknown(newer: list[RiskRow], context: Context) -> tuple[str, ...]:
    """Return which facts leave open whether a newer warning is about this patient."""
    told = {
        "medicine": all_yes(*(context.is_of(one.drug_group, one.medicine) for one in newer)),
        "person.sex": all_yes(*(context.is_sex(one.sex) for one in newer)),
    }
    return tuple(path for path, fact in told.items() if not fact.known) or ("person.born_on",)


def _condition(row: FreshnessRow, discussed: date, context: Context) -> Iterator[Trigger]:
    """What may not apply weighs least."""
    facts = list(_circumstance(row, discussed, context) if row.circumstance else _interaction(discussed, context))
    if facts:
        fired = any_yes(*(fact for fact, _ in facts))
        yield Trigger(
            row=row,
            fired=fired,
            missing=tuple(sorted({path for fact, path in facts if not fact.known})),
            weight=row.weight if fired is YES else Weight.RECOMMENDED,
            names=() if row.circumstance else _naming(discussed, context),
        )


def _circumstance(row: FreshnessRow, discussed: date, context: Context) -> Iterator[tuple[Recorded, str]]:
    for one in context.circumstances(row.circumstance):
        if one.recorded_on is None:
            yield all_yes(one.present, NOT_RECORDED), "circumstances.recorded_on"
        elif one.recorded_on > discussed:
            yield one.present, "circumstances.present"


def _interaction(discussed: date, context: Context) -> Iterator[tuple[Recorded, str]]:
    """Return each medicine that was begun since, and whether a risk of this one names it; no list may hold any."""
    if context.record.others is None:
        yield NOT_RECORDED, "medications"
    for entry in context.record.others or ():
        since = _begun_since(entry, discussed, context)
        if since is not NO:
            known = "medications" if since is YES else "medications.started_on"
            yield all_yes(_interacts(entry, context), since), known


def _begun_since(entry: MedicationStatement, discussed: date, context: Context) -> Recorded:
    if entry.started_on is None:
        return NOT_RECORDED
    return YES if entry.started_on > discussed and context.day.has_reached(entry.started_on) else NO


def _interacts(entry: MedicationStatement, context: Context) -> Recorded:
    """Return whether a row names an entry; one that no row knows may interact, and so may any with one unknown."""
    if _rows_naming(entry, context):
        return YES
    is_unknown = context.medicine is None or context.medicines.resolve(entry).partly_unknown
    return NOT_RECORDED if is_unknown else NO


def _naming(discussed: date, context: Context) -> tuple[str, ...]:
    """Return the rows on risks that name a medicine begun since."""
    since = (one for one in context.record.others or () if _begun_since(one, discussed, context) is YES)
    return tuple(sorted({row.row_id for entry in since for row in _rows_naming(entry, context)}))


def _rows_naming(entry: MedicationStatement, context: Context) -> list[RiskRow]:
    found = context.medicines.resolve(entry).medicines
    words = frozenset[str]().union(*(context.view.words_of(row) for row in found))
    return [
        row
        for row in context.view.risks
        if words & row.renewing
        and (row.drug_group or row.medicine)
        and context.is_of(row.drug_group, row.medicine) is YES
    ]


def _decider(row: FreshnessRow, discussed: date, context: Context) -> Iterator[Trigger]:
    """Whoever decided for a minor no longer does from the birthday on."""
    if context.by_other_decider is NO:
        return
    birthday = of_age_on(context.person, context.view.majority_age)
    if birthday is None:
        yield Trigger(row=row, fired=NOT_RECORDED, missing=("person.born_on",))
    elif discussed < birthday:
        over = has_age(context.person, context.view.majority_age or 0, context.day)
        fired = all_yes(over, context.by_other_decider)
        missing = "decided_by" if over is YES else "person.born_on"
        yield Trigger(row=row, fired=fired, missing=() if fired.known else (missing,), due_on=birthday)


def _waiver(row: FreshnessRow, _: date, context: Context) -> Iterator[Trigger]:
    waiver = context.discussion.waiver
    if waiver is not None and waiver.review_on is not None:
        over = YES if context.day.has_reached(waiver.review_on) else NO
        yield Trigger(row=row, fired=over, due_on=waiver.review_on)


def _each(row: FreshnessRow, discussed: date, context: Context) -> Iterator[Trigger]:
    given = context.record.occurred_on
    if given is None:
        yield Trigger(row=row, fired=NOT_RECORDED, missing=("occurred_on",))
    else:
        yield Trigger(row=row, fired=YES if given > discussed else NO)


_TRIGGERS: Final = {
    "profile-interval-elapsed": _interval,
    "dose-above-agreed-range": _dose,
    "new-material-warning": _warning,
    "condition-changed": _condition,
    "decider-changed": _decider,
    WAIVER_REVIEW_DUE: _waiver,
    "each-treatment": _each,
}
