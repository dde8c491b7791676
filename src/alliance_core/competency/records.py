"""What is recorded about one decision: concern, assessments, deciders, consultations, leaving against advice."""

from datetime import date
from enum import Enum
from typing import Annotated

from pydantic import StringConstraints

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import record
from alliance_core.records import NOT_RECORDED, Consultation, Label, Measure, Person, RecordId, Setting

#: A word of a table, such as `leaving-against-advice` or `guardian`.
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class Course(Enum):
    """How the finding is expected to develop."""

    TEMPORARY = "temporary"
    FLUCTUATING = "fluctuating"
    LASTING = "lasting"
    UNCLEAR = "unclear"


class Stakes(Enum):
    """What depends on the decision, as the clinician entered it."""

    ORDINARY = "ordinary"
    HIGH = "high"


@record
class Score:
    """A tool's result, stored and shown. No score decides anything."""

    tool: Label
    part: Label | None = None
    amount: Measure


@record
class CapacityAssessment:
    """
    One assessor's assessment for one decision.

    `conclusion`: does the person have capacity for this decision, in the assessor's own determination. `reasons` is
    comparing options and consequences; in England and Wales using or weighing. An ability is NO only if it was shown
    absent after support. `evidence_written`: what the person said or did that shows it. `grounds` None = not recorded.
    """

    id: RecordId
    assessed_on: date | None = None
    assessed_by: Label | None = None
    role: Label | None = None
    conclusion: Recorded = NOT_RECORDED
    understands: Recorded = NOT_RECORDED
    retains: Recorded = NOT_RECORDED
    appreciates: Recorded = NOT_RECORDED
    reasons: Recorded = NOT_RECORDED
    communicates: Recorded = NOT_RECORDED
    information_given: Recorded = NOT_RECORDED
    support_given: Recorded = NOT_RECORDED
    supports: tuple[Label, ...] | None = None
    evidence_written: Recorded = NOT_RECORDED
    grounds: tuple[Code, ...] | None = None
    impairment: Recorded = NOT_RECORDED
    caused_by_impairment: Recorded = NOT_RECORDED
    due_to_mental_illness: Recorded = NOT_RECORDED
    psychiatrist_concurs: Recorded = NOT_RECORDED
    cause: Code | None = None
    expected_course: Course | None = None
    patient_told: Recorded = NOT_RECORDED
    patient_objects: Recorded = NOT_RECORDED
    patient_view: Label | None = None
    scores: tuple[Score, ...] = ()


@record
class CapacityEvent:
    """Something after which an assessment may no longer count; `trigger` is a word of `capacity_clocks`."""

    id: RecordId
    trigger: Code
    occurred_on: date | None = None


@record
class Decider:
    """
    Someone who may lawfully decide, and what is known of their authority for this decision.

    `decider_class` is a word of `surrogate_order`: agent, guardian, spouse, adult-child, … `identified_on` is the day
    on which a surrogate was identified as the one who decides: some authorities end so many days later.
    """

    id: RecordId
    decider_class: Code
    name: Label | None = None
    authority_seen: Recorded = NOT_RECORDED
    in_force: Recorded = NOT_RECORDED
    covers_decision: Recorded = NOT_RECORDED
    is_adult: Recorded = NOT_RECORDED
    available: Recorded = NOT_RECORDED
    willing: Recorded = NOT_RECORDED
    able: Recorded = NOT_RECORDED
    disqualified: Recorded = NOT_RECORDED
    conflicted: Recorded = NOT_RECORDED
    patient_objects: Recorded = NOT_RECORDED
    chosen_reason: Label | None = None
    identified_on: date | None = None


@record
class Engagement:
    """
    What was done with the lawful decider. Being notified, copied or asked to sign is none of these.

    `standard_followed`: by known wishes, else best interest. It and `next_contact_agreed` are documented, and do not
    decide whether the decider was fully engaged.
    """

    identity_seen: Recorded = NOT_RECORDED
    assessment_discussed: Recorded = NOT_RECORDED
    options_discussed: Recorded = NOT_RECORDED
    questions_answered: Recorded = NOT_RECORDED
    decision_recorded: Recorded = NOT_RECORDED
    patient_view_carried: Recorded = NOT_RECORDED
    standard_followed: Recorded = NOT_RECORDED
    next_contact_agreed: Recorded = NOT_RECORDED


@record
class PriorWishes:
    """A directive, declaration or known refusal that may settle the decision."""

    exist: Recorded = NOT_RECORDED
    valid: Recorded = NOT_RECORDED
    apply: Recorded = NOT_RECORDED
    displaced: Recorded = NOT_RECORDED


@record
class ReservedFacts:
    """
    What may reserve this decision for a court or a statute, whoever else decides for the patient.

    `court_authority`: an order of a court, or a statute's own authority, for exactly this decision is in the record.
    `granted_expressly`: the patient's own document grants it in so many words. `over_objection`: the patient objects to
    the treatment now, in word or act; `refusing`: the decider would refuse it.
    """

    court_authority: Recorded = NOT_RECORDED
    granted_expressly: Recorded = NOT_RECORDED
    antipsychotic: Recorded = NOT_RECORDED
    over_objection: Recorded = NOT_RECORDED
    refusing: Recorded = NOT_RECORDED
    state_institution: Recorded = NOT_RECORDED
    jail: Recorded = NOT_RECORDED


@record
class MinorFacts:
    """
    What is recorded about a decision of someone under the age of majority.

    `condition_met`: the condition of the rule that gives the minor the decision (enough understanding, maturity, a
    circumstance that the law lists) was found to hold. `parents_agree`: those with authority who were asked agree.
    """

    condition_met: Recorded = NOT_RECORDED
    refuses: Recorded = NOT_RECORDED
    parent_authority: Recorded = NOT_RECORDED
    parents_agree: Recorded = NOT_RECORDED
    parent_conflicted: Recorded = NOT_RECORDED
    parent_decided: Recorded = NOT_RECORDED
    child_view_recorded: Recorded = NOT_RECORDED


class LegalStatus(Enum):
    """On what footing the patient is in hospital."""

    VOLUNTARY = "voluntary"
    CONDITIONAL_VOLUNTARY = "conditional-voluntary"
    HELD = "held"
    ADMITTED_BY_DECIDER = "admitted-by-decider"


@record
class LeavingRequest:
    """A request to leave against advice, and what was done about it. Leaving is a decision of its own."""

    requested: Recorded = NOT_RECORDED
    requested_on: date | None = None
    legal_status: LegalStatus | None = None
    notice_given: Recorded = NOT_RECORDED
    notice_on: date | None = None
    danger: Recorded = NOT_RECORDED
    hold_considered: Recorded = NOT_RECORDED
    recompensating: Recorded = NOT_RECORDED
    foreseeable_relapse: Recorded = NOT_RECORDED
    team_consulted: Recorded = NOT_RECORDED
    outside_support_consulted: Recorded = NOT_RECORDED
    support_permission_refused: Recorded = NOT_RECORDED
    consultation_documented: Recorded = NOT_RECORDED
    reason_asked: Recorded = NOT_RECORDED
    capacity_assessed: Recorded = NOT_RECORDED
    risk_assessed: Recorded = NOT_RECORDED
    risks_told: Recorded = NOT_RECORDED
    alternatives_offered: Recorded = NOT_RECORDED
    follow_up_arranged: Recorded = NOT_RECORDED
    medicines_arranged: Recorded = NOT_RECORDED
    crisis_plan: Recorded = NOT_RECORDED
    harm_reduction_offered: Recorded = NOT_RECORDED
    dependents_considered: Recorded = NOT_RECORDED
    form_signed: Recorded = NOT_RECORDED


@record
class DecisionCapacity:
    """
    Everything recorded about who decides one decision.

    `decision` is a word of `capacity_decisions`; None = the record names no decision. `assessments` and `deciders`
    None = not recorded, `()` = asked, none. `no_one_in` are the decider classes that were asked for and found empty.
    `changed_since`: has anything changed since the assessment, one line by a clinician who saw the patient.
    `majority`: of those of one class who differ, more than half of all who may decide want the same.
    """

    id: RecordId
    decision: Code | None = None
    person: Person | None = None
    setting: Setting | None = None
    stakes: Stakes | None = None
    urgent: Recorded = NOT_RECORDED
    can_wait: Recorded = NOT_RECORDED
    concern: Recorded = NOT_RECORDED
    concern_reasons: tuple[Code, ...] | None = None
    detained: Recorded = NOT_RECORDED
    treats_mental_disorder: Recorded = NOT_RECORDED
    assessments: tuple[CapacityAssessment, ...] | None = None
    changed_since: Recorded = NOT_RECORDED
    changed_since_on: date | None = None
    events: tuple[CapacityEvent, ...] = ()
    activated: Recorded = NOT_RECORDED
    activation_in_force: Recorded = NOT_RECORDED
    activation_objected: Recorded = NOT_RECORDED
    deciders: tuple[Decider, ...] | None = None
    no_one_in: tuple[Code, ...] = ()
    agreement: Recorded = NOT_RECORDED
    majority: Recorded = NOT_RECORDED
    order_suspends_agent: Recorded = NOT_RECORDED
    decider_dispute: Recorded = NOT_RECORDED
    decider_reachable: Recorded = NOT_RECORDED
    consultees_heard: Recorded = NOT_RECORDED
    finely_balanced: Recorded = NOT_RECORDED
    serious_treatment: Recorded = NOT_RECORDED
    nobody_to_consult: Recorded = NOT_RECORDED
    advocate_instructed: Recorded = NOT_RECORDED
    free_of_pressure: Recorded = NOT_RECORDED
    reserved: ReservedFacts | None = None
    minor: MinorFacts | None = None
    prior_wishes: PriorWishes | None = None
    engagement: Engagement | None = None
    consultations: tuple[Consultation, ...] | None = None
    leaving: LeavingRequest | None = None
    recorded_on: date | None = None

    def __post_init__(self) -> None:
        if self.activated is Recorded.YES and not self.deciders:
            raise ValueError("activated is yes, and deciders names nobody whose authority that is")
