"""An invitation: asking, listening and telling stay apart, and nothing is said that a table does not say."""

from datetime import date, datetime

import attrs
import pytest

from alliance_core import ChartError, Recorded, explain, load_policy
from alliance_core.base.dates import CalendarDuration
from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import changed
from alliance_core.base.sources import Basis, Seen
from alliance_core.base.tables import applicable, read_table
from alliance_core.invitations import (
    CASES,
    INVITATION_TABLES,
    REASSURING,
    RULES,
    Advice,
    Cautions,
    Ceiling,
    InformationKind,
    InvitationPolicy,
    InvitationProposal,
    JointMeeting,
    OtherPerson,
    PatientChoice,
    Person,
    ReceivedInformation,
    Representative,
    RequestKind,
    SafetyGate,
    SafetyScreen,
    ScreenScale,
    SubstanceUseConsent,
    ThreatDisclosure,
    ThreatJudgement,
    is_hard_stop,
    review_invitation,
    unassessed,
)

ON = date(2026, 11, 24)
YES, NO = Recorded.YES, Recorded.NO
ROWS = tuple(row for name, kind in INVITATION_TABLES.items() for row in read_table(name, kind))
STOPS = ("fears_nominee", "violence_or_control", "protective_order", "abuse_or_exploitation")


def policy(place="US", *more, without=()):
    rows = applicable(ROWS, jurisdiction=place, overlays=())
    return InvitationPolicy.of(*(row for row in rows if row.row_id not in without), *more)


def row(row_id):
    return next(one for one in ROWS if one.row_id == row_id)


def proposal(**facts):
    """Return a proposal ready for asking: a reason, someone thought of, and nothing that stands against it."""
    ready = InvitationProposal(
        id="proposal",
        nominee="nominee",
        would_help_diagnosis=YES,
        person=Person(id="person", born_on="1980-05-05"),
        nominee_person=OtherPerson(id="nominee", is_adult=YES),
        gate=SafetyGate(asked_alone=YES, asked_on=ON, screens=(), **dict.fromkeys(STOPS, NO)),
        cautions=Cautions(**dict.fromkeys(Cautions.__annotations__, NO)),
        threat=ThreatJudgement(serious_and_imminent=NO),
        patient_choice=PatientChoice.NOT_ASKED,
    )
    return changed(ready, **facts)


def agreed(**facts):
    person = OtherPerson(id="nominee", is_adult=YES, may_be_told=YES, permission_recorded_on=ON)
    ready = {
        "patient_choice": PatientChoice.YES,
        "asked_on": ON,
        "nominee_person": person,
        "scope_share": (InformationKind.MEDICATION,),
        "scope_exclude": (),
        "substance_program": NO,
    }
    return proposal(**{**ready, **facts})


def reviewed(made, rules=None, on=ON):
    return review_invitation(made, policy=rules or policy(), on=on)


def finding(review, rule, item=""):
    return next(one for one in review.findings if (one.rule, one.item) == (f"invitations.{rule}", item))


class TestVerdicts:
    """Inviting, listening and telling are three answers."""

    def test_nothing_recorded(self):
        """A proposal that is only named is open in few findings, which name what to record."""
        review = reviewed(InvitationProposal(id="p"))

        assert (review.advice, review.ceiling, review.told) == (Advice.DISCUSS_FIRST, Ceiling.NOTHING, ())
        assert {one.rule: (one.answer, one.missing) for one in review.findings} == {
            "invitations.gate": (Answer.CANNOT_TELL, ("gate",)),
            "invitations.asked": (Answer.CANNOT_TELL, ("gate", "threat.serious_and_imminent", "person.born_on")),
            "invitations.threat": (Answer.CANNOT_TELL, ("threat.serious_and_imminent",)),
        }

    def test_inviting_is_not_telling(self):
        """The patient may want someone there whom nothing is told."""
        review = reviewed(agreed(nominee_person=OtherPerson(id="nominee", is_adult=YES, may_be_told=NO)))

        assert (review.advice, review.ceiling) == (Advice.INVITE, Ceiling.NOTHING)

    def test_presumed_capacity_is_named(self):
        """Where capacity is presumed, the finding says so."""
        assert ("capacity", "presumed") in finding(reviewed(proposal()), "asked").because
        assert ("capacity", "presumed") not in finding(reviewed(proposal(lack_recorded=NO)), "asked").because

    def test_reassuring(self):
        """Asking the patient, and that no threat was found, rest on recorded facts alone."""
        assert {Advice.INVITE, ThreatDisclosure.NONE} == REASSURING

    @pytest.mark.parametrize("on", [datetime(2026, 11, 24, 8, 30), "2026-11-24", None])  # noqa: DTZ001
    def test_the_day_is_a_plain_date(self, on):
        """A time of day would let a time zone decide the day."""
        with pytest.raises(ChartError, match="^on: "):
            reviewed(proposal(), on=on)


class TestWords:
    """Nobody is told to invite, or not to invite; a permission is no duty."""

    def test_advice(self):
        assert [one.value for one in Advice] == [
            "speak-with-patient-alone-first",
            "listen-only",
            "discuss-first",
            "ask-patient-to-consider",
            "no-reason-recorded",
        ]

    def test_threat(self):
        permitted = [one.value for one in ThreatDisclosure if one.value.startswith("permitted")]

        assert permitted == ["permitted-not-required", "permitted-not-required-to-others-only"]

    def test_draft(self):
        """A draft says that it is optional, what would help, the limits, and that care does not depend on it."""
        parts = {
            one.row_id: one.part for one in read_table("invitation_wording", INVITATION_TABLES["invitation_wording"])
        }
        draft = reviewed(proposal()).draft

        assert [parts[row_id] for row_id in draft.rows] == ["reason", "choice", "care", "limits", "record", "alone"]

    def test_no_reason_reads_as_a_lack_of_insight(self):
        """What the patient does not notice is asked as whether someone could help see more."""
        draft = reviewed(proposal(would_help_diagnosis=NO, unaware_of_symptoms=YES)).draft

        assert draft.lines[0] == "Could someone who knows you well help us see more of how things have been?"

    def test_each_reason_has_its_words(self):
        """Two reasons are both said, in order."""
        draft = reviewed(proposal(told_not_to_take_medicine=YES)).draft

        assert draft.rows[:2] == ("IWD-I2", "IWD-I4")

    def test_no_draft_speaks_for_someone_who_is_represented(self):
        """The draft says that it is up to the patient, which is not so where a representative decides."""
        guardian = Representative(exists=YES, is_nominee=YES, authority_seen=YES, covers_this=YES)
        review = reviewed(proposal(lack_recorded=YES, representative=guardian))

        assert (review.advice, review.draft) == (Advice.INVITE, None)


class TestMeetingPlan:
    """The patient comes first, the agenda is theirs, and the end is with the patient alone."""

    def test_steps(self):
        plan = reviewed(proposal()).meeting

        assert (plan.steps[0], plan.steps[-1]) == ("patient_alone_first", "debrief_alone")
        assert (plan.minutes_lower, plan.minutes_upper) == (20, 30)

    def test_without_a_row_on_time(self):
        plan = reviewed(proposal(), policy(without={"IMT-TIME"})).meeting

        assert (plan.minutes_lower, plan.minutes_upper) == (None, None)

    def test_no_plan_where_nobody_is_asked(self):
        assert reviewed(proposal(patient_choice=PatientChoice.NO, asked_on=ON)).meeting is None

    def test_a_row_that_no_field_records(self):
        """A site's own step that this library does not record stays open."""
        own = attrs.evolve(row("IMT-1"), row_id="clinic-1", element="water_offered")
        held = agreed(met_on=ON, meeting=JointMeeting(minutes=30))

        assert "meeting.water_offered" in finding(reviewed(held, policy("US", own)), "meeting").missing

    def test_a_site_without_a_least_time(self):
        own = attrs.evolve(row("IMT-TIME"), minutes_lower=None)
        held = agreed(met_on=ON, meeting=JointMeeting(minutes=5))
        review = reviewed(held, policy("US", own, without={"IMT-TIME"}))

        assert "meeting.minutes" not in finding(review, "meeting").missing


class TestWeights:
    """Danger weighs most; silence about it weighs no more than the question."""

    def test_hard_stop(self):
        review = reviewed(proposal(gate=SafetyGate(protective_order=YES)))

        assert {one.rule: one.weight for one in review.findings} == {
            "invitations.asked": Weight.SAFETY,
            "invitations.gate": Weight.SAFETY,
        }

    def test_threat(self):
        weights = {
            fact: finding(reviewed(proposal(threat=ThreatJudgement(serious_and_imminent=fact))), "threat").weight
            for fact in Recorded
            if fact is not NO
        }

        assert weights == {
            YES: Weight.SAFETY,
            Recorded.UNCLEAR: Weight.SAFETY,
            Recorded.NOT_RECORDED: Weight.RECOMMENDED,
        }

    def test_a_reason_weighs_what_its_row_says(self):
        lighter = attrs.evolve(row("ITR-4"), weight=Weight.RECOMMENDED)
        review = reviewed(proposal(), policy("US", lighter, without={"ITR-4"}))

        assert finding(review, "asked").weight is Weight.RECOMMENDED


class TestGate:
    """A yes counts whenever it was said; a no only from a check held alone, lately."""

    @pytest.mark.parametrize("name", STOPS)
    def test_a_yes_counts_by_itself(self, name):
        made = proposal(gate=SafetyGate(**{name: YES}))

        assert is_hard_stop(made, policy=policy(), on=ON)
        assert reviewed(made).advice is Advice.SPEAK_ALONE_FIRST

    def test_a_yes_with_an_unread_scale(self):
        """Another scale that cannot be read does not hide a positive one."""
        screens = (SafetyScreen(), SafetyScreen(scale=ScreenScale.HITS, total=20))
        made = proposal(gate=changed(proposal().gate, screens=screens))

        assert is_hard_stop(made, policy=policy(), on=ON)

    @pytest.mark.parametrize(
        "screen",
        [SafetyScreen(), SafetyScreen(total=5), SafetyScreen(scale=ScreenScale.HITS)],
        ids=["none", "no", "hits"],
    )
    def test_what_cannot_be_read_passes_nothing(self, screen):
        review = reviewed(proposal(gate=changed(proposal().gate, screens=(screen,))))

        assert (review.advice, finding(review, "gate").missing) == (Advice.DISCUSS_FIRST, ("gate.screens",))

    def test_no_clock_passes_nothing(self):
        review = reviewed(proposal(), policy(without={"ICK-GATE"}))

        assert finding(review, "gate").missing == ("policy.invitation_clocks",)

    def test_a_clock_in_hours_passes_nothing(self):
        """A record holds days, so that hours cannot be counted from it."""
        own = attrs.evolve(row("ICK-GATE"), interval=CalendarDuration(hours=72))
        review = reviewed(proposal(), policy("US", own, without={"ICK-GATE"}))

        assert finding(review, "gate").missing == ("policy.invitation_clocks",)

    def test_a_scale_without_a_row(self):
        """A scale that no row knows is not read, and a caution of another is still shown."""
        screens = (SafetyScreen(scale=ScreenScale.HITS, total=8), SafetyScreen(scale=ScreenScale.E_HITS, total=20))
        made = proposal(gate=changed(proposal().gate, screens=screens))
        found = finding(reviewed(made, policy(without={"ISC-E-HITS"})), "gate")

        assert (found.answer, found.missing) == (Answer.CANNOT_TELL, ("gate.screens",))
        assert found.because == (("gate.screens", "yes"),)
        assert found.rows == ("IGT-SCREEN", "ISC-HITS")

    def test_a_yes_where_no_row_asks(self):
        """Without any row a hard stop is still a hard stop."""
        assert is_hard_stop(proposal(gate=SafetyGate(fears_nominee=YES)), policy=InvitationPolicy.of(), on=ON)


class TestPortal:
    """The private check goes for every audience but the clinician, whether or not anything was found."""

    def test_what_goes(self):
        made = unassessed(proposal(unaware_of_symptoms=YES, received=()))

        assert (made.gate, made.cautions, made.threat, made.received) == (None, None, None, None)
        assert made.unaware_of_symptoms is Recorded.NOT_RECORDED

    def test_a_stop_and_a_passed_check_look_alike(self):
        stopped = proposal(gate=SafetyGate(fears_nominee=YES))

        assert reviewed(unassessed(stopped)) == reviewed(unassessed(proposal()))


class TestRevisit:
    """A refusal is an answer; the day on which it may be taken up again is agreed, or our suggestion."""

    def test_valid_until_the_day(self):
        made = proposal(patient_choice=PatientChoice.NO, asked_on=ON, revisit_on=date(2026, 12, 1))
        review = reviewed(made)

        assert (finding(review, "asked").answer, review.valid_until) == (Answer.MET, date(2026, 12, 1))
        assert finding(reviewed(made, on=date(2026, 12, 1)), "asked").answer is Answer.JUDGEMENT

    def test_without_a_clock(self):
        made = proposal(patient_choice=PatientChoice.NO, asked_on=ON)

        assert finding(reviewed(made, policy(without={"ICK-NO"})), "asked").missing == ("revisit_on",)

    def test_past_the_calendar(self):
        """On the last days there are no day of ours comes."""
        made = proposal(
            patient_choice=PatientChoice.NO, asked_on=date.max, gate=changed(proposal().gate, asked_on=date.max)
        )

        assert finding(reviewed(made, on=date.max), "asked").missing == ("revisit_on",)


class TestPapers:
    """A kind of information that needs a paper of its own is left out until the paper is there."""

    def test_a_need_that_no_field_records(self):
        """A site may ask for a paper that this library does not know: it is missing."""
        own = attrs.evolve(row("IOV-ANY-PSY"), row_id="clinic-1", category="diagnosis", needs="two-signatures")
        names = [name for name, kind in SubstanceUseConsent.__annotations__.items() if kind is Recorded]
        whole = SubstanceUseConsent(signed_on=ON, **dict.fromkeys(names, YES))
        made = agreed(scope_share=(InformationKind.DIAGNOSIS,), substance_consent=whole)
        review = reviewed(made, policy("US", own))

        assert (review.ceiling, finding(review, "telling").answer) == (Ceiling.NOTHING, Answer.CANNOT_TELL)
        assert finding(review, "overlay", "diagnosis").missing == ("policy.invitation_overlays",)

    def test_an_element_that_no_field_records(self):
        own = attrs.evolve(row("ICE-1"), row_id="clinic-1", element="witnessed")
        names = [name for name, kind in SubstanceUseConsent.__annotations__.items() if kind is Recorded]
        whole = SubstanceUseConsent(signed_on=ON, **dict.fromkeys(names, YES))
        made = agreed(substance_program=YES, substance_consent=whole)

        assert reviewed(made).ceiling is Ceiling.AGREED_SCOPE
        assert reviewed(made, policy("US", own)).ceiling is Ceiling.NOTHING

    def test_one_finding_a_kind(self):
        """A kind named twice is one question."""
        review = reviewed(agreed(scope_share=(InformationKind.PSYCHOTHERAPY_NOTES,) * 2))

        assert [one.item for one in review.findings if one.rule == "invitations.overlay"] == ["psychotherapy-notes"]


class TestReceived:
    """What others tell is heard, and how it was received is asked for."""

    def test_a_row_that_no_field_records(self):
        """A site's own question that this library does not record stays open."""
        own = attrs.evolve(row("ILS-APART"), row_id="clinic-1", element="called-back")
        heard = proposal(received=(ReceivedInformation(kept_apart=YES, secrecy_promised=NO),))

        assert finding(reviewed(heard, policy("US", own)), "received").missing == ("received.called-back",)

    def test_two_callers(self):
        """What was done for one caller does not count for the other."""
        done = ReceivedInformation(kept_apart=YES, secrecy_promised=NO)
        heard = proposal(received=(done, changed(done, kept_apart=NO)))

        assert finding(reviewed(heard), "received").answer is Answer.NOT_MET


class TestOlderThanTheRecord:
    """A nominee whom nobody described is an open question, never an adult by default."""

    def test_no_person(self):
        review = reviewed(proposal(nominee_person=None))

        assert (review.advice, finding(review, "asked").missing) == (Advice.DISCUSS_FIRST, ("nominee_person.is_adult",))

    def test_another_person(self):
        """What is known of someone else is not known of the nominee: neither their age nor what they may be told."""
        review = reviewed(agreed(nominee="someone-else"))

        assert (review.advice, review.ceiling) == (Advice.DISCUSS_FIRST, Ceiling.NOTHING)
        assert finding(review, "asked").missing == ("nominee_person.is_adult",)

    def test_no_birth_date(self):
        assert finding(reviewed(proposal(person=None)), "asked").missing == ("person.born_on",)


class TestTables:
    """Cases are named, cited and last; rows that nobody read say so."""

    def test_cases(self):
        assert len({case.id for case in CASES}) == len(CASES)
        assert {case.source for case in CASES} == {"seed", "practice", "cfr-45-164"}

    def test_every_advice_and_most_ceilings_are_given_by_a_case(self):
        assert {case.gives.advice for case in CASES} == set(Advice)
        assert {case.gives.most for case in CASES} == set(Ceiling)

    def test_danger_stands_first(self):
        assert [case.id for case in CASES[:3]] == ["V01", "V02", "V03"]
        assert CASES[-1].id == "V14-open"

    def test_rules(self):
        assert [rule.id for rule in RULES] == [
            "invitations.asked",
            "invitations.gate",
            "invitations.telling",
            "invitations.overlay",
            "invitations.threat",
            "invitations.meeting",
            "invitations.received",
        ]

    def test_no_rule_is_law_by_itself(self):
        """Law is of a place, and stands in its rows: no rule brings the law of one country to another."""
        assert {rule.basis for rule in RULES} == {Basis.SEED, Basis.PRACTICE}

    @pytest.mark.parametrize("place", ["GB", "any"])
    def test_no_law_of_another_country(self, place):
        kept = (InformationKind.PSYCHOTHERAPY_NOTES,)
        heard = agreed(received=(ReceivedInformation(),), threat=None, scope_share=kept)
        whole = load_policy(place)
        review = review_invitation(heard, policy=whole.invitations, on=ON)
        cited = [source for one in review.findings for source in explain(one, policy=whole).sources]

        assert not [source for source in cited if "CFR" in source.title or "HIPAA" in source.title]

    def test_what_nobody_read(self):
        """Each such row is listed, so that nobody takes it for read law."""
        assert sorted(one.row_id for one in ROWS if one.seen is Seen.NOT_READ) == [
            "IOV-US-PROGRAM",
            "IRL-GB-REP",
            "IRL-GB-THREAT",
        ]

    def test_every_fact_of_a_trigger_is_a_field(self):
        fields = InvitationProposal.__annotations__

        assert [
            one.fact for one in ROWS if hasattr(one, "trigger") and hasattr(one, "fact") and one.fact not in fields
        ] == []

    def test_a_trigger_that_no_field_records_is_open(self):
        own = attrs.evolve(row("ITR-4"), row_id="clinic-1", trigger="I5", fact="sleeps_badly")
        made = proposal(would_help_diagnosis=NO, request=RequestKind.NOBODY)

        assert "sleeps_badly" in finding(reviewed(made, policy("US", own)), "asked").missing
