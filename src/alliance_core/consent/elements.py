"""
What was said, element by element, against what each authority asks for this event: what is open, and why.

An element that is not named is not recorded, which is never *not done*. A general "risks discussed" is part of each
risk. What the patient would rather not hear can be waived where it may be; what the clinician did not tell stays open.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final

from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import changed, value
from alliance_core.base.tables import Row
from alliance_core.consent.context import Context
from alliance_core.consent.policy import ElementRow
from alliance_core.consent.records import Waiver, Withheld
from alliance_core.consent.standing import ElementStatus, path_of, status

YES, NO = Recorded.YES, Recorded.NO


class Why(Enum):
    """Why an element is open."""

    NOT_RECORDED = "not-recorded"
    PARTIAL = "partial"
    NOT_DONE = "not-done"
    DECLINED_NOT_WAIVABLE = "declined-not-waivable"
    WITHHELD = "withheld"
    WAIVER_CORE = "waiver-core-missing"
    UNKNOWN_TREATMENT = "treatment-not-known"


#: What nobody wrote down cannot be told; everything else was done in part, or not.
UNTOLD: Final = frozenset({Why.NOT_RECORDED, Why.UNKNOWN_TREATMENT})


@value
class Reason:
    """One thing that is open: the element, how much it weighs, which rows ask for it, what to record."""

    element: str
    why: Why
    weight: Weight
    rows: tuple[str, ...]
    missing: str


@value
class Asked:
    """One element that is asked for here, with every row that asks."""

    element: str
    weight: Weight
    rows: tuple[Row, ...]


# -- what is asked ---------------------------------------------------------------------------------------------------


def asked(context: Context, *, in_range: bool) -> tuple[Asked, ...]:
    """Return the elements that are asked for, in the order of a conversation, each once with its heaviest weight."""
    found: dict[str, list[tuple[Weight, Row]]] = {}
    for element, weight, row in (*_by_rows(context, in_range=in_range), *_by_risks(context, in_range=in_range)):
        found.setdefault(element, []).append((weight, row))
    made = (
        Asked(element=name, weight=min((w for w, _ in rows), key=lambda w: w.rank), rows=tuple(row for _, row in rows))
        for name, rows in found.items()
    )
    return tuple(sorted(made, key=lambda one: (_step(one.element, context), one.element)))


def _step(element: str, context: Context) -> int:
    item = context.view.items.get(element) or context.view.items.get("risks.common")
    return item.step if item is not None else 0


def _by_rows(context: Context, *, in_range: bool) -> Iterator[tuple[str, Weight, Row]]:
    for row in context.view.elements:
        if not context.treats(row.treatment) or not context.happens(row.event):
            continue
        asks = context.asks(row)
        if asks is not NO and not (in_range and row.in_range == "no"):
            yield row.element, _weight(row, asks, in_range=in_range), row


def _weight(row: ElementRow, asks: Recorded, *, in_range: bool) -> Weight:
    """What may not apply weighs least; inside an agreed range only a few of our own stay essential, all law does."""
    if asks is not YES:
        return Weight.RECOMMENDED
    relieved = in_range and not row.is_law and row.in_range != "yes" and row.weight is Weight.ESSENTIAL
    return Weight.REQUIRED if relieved else row.weight


def _by_risks(context: Context, *, in_range: bool) -> Iterator[tuple[str, Weight, Row]]:
    """A risk is asked about for a patient whose it is, or of whom that is not known; law as much inside a range."""
    for row in context.view.risks:
        if _is_asked_now(row.event, context, dose_related=row.dose_related) and context.warns(row) is not NO:
            if context.medicine is None and context.is_medication:
                continue  # told once, as a medicine that no row knows
            if context.is_product(row) is not YES:
                yield row.element, Weight.RECOMMENDED, row
            else:
                yield row.element, Weight.REQUIRED if in_range and not row.is_law else Weight.ESSENTIAL, row


def _is_asked_now(event: str, context: Context, *, dose_related: bool) -> bool:
    if event:
        return event in context.words
    if "start" in context.words:
        return True
    if context.matrix == "procedure" and context.happens("") and "reduce" not in context.words:
        return True  # each treatment brings it again; to end it brings nothing
    return "increase" in context.words and dose_related


# -- what is open ----------------------------------------------------------------------------------------------------


@value
class Content:
    """What is open in what was said, and whether the patient waived a part."""

    reasons: tuple[Reason, ...]
    waived: tuple[str, ...]


def content(context: Context, *, in_range: bool) -> Content:
    """Return every reason why a discussion is not all recorded, and what the patient would rather not hear."""
    reasons: list[Reason] = []
    waived: list[str] = []
    for one in asked(context, in_range=in_range):
        state = status(one.element, context)
        if state is ElementStatus.DECLINED and _is_waivable(one, context):
            waived.append(one.element)
        elif state is not ElementStatus.DONE:
            reasons.append(_reason(one, state, context))
    reasons += _unknown_treatment(context)
    if waived:
        reasons += _core(context)
    return Content(reasons=_sorted(reasons), waived=tuple(waived))


def _sorted(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda one: one.weight.rank))  # stable: the order of the conversation stays


def _is_waivable(one: Asked, context: Context) -> bool:
    """What a statute asks for cannot be waived, nor can what the clinician kept back; case law knows the waiver."""
    is_kept_back = any(entry.element == one.element for entry in context.discussion.withheld)
    is_statute = any(row.is_law for row in one.rows) and "patient-may-waive" not in context.view.settings
    item = context.view.items.get(one.element)
    return not is_kept_back and not is_statute and (item is None or item.waivable)


_WHY: Final = {
    ElementStatus.PARTIAL: Why.PARTIAL,
    ElementStatus.NOT_DONE: Why.NOT_DONE,
    ElementStatus.DECLINED: Why.DECLINED_NOT_WAIVABLE,
    ElementStatus.NOT_RECORDED: Why.NOT_RECORDED,
}


def _missing(element: str, context: Context) -> str:
    """Return where an element is recorded; of a talk that was held too late it is left to say so."""
    if element != "beforehand" or context.record.occurred_on is None:
        return path_of(element)
    return "discussed_on" if context.talked_on is None else "discussed.beforehand"


def _reason(one: Asked, state: ElementStatus, context: Context) -> Reason:
    made = Reason(
        element=one.element,
        why=_WHY[state],
        weight=one.weight,
        rows=tuple(row.row_id for row in one.rows),
        missing=_missing(one.element, context),
    )
    withheld = [entry for entry in context.discussion.withheld if entry.element == one.element]
    return _withheld(made, withheld, context) if withheld else made


def _withheld(reason: Reason, withheld: list[Withheld], context: Context) -> Reason:
    """What the clinician did not tell stays open; where the law has an exception it may weigh less, never nothing."""
    is_lighter = all(_is_excepted(entry, context) for entry in withheld) and reason.weight is Weight.ESSENTIAL
    return changed(reason, why=Why.WITHHELD, weight=Weight.REQUIRED if is_lighter else reason.weight)


def _is_excepted(entry: Withheld, context: Context) -> bool:
    """The exception ends on the day agreed for looking at it again."""
    if "withholding-weighs-less" not in context.view.settings or entry.reason is None or entry.review_on is None:
        return False
    is_held = all_yes(entry.serious_detriment, entry.second_opinion) is YES
    return is_held and not context.day.has_reached(entry.review_on)


def _unknown_treatment(context: Context) -> Iterator[Reason]:
    """A treatment, an event or a medicine that nobody can tell is asked for first; risks are never guessed."""
    if not context.matrix:
        yield _unknown("kind" if context.kind is None else "policy.consent_treatments")
    if not context.words:
        yield _unknown("event")
    if context.matrix and context.words and not any(_asks_everyone(row, context) for row in context.view.elements):
        yield _unknown("policy.consent_elements")
    if context.words & {"start", "increase"} and context.is_medication and not _risks_known(context):
        yield _unknown("medicine" if context.medicine is None else "policy.consent_risks")


def _asks_everyone(row: ElementRow, context: Context) -> bool:
    """Whether a row asks of each such treatment and event; where none does, nothing was asked, so nothing is whole."""
    return context.treats(row.treatment) and context.happens(row.event) and row.is_unconditional


def _unknown(path: str) -> Reason:
    return Reason(element="", why=Why.UNKNOWN_TREATMENT, weight=Weight.ESSENTIAL, rows=(), missing=path)


def _risks_known(context: Context) -> bool:
    """Whether some row tells what is risky about the medicine, or the record says that its own risks were told."""
    if context.medicine is None:
        return False
    named = (row for row in context.view.risks if row.drug_group or row.medicine)
    has_rows = any(context.is_of(row.drug_group, row.medicine) is YES for row in named)
    return has_rows or "risks.class" in (context.discussion.discussed or ())


def _core(context: Context) -> Iterator[Reason]:
    """A waiver stands on an offer, the patient's own reason, a core that was told, and a day to ask again."""
    waiver = context.discussion.waiver or Waiver()
    if waiver.offered is not YES:
        yield _core_reason("waiver.offered", is_refuted=waiver.offered is NO)
    if waiver.reason is None:
        yield _core_reason("waiver.reason")
    if waiver.review_on is None:
        yield _core_reason("waiver.review_on")
    for item in context.view.items.values():
        if item.waiver_core and status(item.element, context) is not ElementStatus.DONE:
            yield Reason(
                element=item.element,
                why=Why.WAIVER_CORE,
                weight=Weight.ESSENTIAL,
                rows=(item.row_id,),
                missing=path_of(item.element),
            )


def _core_reason(path: str, *, is_refuted: bool = False) -> Reason:
    why = Why.WAIVER_CORE if is_refuted else Why.NOT_RECORDED
    return Reason(element="", why=why, weight=Weight.ESSENTIAL, rows=(), missing=path)
