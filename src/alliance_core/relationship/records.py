"""What is written about the patient, asked, preferred and planned, and how a first minute went."""

from datetime import date
from enum import Enum
from typing import Annotated

from pydantic import Field

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import record
from alliance_core.records import NOT_RECORDED, Coding, Count, Label, Person, PreferenceRecord, RecordId, Text


@record
class NoteSection:
    """A part of a note under its heading."""

    heading: Label | None = None
    codes: tuple[Coding, ...] = ()
    text: Text


@record
class Note:
    """A clinical note, in sections. `released_on` is the day from which the patient can read it."""

    id: RecordId
    written_on: date | None = None
    author: Label | None = None
    released_on: date | None = None
    codes: tuple[Coding, ...] = ()
    sections: tuple[NoteSection, ...] = ()


# -- beliefs ---------------------------------------------------------------------------------------------------------


@record
class BeliefQuestion:
    """
    A question or remark about politics, religion or a way of life, and the reply that is drafted.

    The first facts say what kind it is, the next what the draft does; `asked_directly`: the patient asked for the
    clinician's own view, or said that it is welcome.
    """

    id: RecordId
    asked_on: date | None = None
    imminent_danger: Recorded = NOT_RECORDED
    abuse_of_staff: Recorded = NOT_RECORDED
    possible_symptom: Recorded = NOT_RECORDED
    about_clinician: Recorded = NOT_RECORDED
    about_fit: Recorded = NOT_RECORDED
    about_credentials: Recorded = NOT_RECORDED
    about_access: Recorded = NOT_RECORDED
    about_own_belief: Recorded = NOT_RECORDED
    asked_directly: Recorded = NOT_RECORDED
    acknowledges: Recorded = NOT_RECORDED
    explores_meaning: Recorded = NOT_RECORDED
    states_boundary: Recorded = NOT_RECORDED
    restates_purpose: Recorded = NOT_RECORDED
    takes_a_stance: Recorded = NOT_RECORDED
    insults: Recorded = NOT_RECORDED
    argues: Recorded = NOT_RECORDED
    opens_with_a_question: Recorded = NOT_RECORDED
    respects_choice: Recorded = NOT_RECORDED


# -- risky behaviors -------------------------------------------------------------------------------------------------


class Behavior(Enum):
    """A behavior that may harm; none of them is ever a reason to end care."""

    TOBACCO = "tobacco"
    ALCOHOL = "alcohol"
    OPIOIDS = "opioids"
    STIMULANTS = "stimulants"
    CANNABIS = "cannabis"
    GAMBLING = "gambling"
    SELF_HARM = "self-harm"
    SEX = "sex"
    DRIVING = "driving"
    OTHER = "other"


class StageOfChange(Enum):
    """Where the patient stands with a change, in the words of motivational interviewing."""

    PRECONTEMPLATION = "precontemplation"
    CONTEMPLATION = "contemplation"
    PREPARATION = "preparation"
    ACTION = "action"
    RECURRENCE = "recurrence"


class Scale(Enum):
    """A screen whose total is kept; its items stay with their owners."""

    AUDIT = "audit"
    AUDIT_C = "audit-c"
    DAST_10 = "dast-10"
    ASSIST = "assist"
    ASSIST_ALCOHOL = "assist-alcohol"
    FAGERSTROM = "fagerstrom"
    PHQ_9_ITEM_9 = "phq-9-item-9"
    PC_PTSD_5 = "pc-ptsd-5"
    PGSI = "pgsi"


@record
class ScreenTotal:
    """The total of a screen and the day on which it was taken."""

    scale: Scale
    total: Annotated[int, Field(ge=0, le=1000)] | None = None
    taken_on: date | None = None


class EndingReason(Enum):
    """Why care is to end."""

    SUBSTANCE_USE = "substance-use"
    SMOKING = "smoking"
    RELAPSE = "relapse"
    MISSED_GOAL = "missed-goal"
    MISSED_VISITS = "missed-visits"
    OTHER_BEHAVIOR = "other-behavior"
    VIOLENCE_OR_THREAT_TO_STAFF = "violence-or-threat-to-staff"
    PATIENT_ENDS_IT = "patient-ends-it"
    CLINICIAN_UNABLE = "clinician-unable"
    OTHER = "other"


@record
class EndingCare:
    """A planned end of care, and what was done so that the patient is not left alone. `reasons` None = not recorded."""

    reasons: tuple[EndingReason, ...] | None = None
    notice_on: date | None = None
    ends_on: date | None = None
    in_crisis: Recorded = NOT_RECORDED
    written_notice: Recorded = NOT_RECORDED
    referrals: Count | None = None
    transfer_offered: Recorded = NOT_RECORDED
    crisis_contacts: Recorded = NOT_RECORDED
    medicines_bridged: Recorded = NOT_RECORDED
    emergency_route: Recorded = NOT_RECORDED


@record
class MissedVisits:
    """What followed one or more missed visits."""

    missed_on: date | None = None
    reached_out: Recorded = NOT_RECORDED
    preferred_channel: Recorded = NOT_RECORDED
    barriers_asked: Recorded = NOT_RECORDED
    telehealth_offered: Recorded = NOT_RECORDED
    medicines_bridged: Recorded = NOT_RECORDED
    ultimatum_given: Recorded = NOT_RECORDED


@record
class BehaviorPlan:
    """
    A plan about one risky behavior, drafted or made.

    `options` are the words of the menu that were offered; None = not recorded, `()` = none. `draft` is the wording of
    the plan or letter.
    """

    id: RecordId
    recorded_on: date | None = None
    behavior: Behavior | None = None
    stage: StageOfChange | None = None
    refuses_care: Recorded = NOT_RECORDED
    threatens: Recorded = NOT_RECORDED
    criticizes: Recorded = NOT_RECORDED
    concern_voiced: Recorded = NOT_RECORDED
    permission_asked: Recorded = NOT_RECORDED
    reasons_explored: Recorded = NOT_RECORDED
    support_agreed: Recorded = NOT_RECORDED
    blame_free_return: Recorded = NOT_RECORDED
    options: tuple[Label, ...] | None = None
    no_change_offered: Recorded = NOT_RECORDED
    screens: tuple[ScreenTotal, ...] = ()
    missed_visits: MissedVisits | None = None
    ending: EndingCare | None = None
    person: Person | None = None
    draft: Text | None = None


# -- preferences -----------------------------------------------------------------------------------------------------


@record
class ProposedOption:
    """A treatment that is proposed, in the words of the plan, and whether the record says why it and not another."""

    id: RecordId
    text: Label | None = None
    reason_recorded: Recorded = NOT_RECORDED


@record
class PreferenceQuestion:
    """What the patient prefers, and what is proposed. `preferences` None = nobody asked."""

    id: RecordId
    preferences: PreferenceRecord | None = None
    proposed: tuple[ProposedOption, ...] = ()

    def __post_init__(self) -> None:
        if len({one.id for one in self.proposed}) < len(set(map(id, self.proposed))):
            raise ValueError("proposed has one id for two proposals")


# -- the first minute ------------------------------------------------------------------------------------------------


@record
class SelfCheck:
    """
    The clinician's own look back at a greeting. It names no patient, has no id, and belongs to no chart.

    The fields are about the clinician alone; how the patient looked or moved is never asked.
    """

    paused_first: Recorded = NOT_RECORDED
    preferred_name: Recorded = NOT_RECORDED
    followed_gaze: Recorded = NOT_RECORDED
    relaxed: Recorded = NOT_RECORDED
    said_how_long: Recorded = NOT_RECORDED
    apologized_for_delay: Recorded = NOT_RECORDED
    was_late: Recorded = NOT_RECORDED
