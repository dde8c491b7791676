"""What holds for the consents of every chart, and where two of its areas meet."""

from datetime import date, timedelta
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_core import Answer, Chart, Recorded, load_policy
from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.findings import canonical
from alliance_core.base.kinds import changed
from alliance_core.competency import CapacityAssessment, Decider, DecisionCapacity
from alliance_core.consent import (
    ConsentDecision,
    ConsentDiscussion,
    DecidedBy,
    TreatmentEvent,
    TreatmentKind,
    review_consent,
)
from alliance_core.diagnosis import DiagnosisRevision, RevisionKind
from alliance_core.links import RULES, consent_events, review_links
from alliance_core.records import Evidence, MedicationStatement, MedicationStatus, Person
from alliance_core.relationship.records import Note
from alliance_core.testing import REVIEW_DAY, charts, days_around, medicine_codings, permuted, records, words

ON = REVIEW_DAY
POLICIES = {
    place: load_policy(place, overlays)
    for place, overlays in (("US", ("nursing-facility",)), ("US-TX", ("mh-facility",)), ("GB-EAW", ("mhra-valproate",)))
}
policies = st.sampled_from(sorted(POLICIES))
few = settings(max_examples=max(2, settings.default.max_examples // 2))
LOOK_BACK = CalendarDuration(months=3)


def talks():
    """Draw discussions about what is on the list, or about nothing that is."""
    said = records(
        ConsentDiscussion,
        medication=st.none() | st.sampled_from(("m0", "m1")),
        discussed=st.none() | st.lists(words("consent_items", "element"), max_size=5).map(tuple),
    )
    return st.lists(said, max_size=3, unique_by=lambda one: one.id).map(tuple)


def lists():
    """Draw two courses, each of one entry."""
    entry = records(MedicationStatement, codes=medicine_codings().map(lambda one: (one,)))
    return st.tuples(entry, entry).map(lambda two: tuple(changed(one, id=f"m{place}") for place, one in enumerate(two)))


def consenting():
    return charts(medications=lists(), consents=talks())


def found(chart, policy, on=ON):
    return consent_events(chart, policy=POLICIES[policy], day=Day(on))


def linked(chart, policy, on=ON):
    return review_links(chart, policy=POLICIES[policy], on=on)


class TestTotal:
    """Any chart can be looked at, on any day; each rule either answers or does not apply."""

    @given(consenting(), policies, st.dates())
    def test_any_day(self, chart, policy, on):
        review = linked(chart, policy, on)

        assert {one.rule for one in review.findings} | set(review.not_applicable) == {rule.id for rule in RULES}
        assert review.findings == canonical(review.findings[::-1])

    @given(consenting(), policies, days_around(ON))
    def test_keys_are_unique(self, chart, policy, on):
        """No two findings about the consents of one chart say the same of the same."""
        reviews = [review_consent(one, policy=POLICIES[policy].consent, on=on) for one in found(chart, policy, on)]
        keys = [one.key for review in (*reviews, linked(chart, policy, on)) for one in review.findings]

        assert len(keys) == len(set(keys))

    @given(consenting(), policies)
    def test_what_cannot_be_told_says_what_is_missing(self, chart, policy):
        findings = linked(chart, policy).findings

        assert [one.key for one in findings if one.answer is Answer.CANNOT_TELL and not one.missing] == []


class TestValidity:
    """The same chart gives the same answer on every day before `valid_until`."""

    @given(consenting(), policies, days_around(ON), st.integers(1, 400))
    def test_links(self, chart, policy, on, later):
        review = linked(chart, policy, on)
        last = on + timedelta(days=later)
        if review.valid_until is not None:
            last = min(last, review.valid_until - timedelta(days=1))

        assert linked(chart, policy, last).findings == review.findings

    @given(consenting(), policies, days_around(ON), st.integers(1, 400))
    def test_events(self, chart, policy, on, later):
        """Which consents there are to review stays so as well."""
        day = Day(on)
        before = consent_events(chart, policy=POLICIES[policy], day=day)
        last = on + timedelta(days=later)
        if day.valid_until is not None:
            last = min(last, day.valid_until - timedelta(days=1))

        assert found(chart, policy, last) == before


class TestOrderFree:
    """The order of records changes nothing."""

    @given(st.data(), consenting(), policies)
    def test_permuted(self, data, chart, policy):
        mixed = data.draw(permuted(chart))

        assert linked(mixed, policy) == linked(chart, policy)
        assert _named(found(mixed, policy)) == _named(found(chart, policy))


def _named(events):
    return [(one.id, one.event, one.occurred_on, one.discussion and one.discussion.id) for one in events]


class TestLookBack:
    """A start or change that no discussion answers is asked about within the look-back, and never outside it."""

    @given(consenting(), policies, days_around(ON))
    def test_nothing_outside(self, chart, policy, on):
        silent = [one for one in found(chart, policy, on) if one.discussion is None]

        assert [one for one in silent if LOOK_BACK.after(one.occurred_on) <= on or one.occurred_on > on] == []

    @given(st.integers(0, 60), st.integers(1, 6), policies, medicine_codings())
    def test_renewals_make_no_event(self, age, renewals, policy, coding):
        """A course that goes on is one, however often it is prescribed again: it started when its first entry did."""
        entries = tuple(
            MedicationStatement(
                id=f"m{place}",
                codes=(coding,),
                evidence=Evidence.ORDER,
                status=MedicationStatus.ACTIVE,
                started_on=ON - timedelta(days=30 * place + age),
            )
            for place in range(renewals)
        )
        first = min(one.started_on for one in entries)
        chart = Chart(id="c", person=Person(id="p"), medications=entries)
        starts = [one.occurred_on for one in found(chart, policy) if one.event is TreatmentEvent.START]

        assert starts == ([first] if LOOK_BACK.after(first) > ON else [])

    @given(consenting(), policies)
    @few
    def test_what_is_talked_about_is_asked_once(self, chart, policy):
        """No discussion is reviewed twice, and no kind of event of an entry is asked about twice."""
        events = found(chart, policy)
        talked = [one.discussion.id for one in events if one.discussion]
        silent = [(one.id, one.event) for one in events if not one.discussion]

        assert len(talked) == len(set(talked))
        assert len(silent) == len(set(silent))


class TestUnknownSafe:
    """What is not recorded never makes two records agree."""

    @given(consenting(), policies)
    def test_a_discussion_without_a_day_or_a_decider(self, chart, policy):
        before = {one.key: one.answer for one in linked(chart, policy).findings}
        for name in ("discussed_on", "decided_by", "decider", "signed_on", "recorded_on"):
            for place, one in enumerate(chart.consents):
                quieter = changed(one, **{name: None})
                consents = (*chart.consents[:place], quieter, *chart.consents[place + 1 :])
                after = linked(changed(chart, consents=consents), policy).findings
                turned = [f.key for f in after if f.answer is Answer.MET and before.get(f.key) not in {None, f.answer}]
                assert turned == [], name


# -- small tables, enumerated ------------------------------------------------------------------------------------------

YES, NO, UNCLEAR, SILENT = Recorded.YES, Recorded.NO, Recorded.UNCLEAR, Recorded.NOT_RECORDED
TALK = date(2026, 11, 10)
DAYS = (None, TALK - timedelta(days=1), TALK, TALK + timedelta(days=1))


def answer(rule, **records_):
    """Return what one rule found about a chart of these records; None if it does not apply."""
    chart = Chart(id="c", person=Person(id="p", born_on="1980-05-05"), **records_)
    return next((one.answer for one in linked(chart, "US").findings if one.rule == f"links.{rule}"), None)


def talked(**facts):
    said = {"event": TreatmentEvent.START, "kind": TreatmentKind.PSYCHOTHERAPY, "discussed_on": TALK}
    return ConsentDiscussion(id="d", **{**said, "decision": ConsentDecision.AGREED, **facts})


class TestTellingEnumerated:
    """A note that is open says what the patient was told by then: told, and on which day, or nobody can say."""

    def test_all(self):
        for told, told_on in product(Recorded, DAYS):
            revision = DiagnosisRevision(id="r", kind=RevisionKind.CHANGED, revised_on=TALK, told=told, told_on=told_on)
            note = Note(id="n", written_on=TALK, released_on=TALK)

            assert answer("released-before-told", revisions=(revision,), notes=(note,)) is self.expected(told, told_on)

    @staticmethod
    def expected(told, told_on):
        if told is not YES:
            return Answer.NOT_MET if told is NO else Answer.CANNOT_TELL
        if told_on is None:
            return Answer.CANNOT_TELL
        return Answer.MET if told_on <= TALK else Answer.NOT_MET

    def test_which_notes_count(self):
        """A note that is not open yet, or was written before the revision, says nothing; one without a day may."""
        for written, released in product(DAYS, (None, TALK, ON + timedelta(days=1))):
            revision = DiagnosisRevision(id="r", kind=RevisionKind.CHANGED, revised_on=TALK, told=NO)
            note = Note(id="n", written_on=written, released_on=released)
            counts = released == TALK and (written is None or written >= TALK)

            assert (answer("released-before-told", revisions=(revision,), notes=(note,)) is not None) is counts


class TestChangedDiagnosisEnumerated:
    """A diagnosis that was revised after the talk asks to look again, until somebody did; an added one is weighed."""

    def test_all(self):
        for kind, revised_on, reviewed, dated in product((None, *RevisionKind), DAYS, Recorded, (True, False)):
            revision = DiagnosisRevision(
                id="r", problem="x", kind=kind, revised_on=revised_on, consents_reviewed=reviewed
            )
            talk = talked(for_problem="x", discussed_on=TALK if dated else None)
            later = revised_on is None or not dated or revised_on > TALK
            looked = {YES: Answer.MET, NO: Answer.NOT_MET}.get(reviewed, Answer.CANNOT_TELL)
            if kind is RevisionKind.ADDED and reviewed is not YES:
                looked = Answer.JUDGEMENT

            assert answer("diagnosis-and-consent", revisions=(revision,), consents=(talk,)) is (
                looked if later else None
            )

    def test_only_a_yes_is_looked_at_again(self):
        yes = {ConsentDecision.AGREED, ConsentDecision.PARTLY_AGREED}
        revision = DiagnosisRevision(id="r", problem="x", kind=RevisionKind.CHANGED, revised_on=ON)
        for decision in (None, *ConsentDecision):
            talk = talked(for_problem="x", decision=decision)
            found_ = answer("diagnosis-and-consent", revisions=(revision,), consents=(talk,))

            assert (found_ is not None) is (decision in yes)


class TestWhoDecidedEnumerated:
    """Whoever decided is compared with the record on capacity of that day; agreement needs both, and a day."""

    GOOD = ("authority_seen", "in_force", "covers_decision", "is_adult", "available", "willing", "able")
    BAD = ("disqualified", "conflicted", "patient_objects")

    def capacity(self, conclusion, **facts):
        shown = dict.fromkeys(("understands", "appreciates", "communicates", "information_given", "support_given"), YES)
        assessment = CapacityAssessment(
            id="a",
            assessed_on=TALK,
            assessed_by="assessor",
            conclusion=conclusion,
            reasons=NO if conclusion is NO else YES,
            patient_objects=NO,
            **shown,
        )
        return DecisionCapacity(id="k", decision="psychotherapy", assessments=(assessment,), **facts)

    def test_against_the_determination(self):
        decides = {YES: DecidedBy.PATIENT, NO: DecidedBy.LAWFUL_DECIDER}
        for conclusion, by, dated in product(Recorded, (None, *DecidedBy), (True, False)):
            talk = talked(decided_by=by, discussed_on=TALK if dated else None)
            found_ = answer("capacity-and-consent", decisions=(self.capacity(conclusion),), consents=(talk,))

            if by not in decides.values():
                assert found_ is Answer.CANNOT_TELL
            elif decides.get(conclusion) is not by or (conclusion is NO and not dated):
                assert found_ is Answer.JUDGEMENT  # a lack of another day is to be confirmed, and is none today
            else:
                assert found_ is (Answer.MET if dated else Answer.CANNOT_TELL)

    def test_against_the_authority(self):
        """One fact of the authority at a time: no excludes, unknown asks, a conflict or an objection is weighed."""
        whole = dict.fromkeys(self.GOOD, YES) | dict.fromkeys(self.BAD, NO)
        for name, fact in product(whole, Recorded):
            person = Decider(id="g", decider_class="guardian", **{**whole, name: fact})
            talk = talked(decided_by=DecidedBy.LAWFUL_DECIDER, decider="g")
            record = self.capacity(NO, deciders=(person,))

            assert answer("decider-authority", decisions=(record,), consents=(talk,)) is self.stands(name, fact)

    def stands(self, name, fact):
        if fact is (YES if name in self.GOOD else NO):
            return Answer.MET
        if name in {"conflicted", "patient_objects"} and fact is not SILENT:
            return Answer.JUDGEMENT
        if fact in {YES, NO} and name != "authority_seen":
            return Answer.NOT_MET
        return Answer.CANNOT_TELL
