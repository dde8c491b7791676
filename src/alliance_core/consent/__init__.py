"""Consent: whose decision is recorded, and how much of what belongs to it was said. Two answers, never merged."""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.errors import AllianceError
from alliance_core.base.facts import Recorded, any_yes
from alliance_core.base.findings import Answer, Finding, Rule, Weight, canonical
from alliance_core.base.kinds import changed, value
from alliance_core.base.sources import Basis
from alliance_core.consent.agenda import Agenda, Topic, agenda_of
from alliance_core.consent.authority import CASES, Authority, Verdict, decide
from alliance_core.consent.context import Context, context_of, medicine_of
from alliance_core.consent.elements import UNTOLD, Content, Reason, Why, content
from alliance_core.consent.fit import Fit, fits
from alliance_core.consent.freshness import Trigger, due_on, triggers
from alliance_core.consent.policy import CONSENT_TABLES, ConsentPolicy
from alliance_core.consent.records import (
    ConsentDecision,
    ConsentDiscussion,
    ConsentEvent,
    DecidedBy,
    EmergencyBasis,
    TreatmentEvent,
    TreatmentKind,
    Waiver,
    Withheld,
)
from alliance_core.records import has_died

YES, NO = Recorded.YES, Recorded.NO

DISCUSSION: Final = Rule(
    id="consent.discussion",
    basis=Basis.SEED,
    source="seed",
    locator="Informed Consent",
    says="Starting, raising, lowering or tapering a prescribed medicine comes with a discussion, and it is recorded.",
)
AUTHORITY: Final = Rule(
    id="consent.authority",
    basis=Basis.SEED,
    source="seed",
    locator="Informed Consent",
    says="The decision of the patient, or of whoever lawfully decides, is recorded for each event.",
)
COMPLETENESS: Final = Rule(
    id="consent.completeness",
    basis=Basis.SEED,
    source="seed",
    locator="Informed Consent",
    says="What belongs to the discussion was said and recorded: detailed, transparent, ongoing.",
)
FRESHNESS: Final = Rule(
    id="consent.freshness",
    basis=Basis.PRACTICE,
    source="practice",
    locator="consent freshness",
    says="A discussion is held again when its time has run out, or what it rested on has changed.",
)
PREFERENCE: Final = Rule(
    id="consent.preference",
    basis=Basis.SEED,
    source="seed",
    locator="opening",
    says="A proposal fits the patient's own order of options and the effects they would put up with.",
)
RULES: Final[tuple[Rule, ...]] = (DISCUSSION, AUTHORITY, COMPLETENESS, FRESHNESS, PREFERENCE)


class Completeness(Enum):
    """How much is recorded; it never shows that it was understood, or valid."""

    INCOMPLETE_ESSENTIAL = "incomplete-essential"
    STALE = "stale"
    INCOMPLETE_OTHER = "incomplete-other"
    MAY_BE_STALE = "may-be-stale"
    RECORDED_WITH_WAIVER = "recorded-with-waiver"
    RECORDED = "recorded"
    NO_DISCUSSION = "no-discussion-recorded"
    CLOSED = "closed"


REASSURING: Final = frozenset({Authority.YES_RECORDED, Completeness.RECORDED, Completeness.RECORDED_WITH_WAIVER})


@value
class ConsentReview:
    """
    What is recorded of one consent, on one day: the decision, and how much was said. The two are never merged.

    `reasons` are all that is open, heaviest first, each with its element and the rows that ask for it; `waived` what
    the patient would rather not hear; `agenda` what is left to say. The same record gives the same review on every day
    before `valid_until`. When the patient has died, both are closed and nothing is asked.
    """

    about: str
    event: str
    treatment: str
    authority: Authority
    completeness: Completeness
    reasons: tuple[Reason, ...]
    waived: tuple[str, ...]
    agenda: Agenda
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None


def review_consent(record: ConsentEvent, *, policy: ConsentPolicy, on: date) -> ConsentReview:
    """
    Return what is recorded of the consent to one event: authority and completeness, with every reason.

    Starting, increasing, decreasing or tapering a prescribed medicine needs a comprehensive discussion, and so does
    any other treatment [seed: Informed Consent]. Raises `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    context = context_of(record, policy=policy, day=day)
    if has_died(context.person, day):
        nothing = Content(reasons=(), waived=())
        closed = _review(context, Authority.CLOSED, Completeness.CLOSED, nothing, ())
        return changed(closed, agenda=Agenda(topics=(), within_class=(), other_classes=()))
    if record.discussion is None:
        return _undiscussed(context)
    verdict = decide(context)
    said = content(context, in_range=_is_in_range(context, policy))
    fired = _triggers(context, said)
    state = _completeness(context, said, fired)
    found = (
        _authority_finding(context, verdict),
        _completeness_finding(context, said, state),
        *_freshness_finding(context, fired),
        *_preference_finding(context, fits(context)),
    )
    return _review(context, verdict.authority, state, said, found)


def _review(
    context: Context, authority: Authority, state: Completeness, said: Content, found: tuple[Finding, ...]
) -> ConsentReview:
    return ConsentReview(
        about=context.record.id,
        event=context.event.value if context.event is not None else "",
        treatment=_treatment(context),
        authority=authority,
        completeness=state,
        reasons=said.reasons,
        waived=said.waived,
        agenda=agenda_of(context, said.reasons),
        findings=canonical(found),
        not_applicable=tuple(rule.id for rule in RULES if all(one.rule != rule.id for one in found)),
        valid_until=context.day.valid_until,
    )


def _treatment(context: Context) -> str:
    """Return the treatment by a word of ours: the medicine's name in the table, else its kind."""
    if context.medicine is not None:
        return context.medicine.name
    return context.kind.value if context.kind is not None else "treatment"


def _item(context: Context) -> str:
    event = context.event.value if context.event is not None else "event-not-recorded"
    return f"{_treatment(context)} {event}"


def _undiscussed(context: Context) -> ConsentReview:
    """An event without a discussion is one finding, not a list of all that was not said."""
    finding = Finding(
        rule=DISCUSSION.id,
        about=context.record.id,
        item=_item(context),
        answer=Answer.CANNOT_TELL,
        weight=Weight.REQUIRED,
        because=_when(context),
        missing=("discussion",),
    )
    nothing = Content(reasons=(), waived=())
    return _review(context, Authority.NO_VALID_DECISION_RECORDED, Completeness.NO_DISCUSSION, nothing, (finding,))


def _when(context: Context) -> tuple[tuple[str, str], ...]:
    occurred = context.record.occurred_on
    return (("occurred_on", occurred.isoformat()),) if occurred is not None else ()


# -- within an agreed range ------------------------------------------------------------------------------------------


def _is_in_range(context: Context, policy: ConsentPolicy) -> bool:
    """Whether a change stays inside what was agreed on in an earlier discussion that is whole and still holds."""
    earlier = context.record.earlier
    if earlier is None or "start" in context.words or not _is_between(context, earlier):
        return False
    if medicine_of(ConsentEvent(id=earlier.id), earlier, policy.medicines) not in {None, context.medicine}:
        return False
    whole = changed(context.record, id=earlier.id, event=None, occurred_on=None, discussion=earlier, earlier=None)
    before = context_of(whole, policy=policy, day=context.day)
    said = content(before, in_range=False)
    is_whole = not any(one.weight is Weight.ESSENTIAL for one in said.reasons)
    is_current = before.discussion.discussed_on is not None and all(one.fired is NO for one in _triggers(before, said))
    return decide(before).authority is Authority.YES_RECORDED and is_whole and is_current


def _is_between(context: Context, earlier: ConsentDiscussion) -> bool:
    dose = context.discussion.dose
    if dose is None or earlier.range_lower is None or earlier.range_upper is None:
        return False
    try:
        return earlier.range_lower.compared(dose) <= 0 <= earlier.range_upper.compared(dose)
    except AllianceError:
        return False


# -- verdict and findings --------------------------------------------------------------------------------------------


def _triggers(context: Context, said: Content) -> tuple[Trigger, ...]:
    return triggers(context, said.waived) if _may_age(context) else ()


def _completeness(context: Context, said: Content, fired: tuple[Trigger, ...]) -> Completeness:
    """Return the first that holds: essential parts are open, stale, others are open, perhaps stale, waived, all."""
    if any(one.weight is Weight.ESSENTIAL for one in said.reasons):
        return Completeness.INCOMPLETE_ESSENTIAL
    if any(one.fired is YES for one in fired):
        return Completeness.STALE
    if said.reasons:
        return Completeness.INCOMPLETE_OTHER
    if _is_undated(context) or any(one.fired is not NO for one in fired):
        return Completeness.MAY_BE_STALE
    return Completeness.RECORDED_WITH_WAIVER if said.waived else Completeness.RECORDED


def _authority_finding(context: Context, verdict: Verdict) -> Finding:
    return Finding(
        rule=AUTHORITY.id,
        about=context.record.id,
        item=_item(context),
        answer=verdict.answer,
        weight=verdict.weight,
        because=(("authority", verdict.authority.value),),
        missing=verdict.missing,
    )


def _completeness_finding(context: Context, said: Content, state: Completeness) -> Finding:
    return Finding(
        rule=COMPLETENESS.id,
        about=context.record.id,
        item=_item(context),
        answer=_answer(said),
        weight=said.reasons[0].weight if said.reasons else Weight.ESSENTIAL,
        because=(("completeness", state.value), *(("waived", one) for one in said.waived)),
        missing=tuple(dict.fromkeys(one.missing for one in said.reasons)),
        rows=tuple(dict.fromkeys(row for one in said.reasons for row in one.rows)),
    )


def _answer(said: Content) -> Answer:
    if not said.reasons:
        return Answer.MET
    heaviest = said.reasons[0].weight
    refuted = any(one.why not in UNTOLD for one in said.reasons if one.weight is heaviest)
    return Answer.NOT_MET if refuted else Answer.CANNOT_TELL


def _freshness_finding(context: Context, fired: tuple[Trigger, ...]) -> Iterator[Finding]:
    """One finding for all that may ask for the discussion again; none where nothing ever will."""
    told = [one for one in fired if one.fired is not NO] or [one for one in fired if one.due_on is not None]
    if _is_undated(context):
        yield _fresh(context, [], Answer.CANNOT_TELL, ("discussed_on",))
    elif told:
        yield _fresh(context, told, _fresh_answer(told), tuple(dict.fromkeys(p for one in told for p in one.missing)))


def _is_undated(context: Context) -> bool:
    """Whether nobody can say how old a discussion is that may become stale."""
    return context.discussion.discussed_on is None and _may_age(context)


def _may_age(context: Context) -> bool:
    """Nothing becomes stale that was refused or withdrawn, or that is over."""
    is_no = context.discussion.decision in {ConsentDecision.REFUSED, ConsentDecision.WITHDRAWN}
    return not is_no and context.record.ongoing is not NO


def _fresh_answer(told: list[Trigger]) -> Answer:
    joined = any_yes(*(one.fired for one in told))
    if joined is NO:
        return Answer.MET
    return Answer.NOT_MET if joined is YES else Answer.CANNOT_TELL


def _fresh(context: Context, told: list[Trigger], answer: Answer, missing: tuple[str, ...]) -> Finding:
    certain = [one for one in told if one.fired is YES] or told
    return Finding(
        rule=FRESHNESS.id,
        about=context.record.id,
        item=_item(context),
        answer=answer,
        weight=min((one.heaviness for one in certain), key=lambda w: w.rank, default=Weight.REQUIRED),
        because=tuple(dict.fromkeys(("trigger", one.row.trigger) for one in certain)),
        missing=missing if answer is Answer.CANNOT_TELL else (),
        due_on=due_on(tuple(certain)),
        rows=tuple(dict.fromkeys(row for one in certain for row in one.rows)),
    )


_WORST: Final = (Answer.NOT_MET, Answer.CANNOT_TELL, Answer.MET)


def _preference_finding(context: Context, found: tuple[Fit, ...]) -> Iterator[Finding]:
    """One finding for all preferences: a conflict first, then what is unknown."""
    if not found and not context.words & {"start", "increase"}:
        return
    answer = next((one for one in _WORST if any(fit.answer is one for fit in found)), Answer.MET)
    told = [one for one in found if one.answer is answer]
    yield Finding(
        rule=PREFERENCE.id,
        about=context.record.id,
        item=_item(context),
        answer=answer,
        weight=Weight.REQUIRED if answer is Answer.NOT_MET else Weight.RECOMMENDED,
        because=tuple(("preference", about) for about in sorted({one.about for one in told if not one.missing})),
        missing=tuple(sorted({one.missing for one in told if one.missing})),
        rows=tuple(sorted({row for one in told for row in one.rows})),
    )


__all__ = [
    "CASES",
    "CONSENT_TABLES",
    "REASSURING",
    "RULES",
    "Agenda",
    "Authority",
    "Completeness",
    "ConsentDecision",
    "ConsentDiscussion",
    "ConsentEvent",
    "ConsentPolicy",
    "ConsentReview",
    "DecidedBy",
    "EmergencyBasis",
    "Reason",
    "Topic",
    "TreatmentEvent",
    "TreatmentKind",
    "Waiver",
    "Why",
    "Withheld",
    "medicine_of",
    "review_consent",
]
