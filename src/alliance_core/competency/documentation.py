"""
The documentation checklist: what a given record still lacks, element by element.

Rows of `capacity_documentation`. An element lacks only what nobody wrote down: that something was not done, or is
unclear, is written down. What follows from it is for the other rules.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.competency.deciders import DeciderKind, Decides
from alliance_core.competency.determination import Determination, Evidence, Outcome
from alliance_core.competency.policy import CompetencyView, DocumentationRow
from alliance_core.competency.records import Course, Engagement, LeavingRequest, Stakes
from alliance_core.records import ConsultedRole

YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR
_D, _K = Determination, DeciderKind

DOCUMENTATION: Final = Rule(
    id="competency.documentation",
    basis=Basis.SEED,
    source="seed",
    locator="Lack of Competency",
    says="What a lack of competency, a gray area and the talk with the decider ask to be documented is in the record.",
)


@value
class Gap:
    """One element that the record does not hold: what is asked, how much it matters, where it belongs, and its row."""

    element: str
    group: str
    question: str
    weight: Weight
    path: str
    row: str


@value
class Held:
    """The facts that the checklist asks about."""

    evidence: Evidence
    own: Outcome
    decides: Decides
    day: Day

    @property
    def says_lack(self) -> bool:
        """Whether a lack was concluded by someone."""
        return NO in self.evidence.conclusions

    @property
    def another_decides(self) -> bool:
        """Whether someone other than the patient decides, or may."""
        return self.own.determination in {_D.LACK_RECORDED, _D.ACTIVATED, _D.DECIDED_BY_COURT}


# -- when an element is asked for ------------------------------------------------------------------------------------


def _course_returns(h: Held) -> bool:
    latest = h.evidence.latest
    returns = latest is not None and latest.expected_course in {Course.TEMPORARY, Course.FLUCTUATING}
    return h.says_lack and returns


def _is_pressed(h: Held) -> bool:
    record = h.evidence.record
    return record.decider_dispute in {YES, UNCLEAR} or any(
        d.conflicted in {YES, UNCLEAR} for d in record.deciders or ()
    )


def _is_conflicted(h: Held) -> bool:
    record = h.evidence.record
    return any(d.conflicted in {YES, UNCLEAR} or d.patient_objects in {YES, UNCLEAR} for d in record.deciders or ())


def _may_be_mental_illness(h: Held) -> bool:
    return h.says_lack and any(one.due_to_mental_illness is not NO for one in h.evidence.considered)


def _leaves(h: Held) -> bool:
    asked = h.evidence.record.leaving
    begun = asked is not None and (asked.requested_on is None or h.day.has_reached(asked.requested_on))
    return begun and asked is not None and asked.requested is YES


def _is_in_danger(h: Held) -> bool:
    asked = h.evidence.record.leaving
    return _leaves(h) and asked is not None and asked.danger in {YES, UNCLEAR}


#: A word of `asked_when`, and when it holds.
_WHEN: Final[Mapping[str, Callable[[Held], bool]]] = {
    "assessed": lambda h: bool(h.evidence.considered),
    "non-routine": lambda h: h.evidence.routine is False,
    "concern": lambda h: h.evidence.record.concern in {YES, UNCLEAR},
    "support-given": lambda h: any(one.support_given is YES for one in h.evidence.considered),
    "ability-not-shown": lambda h: h.evidence.any_ability(NO, UNCLEAR),
    "stakes-high": lambda h: bool(h.evidence.considered) and h.evidence.scaled and _is_high(h),
    "lack": lambda h: h.says_lack,
    "lack-can-return": _course_returns,
    "contested": lambda h: h.own.determination is _D.CONTESTED,
    "surrogate-acts": lambda h: h.says_lack and bool(h.evidence.record.deciders),
    "mental-illness-cause": _may_be_mental_illness,
    "decider-not-patient": lambda h: h.another_decides,
    "default-list": lambda h: h.decides.case in {"W14-silent", "W29"},
    "decider-engaged": lambda h: h.another_decides,
    "decider-conflict": _is_conflicted,
    "unrepresented": lambda h: h.decides.kind in {_K.UNREPRESENTED, _K.FALLBACK},
    "consulted": lambda h: bool(h.evidence.record.consultations),
    "pressure": _is_pressed,
    "leaving": _leaves,
    "leaving-danger": _is_in_danger,
}


def _is_high(h: Held) -> bool:
    return h.evidence.record.stakes is Stakes.HIGH


# -- where an element is held ----------------------------------------------------------------------------------------


def _of_assessment(name: str) -> Callable[[Held], bool]:
    """Look in every assessment of the last day: what one of them does not hold is not in the record."""
    return lambda h: all(_is_there(getattr(one, name)) for one in h.evidence.last_day)


def _of_record(name: str) -> Callable[[Held], bool]:
    return lambda h: _is_there(getattr(h.evidence.record, name))


def _of_deciders(name: str) -> Callable[[Held], bool]:
    return lambda h: _everyone(h, name)


def _everyone(h: Held, name: str) -> bool:
    people = h.evidence.record.deciders
    return people is not None and all(_is_there(getattr(one, name)) for one in people)


def _of_engagement(name: str) -> Callable[[Held], bool]:
    return lambda h: _is_there(getattr(h.evidence.record.engagement or Engagement(), name))


def _of_leaving(name: str) -> Callable[[Held], bool]:
    return lambda h: _is_there(getattr(h.evidence.record.leaving or LeavingRequest(), name))


def _of_consultation(*roles: ConsultedRole) -> Callable[[Held], bool]:
    """Look whether someone wrote that such a person was asked, or that nobody was."""
    return lambda h: _is_asked(h, roles)


def _is_asked(h: Held, roles: tuple[ConsultedRole, ...]) -> bool:
    held = h.evidence.record.consultations
    return held is not None and (not held or any(one.role in roles and _is_there(one.held) for one in held))


def _is_reasoned(h: Held) -> bool:
    return all(_is_there(one.documented) for one in h.evidence.record.consultations or ())


def _support_is_there(h: Held) -> bool:
    """Support that the patient would not have asked counts as asked about."""
    return _of_leaving("outside_support_consulted")(h) or _of_leaving("support_permission_refused")(h)


def _is_there(fact: object) -> bool:
    return fact not in {None, Recorded.NOT_RECORDED, ""}


_COLLEAGUE: Final = "consultations.colleague"
_COUNSEL: Final = "consultations.counsel"
#: An element of the checklist: the path where it belongs, and whether it is there.
_WHERE: Final[Mapping[str, tuple[str, Callable[[Held], bool]]]] = {
    "decision-named": ("decision", _of_record("decision")),
    "assessed-on": ("assessments.assessed_on", _of_assessment("assessed_on")),
    "assessed-by": ("assessments.assessed_by", _of_assessment("assessed_by")),
    "concern": ("concern", _of_record("concern")),
    "concern-reason": ("concern_reasons", _of_record("concern_reasons")),
    "information-given": ("assessments.information_given", _of_assessment("information_given")),
    "support-given": ("assessments.support_given", _of_assessment("support_given")),
    "supports-used": ("assessments.supports", _of_assessment("supports")),
    "understands": ("assessments.understands", _of_assessment("understands")),
    "retains": ("assessments.retains", _of_assessment("retains")),
    "appreciates": ("assessments.appreciates", _of_assessment("appreciates")),
    "reasons": ("assessments.reasons", _of_assessment("reasons")),
    "uses-or-weighs": ("assessments.reasons", _of_assessment("reasons")),
    "communicates": ("assessments.communicates", _of_assessment("communicates")),
    "ability-evidence": ("assessments.evidence_written", _of_assessment("evidence_written")),
    "impairment": ("assessments.impairment", _of_assessment("impairment")),
    "caused-by-impairment": ("assessments.caused_by_impairment", _of_assessment("caused_by_impairment")),
    "grounds": ("assessments.grounds", _of_assessment("grounds")),
    "conclusion": ("assessments.conclusion", _of_assessment("conclusion")),
    "expected-course": ("assessments.expected_course", _of_assessment("expected_course")),
    "can-wait": ("can_wait", _of_record("can_wait")),
    "told-patient": ("assessments.patient_told", _of_assessment("patient_told")),
    "patient-objects": ("assessments.patient_objects", _of_assessment("patient_objects")),
    "patient-view": ("assessments.patient_view", _of_assessment("patient_view")),
    "second-opinion": (_COLLEAGUE, _of_consultation(ConsultedRole.COLLEAGUE)),
    "certified-in-record": ("activated", _of_record("activated")),
    "psychiatrist-concurs": ("assessments.psychiatrist_concurs", _of_assessment("psychiatrist_concurs")),
    "authority-seen": ("deciders.authority_seen", _of_deciders("authority_seen")),
    "higher-class-excluded": ("no_one_in", lambda _: False),
    "decider-conflict": ("deciders.conflicted", _of_deciders("conflicted")),
    "guardian-engaged": ("engagement.identity_seen", _of_engagement("identity_seen")),
    "guardian-assessment": ("engagement.assessment_discussed", _of_engagement("assessment_discussed")),
    "guardian-options": ("engagement.options_discussed", _of_engagement("options_discussed")),
    "guardian-questions": ("engagement.questions_answered", _of_engagement("questions_answered")),
    "guardian-decision": ("engagement.decision_recorded", _of_engagement("decision_recorded")),
    "guardian-standard": ("engagement.standard_followed", _of_engagement("standard_followed")),
    "guardian-next": ("engagement.next_contact_agreed", _of_engagement("next_contact_agreed")),
    "colleague-consulted": (_COLLEAGUE, _of_consultation(ConsultedRole.COLLEAGUE, ConsultedRole.COUNSEL)),
    "counsel-consulted": (_COUNSEL, _of_consultation(ConsultedRole.COLLEAGUE, ConsultedRole.COUNSEL)),
    "ethics-consulted": ("consultations.ethics", _of_consultation(ConsultedRole.ETHICS)),
    "consultation-reason": ("consultations.documented", _is_reasoned),
    "voluntary": ("free_of_pressure", _of_record("free_of_pressure")),
    "ama-reason-asked": ("leaving.reason_asked", _of_leaving("reason_asked")),
    "ama-capacity": ("leaving.capacity_assessed", _of_leaving("capacity_assessed")),
    "ama-legal-status": ("leaving.legal_status", _of_leaving("legal_status")),
    "ama-notice-given": ("leaving.notice_given", _of_leaving("notice_given")),
    "ama-risk-assessed": ("leaving.risk_assessed", _of_leaving("risk_assessed")),
    "ama-hold-considered": ("leaving.hold_considered", _of_leaving("hold_considered")),
    "ama-risks-told": ("leaving.risks_told", _of_leaving("risks_told")),
    "ama-alternatives": ("leaving.alternatives_offered", _of_leaving("alternatives_offered")),
    "ama-team-consulted": ("leaving.team_consulted", _of_leaving("team_consulted")),
    "ama-outside-support": ("leaving.outside_support_consulted", _support_is_there),
    "ama-followup": ("leaving.follow_up_arranged", _of_leaving("follow_up_arranged")),
    "ama-medicines": ("leaving.medicines_arranged", _of_leaving("medicines_arranged")),
    "ama-crisis-plan": ("leaving.crisis_plan", _of_leaving("crisis_plan")),
    "ama-harm-reduction": ("leaving.harm_reduction_offered", _of_leaving("harm_reduction_offered")),
    "ama-dependents": ("leaving.dependents_considered", _of_leaving("dependents_considered")),
    "ama-form": ("leaving.form_signed", _of_leaving("form_signed")),
}


# -- the gaps --------------------------------------------------------------------------------------------------------


def gaps(held: Held, view: CompetencyView) -> tuple[Gap, ...]:
    """Return what the record lacks, heaviest first, each element once with the heaviest of its rows."""
    found: dict[str, Gap] = {}
    for gap in sorted(_lacking(held, view), key=lambda one: (one.weight.rank, one.row)):
        found.setdefault(gap.element, gap)
    return tuple(found.values())


def _lacking(held: Held, view: CompetencyView) -> Iterator[Gap]:
    for word, rows in view.documentation.items():
        if word in _WHEN and _WHEN[word](held):
            yield from (_gap(row) for row in rows if _is_lacking(row, held))


def _is_lacking(row: DocumentationRow, held: Held) -> bool:
    return row.element in _WHERE and not _WHERE[row.element][1](held)


def _gap(row: DocumentationRow) -> Gap:
    return Gap(
        element=row.element,
        group=row.group,
        question=row.question,
        weight=row.weight,
        path=_WHERE[row.element][0],
        row=row.row_id,
    )


def documentation_finding(held: Held, found: tuple[Gap, ...], others: Iterable[Finding]) -> tuple[Finding, ...]:
    """
    Return one finding that lists what an assessed decision still lacks; none where nobody assessed it.

    What another finding already asks for is not asked twice.
    """
    asked = {path for one in others for path in one.missing}
    gaps_here = tuple(gap for gap in found if gap.path not in asked)
    if not gaps_here or not held.evidence.considered:
        return ()
    record = held.evidence.record
    return (
        Finding(
            rule=DOCUMENTATION.id,
            about=record.id,
            item=record.decision or "",
            answer=Answer.CANNOT_TELL,
            weight=gaps_here[0].weight,
            because=(("determination", held.own.determination.value),),
            missing=tuple(dict.fromkeys(gap.path for gap in gaps_here)),
            rows=tuple(gap.row for gap in gaps_here),
        ),
    )
