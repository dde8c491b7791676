"""
Beliefs: a firm boundary around the clinician's own, and respect for the patient's, save in imminent danger.

The kind of question decides how it is answered. A question about the clinician's own beliefs gets four steps:
acknowledge, explore what it means, the boundary with its reason, the shared purpose. [seed: Politics and Religion]
"""

from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always, first
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight, canonical
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.relationship.policy import GuideRow, RelationshipPolicy, RelationshipView
from alliance_core.relationship.records import BeliefQuestion

YES, NO = Recorded.YES, Recorded.NO
_PLACE: Final = "Politics and Religion"

REPLY: Final = Rule(
    id="relationship.belief-reply",
    basis=Basis.SEED,
    source="seed",
    locator=_PLACE,
    says="A question about the clinician's own beliefs gets a reply that keeps them out and strengthens the tie.",
)
RESPECT: Final = Rule(
    id="relationship.beliefs-respected",
    basis=Basis.SEED,
    source="seed",
    locator=_PLACE,
    says="The patient's beliefs and life choices are respected unless they are an imminent danger.",
)
RULES: Final[tuple[Rule, ...]] = (REPLY, RESPECT)


class QuestionKind(Enum):
    """What kind of question or remark it is."""

    IMMINENT_DANGER = "imminent-danger"
    ABUSE_OF_STAFF = "abuse-of-staff"
    POSSIBLE_SYMPTOM = "possible-symptom"
    CLINICIAN_BELIEF = "clinician-belief"
    FIT_OR_SAFETY = "fit-or-safety"
    CREDENTIALS = "credentials"
    HEALTH_POLICY = "health-policy"
    PATIENT_BELIEF = "patient-belief"
    UNKNOWN = "not-known"


@value
class Sorted:
    """What a case gives."""

    kind: QuestionKind


def _case(
    id: str,  # noqa: A002  # the case's id, as Case calls it
    says: str,
    when: Callable[[BeliefQuestion], bool],
    kind: QuestionKind,
) -> Case[BeliefQuestion, Sorted]:
    return Case(id=id, says=says, when=when, gives=Sorted(kind=kind), source="seed", locator=_PLACE)


CASES: Final[tuple[Case[BeliefQuestion, Sorted], ...]] = (
    _case(
        "Q01",
        "the belief or choice is an imminent danger to the patient or to others",
        lambda q: q.imminent_danger is YES,
        QuestionKind.IMMINENT_DANGER,
    ),
    _case("Q02", "the words abuse the staff", lambda q: q.abuse_of_staff is YES, QuestionKind.ABUSE_OF_STAFF),
    _case(
        "Q03",
        "the belief may be part of an illness",
        lambda q: q.possible_symptom is YES,
        QuestionKind.POSSIBLE_SYMPTOM,
    ),
    _case(
        "Q04",
        "the clinician's own vote, faith or opinion is asked for",
        lambda q: q.about_clinician is YES,
        QuestionKind.CLINICIAN_BELIEF,
    ),
    _case(
        "Q05", "whether the patient is safe and welcome here", lambda q: q.about_fit is YES, QuestionKind.FIT_OR_SAFETY
    ),
    _case(
        "Q06",
        "credentials, experience, or what is not offered for conscience",
        lambda q: q.about_credentials is YES,
        QuestionKind.CREDENTIALS,
    ),
    _case(
        "Q07",
        "a fact of health policy that touches access",
        lambda q: q.about_access is YES,
        QuestionKind.HEALTH_POLICY,
    ),
    _case("Q08", "the patient's own belief", lambda q: q.about_own_belief is YES, QuestionKind.PATIENT_BELIEF),
    _case("Q09", "what was asked is not recorded", always, QuestionKind.UNKNOWN),
)

#: The steps of a reply about the clinician's own beliefs, and what it does not hold, by the facts of the draft.
STEPS: Final = ("acknowledges", "explores_meaning", "states_boundary", "restates_purpose")
FAULTS: Final = ("takes_a_stance", "insults", "argues", "opens_with_a_question")
_STANCE: Final = "takes_a_stance"


@value
class BoundaryReview:
    """The kind of question, how to answer it step by step, and what the draft still lacks or holds too much."""

    about: str
    kind: QuestionKind
    guide: tuple[GuideRow, ...]
    lacks: tuple[str, ...]
    holds: tuple[str, ...]
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None


def review_belief_question(question: BeliefQuestion, *, policy: RelationshipPolicy, on: date) -> BoundaryReview:
    """
    Return what kind of question it is, the steps of a reply, and the gaps of the draft.

    The clinician's beliefs do not enter the treatment; the patient's are respected absent imminent danger [seed:
    Politics and Religion]. Raises `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    view = policy.timeline.at(day)
    kind = first(CASES, question).gives.kind
    reply = _reply(question, kind, view)
    given = (_respect(question, kind), *((reply,) if reply is not None else ()))
    is_reply = kind is QuestionKind.CLINICIAN_BELIEF
    return BoundaryReview(
        about=question.id,
        kind=kind,
        guide=view.guides.get(kind.value, ()),
        lacks=tuple(name for name in STEPS if is_reply and getattr(question, name) is not YES),
        holds=tuple(name for name in FAULTS if getattr(question, name) is YES),
        findings=canonical(given),
        not_applicable=tuple(rule.id for rule in RULES if all(one.rule != rule.id for one in given)),
        valid_until=day.valid_until,
    )


def _reply(q: BeliefQuestion, kind: QuestionKind, view: RelationshipView) -> Finding | None:
    if kind is QuestionKind.UNKNOWN:
        return _finding(REPLY, q, Answer.CANNOT_TELL, ("about_clinician",), view.guides.get(kind.value, ()))
    rows = view.guides.get(kind.value, ())
    faults = tuple(name for name in FAULTS if getattr(q, name) is YES)
    if faults:
        answer = Answer.JUDGEMENT if _may_speak(q, faults, view) else Answer.NOT_MET
        return _finding(REPLY, q, answer, (), (*rows, *view.own_view), faults)
    if kind is not QuestionKind.CLINICIAN_BELIEF:
        unknown = _unknown(q, ("about_clinician", *FAULTS))
        return _finding(REPLY, q, Answer.CANNOT_TELL, unknown, rows) if unknown else None
    lacking = tuple(name for name in STEPS if getattr(q, name) is NO)
    if lacking:
        return _finding(REPLY, q, Answer.NOT_MET, lacking, rows)
    unknown = _unknown(q, (*STEPS, *FAULTS))
    return _finding(REPLY, q, Answer.CANNOT_TELL if unknown else Answer.MET, unknown, rows)


def _unknown(q: BeliefQuestion, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if getattr(q, name) not in {YES, NO})


def _may_speak(q: BeliefQuestion, faults: tuple[str, ...], view: RelationshipView) -> bool:
    """Where a regulator lets a clinician speak of own beliefs if asked directly, the seed is stricter: a judgement."""
    return faults == (_STANCE,) and q.asked_directly is YES and bool(view.own_view)


def _respect(q: BeliefQuestion, kind: QuestionKind) -> Finding:
    if kind is QuestionKind.IMMINENT_DANGER:
        return _finding(RESPECT, q, Answer.JUDGEMENT, (), (), ("imminent_danger",), Weight.SAFETY)
    unknown = _unknown(q, ("respects_choice", "imminent_danger"))
    if unknown:
        return _finding(RESPECT, q, Answer.CANNOT_TELL, unknown, ())
    return _finding(RESPECT, q, Answer.MET if q.respects_choice is YES else Answer.NOT_MET, (), ())


def _finding(
    rule: Rule,
    q: BeliefQuestion,
    answer: Answer,
    missing: tuple[str, ...],
    rows: tuple[GuideRow, ...],
    read: tuple[str, ...] = (),
    weight: Weight = Weight.REQUIRED,
) -> Finding:
    return Finding(
        rule=rule.id,
        about=q.id,
        answer=answer,
        weight=weight,
        because=tuple((name, Recorded.YES.value) for name in read),
        missing=missing,
        rows=tuple(row.row_id for row in rows),
    )


__all__ = [
    "CASES",
    "FAULTS",
    "REPLY",
    "RESPECT",
    "RULES",
    "STEPS",
    "BoundaryReview",
    "QuestionKind",
    "review_belief_question",
]
