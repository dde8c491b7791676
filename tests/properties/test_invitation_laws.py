"""What holds for every invitation, on every day."""

import dataclasses
import json
from datetime import date, timedelta
from itertools import product

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import changed
from alliance_core.base.tables import applicable, read_table
from alliance_core.invitations import (
    INVITATION_TABLES,
    RULES,
    Advice,
    Cautions,
    Ceiling,
    InformationKind,
    InvitationPolicy,
    InvitationProposal,
    JointMeeting,
    MinorCare,
    OtherPerson,
    PatientChoice,
    Person,
    ReceivedInformation,
    Representative,
    RequestKind,
    SafetyGate,
    SafetyScreen,
    SubstanceUseConsent,
    ThreatDisclosure,
    ThreatJudgement,
    is_hard_stop,
    review_invitation,
    unassessed,
)
from alliance_core.testing import REVIEW_DAY, days_around, recorded, records

ROWS = tuple(row for name, kind in INVITATION_TABLES.items() for row in read_table(name, kind))
POLICIES = {
    place: InvitationPolicy.of(*applicable(ROWS, jurisdiction=place, overlays=())) for place in ("any", "US", "GB")
}
YES, NO = Recorded.YES, Recorded.NO
MARK = "planted-marker"
NEAR = st.integers(-3, 3).map(lambda n: REVIEW_DAY + timedelta(days=n))
PLACES = st.sampled_from(("US", "US", "GB", "any"))
STOPS = ("fears_nominee", "violence_or_control", "protective_order", "abuse_or_exploitation")


def reviewed(proposal, place="US", on=REVIEW_DAY):
    return review_invitation(proposal, policy=POLICIES[place], on=on)


def answers(review):
    return {(one.rule, one.item): one.answer for one in review.findings}


# -- proposals that come close to an invitation --------------------------------------------------------------------


def agreed(**facts):
    """Return a proposal to which nothing is missing: the patient agrees, and permits that the medication is told."""
    good = InvitationProposal(
        id="proposal",
        nominee="nominee",
        person=Person(id="person", born_on="1980-05-05", emancipated=NO),
        nominee_person=OtherPerson(id="nominee", is_adult=YES, may_be_told=YES, permission_recorded_on=REVIEW_DAY),
        gate=SafetyGate(asked_alone=YES, asked_on=REVIEW_DAY, screens=(), **dict.fromkeys(STOPS, NO)),
        cautions=Cautions(**dict.fromkeys(Cautions.__annotations__, NO)),
        threat=ThreatJudgement(serious_and_imminent=NO, telling_necessary=YES, nominee_can_lessen=YES, documented=YES),
        patient_choice=PatientChoice.YES,
        asked_on=REVIEW_DAY,
        scope_share=(InformationKind.MEDICATION, InformationKind.PSYCHOTHERAPY_NOTES),
        scope_exclude=(),
        substance_program=NO,
        unaware_of_symptoms=YES,
        representative=Representative(exists=YES, is_nominee=YES, authority_seen=YES, covers_this=YES),
        minor=MinorCare(consents_alone=NO, other_consenter=NO, confidentiality_agreed=NO),
        substance_consent=whole_consent(),
        best_interest_judged=YES,
        met_on=REVIEW_DAY,
        meeting=JointMeeting(minutes=30, **dict.fromkeys(STEPS, YES)),
        received=(ReceivedInformation(kept_apart=YES, secrecy_promised=NO, limits_told=YES),),
    )
    return changed(good, **facts)


STEPS = tuple(one.name for one in dataclasses.fields(JointMeeting) if one.type is Recorded)


def whole_consent():
    names = [one.name for one in dataclasses.fields(SubstanceUseConsent) if one.type is Recorded]
    return SubstanceUseConsent(signed_on=REVIEW_DAY, **dict.fromkeys(names, YES))


WITHOUT_REASON = dict.fromkeys(
    ("unaware_of_symptoms", "told_not_to_take_medicine", "told_clinician_misunderstands", "would_help_diagnosis"), NO
)
OTHER = Representative(exists=YES, is_nominee=NO, agrees=YES, permits_telling=YES)
CHILD = Person(id="person", born_on="2015-01-01", emancipated=NO)
NOT_ASKED = {"patient_choice": PatientChoice.NOT_ASKED}
#: One proposal near each kind of answer.
STARTS = (
    agreed(),
    agreed(**NOT_ASKED),
    agreed(patient_choice=None, nominee_person=changed(agreed().nominee_person, may_be_invited=YES)),
    agreed(patient_choice=PatientChoice.NO),
    agreed(patient_choice=PatientChoice.LATER),
    agreed(patient_choice=PatientChoice.NO_OBJECTION),
    agreed(person=CHILD),
    agreed(lack_recorded=YES),
    agreed(lack_recorded=YES, representative=OTHER),
    agreed(lack_recorded=YES, representative=Representative(exists=NO)),
    agreed(threat=changed(agreed().threat, serious_and_imminent=YES)),
    agreed(gate=changed(agreed().gate, fears_nominee=YES)),
    agreed(**NOT_ASKED, **WITHOUT_REASON, request=RequestKind.NOBODY),
    agreed(**NOT_ASKED, **WITHOUT_REASON, request=RequestKind.GENERAL_QUESTION),
    agreed(**NOT_ASKED, **WITHOUT_REASON, request=RequestKind.TO_MEET),
    agreed(**NOT_ASKED, **WITHOUT_REASON, request=RequestKind.EMPLOYER),
)
KINDS = st.lists(st.sampled_from(InformationKind), max_size=3, unique=True).map(tuple)
BY_NAME = {
    "nominee": st.sampled_from(("nominee", None)),
    "born_on": st.sampled_from((None, "1980-05-05", "2008", "2008-11-25", "2015-01-01")),
    "patient_choice": st.none() | st.sampled_from(PatientChoice),
    "request": st.none() | st.sampled_from(RequestKind),
    "scope_share": st.none() | KINDS,
    "scope_exclude": st.none() | KINDS,
    "screens": st.none() | st.lists(records(SafetyScreen, total=st.integers(2, 21)), max_size=2).map(tuple),
    "received": st.none() | st.lists(records(ReceivedInformation), max_size=2).map(tuple),
    "minutes": st.none() | st.integers(0, 60),
}
DAYS = st.none() | NEAR | days_around(REVIEW_DAY)


def places_of(thing, part=""):
    """Yield each field that a rule may read, as (part, field, how it is drawn)."""
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        if field.name in BY_NAME:
            yield part, field.name, BY_NAME[field.name]
        elif isinstance(value, Recorded):
            yield part, field.name, recorded()
        elif field.name.endswith("_on"):
            yield part, field.name, DAYS
        elif dataclasses.is_dataclass(value):
            yield "", field.name, st.none()
            yield from places_of(value, field.name)


PLACES_OF_A_FACT = tuple(places_of(agreed()))


@st.composite
def proposals(draw):
    """Draw a proposal that differs in a few facts from one that is near some kind of answer."""
    made = draw(st.sampled_from(STARTS))
    for part, name, drawer in draw(st.lists(st.sampled_from(PLACES_OF_A_FACT), max_size=4)):
        made = with_fact(made, part, name, draw(drawer))
    return made


def with_fact(proposal, part, name, fact):
    if not part:
        return changed(proposal, **{name: fact})
    held = getattr(proposal, part)
    return proposal if held is None else changed(proposal, **{part: changed(held, **{name: fact})})


# -- silence -------------------------------------------------------------------------------------------------------


def silences(thing, path=""):
    """Yield (path, the same thing with one field not recorded) for every field at any depth."""
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        where = f"{path}{field.name}"
        if field.default is not dataclasses.MISSING and value != field.default:
            yield where, changed(thing, **{field.name: field.default})
        for inner, made in inside(value, f"{where}."):
            yield inner, changed(thing, **{field.name: made})


def inside(value, path):
    if isinstance(value, tuple):
        for place, one in enumerate(value):
            for where, made in inside(one, path):
                yield where, (*value[:place], made, *value[place + 1 :])
    elif dataclasses.is_dataclass(value):
        yield from silences(value, path)


#: Capacity is presumed, and the finding says so; a day on which something ends or comes back that nobody wrote down
#: is no such day.
NAMED_EXCEPTIONS = {
    "lack_recorded",
    "capacity_doubted",
    "capacity_regained_on",
    "revisit_on",
    "nominee_person.permission_ends_on",
    "substance_consent.expires_on",
}
#: What is asked only of something that is known: a meeting held, information received, a kind that would be shared.
ASKED_OF_SOMETHING = {"invitations.meeting", "invitations.received", "invitations.overlay", "invitations.telling"}


def contradicts_itself(proposal):
    """Whether the patient's word stands in two places that disagree: without one of them the other remains."""
    person = proposal.nominee_person
    facts = (proposal.patient_agrees, person.may_be_invited if person is not None else Recorded.NOT_RECORDED)
    said = {proposal.patient_choice.value} if proposal.patient_choice is not None else set()
    return len(said | {fact.value for fact in facts if fact is not Recorded.NOT_RECORDED}) > 1


class TestUnknownSafe:
    """Silence never turns another answer into a reassuring one. The presumption of capacity is the exception."""

    @given(proposals(), PLACES)
    def test_answers(self, proposal, place):
        assume(not contradicts_itself(proposal))
        before = reviewed(proposal, place)
        for path, silent in silences(proposal):
            if path not in NAMED_EXCEPTIONS:
                after = reviewed(silent, place)
                assert not turned_good(before, after), path

    @given(proposals(), PLACES)
    def test_nobody_is_told_more(self, proposal, place):
        """Only the rule on threats does not wait for the private check."""
        assume(not contradicts_itself(proposal) and not is_threatening(proposal))
        before = {*reviewed(proposal, place).told, InformationKind.GENERAL_EDUCATION}
        for path, silent in silences(proposal):
            if path not in NAMED_EXCEPTIONS:
                assert set(reviewed(silent, place).told) <= before, path

    @given(records(InvitationProposal), PLACES)
    def test_any_record(self, proposal, place):
        assume(not contradicts_itself(proposal))
        before = reviewed(proposal, place)
        for path, silent in silences(proposal):
            if path not in NAMED_EXCEPTIONS:
                assert not turned_good(before, reviewed(silent, place)), path


def is_threatening(proposal):
    return proposal.threat is not None and proposal.threat.serious_and_imminent is YES


def turned_good(before, after):
    """Return the verdicts and rules that silence made reassuring."""
    good = [one for one in (Advice.INVITE,) if after.advice is one and before.advice is not one]
    none = ThreatDisclosure.NONE
    good += [none] if after.threat_disclosure is none and before.threat_disclosure is not none else []
    old = answers(before)
    reassured = {Answer.MET, None, Answer.NOT_APPLICABLE}
    good += [key for key, one in answers(after).items() if one is Answer.MET and old.get(key) not in reassured]
    gone = set(after.not_applicable) - set(before.not_applicable) - ASKED_OF_SOMETHING
    return good + [rule for rule in gone if old[(rule, "")] is not Answer.MET]


class TestTotal:
    """Any proposal can be reviewed, on any day, under any rows; each rule either answers or does not apply."""

    @given(records(InvitationProposal), st.dates(), PLACES)
    def test_any_day(self, proposal, on, place):
        review = reviewed(proposal, place, on)

        answered = {one.rule for one in review.findings}
        assert answered | set(review.not_applicable) == {rule.id for rule in RULES}
        assert not answered & set(review.not_applicable)
        assert {proposal.id} == {one.about for one in review.findings}

    @given(proposals(), st.sets(st.sampled_from([row.row_id for row in ROWS]), max_size=len(ROWS)))
    def test_any_rows(self, proposal, left_out):
        """Rows that are not there never let anyone be told, or invited, where no place is known."""
        rows = applicable(ROWS, jurisdiction="US", overlays=())
        review = review_invitation(
            proposal, policy=InvitationPolicy.of(*(row for row in rows if row.row_id not in left_out)), on=REVIEW_DAY
        )

        assert review.advice is not Advice.INVITE or "IPL-US" not in left_out

    @given(proposals())
    def test_no_rows(self, proposal):
        review = review_invitation(proposal, policy=InvitationPolicy.of(), on=REVIEW_DAY)

        assert review.advice is not Advice.INVITE
        assert review.ceiling is Ceiling.NOTHING

    @given(proposals(), PLACES)
    def test_keys_are_unique(self, proposal, place):
        keys = [one.key for one in reviewed(proposal, place).findings]

        assert len(keys) == len(set(keys))


class TestValidity:
    """The review is the same on every day before `valid_until`, and stepping day by day equals jumping."""

    @given(proposals(), PLACES, days_around(REVIEW_DAY))
    def test_same_until(self, proposal, place, on):
        review = reviewed(proposal, place, on)
        for later in range(1, 14):
            day = on + timedelta(days=later)
            if review.valid_until is not None and day >= review.valid_until:
                break
            assert review == changed(reviewed(proposal, place, day), valid_until=review.valid_until)

    @given(proposals(), PLACES)
    def test_jumping(self, proposal, place):
        start = REVIEW_DAY - timedelta(days=6)
        days = [start + timedelta(days=n) for n in range(14)]
        stepped = [changed(reviewed(proposal, place, day), valid_until=None) for day in days]
        review, jumped = None, []
        for day in days:
            if review is None or (review.valid_until is not None and day >= review.valid_until):
                review = reviewed(proposal, place, day)
            jumped.append(changed(review, valid_until=None))

        assert stepped == jumped

    def test_most_invitations_expire(self):
        """An invitation stands on a private check, which grows old."""
        assert reviewed(agreed()).valid_until == date(2027, 2, 24)


class TestOrderFree:
    """The order of screens, of what was heard, of the scope and of the rows decides nothing."""

    @given(proposals(), PLACES, st.randoms(use_true_random=False))
    def test_records(self, proposal, place, random):
        mixed = changed(
            proposal,
            gate=proposal.gate and changed(proposal.gate, screens=shuffled(proposal.gate.screens, random)),
            **{
                name: shuffled(getattr(proposal, name), random) for name in ("received", "scope_share", "scope_exclude")
            },
        )

        assert reviewed(proposal, place) == reviewed(mixed, place)

    @given(proposals(), st.permutations(applicable(ROWS, jurisdiction="US", overlays=())))
    def test_rows(self, proposal, rows):
        review = review_invitation(proposal, policy=InvitationPolicy.of(*rows), on=REVIEW_DAY)

        assert reviewed(proposal) == review


def shuffled(values, random):
    if values is None:
        return None
    mixed = [*values, *values]  # twice: identical entries are read once, too
    random.shuffle(mixed)
    return tuple(mixed)


class TestMonotone:
    """A permission never lessens what may be told; a danger or a caution never adds to it."""

    PERMISSIONS = (
        ("nominee_person", "may_be_told"),
        ("representative", "permits_telling"),
        ("", "psychotherapy_notes_authorized"),
        ("substance_consent", "counseling_notes_apart"),
        ("substance_consent", "in_force"),
    )
    DANGERS = (*(("gate", name) for name in STOPS), *(("cautions", name) for name in Cautions.__annotations__))

    @given(proposals(), PLACES, st.sampled_from(PERMISSIONS))
    def test_permission(self, proposal, place, where):
        more = with_fact(proposal, *where, YES)

        assert set(reviewed(proposal, place).told) <= set(reviewed(more, place).told)

    @given(proposals(), PLACES, st.sampled_from(DANGERS))
    def test_danger(self, proposal, place, where):
        before, after = reviewed(proposal, place), reviewed(with_fact(proposal, *where, YES), place)

        assert set(after.told) <= set(before.told)
        assert after.advice is not Advice.INVITE or before.advice is Advice.INVITE

    @given(proposals(), PLACES, st.sampled_from(InformationKind))
    def test_what_is_to_stay_back_is_never_told(self, proposal, place, kind):
        """Under the patient's own agreement, or in their best interest, what they keep back stays back."""
        review = reviewed(changed(proposal, scope_exclude=(kind,)), place)

        assert review.ceiling in {Ceiling.AS_PATIENT, Ceiling.THREAT_MINIMUM, Ceiling.GENERAL_EDUCATION} or (
            kind not in review.told
        )


class TestListening:
    """Listening is never blocked."""

    @given(records(InvitationProposal) | proposals(), PLACES, st.dates())
    def test_any(self, proposal, place, on):
        assert reviewed(proposal, place, on).may_listen.value.startswith("listen")


class TestCeiling:
    """Disclosure never exceeds its ceiling, and below an agreement nothing about the patient is told."""

    @given(proposals(), PLACES)
    def test_told(self, proposal, place):
        review = reviewed(proposal, place)
        most = {
            Ceiling.NOTHING: set(),
            Ceiling.GENERAL_EDUCATION: {InformationKind.GENERAL_EDUCATION},
            Ceiling.AGREED_SCOPE: set(proposal.scope_share or ()),
            Ceiling.THREAT_MINIMUM: {InformationKind.THREAT},
        }

        assert set(review.told) <= most.get(review.ceiling, set(InformationKind) - {InformationKind.THREAT})

    @given(proposals(), PLACES)
    def test_a_refusal_is_never_pressed(self, proposal, place):
        """After a no nobody is invited and nothing is told, but by a representative or under the rule on threats."""
        assume(proposal.lack_recorded is not YES and not is_threatening(proposal))
        no = changed(proposal, patient_choice=PatientChoice.NO, person=Person(id="p", born_on="1980-05-05"))
        review = reviewed(no, place)

        assert (review.advice is Advice.INVITE, review.ceiling.tells, review.draft) == (False, False, None)


class TestPortal:
    """A hard stop never reaches an audience that may include the person feared: not as finding, verdict or row."""

    @given(proposals(), PLACES, NEAR, records(SafetyGate))
    def test_as_if_never_assessed(self, proposal, place, on, gate):
        """What a portal shows of any private check, a hard stop included, is what it shows where none was held."""
        held, none = changed(proposal, gate=gate), changed(proposal, gate=None)

        assert reviewed(unassessed(held), place, on) == reviewed(unassessed(none), place, on)

    @given(proposals(), PLACES, NEAR)
    def test_no_trace(self, proposal, place, on):
        shown = reviewed(unassessed(proposal), place, on)
        read = [path for one in shown.findings for path, _ in one.because] + [
            p for f in shown.findings for p in f.missing
        ]

        assert [path for path in read if path.startswith(("gate.", "cautions.", "received"))] == []
        assert not is_hard_stop(unassessed(proposal), policy=POLICIES[place], on=on)
        assert shown.advice is not Advice.SPEAK_ALONE_FIRST
        assert not shown.ceiling.tells

    @given(proposals())
    def test_a_passed_check_is_not_shown_either(self, proposal):
        """If only a hard stop made the check vanish, its vanishing would tell."""
        assert unassessed(proposal) == unassessed(unassessed(changed(proposal, gate=None, cautions=None)))


class TestNoFreeText:
    """Nothing that a person wrote reaches a finding, a verdict or a draft."""

    @given(records(InvitationProposal, texts=st.just(MARK)), PLACES)
    def test_marked(self, proposal, place):
        review = reviewed(proposal, place)

        assert MARK not in json.dumps(attrs.asdict(review), default=str)

    @given(proposals(), PLACES)
    def test_a_draft_is_the_tables_words(self, proposal, place):
        draft = reviewed(proposal, place).draft
        written = {
            row.row_id: row.says for row in read_table("invitation_wording", INVITATION_TABLES["invitation_wording"])
        }

        assert draft is None or draft.lines == tuple(written[row_id] for row_id in draft.rows)


# -- small tables, enumerated ------------------------------------------------------------------------------------------


class TestGateEnumerated:
    """Every answer of the private check, with every answer on telling."""

    @pytest.mark.parametrize("alone", Recorded)
    @pytest.mark.parametrize("told", Recorded)
    def test_gate_and_permission(self, alone, told):
        for facts in product(Recorded, repeat=len(STOPS)):
            gate = SafetyGate(
                asked_alone=alone, asked_on=REVIEW_DAY, screens=(), **dict(zip(STOPS, facts, strict=True))
            )
            person = changed(agreed().nominee_person, may_be_told=told)
            review = reviewed(agreed(gate=gate, nominee_person=person))

            assert (review.advice, review.ceiling) == self.expected(alone, facts, told)

    @staticmethod
    def expected(alone, facts, told):
        if YES in facts:
            return Advice.SPEAK_ALONE_FIRST, Ceiling.NOTHING
        if alone is not YES or set(facts) != {NO}:
            return Advice.DISCUSS_FIRST, Ceiling.NOTHING
        return Advice.INVITE, Ceiling.AGREED_SCOPE if told is YES else Ceiling.NOTHING

    @pytest.mark.parametrize("name", STOPS)
    def test_a_hard_stop_outweighs_everything(self, name):
        """Whoever represents the patient, whatever is agreed, and whatever threatens."""
        for minor, represented, imminent, choice in product((True, False), Recorded, Recorded, PatientChoice):
            review = reviewed(
                agreed(
                    gate=changed(agreed().gate, **{name: YES}),
                    person=Person(id="p", born_on="2015-01-01" if minor else "1980-01-01", emancipated=NO),
                    representative=Representative(
                        exists=represented, is_nominee=YES, authority_seen=YES, covers_this=YES
                    ),
                    threat=ThreatJudgement(
                        serious_and_imminent=imminent, telling_necessary=YES, nominee_can_lessen=YES, documented=YES
                    ),
                    patient_choice=choice,
                )
            )

            assert (review.advice, review.ceiling, review.told) == (Advice.SPEAK_ALONE_FIRST, Ceiling.NOTHING, ())
            assert review.threat_disclosure is not ThreatDisclosure.PERMITTED
            assert (review.draft, review.meeting) == (None, None)


class TestCautionsEnumerated:
    """One caution that is present or unknown keeps the patient from being asked, whatever the others are."""

    def test_all(self):
        names = tuple(Cautions.__annotations__)
        for facts in product(Recorded, repeat=len(names)):
            review = reviewed(agreed(cautions=Cautions(**dict(zip(names, facts, strict=True)))))
            wanted = Advice.INVITE if set(facts) == {NO} else Advice.DISCUSS_FIRST

            assert (review.advice, review.ceiling.tells) == (wanted, wanted is Advice.INVITE)


class TestThreatEnumerated:
    """A permission to tell needs a finding and its necessity; the nominee is told only if able to lessen it."""

    def test_all(self):
        for imminent, necessary, able, fear in product(Recorded, repeat=4):
            review = reviewed(
                agreed(
                    threat=ThreatJudgement(
                        serious_and_imminent=imminent, telling_necessary=necessary, nominee_can_lessen=able
                    ),
                    gate=changed(agreed().gate, fears_nominee=fear),
                )
            )

            assert review.threat_disclosure is self.expected(imminent, necessary, able, fear)
            assert (review.ceiling is Ceiling.THREAT_MINIMUM) == (
                review.threat_disclosure is ThreatDisclosure.PERMITTED
            )

    @staticmethod
    def expected(imminent, necessary, able, fear):
        if imminent is NO:
            return ThreatDisclosure.NONE
        if imminent is not YES or not necessary.known:
            return ThreatDisclosure.NOT_KNOWN
        if necessary is NO:
            return ThreatDisclosure.NOT_NEEDED
        alone = able is YES and fear is not YES
        return ThreatDisclosure.PERMITTED if alone else ThreatDisclosure.PERMITTED_TO_OTHERS


class TestRepresentativesEnumerated:
    """Someone is told as the patient only if they are the representative, by a paper that was seen and covers this."""

    @pytest.mark.parametrize("minor", [True, False])
    def test_all(self, minor):
        names = ("exists", "is_nominee", "authority_seen", "covers_this", "agrees")
        person = Person(id="p", born_on="2015-01-01" if minor else "1980-01-01", emancipated=NO)
        own = MinorCare(consents_alone=NO, other_consenter=NO, confidentiality_agreed=NO)
        for facts in product(Recorded, repeat=len(names)):
            who = Representative(**dict(zip(names, facts, strict=True)), permits_telling=YES)
            lack = Recorded.NOT_RECORDED if minor else YES
            review = reviewed(
                agreed(person=person, minor=own, representative=who, lack_recorded=lack, best_interest_judged=NO)
            )

            assert (review.advice, review.ceiling) == self.expected(who)

    @staticmethod
    def expected(who):
        if who.exists is YES and who.is_nominee is YES:
            proven = who.authority_seen is YES and who.covers_this is YES
            return (Advice.INVITE, Ceiling.AS_PATIENT) if proven else (Advice.DISCUSS_FIRST, Ceiling.NOTHING)
        if who.exists is YES and who.is_nominee is NO and who.agrees is YES:
            return Advice.INVITE, Ceiling.AGREED_SCOPE
        declined = who.exists is YES and who.is_nominee is NO and who.agrees is NO
        return (Advice.RECEIVE_ONLY if declined else Advice.DISCUSS_FIRST), Ceiling.NOTHING

    def test_care_that_is_the_minors_own(self):
        """One yes, or one unknown, keeps the parent from being told."""
        who = Representative(exists=YES, is_nominee=YES, authority_seen=YES, covers_this=YES)
        person = Person(id="p", born_on="2012-01-01", emancipated=NO)
        for facts in product(Recorded, repeat=3):
            names = ("consents_alone", "other_consenter", "confidentiality_agreed")
            own = MinorCare(**dict(zip(names, facts, strict=True)))
            review = reviewed(agreed(person=person, minor=own, representative=who))
            wanted = Advice.INVITE if set(facts) == {NO} else Advice.DISCUSS_FIRST

            assert (review.advice, review.ceiling.tells) == (wanted, wanted is Advice.INVITE)


class TestReasonsEnumerated:
    """The patient's word, a reason, and what someone else asks for: where nothing else is open, these three decide."""

    REFUSED = frozenset({PatientChoice.NO, PatientChoice.WITHDRAWN, PatientChoice.NOT_TO_LISTEN, PatientChoice.LATER})
    AGREED = frozenset({PatientChoice.YES, PatientChoice.NO_OBJECTION})
    BY_REQUEST = {
        RequestKind.TO_MEET: Advice.DISCUSS_FIRST,
        RequestKind.TO_BE_TOLD: Advice.DISCUSS_FIRST,
        RequestKind.INFORMATION: Advice.RECEIVE_ONLY,
        RequestKind.GENERAL_QUESTION: Advice.RECEIVE_ONLY,
    }

    @pytest.mark.parametrize("reason", Recorded)
    def test_all(self, reason):
        reasons = WITHOUT_REASON | {"would_help_diagnosis": reason}
        for choice, request in product((None, *PatientChoice), (None, *RequestKind)):
            review = reviewed(agreed(**reasons, patient_choice=choice, request=request))

            assert (review.advice, review.ceiling) == self.expected(reason, choice, request)
            assert (review.draft is not None) == (review.advice is Advice.INVITE)

    def expected(self, reason, choice, request):
        if choice in self.REFUSED:
            return Advice.RECEIVE_ONLY, Ceiling.NOTHING
        if choice in self.AGREED:
            return Advice.INVITE, Ceiling.AGREED_SCOPE
        if reason is YES:
            return (Advice.DISCUSS_FIRST if choice is None else Advice.INVITE), Ceiling.NOTHING
        education = request is RequestKind.GENERAL_QUESTION
        advice = self.BY_REQUEST.get(request, Advice.NOT_INDICATED)
        return advice, Ceiling.GENERAL_EDUCATION if education else Ceiling.NOTHING


class TestNothingObstructs:
    """No output obstructs refusing or urgent care: a no is an answer, and a permission is never a duty."""

    @given(proposals(), PLACES, st.sampled_from(sorted(TestReasonsEnumerated.REFUSED, key=str)))
    def test_a_no_is_no_gap(self, proposal, place, no):
        """After a no, a patient who answers for themselves is never said to have left something undone."""
        assume(proposal.lack_recorded is not YES)
        review = reviewed(changed(proposal, patient_choice=no, person=Person(id="p", born_on="1980-05-05")), place)

        assert answers(review).get(("invitations.asked", "")) is not Answer.NOT_MET
        assert (review.draft, review.meeting) == (None, None)

    @given(records(InvitationProposal) | proposals(), PLACES)
    def test_a_threat_is_weighed(self, proposal, place):
        """Nothing about a threat is met or left undone: nobody has to tell, and nobody is kept from telling."""
        found = [one.answer for one in reviewed(proposal, place).findings if one.rule == "invitations.threat"]

        assert set(found) <= {Answer.JUDGEMENT, Answer.CANNOT_TELL}

    @given(proposals(), PLACES)
    def test_safety_is_about_danger_alone(self, proposal, place):
        """Only a hard stop or a threat weighs as a matter of safety; neither asks that care or treatment waits."""
        heavy = {one.rule for one in reviewed(proposal, place).findings if one.weight is Weight.SAFETY}
        danger = is_hard_stop(proposal, policy=POLICIES[place], on=REVIEW_DAY)
        threatening = proposal.threat is not None and proposal.threat.serious_and_imminent in {YES, Recorded.UNCLEAR}

        assert not heavy or danger or threatening
        assert heavy <= {"invitations.asked", "invitations.gate", "invitations.threat"}


class TestReached:
    """The laws above are not about an empty set: each advice and each ceiling is drawn, and most reviews expire."""

    def test_starts(self):
        reviews = [reviewed(one) for one in STARTS]

        assert {one.advice for one in reviews} == set(Advice)
        assert {one.ceiling for one in reviews} == set(Ceiling)

    def test_soon(self):
        """At least three in ten of the reviews that are drawn may differ within a year."""
        within = [reviewed(one).valid_until for one in STARTS]
        ends = REVIEW_DAY + timedelta(days=365)

        assert 10 * len([day for day in within if day is not None and day < ends]) >= 3 * len(within)
