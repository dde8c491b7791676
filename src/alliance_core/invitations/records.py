"""What is recorded about inviting someone whom the patient chooses."""

from datetime import date
from enum import Enum

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import record
from alliance_core.records import NOT_RECORDED, Count, Label, OtherPerson, Person, RecordId


class PatientChoice(Enum):
    """What the patient said about inviting this person. None = nobody wrote down whether they were asked."""

    YES = "yes"
    NO_OBJECTION = "no-objection"
    LATER = "later"
    NO = "no"
    WITHDRAWN = "withdrawn"
    NOT_TO_LISTEN = "asked-not-to-listen"
    NOT_ASKED = "not-asked"


class InformationKind(Enum):
    """A kind of information that someone could be told. `THREAT` is what lessens a threat, and no more."""

    GENERAL_EDUCATION = "general-education"
    APPOINTMENTS = "appointments"
    DIAGNOSIS = "diagnosis"
    SYMPTOMS = "symptoms"
    MEDICATION = "medication"
    TREATMENT_PLAN = "treatment-plan"
    TEST_RESULTS = "test-results"
    SAFETY_PLAN = "safety-plan"
    THREAT = "threat"
    PSYCHOTHERAPY_NOTES = "psychotherapy-notes"
    SUBSTANCE_USE_RECORDS = "substance-use-records"
    SUBSTANCE_USE_COUNSELING_NOTES = "substance-use-counseling-notes"


class RequestKind(Enum):
    """What someone other than the patient asked for or did. None = not recorded."""

    TO_MEET = "asks-to-meet"
    TO_BE_TOLD = "asks-to-be-told"
    INFORMATION = "gave-information"
    GENERAL_QUESTION = "general-question"
    SURVEILLANCE = "surveillance"
    EMPLOYER = "employer"
    INSURER = "insurer"
    NOBODY = "nobody-asked"


class ScreenScale(Enum):
    """A scale on violence by someone close. Its total is kept, never its items."""

    HITS = "hits"
    E_HITS = "e-hits"


@record
class SafetyScreen:
    """A scale's total. A positive one counts; a low one shows nothing by itself."""

    scale: ScreenScale | None = None
    total: Count | None = None


@record
class SafetyGate:
    """
    What the patient was asked alone. Nothing of this is ever written for a portal.

    `screens` None = not recorded; `()` = neither the answer nor the record gave a reason for a scale.
    """

    asked_alone: Recorded = NOT_RECORDED
    fears_nominee: Recorded = NOT_RECORDED
    violence_or_control: Recorded = NOT_RECORDED
    protective_order: Recorded = NOT_RECORDED
    asked_on: date | None = None
    abuse_or_exploitation: Recorded = NOT_RECORDED
    screens: tuple[SafetyScreen, ...] | None = None


@record
class Cautions:
    """What is talked over with the patient before anyone is invited. A refusal is no caution: it decides."""

    persecutory_belief: Recorded = NOT_RECORDED
    undue_influence: Recorded = NOT_RECORDED
    legal_opponent: Recorded = NOT_RECORDED
    nominee_intoxicated: Recorded = NOT_RECORDED
    nominee_is_patient_here: Recorded = NOT_RECORDED


@record
class ThreatJudgement:
    """A clinician's finding about a threat to someone's health or life, and what telling could do about it."""

    serious_and_imminent: Recorded = NOT_RECORDED
    telling_necessary: Recorded = NOT_RECORDED
    nominee_can_lessen: Recorded = NOT_RECORDED
    documented: Recorded = NOT_RECORDED


@record
class Representative:
    """
    Whether someone lawfully stands for the patient, whether that is the nominee, and what they said.

    `agrees` is about inviting, `permits_telling` about what the nominee may be told: two answers.
    """

    exists: Recorded = NOT_RECORDED
    is_nominee: Recorded = NOT_RECORDED
    authority_seen: Recorded = NOT_RECORDED
    covers_this: Recorded = NOT_RECORDED
    agrees: Recorded = NOT_RECORDED
    permits_telling: Recorded = NOT_RECORDED


@record
class MinorCare:
    """Why care of a minor may be the minor's own: they consent alone, someone else does, a parent agreed to it."""

    consents_alone: Recorded = NOT_RECORDED
    other_consenter: Recorded = NOT_RECORDED
    confidentiality_agreed: Recorded = NOT_RECORDED


@record
class SubstanceUseConsent:
    """A written consent to disclose records of a substance use program, by what is in it."""

    patient_named: Recorded = NOT_RECORDED
    discloser_named: Recorded = NOT_RECORDED
    information_described: Recorded = NOT_RECORDED
    recipient_named: Recorded = NOT_RECORDED
    purpose_stated: Recorded = NOT_RECORDED
    revocation_explained: Recorded = NOT_RECORDED
    expiry_stated: Recorded = NOT_RECORDED
    signed: Recorded = NOT_RECORDED
    signed_on: date | None = None
    in_force: Recorded = NOT_RECORDED
    expires_on: date | None = None
    counseling_notes_apart: Recorded = NOT_RECORDED


@record
class ReceivedInformation:
    """What someone told the clinician without being asked: not the content, only how it was received."""

    received_on: date | None = None
    kept_apart: Recorded = NOT_RECORDED
    secrecy_promised: Recorded = NOT_RECORDED
    would_reveal_source: Recorded = NOT_RECORDED
    limits_told: Recorded = NOT_RECORDED


@record
class JointMeeting:
    """How the joint meeting was prepared and held."""

    planned_on: date | None = None
    minutes: Count | None = None
    patient_alone_first: Recorded = NOT_RECORDED
    agenda_agreed: Recorded = NOT_RECORDED
    roles_agreed: Recorded = NOT_RECORDED
    limits_restated: Recorded = NOT_RECORDED
    emotions_attended: Recorded = NOT_RECORDED
    observations_apart: Recorded = NOT_RECORDED
    recap_given: Recorded = NOT_RECORDED
    debrief_alone: Recorded = NOT_RECORDED


@record
class InvitationProposal:
    """
    A possible invitation of one person, why it might help, and what the patient said.

    `patient_choice` is the patient's word in full; `patient_agrees` the same as yes or no, *unclear* = undecided. The
    chart fills `person`, and `nominee_person` with whom `nominee` names. `scope_share` and `scope_exclude` None = not
    recorded, `()` = asked, nothing. `lack_recorded` is an assessor's determination for this decision, never a guess.
    """

    id: RecordId
    nominee: RecordId | None = None
    purpose: Label | None = None
    unaware_of_symptoms: Recorded = NOT_RECORDED
    would_help_diagnosis: Recorded = NOT_RECORDED
    told_not_to_take_medicine: Recorded = NOT_RECORDED
    told_clinician_misunderstands: Recorded = NOT_RECORDED
    gate: SafetyGate | None = None
    patient_agrees: Recorded = NOT_RECORDED
    asked_on: date | None = None
    revisit_on: date | None = None
    met_on: date | None = None
    patient_choice: PatientChoice | None = None
    person: Person | None = None
    nominee_person: OtherPerson | None = None
    request: RequestKind | None = None
    cautions: Cautions | None = None
    threat: ThreatJudgement | None = None
    lack_recorded: Recorded = NOT_RECORDED
    capacity_doubted: Recorded = NOT_RECORDED
    capacity_regained_on: date | None = None
    best_interest_judged: Recorded = NOT_RECORDED
    representative: Representative | None = None
    minor: MinorCare | None = None
    scope_share: tuple[InformationKind, ...] | None = None
    scope_exclude: tuple[InformationKind, ...] | None = None
    psychotherapy_notes_authorized: Recorded = NOT_RECORDED
    substance_program: Recorded = NOT_RECORDED
    substance_consent: SubstanceUseConsent | None = None
    received: tuple[ReceivedInformation, ...] | None = None
    meeting: JointMeeting | None = None
