"""
What to do about one proposal, and up to what the nominee may be told: the decision table of the invitations sheet.

The first case that holds decides. Danger stands first, so that neither missing data nor the rule on threats hides it.
The ceiling of a case is what it may give at most; `telling` grants it, or less.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import value
from alliance_core.invitations.facts import Situation
from alliance_core.invitations.records import PatientChoice, RequestKind

YES, NO = Recorded.YES, Recorded.NO


class Advice(Enum):
    """What comes next. The patient decides; nobody is invited by this library."""

    SPEAK_ALONE_FIRST = "speak-with-patient-alone-first"
    RECEIVE_ONLY = "listen-only"
    DISCUSS_FIRST = "discuss-first"
    INVITE = "ask-patient-to-consider"
    NOT_INDICATED = "no-reason-recorded"


class Ceiling(Enum):
    """The most that the nominee may be told. At the first not even that someone is a patient."""

    NOTHING = "d0-nothing"
    GENERAL_EDUCATION = "d1-general-education"
    AGREED_SCOPE = "d2-agreed-scope"
    BEST_INTEREST = "d3-best-interest"
    THREAT_MINIMUM = "d4-threat-minimum"
    AS_PATIENT = "d5-as-the-patient"

    @property
    def tells(self) -> bool:
        """Whether anything about the patient may be told at all."""
        return self is not Ceiling.NOTHING and self is not Ceiling.GENERAL_EDUCATION


Asks = Callable[[Situation], tuple[str, ...]]


@value
class Outcome:
    """What a case gives: the advice, the most it may let be told, and how its finding reads."""

    advice: Advice
    most: Ceiling
    answer: Answer
    weight: Weight
    asks: Asks
    topics: tuple[str, ...]
    clock: str


# -- what the cases look at ------------------------------------------------------------------------------------------


def inputs_missing(s: Situation) -> tuple[str, ...]:
    """Return what has to be known before anything else can be said."""
    place = () if s.view.place is not None else ("policy.invitation_places",)
    gate = () if _nobody_is_thought_of(s) else s.gate.missing
    threat = () if s.threat.serious_and_imminent is NO else ("threat.serious_and_imminent",)
    nominee = ("nominee",) if s.is_represented and s.record.nominee is None else ()
    return (*place, *nominee, *gate, *threat, *s.minor_open, *_determination(s))


def _nobody_is_thought_of(s: Situation) -> bool:
    """A private check is about someone: it is not asked for while a reason is known and nobody to invite."""
    if s.record.nominee is not None or s.is_represented:
        return False
    return bool(s.triggers) and s.said.choice in {None, PatientChoice.NOT_ASKED}


def _determination(s: Situation) -> tuple[str, ...]:
    """Return what is missing where capacity is doubted; without a doubt it is presumed, and an agreement stands."""
    in_doubt = s.record.capacity_doubted is YES or s.record.lack_recorded is Recorded.UNCLEAR
    has_agreed = s.said.choice is PatientChoice.YES  # not objecting shows no agreement where capacity is doubted
    return ("lack_recorded",) if in_doubt and s.is_presumed and not (s.is_minor or has_agreed) else ()


def _own_care_missing(s: Situation) -> tuple[str, ...]:
    minor = s.record.minor
    names = ("consents_alone", "other_consenter", "confidentiality_agreed")
    return tuple(f"minor.{name}" for name in names if minor is None or not getattr(minor, name).known)


def _unknown_of_representative(*names: str) -> Asks:
    def missing(s: Situation) -> tuple[str, ...]:
        return tuple(f"representative.{name}" for name in names if getattr(s.representative, name) is not YES)

    return missing


def _who_is_missing(s: Situation) -> tuple[str, ...]:
    """Return what to find out about whoever stands for the patient: a minor has someone, whatever is recorded."""
    who = s.representative
    return ("representative.is_nominee",) if who.exists is YES else ("representative.exists",)


def _is_represented_by_nominee(s: Situation) -> bool:
    who = s.representative
    return s.is_represented and who.exists is YES and who.is_nominee is YES


def _is_proven(s: Situation) -> bool:
    return s.representative.authority_seen is YES and s.representative.covers_this is YES


def _is_represented_by_another(s: Situation) -> bool:
    who = s.representative
    return s.is_represented and who.exists is YES and who.is_nominee is NO


def _could_be_asked(s: Situation) -> bool:
    """Whether only the cautions stand between this proposal and asking the patient, or the meeting."""
    return s.record.nominee is not None and (s.is_agreed or _is_not_asked(s))


def _is_not_asked(s: Situation) -> bool:
    return bool(s.triggers) and s.said.choice is PatientChoice.NOT_ASKED


_FROM_OTHERS: Final = frozenset({RequestKind.TO_MEET, RequestKind.TO_BE_TOLD})
_NOT_FOR_CARE: Final = frozenset({RequestKind.SURVEILLANCE, RequestKind.EMPLOYER, RequestKind.INSURER})


def _is_asked_by_others(s: Situation) -> bool:
    return s.record.request in _FROM_OTHERS


def _unsettled(s: Situation) -> tuple[str, ...]:
    """Return what is not known of the reasons for which someone could be invited."""
    request = ("request",) if s.record.request is None else ()
    choice = ("patient_choice",) if s.said.choice is None else ()
    return (*s.triggers_open, *request, *choice, *s.cautions_open)


def _is_settled(s: Situation) -> bool:
    return not _unsettled(s)


# -- the table -------------------------------------------------------------------------------------------------------


def _nothing(_: Situation) -> tuple[str, ...]:
    return ()


def _case(  # a case reads as one line of its table
    id: str,  # noqa: A002
    says: str,
    when: Callable[[Situation], bool],
    advice: Advice,
    most: Ceiling,
    answer: Answer,
    weight: Weight = Weight.REQUIRED,
    asks: Asks = _nothing,
    *topics: str,
    source: str = "practice",
    clock: str = "",
) -> Case[Situation, Outcome]:
    gives = Outcome(advice=advice, most=most, answer=answer, weight=weight, asks=asks, topics=topics, clock=clock)
    return Case(id=id, says=says, when=when, gives=gives, source=source, locator=_LOCATORS[source])


def _asks(*paths: str) -> Asks:
    return lambda _: paths


_LOCATORS: Final = {
    "practice": "invitation table",
    "seed": "Significant Others",
    "cfr-45-164": "164.502(g), 164.510(b), 164.512(j)",
}
_LAW: Final = "cfr-45-164"
_A, _C, _D, _W = Answer, Ceiling, Advice, Weight

CASES: Final[tuple[Case[Situation, Outcome], ...]] = (
    _case(
        "V01",
        "a hard stop of the private check: the patient alone first, nobody is told anything, the check is never shown",
        lambda s: bool(s.gate.stops),
        _D.SPEAK_ALONE_FIRST,
        _C.NOTHING,
        _A.JUDGEMENT,
        _W.SAFETY,
    ),
    _case(
        "V02",
        "a serious and imminent threat is found: listen; whoever can lessen it may be told the least that does",
        lambda s: s.threat.serious_and_imminent is YES,
        _D.RECEIVE_ONLY,
        _C.THREAT_MINIMUM,
        _A.JUDGEMENT,
        _W.SAFETY,
        _nothing,
        "threat",
        source=_LAW,
    ),
    _case(
        "V03",
        "something that has to be known first is missing",
        lambda s: bool(inputs_missing(s)),
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        inputs_missing,
    ),
    _case(
        "V04",
        "a minor whose care is their own, or was agreed to be confidential: with the minor first",
        lambda s: s.is_minor and s.minor_own_care is YES,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.JUDGEMENT,
        _W.REQUIRED,
        _nothing,
        "minor",
        source=_LAW,
    ),
    _case(
        "V04-open",
        "a minor, and whether the care is their own is not recorded",
        lambda s: s.is_minor and s.minor_own_care is not NO,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        _own_care_missing,
        "minor",
        source=_LAW,
    ),
    _case(
        "V05a",
        "the nominee is the lawful representative, shown by a document or order that covers this",
        lambda s: _is_represented_by_nominee(s) and _is_proven(s),
        _D.INVITE,
        _C.AS_PATIENT,
        _A.JUDGEMENT,
        _W.REQUIRED,
        _nothing,
        "representative",
        source=_LAW,
    ),
    _case(
        "V05a-open",
        "the nominee is said to be the representative, and the authority was not seen",
        _is_represented_by_nominee,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        _unknown_of_representative("authority_seen", "covers_this"),
        "representative",
        source=_LAW,
    ),
    _case(
        "V05b",
        "someone else is the representative, and agrees to this person",
        lambda s: _is_represented_by_another(s) and s.representative.agrees is YES,
        _D.INVITE,
        _C.AGREED_SCOPE,
        _A.JUDGEMENT,
        _W.REQUIRED,
        _nothing,
        "representative",
        source=_LAW,
    ),
    _case(
        "V05b-declined",
        "someone else is the representative, and does not agree",
        lambda s: _is_represented_by_another(s) and s.representative.agrees is NO,
        _D.RECEIVE_ONLY,
        _C.NOTHING,
        _A.JUDGEMENT,
        _W.REQUIRED,
        _nothing,
        "representative",
        source=_LAW,
    ),
    _case(
        "V05b-open",
        "someone else is the representative, and their answer is not recorded",
        _is_represented_by_another,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        _unknown_of_representative("agrees"),
        "representative",
        source=_LAW,
    ),
    _case(
        "V06",
        "a lack of capacity is recorded and nobody represents the patient: the team weighs the best interest",
        lambda s: s.record.lack_recorded is YES and s.representative.exists is NO,
        _D.DISCUSS_FIRST,
        _C.BEST_INTEREST,
        _A.JUDGEMENT,
        _W.REQUIRED,
        _nothing,
        "best-interest",
        source=_LAW,
    ),
    _case(
        "V06-open",
        "someone may stand for the patient, and who that is is not recorded",
        lambda s: s.is_represented,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        _who_is_missing,
        "representative",
        source=_LAW,
    ),
    _case(
        "V07",
        "the patient said no, took it back, or asked that this person is not heard: an answer, never pressed",
        lambda s: s.is_refused,
        _D.RECEIVE_ONLY,
        _C.NOTHING,
        _A.MET,
        _W.REQUIRED,
        _nothing,
        "refusal",
        "encourage-once",
        source=_LAW,
        clock="revisit-after-no",
    ),
    _case(
        "V07-later",
        "the patient said later, or is undecided",
        lambda s: s.said.choice is PatientChoice.LATER,
        _D.RECEIVE_ONLY,
        _C.NOTHING,
        _A.MET,
        clock="revisit-after-later",
    ),
    _case(
        "V08",
        "a caution is present: talk it over with the patient first",
        lambda s: bool(s.cautions),
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.JUDGEMENT,
    ),
    _case(
        "V08-open",
        "whether a caution is present is not recorded",
        lambda s: _could_be_asked(s) and bool(s.cautions_open),
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        lambda s: s.cautions_open,
    ),
    _case(
        "V09-who",
        "the patient agrees, and whom they mean is not recorded",
        lambda s: s.is_agreed and s.record.nominee is None,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        _asks("nominee"),
    ),
    _case(
        "V09-again",
        "the patient agreed before capacity was regained: the chance to agree or object is given again",
        lambda s: s.is_agreed and s.agreed_before_recovery,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.NOT_MET,
        _W.REQUIRED,
        _asks("asked_on"),
        "capacity-regained",
        source=_LAW,
    ),
    _case(
        "V09-day",
        "the patient agreed on a day that is not recorded, or has not come",
        lambda s: s.is_agreed and not s.agreed_in_force,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        _asks("asked_on"),
    ),
    _case(
        "V09",
        "the patient asks for this person, agrees, or had the chance to object and did not",
        lambda s: s.is_agreed,
        _D.INVITE,
        _C.AGREED_SCOPE,
        _A.MET,
        _W.REQUIRED,
        _nothing,
        "agreed-scope",
        source=_LAW,
    ),
    _case(
        "V09-chance",
        "the patient did not object, and here that is no agreement by itself",
        lambda s: s.said.choice is PatientChoice.NO_OBJECTION,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.JUDGEMENT,
        _W.REQUIRED,
        _nothing,
        "agreed-scope",
    ),
    _case(
        "V10",
        "another view could help, someone is thought of, and the patient was not asked yet",
        lambda s: s.record.nominee is not None and _is_not_asked(s),
        _D.INVITE,
        _C.NOTHING,
        _A.NOT_MET,
        source="seed",
    ),
    _case(
        "V10-open",
        "another view could help, someone is thought of, and whether the patient was asked is not recorded",
        lambda s: bool(s.triggers) and s.record.nominee is not None,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        _asks("patient_choice"),
        source="seed",
    ),
    _case(
        "V11",
        "another view could help, and nobody is thought of yet: whom would the patient choose",
        lambda s: bool(s.triggers),
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.NOT_MET,
        _W.REQUIRED,
        _asks("nominee"),
        source="seed",
    ),
    _case(
        "V12",
        "someone asks to meet or to be told, and nothing forbids saying that the patient attends: the patient first",
        lambda s: _is_asked_by_others(s) and s.barrier is NO,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.NOT_MET,
        _W.REQUIRED,
        _asks("patient_choice"),
    ),
    _case(
        "V13-program",
        "someone asks, and saying that the patient attends would disclose substance use treatment: listen",
        lambda s: _is_asked_by_others(s) and s.barrier is YES,
        _D.RECEIVE_ONLY,
        _C.NOTHING,
        _A.JUDGEMENT,
        _W.REQUIRED,
        _nothing,
        "listen",
    ),
    _case(
        "V12-open",
        "someone asks, and whether care is given by a substance use program is not recorded",
        _is_asked_by_others,
        _D.DISCUSS_FIRST,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        _asks("substance_program"),
    ),
    _case(
        "V13-question",
        "a general question: general education, nothing about a patient",
        lambda s: s.record.request is RequestKind.GENERAL_QUESTION,
        _D.RECEIVE_ONLY,
        _C.GENERAL_EDUCATION,
        _A.NOT_APPLICABLE,
        _W.RECOMMENDED,
        _unsettled,
        "listen",
    ),
    _case(
        "V13-information",
        "someone gives information without being asked: listen",
        lambda s: s.record.request is RequestKind.INFORMATION,
        _D.RECEIVE_ONLY,
        _C.NOTHING,
        _A.NOT_APPLICABLE,
        _W.RECOMMENDED,
        _unsettled,
        "listen",
    ),
    _case(
        "V14-purpose",
        "the purpose is surveillance, an employer's or an insurer's: no reason for an invitation",
        lambda s: s.record.request in _NOT_FOR_CARE,
        _D.NOT_INDICATED,
        _C.NOTHING,
        _A.JUDGEMENT,
    ),
    _case(
        "V14",
        "every reason was looked for and none was found",
        _is_settled,
        _D.NOT_INDICATED,
        _C.NOTHING,
        _A.NOT_APPLICABLE,
        _W.RECOMMENDED,
    ),
    _case(
        "V14-open",
        "no reason is recorded, and not every reason was looked for",
        always,
        _D.NOT_INDICATED,
        _C.NOTHING,
        _A.CANNOT_TELL,
        _W.RECOMMENDED,
        _unsettled,
    ),
)
