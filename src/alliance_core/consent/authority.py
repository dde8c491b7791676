"""
Whose yes, no or nothing is recorded for an event: apart from how much was said.

Decision table over the decision, who gave it, and on what footing. A yes is a yes of the patient, or of someone whose
authority was seen; an emergency is a basis only when all that it rests on is recorded.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.errors import AllianceError
from alliance_core.base.facts import Recorded, negate
from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import changed, value
from alliance_core.consent.context import BASIS, Context, rests_on
from alliance_core.consent.records import ConsentDecision, DecidedBy, EmergencyBasis, TreatmentEvent
from alliance_core.records import NOT_RECORDED

YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR
_A, _W, _C = Answer, Weight, ConsentDecision


class Authority(Enum):
    """What is recorded of the decision; never how well it was informed."""

    YES_RECORDED = "yes-recorded"
    YES_TO_CONFIRM = "yes-to-confirm"
    PARTLY_YES_RECORDED = "partly-yes-recorded"
    REFUSAL_RECORDED = "refusal-recorded"
    WITHDRAWAL_RECORDED = "withdrawal-recorded"
    EMERGENCY_BASIS_RECORDED = "emergency-basis-recorded"
    CLOSED = "closed"
    NO_VALID_DECISION_RECORDED = "no-valid-decision-recorded"


@value
class Said:
    """The facts that the table asks for; `lowered`: was less of it given, against a no to just that."""

    decision: ConsentDecision | None
    by: DecidedBy | None
    authority: Recorded
    voluntary: Recorded
    emergency: Recorded
    basis: Recorded
    adult: Recorded
    given: Recorded
    lowered: Recorded


@value
class Verdict:
    """What a case gives."""

    authority: Authority
    answer: Answer
    weight: Weight = Weight.ESSENTIAL
    missing: tuple[str, ...] = ()
    case: str = ""


def _case(
    id: str,  # noqa: A002
    says: str,
    when: Callable[[Said], bool],
    authority: Authority,
    answer: Answer,
    weight: Weight = Weight.ESSENTIAL,
    *missing: str,
    source: str = "practice",
    locator: str = "consent: authority",
) -> Case[Said, Verdict]:
    gives = Verdict(authority=authority, answer=answer, weight=weight, missing=missing, case=id)
    return Case(id=id, says=says, when=when, gives=gives, source=source, locator=locator)


def _is_yes(s: Said) -> bool:
    return s.decision in {_C.AGREED, _C.PARTLY_AGREED}


def _is_no(s: Said) -> bool:
    return s.decision in {_C.REFUSED, _C.WITHDRAWN}


_K = Authority
_NONE = Authority.NO_VALID_DECISION_RECORDED
CASES: Final[tuple[Case[Said, Verdict], ...]] = (
    _case(
        "U23",
        "a no and an emergency are recorded, and part of what the emergency rests on is recorded as absent",
        lambda s: _is_no(s) and s.emergency is YES and s.basis is NO,
        _NONE,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "emergency_basis",
        source="ama-2-1-1",
        locator="2.1.1",
    ),
    _case(
        "U01",
        "a no and an emergency are recorded, whether the treatment goes on or is over: both sides are weighed",
        lambda s: _is_no(s) and s.emergency is YES,
        _NONE,
        _A.JUDGEMENT,
    ),
    _case(
        "U02",
        "a no is recorded, and the treatment is recorded as given",
        lambda s: _is_no(s) and s.given is YES,
        _NONE,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "ongoing",
    ),
    _case(
        "U03",
        "a no is recorded; whether the treatment is given is not known",
        lambda s: _is_no(s) and s.given is not NO,
        _NONE,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "ongoing",
    ),
    _case(
        "U24",
        "a no to less of it is recorded, and it was lowered or ended all the same: both sides are weighed",
        lambda s: _is_no(s) and s.lowered is YES,
        _NONE,
        _A.JUDGEMENT,
    ),
    _case(
        "U25",
        "a no is recorded, perhaps to less of it; whether it was lowered or ended all the same is not known",
        lambda s: _is_no(s) and s.lowered is not NO,
        _NONE,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "occurred_on",
    ),
    _case(
        "U04",
        "a refusal is recorded",
        lambda s: s.decision is _C.REFUSED,
        _K.REFUSAL_RECORDED,
        _A.MET,
        source="seed",
        locator="Informed Consent",
    ),
    _case(
        "U05",
        "a withdrawal is recorded",
        lambda s: s.decision is _C.WITHDRAWN,
        _K.WITHDRAWAL_RECORDED,
        _A.MET,
        source="seed",
        locator="Informed Consent",
    ),
    _case(
        "U06",
        "an emergency is recorded, and part of what it rests on is recorded as absent",
        lambda s: not _is_yes(s) and s.emergency is YES and s.basis is NO,
        _NONE,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "emergency_basis",
        source="ama-2-1-1",
        locator="2.1.1",
    ),
    _case(
        "U07",
        "an emergency is recorded, and part of what it rests on is unclear",
        lambda s: not _is_yes(s) and s.emergency is YES and s.basis is UNCLEAR,
        _NONE,
        _A.JUDGEMENT,
        source="ama-2-1-1",
        locator="2.1.1",
    ),
    _case(
        "U08",
        "an emergency is recorded; what it rests on is not all recorded",
        lambda s: not _is_yes(s) and s.emergency is YES and s.basis is not YES,
        _NONE,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "emergency_basis",
        source="ama-2-1-1",
        locator="2.1.1",
    ),
    _case(
        "U09",
        "an emergency basis is recorded in full",
        lambda s: not _is_yes(s) and s.emergency is YES,
        _K.EMERGENCY_BASIS_RECORDED,
        _A.MET,
        source="ama-2-1-1",
        locator="2.1.1",
    ),
    _case(
        "U10",
        "no decision is recorded",
        lambda s: not _is_yes(s),
        _NONE,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "decision",
        source="seed",
        locator="Informed Consent",
    ),
    _case(
        "U11",
        "the decision was not free of pressure",
        lambda s: s.voluntary is NO,
        _NONE,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "voluntary",
        source="ca-wic-5326",
        locator="5326.5(b), adopted as practice",
    ),
    _case(
        "U12",
        "whether it was free of pressure is unclear",
        lambda s: s.voluntary is UNCLEAR,
        _NONE,
        _A.JUDGEMENT,
    ),
    _case(
        "U13",
        "someone without recorded authority gave the yes",
        lambda s: s.by is DecidedBy.SOMEONE_ELSE,
        _NONE,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "decided_by",
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "U14",
        "who gave the yes is not recorded",
        lambda s: s.by is None,
        _NONE,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "decided_by",
    ),
    _case(
        "U15",
        "someone decided for the patient, and their authority was not to be seen",
        lambda s: s.by is DecidedBy.LAWFUL_DECIDER and s.authority is NO,
        _NONE,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "authority_seen",
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "U16",
        "someone decided for the patient, and what was seen of their authority is unclear",
        lambda s: s.by is DecidedBy.LAWFUL_DECIDER and s.authority is UNCLEAR,
        _NONE,
        _A.JUDGEMENT,
    ),
    _case(
        "U17",
        "someone decided for the patient; whether their authority was seen is not recorded",
        lambda s: s.by is DecidedBy.LAWFUL_DECIDER and s.authority is not YES,
        _NONE,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "authority_seen",
    ),
    _case(
        "U18",
        "a patient under the age of majority gave the yes: whether the law leaves it to them is weighed",
        lambda s: s.by is DecidedBy.PATIENT and s.adult is NO,
        _K.YES_TO_CONFIRM,
        _A.JUDGEMENT,
        _W.REQUIRED,
    ),
    _case(
        "U19",
        "the patient gave the yes; the age is not known",
        lambda s: s.by is DecidedBy.PATIENT and s.adult is not YES,
        _K.YES_TO_CONFIRM,
        _A.CANNOT_TELL,
        _W.RECOMMENDED,
        "person.born_on",
    ),
    _case(
        "U20",
        "a yes to a part is recorded: what was agreed to is compared with what is given",
        lambda s: s.decision is _C.PARTLY_AGREED,
        _K.PARTLY_YES_RECORDED,
        _A.JUDGEMENT,
        _W.REQUIRED,
        source="seed",
        locator="Informed Consent",
    ),
    _case(
        "U21",
        "a yes is recorded; whether it was free of pressure is not",
        lambda s: s.voluntary is not YES,
        _K.YES_TO_CONFIRM,
        _A.CANNOT_TELL,
        _W.RECOMMENDED,
        "voluntary",
    ),
    _case(
        "U22",
        "a free yes of the one who decides is recorded",
        always,
        _K.YES_RECORDED,
        _A.MET,
        source="seed",
        locator="Informed Consent",
    ),
)

_REDUCES: Final = frozenset({TreatmentEvent.DECREASE, TreatmentEvent.TAPER, TreatmentEvent.STOP})


def decide(context: Context) -> Verdict:
    """Return what is recorded of the decision, with what would settle it."""
    found = first(CASES, _said(context)).gives
    if "emergency_basis" in found.missing:
        return changed(found, missing=_basis_missing(context.discussion.emergency_basis or EmergencyBasis()))
    if "person.born_on" in found.missing and context.person.born_on is not None:
        return changed(found, missing=(_age_missing(context),))
    if "occurred_on" in found.missing and context.event is None:
        return changed(found, missing=("event",))
    return found


def _said(c: Context) -> Said:
    d = c.discussion
    return Said(
        decision=d.decision,
        by=d.decided_by,
        authority=d.authority_seen,
        voluntary=d.voluntary,
        emergency=d.emergency,
        basis=rests_on(d),
        adult=_adult(c),
        given=NO if c.event in _REDUCES else c.record.ongoing,
        lowered=_lowered(c),
    )


def _lowered(c: Context) -> Recorded:
    """Whether a decrease, taper or end went ahead: by its day, else by the dose now taken, or as it is not given."""
    if c.event is None:
        return NOT_RECORDED
    if c.event not in _REDUCES:
        return NO
    if c.record.occurred_on is not None:
        return YES if c.day.has_reached(c.record.occurred_on) else NO
    return negate(c.record.ongoing) if c.event is TreatmentEvent.STOP else _is_less(c)


def _is_less(c: Context) -> Recorded:
    """Whether the dose now taken is below the one that the talk began with; a treatment that is over is less."""
    before, taken = c.discussion.dose_from, c.record.medicine.dose if c.record.medicine is not None else None
    try:
        if before is not None and taken is not None:
            return YES if before.compared(taken) > 0 else NO
    except AllianceError:
        return Recorded.UNCLEAR
    return YES if c.record.ongoing is NO else NOT_RECORDED


def _adult(c: Context) -> Recorded:
    """Whoever is of age today may not have been on a day that nobody wrote down."""
    if c.view.majority_age is None:
        return NOT_RECORDED
    of_age = c.has_age(c.view.majority_age)
    if of_age is YES and c.discussion.discussed_on is None:
        return NOT_RECORDED
    return c.person.emancipated if of_age is NO and c.person.emancipated is not NOT_RECORDED else of_age


def _age_missing(c: Context) -> str:
    """Return what is missing where the birth date is written, at least in part."""
    if c.discussion.discussed_on is None:
        return "discussed_on"
    return "person.emancipated" if c.person.emancipated is UNCLEAR else "person.born_on"


def _basis_missing(basis: EmergencyBasis) -> tuple[str, ...]:
    return tuple(f"emergency_basis.{name}" for name in BASIS if getattr(basis, name) is not YES)
