"""What holds for every record of one consent, under every policy, on every day."""

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_core import Answer, ChartError, load_policy
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Weight, canonical
from alliance_core.base.kinds import changed, fields_of
from alliance_core.base.tables import read_table
from alliance_core.consent import (
    REASSURING,
    RULES,
    Completeness,
    ConsentDecision,
    ConsentDiscussion,
    ConsentEvent,
    ConsentPolicy,
    DecidedBy,
    TreatmentEvent,
    TreatmentKind,
    Waiver,
    Withheld,
    review_consent,
)
from alliance_core.consent.agenda import TOPICS
from alliance_core.consent.context import BASIS
from alliance_core.consent.policy import ItemRow, RiskRow
from alliance_core.records import MedicationStatement, Person
from alliance_core.testing import REVIEW_DAY, days_around, doses, medicine_codings, records

ON = REVIEW_DAY
POLICIES = {
    place: load_policy(place, overlays)
    for place, overlays in (
        ("any", ()),
        ("US", ("nursing-facility", "research")),
        ("US-CA", ("snf", "ect", "inpatient-antipsychotic")),
        ("US-TX", ("mh-facility", "ect")),
        ("US-WI", ("mh-treatment",)),
        ("GB", ("gmc-2020", "mhra-valproate")),
    )
}
#: Places are drawn by name: a policy shown in a failing example would fill pages.
policies = st.sampled_from(sorted(POLICIES))
ITEMS = tuple(row.element for row in read_table("consent_items", ItemRow))
ELEMENTS = (*ITEMS, *dict.fromkeys(row.element for row in read_table("consent_risks", RiskRow)))
MARKER = "Zebulon Quagmire"
few = settings(max_examples=max(2, settings.default.max_examples // 3))


# -- records ---------------------------------------------------------------------------------------------------------


def words(most=12):
    """Draw names of elements: a few, nearly all, or none recorded."""
    some = st.lists(st.sampled_from((*ELEMENTS, "risks", "risks.class")), max_size=most, unique=True).map(tuple)
    nearly_all = st.sets(st.sampled_from(ELEMENTS), max_size=2).map(
        lambda left_out: tuple(one for one in ELEMENTS if one not in left_out)
    )
    return st.none() | some | nearly_all


def discussions(**fixed):
    """Draw a discussion whose elements are words of the tables; hours have vignettes of their own."""
    return records(
        ConsentDiscussion,
        **{
            "discussed": words(),
            "partly": words(3),
            "declined_by_patient": words(3),
            "withheld": st.lists(records(Withheld, element=st.sampled_from(ELEMENTS)), max_size=2).map(tuple),
            "discussed_at": None,
            "signed_at": None,
            **fixed,
        },
    )


def medicines(**fixed):
    return records(MedicationStatement, codes=medicine_codings().map(lambda one: (one,)), **fixed)


def events(**fixed):
    return records(
        ConsentEvent,
        **{
            "medicine": st.none() | medicines(),
            "discussion": discussions(),
            "earlier": st.none() | discussions(),
            "others": st.none() | st.lists(medicines(), max_size=2).map(tuple),
            **fixed,
        },
    )


def whole(day=None):
    """Draw a record that lacks next to nothing, so that reassuring answers are common."""
    return st.builds(
        _whole,
        st.sampled_from(TreatmentEvent),
        st.sampled_from((TreatmentKind.MEDICATION, *TreatmentKind)),
        days_around(ON) if day is None else day,
        st.sets(st.sampled_from(ELEMENTS), max_size=1),
        medicine_codings(),
        doses(),
        st.sampled_from(("1980-01-01", "2009-12-01", "2008-05")),
        st.sampled_from((DecidedBy.PATIENT, DecidedBy.LAWFUL_DECIDER)),
        st.sampled_from((ConsentDecision.AGREED, ConsentDecision.AGREED, *ConsentDecision)),
    )


def _whole(event, kind, day, left_out, coding, dose, born_on, by, decision):
    said = ConsentDiscussion(
        id="discussion",
        event=event,
        discussed=tuple(one for one in ELEMENTS if one not in left_out),
        declined_by_patient=tuple(left_out),
        waiver=Waiver(offered=Recorded.YES, reason="rather not", review_on=day + timedelta(days=200)),
        dose=dose,
        range_upper=dose,
        discussed_on=day,
        signed_on=day + timedelta(days=2),
        discussed_by="Dr. Ng",
        explained_by_prescriber=Recorded.YES,
        decided_by=by,
        authority_seen=Recorded.YES,
        decision=decision,
        voluntary=Recorded.YES,
        interpreter_used=Recorded.YES,
        by_telehealth=Recorded.NO,
        by_telephone=Recorded.NO,
        written_form=Recorded.YES,
        witnessed=Recorded.YES,
        second_specialist=Recorded.YES,
    )
    return ConsentEvent(
        id="event",
        event=event,
        kind=kind,
        occurred_on=day,
        medicine=MedicationStatement(id="m", codes=(coding,), dose=dose),
        discussion=said,
        ongoing=Recorded.NO if decision in {ConsentDecision.REFUSED, ConsentDecision.WITHDRAWN} else Recorded.YES,
        person=Person(id="p", born_on=born_on, interpreter_needed=Recorded.NO),
        others=(),
        problems=(),
    )


def reviewed(event, policy, on=ON):
    return review_consent(event, policy=POLICIES[policy].consent, on=on)


def answers(review):
    return {one.rule: one.answer for one in review.findings}


def is_closed(review):
    return review.completeness is Completeness.CLOSED


def essential(review):
    return [one for one in review.reasons if one.weight is Weight.ESSENTIAL]


# -- laws ------------------------------------------------------------------------------------------------------------


class TestTotal:
    """Any record that can be built can be reviewed, on any day; each rule either answers or does not apply."""

    @given(records(ConsentEvent), policies, st.dates())
    def test_any_record(self, event, policy, on):
        review = reviewed(event, policy, on)

        assert sorted([*answers(review), *review.not_applicable]) == sorted(rule.id for rule in RULES)
        assert {one.about for one in review.findings} == (set() if is_closed(review) else {event.id})

    @given(events(), policies, st.dates())
    def test_any_elements(self, event, policy, on):
        review = reviewed(event, policy, on)

        assert sorted([*answers(review), *review.not_applicable]) == sorted(rule.id for rule in RULES)

    @given(events())
    @few
    def test_no_rows(self, event):
        """Where no row asks, what kind of treatment it is is all that can be asked, and nobody is reassured."""
        policy = ConsentPolicy.of(medicines=POLICIES["any"].medicines)
        review = review_consent(event, policy=policy, on=ON)

        assert review.completeness not in REASSURING


class TestFindings:
    """Every finding is the only one of its rule, in the one order, and cites rows of the policy in force."""

    @given(events() | whole(), policies, days_around(ON))
    def test_keys_order_and_rows(self, event, policy, on):
        review = reviewed(event, policy, on)
        keys = [one.key for one in review.findings]
        cited = {row for one in (*review.findings, *review.reasons) for row in one.rows}

        assert len(keys) == len(set(keys))
        assert review.findings == canonical(review.findings[::-1])
        assert [row for row in cited if not POLICIES[policy].row(row).in_force(on)] == []

    @given(events() | whole(), policies)
    def test_what_cannot_be_told_says_what_is_missing(self, event, policy):
        review = reviewed(event, policy)

        assert [one.key for one in review.findings if one.answer is Answer.CANNOT_TELL and not one.missing] == []

    @given(events(), policies)
    def test_reasons_are_in_order_and_each_has_its_place(self, event, policy):
        """Heaviest first; each names what to record, and what a row asks for names the row."""
        review = reviewed(event, policy)

        assert [one.weight.rank for one in review.reasons] == sorted(one.weight.rank for one in review.reasons)
        assert [one for one in review.reasons if not one.missing or bool(one.element) is not bool(one.rows)] == []

    @given(events() | whole(), policies)
    def test_the_agenda_holds_every_open_element(self, event, policy):
        """What is left to say is what is open, each element once, in the order of a conversation."""
        review = reviewed(event, policy)
        listed = [one for topic in review.agenda.topics for one in topic.elements]
        names = [topic.name for topic in review.agenda.topics]

        assert sorted(listed) == sorted({one.element for one in review.reasons if one.element})
        assert names == sorted(names, key=TOPICS.index)
        assert [topic for topic in review.agenda.topics if not all(topic.says)] == []


class TestValidity:
    """The same record gives the same review on every day before `valid_until`: stepping is jumping."""

    @given(events() | whole(), policies, days_around(ON), st.integers(1, 800))
    def test_every_day_before(self, event, policy, on, later):
        review = reviewed(event, policy, on)
        last = on + timedelta(days=later)
        if review.valid_until is not None:
            assert review.valid_until > on
            last = min(last, review.valid_until - timedelta(days=1))

        for day in {on + timedelta(days=1), last} if last > on else {last}:
            if review.valid_until is None or day < review.valid_until:
                assert reviewed(event, policy, day) == review

    def test_it_is_not_trivial(self):
        """Of whole records, at least one in ten has an answer that ends within two years."""
        soon = []

        @given(whole(), policies)
        @settings(max_examples=200, database=None)
        def draw(event, policy):
            until = reviewed(event, policy).valid_until
            soon.append(until is not None and until <= ON + timedelta(days=730))

        draw()
        assert sum(soon) >= 0.1 * len(soon)


LISTS = {
    "event": ("problems", "others", "circumstances"),
    "discussion": ("discussed", "partly", "declined_by_patient", "withheld"),
    "preferences": ("effects", "options", "goals"),
}


class TestOrderFree:
    """The order in which things were written down changes nothing."""

    @given(st.data(), events(), policies)
    def test_lists(self, data, event, policy):
        mixed = _shuffled(data, event, LISTS["event"])
        for name, record in (("discussion", event.discussion), ("preferences", event.preferences)):
            if record is not None:
                mixed = changed(mixed, **{name: _shuffled(data, record, LISTS[name])})

        assert reviewed(mixed, policy) == reviewed(event, policy)


def _shuffled(data, record, names):
    lists = {name: one for name in names if (one := getattr(record, name))}
    return changed(record, **{name: tuple(data.draw(st.permutations(one))) for name, one in lists.items()})


class TestMonotone:
    """A done element never adds an essential reason, and never changes an answer for the worse."""

    @given(events() | whole(), policies, st.sampled_from(ELEMENTS))
    def test_a_done_element(self, event, policy, element):
        said = event.discussion.discussed or ()
        more = changed(event, discussion=changed(event.discussion, discussed=(*said, element)))
        before, after = reviewed(event, policy), reviewed(more, policy)

        assert {one.missing for one in essential(after)} <= {one.missing for one in essential(before)}
        for rule in ("consent.completeness", "consent.authority", "consent.freshness", "consent.preference"):
            assert _worse(answers(before).get(rule)) >= _worse(answers(after).get(rule))
        assert _RANK[before.completeness] >= _RANK[after.completeness]


def _worse(answer):
    return (None, Answer.MET, Answer.CANNOT_TELL, Answer.JUDGEMENT, Answer.NOT_MET).index(answer)


_RANK = {
    one: place
    for place, one in enumerate(
        (
            Completeness.CLOSED,
            Completeness.RECORDED,
            Completeness.RECORDED_WITH_WAIVER,
            Completeness.MAY_BE_STALE,
            Completeness.INCOMPLETE_OTHER,
            Completeness.STALE,
            Completeness.INCOMPLETE_ESSENTIAL,
        )
    )
}


class TestTwoAnswers:
    """Authority and completeness are two answers, never merged."""

    @given(events() | whole(), policies, discussions())
    def test_authority_does_not_hear_what_was_said(self, event, policy, other):
        names = ("discussed", "partly", "declined_by_patient", "waiver", "withheld", "discussed_by")
        said = changed(event.discussion, **{name: getattr(other, name) for name in names})
        before, after = reviewed(event, policy), reviewed(changed(event, discussion=said), policy)

        assert before.authority is after.authority
        assert [_finding(one, "consent.authority") for one in (before,)] == [_finding(after, "consent.authority")]

    @given(events() | whole(), policies, st.none() | st.sampled_from(DecidedBy), st.sampled_from(Recorded))
    def test_what_was_said_does_not_hear_who_decided(self, event, policy, by, seen):
        said = changed(event.discussion, decided_by=by, authority_seen=seen)
        before, after = reviewed(event, policy), reviewed(changed(event, discussion=said), policy)

        assert _but(before, "decider") == _but(after, "decider")
        assert before.waived == after.waived


def _finding(review, rule):
    return next((one for one in review.findings if one.rule == rule), None)


def _but(review, element):
    return [one for one in review.reasons if one.element != element]


#: What asks a question only when it is recorded: without it, and only then, another question is open.
VANISHES = {
    "consent.freshness": {
        "event",  # what may be waived goes with it: another question asks for the event
        "kind",
        "medicine",  # a medicine tells the kind; without one another question asks for it
        "discussion.kind",
        "discussion.declined_by_patient",
        "discussion.waiver",
        "discussion.waiver.review_on",
    },
    "consent.preference": {
        "event",
        "discussion.event",
        "discussion.decision",
        # without a decision it may be an emergency, and in one nobody weighs preferences
        "discussion.emergency_basis",
        *(f"discussion.emergency_basis.{name}" for name in BASIS),
    },
}


class TestUnknownSafe:
    """Setting a field of an existing record to not recorded never turns another answer into a reassuring one."""

    @given(events() | whole(), policies)
    def test_no_answer_becomes_reassuring(self, event, policy):
        before = reviewed(event, policy)
        for path, quieter in silenced(event):
            after = reviewed(quieter, policy)
            turned = {rule for rule, one in answers(after).items() if one is Answer.MET and _was_not(before, rule)}
            assert turned - _moved(after, path) == set(), path
            if is_closed(before):  # of whom nobody wrote that they died is asked like anyone alive
                continue
            if after.authority in REASSURING:
                assert before.authority is after.authority, path
            if after.completeness in REASSURING:
                assert before.completeness in REASSURING, path

    @given(events() | whole(), policies)
    def test_no_question_vanishes(self, event, policy):
        before = reviewed(event, policy)
        for path, quieter in silenced(event):
            after = reviewed(quieter, policy)
            gone = {one.rule for one in before.findings if one.is_open} - set(answers(after))
            assert gone - _moved(after, path) == set(), path


def _moved(after, path):
    """Return the rules whose question is asked by another one, which is open."""
    is_asked = any(one.is_open for one in after.findings)
    return {rule for rule, paths in VANISHES.items() if path in paths and is_asked}


def _was_not(review, rule):
    return answers(review).get(rule, Answer.MET) is not Answer.MET


def silenced(record):
    """Return each record in which one fact, at any depth, is not recorded, with its path; never the talk itself."""
    for path, fields in _silences(record):
        if path == "discussion":  # an event without a talk is one question, and another rule asks it
            continue
        if path in _contradicted(record):
            continue
        quieter = changed(record, **fields)
        if path in TOLD_TWICE and record.discussion is not None:
            quieter = changed(quieter, discussion=changed(record.discussion, **{path: None}))
        yield path, changed(quieter, medicine=None) if path == "kind" else quieter


#: One fact that the event and the talk both carry, a kind also by its medicine: not recorded only when none does.
TOLD_TWICE = {"event", "kind"}
#: A talk of these sets no limit to the dose: without a range of its own, what another talk agreed on stands.
LESS = {TreatmentEvent.EARLY_EDUCATION, TreatmentEvent.DECREASE, TreatmentEvent.TAPER, TreatmentEvent.STOP}


def _contradicted(record):
    """Yield the fields that speak against another recorded fact, which without them answers alone."""
    talk = record.discussion
    is_emergency = talk.emergency is Recorded.YES and talk.emergency_basis is not None
    if is_emergency:
        yield "discussion.decision"
    if talk.decision in NO_SAID:
        yield "discussion.emergency"  # a no that is kept needs none
        if (record.event or talk.event) in LESS:
            yield "occurred_on"  # the medicine goes on as before, and the day of its change says that it does not
    elif (record.event or talk.event) is TreatmentEvent.INCREASE:
        yield "occurred_on"  # without a day it may lie ahead
    if (record.event or talk.event) in LESS or (is_emergency and talk.decision in UNDECIDED):
        yield "discussion.range_upper"
    if record.person is not None and record.person.deceased is Recorded.YES:
        yield "person.deceased_on"  # until that day the patient lived
    if talk.signed_on is not None and talk.discussed_on is not None and talk.signed_on < talk.discussed_on:
        yield "discussion.signed_on"


NO_SAID = {ConsentDecision.REFUSED, ConsentDecision.WITHDRAWN}
UNDECIDED = {None, ConsentDecision.UNDECIDED}


def _silences(record):
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if isinstance(value, Recorded) and value is not Recorded.NOT_RECORDED:
            yield field.name, {field.name: Recorded.NOT_RECORDED}
        elif field.default is None and value is not None:
            yield field.name, {field.name: None}
        for where, quieter in _inside(value):
            yield f"{field.name}.{where}", {field.name: quieter}


def _inside(value):
    if dataclasses.is_dataclass(value):
        for where, fields in _silences(value):
            yield where, changed(value, **fields)
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            for where, quieter in _inside(one):
                yield where, (*value[:place], quieter, *value[place + 1 :])


class TestProportion:
    """Inside a range that was agreed on less is essential, never more; a new start is asked in full."""

    @given(whole(), policies, discussions())
    @few
    def test_a_start_has_no_relief(self, event, policy, earlier):
        start = changed(event, event=TreatmentEvent.START)

        assert reviewed(changed(start, earlier=earlier), policy) == reviewed(start, policy)

    @given(events(), policies)
    @few
    def test_relief_never_adds(self, event, policy):
        relieved, full = reviewed(event, policy), reviewed(changed(event, earlier=None), policy)

        assert {one.missing for one in essential(relieved)} <= {one.missing for one in essential(full)}


class TestSilence:
    """No free text of a record is repeated in a verdict or a finding, and no error carries a value."""

    @given(records(ConsentEvent, texts=st.just(MARKER)), policies)
    def test_no_text(self, event, policy):
        review = reviewed(event, policy)

        assert MARKER.lower() not in str(fields_of(review)).lower()
        assert MARKER not in repr(event)

    @given(records(ConsentEvent, texts=st.just(MARKER)))
    @few
    def test_a_day_that_is_none(self, event):
        with pytest.raises(ChartError) as caught:
            review_consent(event, policy=POLICIES["any"].consent, on=MARKER)

        assert MARKER not in str(caught.value)


class TestNoObstacle:
    """No output obstructs stopping or refusing: neither weighs as a matter of safety, and nothing asks to go on."""

    @given(events(), policies)
    def test_no_safety(self, event, policy):
        review = reviewed(event, policy)

        assert Weight.SAFETY not in {one.weight for one in (*review.findings, *review.reasons)}

    @given(events(discussion=discussions(decision=ConsentDecision.REFUSED)), policies)
    def test_a_recorded_no_that_is_kept_is_met(self, event, policy):
        """Whoever says no is asked for no reasons: the answer is in the record."""
        kept = changed(
            event,
            event=TreatmentEvent.START,
            ongoing=Recorded.NO,
            person=None,
            discussion=changed(event.discussion, emergency=Recorded.NO),
        )

        assert answers(reviewed(kept, policy))["consent.authority"] is Answer.MET

    @given(events(discussion=discussions(decision=ConsentDecision.REFUSED)), policies)
    def test_so_is_a_no_to_an_end_that_did_not_come(self, event, policy):
        """Whoever would rather go on, and goes on, is asked for no reasons either."""
        said = changed(event.discussion, emergency=Recorded.NO)
        kept = changed(
            event,
            event=TreatmentEvent.STOP,
            ongoing=Recorded.YES,
            occurred_on=None,
            person=None,
            discussion=said,
        )

        assert answers(reviewed(kept, policy))["consent.authority"] is Answer.MET


class TestClosed:
    """After death nothing is asked and nothing is left to say, whatever is recorded."""

    @given(events() | whole(), policies)
    def test_nothing_is_asked(self, event, policy):
        dead = changed(event, person=Person(id="p", deceased=Recorded.YES))
        review = reviewed(dead, policy)

        assert (review.findings, review.reasons, review.agenda.topics) == ((), (), ())
        assert not {review.authority, review.completeness} & REASSURING

    @given(whole(st.just(date(2020, 1, 1))), policies)
    @few
    def test_what_is_over_is_not_asked_again(self, event, policy):
        over = changed(event, ongoing=Recorded.NO)

        assert "consent.freshness" not in answers(reviewed(over, policy))
