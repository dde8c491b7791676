"""Table (d): what comes next for someone who asked to leave, case by case."""

from collections.abc import Callable
from enum import Enum
from typing import Final

from alliance_core.base.cases import Case, always
from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.findings import OPEN, Answer, Weight
from alliance_core.base.kinds import value
from alliance_core.competency.determination import Determination, Outcome
from alliance_core.competency.policy import ClockRow, DocumentationRow
from alliance_core.competency.records import LeavingRequest, LegalStatus

YES, NO, UNCLEAR, SILENT = Recorded.YES, Recorded.NO, Recorded.UNCLEAR, Recorded.NOT_RECORDED
_A, _W, _D = Answer, Weight, Determination


class Departure(Enum):
    """What comes next for someone who asked to leave."""

    NOT_ASKED = "not-asked"
    ASK = "ask"
    OTHER_PROCESS = "other-process"
    LEGAL_STATUS = "find-legal-status"
    ENTITLED_PERSON_CONSIDERS = "entitled-person-considers"
    WEIGH = "weigh-both-sides"
    ASSESS_DANGER = "assess-danger"
    HEAR_DECIDER = "hear-decider"
    ASSESS_LEAVING = "assess-capacity-to-leave"
    CONSULT_EVERYONE = "consult-team-and-support"
    RECORD_COURSE = "record-course"
    COMPLETE_ASSESSMENT = "complete-assessment"
    NOTICE = "show-how-to-give-notice"
    NOTICE_RULE = "find-notice-rule"
    FINISH_WITH_PATIENT = "finish-with-patient"
    PATIENT_DECIDES = "patient-decides"


@value
class Leave:
    """The facts of one request, the determination about it, and the documentation rows that ask for it."""

    request: LeavingRequest
    about_leaving: bool
    own: Outcome
    support: Recorded
    notice: ClockRow | None
    notice_table: bool
    notice_needed: bool
    unfinished: tuple[DocumentationRow, ...]
    silent: tuple[DocumentationRow, ...]


@value
class Advice:
    """What a case gives."""

    next: Departure
    answer: Answer
    weight: Weight = Weight.REQUIRED
    missing: tuple[str, ...] = ()
    case: str = ""


def _case(  # a case reads as one line of its table
    id: str,  # noqa: A002
    says: str,
    when: Callable[[Leave], bool],
    next: Departure,  # noqa: A002
    answer: Answer,
    weight: Weight = Weight.REQUIRED,
    *missing: str,
    source: str = "practice",
    locator: str = "capacity table d",
) -> Case[Leave, Advice]:
    gives = Advice(next=next, answer=answer, weight=weight, missing=missing, case=id)
    return Case(id=id, says=says, when=when, gives=gives, source=source, locator=locator)


def _is_gray(leave: Leave) -> bool:
    r = leave.request
    return leave.own.determination is _D.CONTESTED or all_yes(r.recompensating, r.foreseeable_relapse) is YES


def _is_undone(leave: Leave) -> bool:
    return NO in {leave.request.team_consulted, leave.support, leave.request.consultation_documented}


def _is_settled(leave: Leave) -> bool:
    """Return whether the patient decides about leaving, and nothing is open about that."""
    decides = leave.own.determination in {_D.CAPACITY_RECORDED, _D.PRESUMED}
    return decides and leave.own.answer not in OPEN


_P = Departure
CASES: Final[tuple[Case[Leave, Advice], ...]] = (
    _case("X01", "nobody asked to leave", lambda c: c.request.requested is NO, _P.NOT_ASKED, _A.NOT_APPLICABLE),
    _case(
        "X02",
        "whether the patient asks to leave is not known",
        lambda c: c.request.requested is not YES,
        _P.ASK,
        _A.CANNOT_TELL,
        _W.RECOMMENDED,
        "leaving.requested",
    ),
    _case(
        "X03",
        "the patient is held or committed: that process decides, rights are told",
        lambda c: c.request.legal_status is LegalStatus.HELD,
        _P.OTHER_PROCESS,
        _A.JUDGEMENT,
    ),
    _case(
        "X04",
        "the legal status is not recorded",
        lambda c: c.request.legal_status is None,
        _P.LEGAL_STATUS,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "leaving.legal_status",
        source="ma-123",
        locator="s.10-11",
    ),
    _case(
        "X05",
        "a guardian, agent or parent made the admission: the decider and the statute",
        lambda c: c.request.legal_status is LegalStatus.ADMITTED_BY_DECIDER,
        _P.OTHER_PROCESS,
        _A.JUDGEMENT,
        source="ma-123",
        locator="s.10",
    ),
    _case(
        "X06",
        "danger is recorded, and nobody entitled has considered what follows",
        lambda c: c.request.danger is YES and c.request.hold_considered is NO,
        _P.ENTITLED_PERSON_CONSIDERS,
        _A.NOT_MET,
        _W.ESSENTIAL,
        "leaving.hold_considered",
        source="ajprj-2016",
        locator="commit or discharge",
    ),
    _case(
        "X07",
        "danger is recorded; whether someone entitled has considered it is not",
        lambda c: c.request.danger is YES and c.request.hold_considered is not YES,
        _P.ENTITLED_PERSON_CONSIDERS,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "leaving.hold_considered",
        source="ajprj-2016",
        locator="commit or discharge",
    ),
    _case(
        "X08",
        "danger is recorded and was considered by someone entitled",
        lambda c: c.request.danger is YES,
        _P.WEIGH,
        _A.JUDGEMENT,
    ),
    _case(
        "X09",
        "danger is unclear: a second view, within the notice time",
        lambda c: c.request.danger is UNCLEAR,
        _P.ASSESS_DANGER,
        _A.JUDGEMENT,
        _W.ESSENTIAL,
    ),
    _case(
        "X10",
        "danger is not recorded",
        lambda c: c.request.danger is SILENT,
        _P.ASSESS_DANGER,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "leaving.danger",
        source="ajprj-2016",
        locator="evaluation list",
    ),
    _case(
        "X11-other",
        "what is recorded is about another decision: leaving is one of its own, assessed by itself",
        lambda c: not c.about_leaving and c.own.determination is not _D.ACTIVATED,
        _P.ASSESS_LEAVING,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "decision",
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "X11-minor",
        "the patient is or may be a minor: whoever the rules for minors name is heard, and so is the patient",
        lambda c: c.own.determination is _D.MINOR_PATH,
        _P.HEAR_DECIDER,
        _A.JUDGEMENT,
    ),
    _case(
        "X11",
        "another decides for this decision: they are heard; staying over objection needs law, not a family's wish",
        lambda c: c.own.determination in {_D.LACK_RECORDED, _D.ACTIVATED, _D.DECIDED_BY_COURT},
        _P.HEAR_DECIDER,
        _A.JUDGEMENT,
    ),
    _case(
        "X12",
        "capacity for leaving itself is not established",
        lambda c: c.own.determination in {_D.NOT_ESTABLISHED, _D.REASSESS},
        _P.ASSESS_LEAVING,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments",
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "X13-refused",
        "a gray case, and the team or the outside support was not consulted, or it was not documented",
        lambda c: _is_gray(c) and _is_undone(c),
        _P.CONSULT_EVERYONE,
        _A.NOT_MET,
        _W.REQUIRED,
        "leaving.team_consulted",
        "leaving.outside_support_consulted",
        "leaving.consultation_documented",
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "X13",
        "a gray case: everyone who treats the patient and the outside support are heard",
        _is_gray,
        _P.CONSULT_EVERYONE,
        _A.JUDGEMENT,
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "X14",
        "whether the patient is recompensating, or relapse is foreseeable, is not recorded",
        lambda c: NO not in {c.request.recompensating, c.request.foreseeable_relapse},
        _P.RECORD_COURSE,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "leaving.recompensating",
        "leaving.foreseeable_relapse",
        source="seed",
        locator="Lack of Competency",
    ),
    _case(
        "X17-rule",
        "no row says which notice is needed here",
        lambda c: _is_settled(c) and not c.notice_table,
        _P.NOTICE_RULE,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "policy.capacity_clocks",
    ),
    _case(
        "X16",
        "notice is needed and none was given: show how, and help",
        lambda c: _is_settled(c) and c.notice_needed and c.request.notice_given is NO,
        _P.NOTICE,
        _A.NOT_MET,
    ),
    _case(
        "X17",
        "whether notice was given is not recorded",
        lambda c: _is_settled(c) and c.notice_needed and c.request.notice_given is not YES,
        _P.NOTICE_RULE,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "leaving.notice_given",
    ),
    _case(
        "X18",
        "part of the plan was not done: finish it with the patient",
        lambda c: _is_settled(c) and bool(c.unfinished),
        _P.FINISH_WITH_PATIENT,
        _A.NOT_MET,
    ),
    _case(
        "X19",
        "part of the plan is not recorded: finish it with the patient",
        lambda c: _is_settled(c) and bool(c.silent),
        _P.FINISH_WITH_PATIENT,
        _A.CANNOT_TELL,
    ),
    _case(
        "X20",
        "all is recorded: the patient decides, and leaves with a plan",
        _is_settled,
        _P.PATIENT_DECIDES,
        _A.MET,
    ),
    _case(
        "X15",
        "the assessment about leaving is not finished, or does not say who decides",
        always,
        _P.COMPLETE_ASSESSMENT,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "assessments",
    ),
)
