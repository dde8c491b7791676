"""Invitations: asking the patient to consider inviting someone who matters to them."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.cases import first
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, canonical
from alliance_core.base.kinds import changed, value
from alliance_core.invitations.advice import CASES, Advice, Ceiling, Outcome
from alliance_core.invitations.asking import (
    ASKED,
    GATE,
    InvitationDraft,
    asked_finding,
    draft_of,
    gate_finding,
    revisit_of,
)
from alliance_core.invitations.facts import Situation, gate_of, situate
from alliance_core.invitations.meeting import (
    MEETING,
    RECEIVED,
    Listening,
    MeetingPlan,
    may_listen,
    meeting_finding,
    plan_of,
    received_finding,
)
from alliance_core.invitations.policy import INVITATION_TABLES, InvitationPolicy
from alliance_core.invitations.records import (
    Cautions,
    InformationKind,
    InvitationProposal,
    JointMeeting,
    MinorCare,
    PatientChoice,
    ReceivedInformation,
    Representative,
    RequestKind,
    SafetyGate,
    SafetyScreen,
    ScreenScale,
    SubstanceUseConsent,
    ThreatJudgement,
)
from alliance_core.invitations.telling import (
    OVERLAY,
    TELLING,
    THREAT,
    Grant,
    ThreatDisclosure,
    grant,
    overlay_findings,
    telling_finding,
    threat_disclosure,
    threat_finding,
)
from alliance_core.records import OtherPerson, Person

RULES: Final[tuple[Rule, ...]] = (ASKED, GATE, TELLING, OVERLAY, THREAT, MEETING, RECEIVED)
REASSURING: Final = frozenset({Advice.INVITE, ThreatDisclosure.NONE})


@value
class InvitationReview:
    """
    What the record supports about inviting one person, on one day. Inviting, listening and telling stay apart.

    `ceiling` is the most that the nominee may be told and `told` which kinds of information that is;
    `threat_disclosure` stands beside it and is never about a nominee whom the patient fears. `draft` and `meeting` are
    there only where the advice is to ask the patient.
    """

    about: str
    advice: Advice
    ceiling: Ceiling
    threat_disclosure: ThreatDisclosure
    may_listen: Listening
    told: tuple[InformationKind, ...]
    draft: InvitationDraft | None
    meeting: MeetingPlan | None
    findings: tuple[Finding, ...]
    not_applicable: tuple[str, ...]
    valid_until: date | None


def review_invitation(proposal: InvitationProposal, *, policy: InvitationPolicy, on: date) -> InvitationReview:
    """
    Return whether to ask the patient about this person, what the person may be told, and how to meet.

    If the diagnosis could gain, or others advise against the treatment, the patient is asked to consider inviting
    someone they choose [seed: Significant Others]. Raises `ChartError` only if `on` is not a plain date.
    """
    day = Day(on)
    s = situate(proposal, policy.timeline.at(day), day)
    outcome = first(CASES, s).gives
    given = grant(s, outcome.most)
    found = tuple(_findings(s, outcome, given, day))
    answered = {one.rule for one in found if one.answer is not Answer.NOT_APPLICABLE}
    return InvitationReview(
        about=proposal.id,
        advice=outcome.advice,
        ceiling=given.ceiling,
        threat_disclosure=threat_disclosure(s),
        may_listen=may_listen(s),
        told=given.told,
        draft=draft_of(s, outcome),
        meeting=plan_of(s, outcome),
        findings=canonical([one for one in found if one.answer is not Answer.NOT_APPLICABLE]),
        not_applicable=tuple(rule.id for rule in RULES if rule.id not in answered),
        valid_until=day.valid_until,
    )


def _findings(s: Situation, outcome: Outcome, given: Grant, day: Day) -> Iterator[Finding]:
    yield asked_finding(s, outcome, revisit_of(s, outcome, day))
    yield gate_finding(s)
    yield telling_finding(s, outcome.most, given)
    yield from overlay_findings(s)
    yield threat_finding(s, threat_disclosure(s))
    yield meeting_finding(s, day)
    yield received_finding(s, day)


# -- who may see it --------------------------------------------------------------------------------------------------


def is_hard_stop(proposal: InvitationProposal, *, policy: InvitationPolicy, on: date) -> bool:
    """Return whether the private check stops every invitation of this person."""
    day = Day(on)
    return bool(gate_of(proposal, policy.timeline.at(day), day).stops)


def unassessed(proposal: InvitationProposal) -> InvitationProposal:
    """
    Return the proposal as it would be if nobody had ever asked the patient alone: what a portal's review is made of.

    The private check goes, and with it what could tell of it or of a source: cautions, a threat, what others said, and
    the clinician's thought about what the patient does not notice. It goes whether or not something was found: if only
    a hard stop made it vanish, its vanishing would tell.
    """
    return changed(
        proposal, gate=None, cautions=None, threat=None, received=None, unaware_of_symptoms=Recorded.NOT_RECORDED
    )


__all__ = [
    "CASES",
    "INVITATION_TABLES",
    "REASSURING",
    "RULES",
    "Advice",
    "Cautions",
    "Ceiling",
    "InformationKind",
    "InvitationDraft",
    "InvitationPolicy",
    "InvitationProposal",
    "InvitationReview",
    "JointMeeting",
    "Listening",
    "MeetingPlan",
    "MinorCare",
    "OtherPerson",
    "PatientChoice",
    "Person",
    "ReceivedInformation",
    "Representative",
    "RequestKind",
    "SafetyGate",
    "SafetyScreen",
    "ScreenScale",
    "SubstanceUseConsent",
    "ThreatDisclosure",
    "ThreatJudgement",
    "is_hard_stop",
    "review_invitation",
    "unassessed",
]
