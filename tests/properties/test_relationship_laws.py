"""What holds for every note, question, plan and preference: words, beliefs, risk and the first minute."""

import dataclasses
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_core import Chart, load_policy, review_chart
from alliance_core.base.errors import ChartError
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer
from alliance_core.base.kinds import changed
from alliance_core.edges.wire import schemas
from alliance_core.records import Person, PreferenceRecord
from alliance_core.relationship import (
    RULES,
    BehaviorPlan,
    BeliefQuestion,
    EndingCare,
    EndingReason,
    Marking,
    Note,
    NoteSection,
    PreferenceQuestion,
    ProposedOption,
    RelationshipPolicy,
    SelfCheck,
    Weighed,
    first_contact_prompts,
    note_of,
    review_behavior_plan,
    review_belief_question,
    review_note,
    review_preferences,
)
from alliance_core.relationship.first_contact import CUES
from alliance_core.relationship.policy import TermRow
from alliance_core.testing import REVIEW_DAY, days_around, records

POLICY = load_policy("GB").relationship
ROWS = POLICY.timeline.rows
FORMS = sorted(
    form.replace("*", "soon").replace("<", "").replace(">", "")
    for row in ROWS
    if isinstance(row, TermRow)
    for form in row.forms.split("|")
)
NEVER = [row.name for row in ROWS if getattr(row, "part", "") == "never"]
#: Texts in which terms, exceptions, marks and headings come close together, and any other text.
PIECES = st.sampled_from(
    [
        *FORMS,
        "not",
        "his mother",
        "but",
        "she",
        '"',
        "\u201c",
        "\u201d",
        "he said,",
        ". ",
        "\n",
        "MSE:\n",
        "Plan: ",
        "\u0130",
    ]
)
TEXTS = st.lists(PIECES, max_size=14).map(" ".join) | st.text(max_size=60)
NOTES = st.builds(
    Note,
    id=st.just("note"),
    sections=st.lists(
        st.builds(NoteSection, heading=st.sampled_from([None, "ROS", "Plan", "mse:"]), text=TEXTS), max_size=3
    ).map(tuple),
)
CALLS = {
    review_belief_question: records(BeliefQuestion),
    review_behavior_plan: records(BehaviorPlan),
    review_preferences: records(PreferenceQuestion),
    review_note: NOTES,
}
REVIEWED = st.sampled_from(list(CALLS)).flatmap(lambda call: st.tuples(st.just(call), CALLS[call]))
#: What is not there asks nothing: a draft that nobody wrote, a screen, visits or an end of care that nobody recorded.
ABSENT = frozenset({"draft", "screens", "missed_visits", "ending"})


def spans(text, policy=POLICY, section=None):
    note = Note(id="note", sections=(NoteSection(heading=section, text=text),))
    return review_note(note, policy=policy, on=REVIEW_DAY).spans


def answers(review):
    return {(one.rule, one.item): one.answer for one in review.findings}


class TestTotal:
    """Any record that can be built can be reviewed, on any day, by any rows; the same input gives the same answer."""

    @given(REVIEWED, st.dates())
    def test_any_day(self, reviewed, on):
        call, record = reviewed
        review = call(record, policy=POLICY, on=on)

        assert review == call(record, policy=POLICY, on=on)
        assert {one.rule for one in review.findings} <= {rule.id for rule in RULES}
        assert {record.id} >= {one.about for one in review.findings}
        assert len({one.key for one in review.findings}) == len(review.findings)

    @given(REVIEWED)
    def test_no_rows(self, reviewed):
        call, record = reviewed

        call(record, policy=RelationshipPolicy.of(), on=REVIEW_DAY)

    @given(REVIEWED, st.permutations(ROWS))
    def test_the_order_of_rows_decides_nothing_of_the_answer(self, reviewed, rows):
        call, record = reviewed
        policy = RelationshipPolicy.of(*rows)

        assert answers(call(record, policy=policy, on=REVIEW_DAY)) == answers(
            call(record, policy=POLICY, on=REVIEW_DAY)
        )

    @given(REVIEWED)
    def test_every_row_of_a_finding_is_one_of_the_policy(self, reviewed):
        call, record = reviewed
        known = {row.row_id for row in ROWS}

        assert all(set(one.rows) <= known for one in call(record, policy=POLICY, on=REVIEW_DAY).findings)


def _silences(record):
    """Return the record with each field not recorded in turn, within its parts too."""
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if isinstance(value, Recorded):
            yield changed(record, **{field.name: Recorded.NOT_RECORDED})
        elif value is not None and field.default is None and field.name not in ABSENT:
            yield changed(record, **{field.name: None})
        if dataclasses.is_dataclass(value):
            for quieter in _silences(value):
                try:
                    yield changed(record, **{field.name: quieter})
                except ChartError:
                    continue


class TestUnknownSafe:
    """Setting a field to not recorded never turns another answer into a met one, nor makes an open question vanish."""

    @pytest.mark.parametrize("call", [review_belief_question, review_behavior_plan, review_preferences])
    def test_silence(self, call):
        @given(CALLS[call])
        def law(record):
            before = answers(call(record, policy=POLICY, on=REVIEW_DAY))
            for quieter in _silences(record):
                after = answers(call(quieter, policy=POLICY, on=REVIEW_DAY))
                turned = [key for key, one in after.items() if one is Answer.MET and before.get(key, one) is not one]
                gone = [key for key, one in before.items() if one is not Answer.MET and key not in after]
                assert (turned, gone) == ([], [])

        law()

    @given(NOTES)
    def test_a_note_without_its_text_is_not_neutral(self, note):
        silent = review_note(changed(note, sections=()), policy=POLICY, on=REVIEW_DAY)

        assert {Answer.CANNOT_TELL} == {one.answer for one in silent.findings}


class TestValidity:
    """A review is the same on every day before `valid_until`."""

    @given(REVIEWED, days_around(REVIEW_DAY))
    def test_same_until(self, reviewed, on):
        call, record = reviewed
        review = call(record, policy=POLICY, on=on)
        for later in range(1, 40):
            day = on + timedelta(days=later)
            if review.valid_until is not None and day >= review.valid_until:
                break
            assert review == changed(call(record, policy=POLICY, on=day), valid_until=review.valid_until)


class TestSpans:
    """Where words stand: within the text, in order, never twice, and nothing that was found is left out."""

    @given(NOTES)
    def test_places(self, note):
        review = review_note(note, policy=POLICY, on=REVIEW_DAY)
        places = [(one.section, one.start, one.end) for one in review.spans]

        assert places == sorted(places)
        assert all(0 <= start < end <= len(note.sections[place].text) for place, start, end in places)
        assert set(review.flagged) == {one for one in review.spans if one.marking is Marking.FLAG}
        assert all(one.why and one.suggestion and one.rows for one in review.spans)

    @given(NOTES, st.text(alphabet="xyz \n", max_size=40))
    def test_what_comes_before_moves_what_is_found(self, note, before):
        """A paragraph of other words before a text moves its places and changes nothing else."""
        for section in note.sections:
            text = section.text.replace("\n", " ")
            alone, after = spans(text), spans(f"{before}\n\n. {text}")
            moved = [changed(one, start=one.start + len(before) + 4, end=one.end + len(before) + 4) for one in alone]
            assert moved == list(after)

    @given(TEXTS, TEXTS)
    def test_sections_do_not_meet(self, one, other):
        """A note's spans are those of its sections."""
        note = Note(id="n", sections=(NoteSection(text=one), NoteSection(text=other)))
        found = review_note(note, policy=POLICY, on=REVIEW_DAY).spans

        assert list(found) == [*spans(one), *(changed(span, section=1) for span in spans(other))]

    @given(st.sampled_from(FORMS))
    def test_a_quotation_is_never_flagged(self, form):
        """Whatever a patient is quoted as saying in a sentence of their own is theirs."""
        text = f'He said, "{form} and so it has been for years".'

        assert Weighed.TERM not in {one.weighed for one in spans(text)}


class TestNothingIsLost:
    """A plain text becomes sections that, read one after the other, are the text again."""

    @given(st.text(max_size=200), st.integers(0, 300), st.text(alphabet="ab\n", min_size=1, max_size=400))
    def test_note_of(self, text, times, filler):
        whole = text + filler * times
        note = note_of(whole, id="n", policy=POLICY, on=REVIEW_DAY)

        assert whole == "".join(section.text for section in note.sections)

    def test_a_heading_goes_on_where_a_text_is_cut(self):
        filler = "Slept well.\n" * 3_000
        note = note_of(f"Review of Systems:\n{filler}Denies fever.\n", id="n", policy=POLICY, on=REVIEW_DAY)
        [span] = review_note(note, policy=POLICY, on=REVIEW_DAY).spans

        assert len(note.sections) > 1
        assert Weighed.SECTION is span.weighed

    def test_a_text_without_lines_is_cut_all_the_same(self):
        note = note_of("x" * 45_000, id="n", policy=RelationshipPolicy.of(), on=REVIEW_DAY)

        assert [20_000, 20_000, 5_000] == [len(section.text) for section in note.sections]


class TestNothingOfAPatientIsShown:
    """No repr and no error holds a word of a note or a plan."""

    @given(REVIEWED)
    def test_repr(self, reviewed):
        call, record = reviewed
        review = call(record, policy=POLICY, on=REVIEW_DAY)

        assert f"{type(review).__name__}(…)" == repr(review)
        assert f"{type(record).__name__}(…)" == repr(record)

    def test_a_span_holds_no_word_of_the_note(self):
        [span] = spans("Zebulon is a junkie")

        assert "Span(…)" == repr(span)
        assert "Zebulon" not in str([getattr(span, name) for name in type(span).__annotations__])

    def test_errors(self):
        with pytest.raises(ChartError) as caught:
            BehaviorPlan(id="p", draft="Zebulon" * 10_000)

        assert "Zebulon" not in str(caught.value)
        assert caught.value.__context__ is None

    def test_two_proposals_under_one_id_are_refused(self):
        with pytest.raises(ChartError, match="proposed"):
            PreferenceQuestion(id="q", proposed=(ProposedOption(id="a"), ProposedOption(id="a", text="b")))


class TestNothingObstructs:
    """Nothing here stands in the way of refusing, of stopping, or of urgent care: the note stays as it is."""

    @given(NOTES)
    def test_a_note_is_never_rewritten(self, note):
        before = [section.text for section in note.sections]
        review_note(note, policy=POLICY, on=REVIEW_DAY)

        assert before == [section.text for section in note.sections]

    @pytest.mark.parametrize(
        "text",
        [
            "She declined the injection and we stopped it today.",
            "The patient would rather not take lithium; we agreed to stop.",
            "Sent to the emergency department at once for chest pain.",
            "Imminent risk: the crisis team was called with her agreement.",
        ],
    )
    def test_plain_words_about_refusing_stopping_and_urgent_care_pass(self, text):
        assert () == tuple(one for one in spans(text) if one.marking is Marking.FLAG)

    @given(records(BehaviorPlan))
    def test_no_change_for_now_is_always_on_the_menu(self, plan):
        review = review_behavior_plan(plan, policy=POLICY, on=REVIEW_DAY)

        assert "HRM-any-no-change-for-now" in {row.row_id for row in review.menu}

    @given(st.data())
    def test_care_is_never_ended_well_for_a_behavior(self, data):
        """Whatever else is recorded, use, smoking, a relapse or missed visits alone never make an end of care good."""
        reasons = st.lists(st.sampled_from([EndingReason(name) for name in NEVER]), min_size=1, max_size=3).map(tuple)
        plan = data.draw(records(BehaviorPlan, ending=records(EndingCare, reasons=reasons)))
        review = review_behavior_plan(plan, policy=POLICY, on=REVIEW_DAY)

        assert Answer.NOT_MET is answers(review)["relationship.ending-care", ""]


class TestFirstContact:
    """The look back is private: words only, about the clinician alone, never scored, never stored with a patient."""

    @given(records(SelfCheck))
    def test_words_only(self, check):
        said = first_contact_prompts(check, policy=POLICY, on=REVIEW_DAY)

        assert all(isinstance(one, str) and not any(sign.isdigit() for sign in one) for one in said)
        assert len(said) == sum(_is_asked(check, name) for name in CUES)

    def test_nothing_was_looked_at(self):
        assert () == first_contact_prompts(SelfCheck(), policy=POLICY, on=REVIEW_DAY)
        assert () == first_contact_prompts(
            SelfCheck(relaxed=Recorded.NO), policy=RelationshipPolicy.of(), on=REVIEW_DAY
        )

    @pytest.mark.parametrize("name", CUES)
    def test_each_cue_has_its_thought(self, name):
        missed = SelfCheck(**{name: Recorded.NO}, was_late=Recorded.YES)
        present = SelfCheck(**{name: Recorded.YES}, was_late=Recorded.YES)

        assert 1 == len(first_contact_prompts(missed, policy=POLICY, on=REVIEW_DAY))
        assert () == first_contact_prompts(present, policy=POLICY, on=REVIEW_DAY)

    def test_an_apology_is_for_a_delay(self):
        on_time = SelfCheck(apologized_for_delay=Recorded.NO, was_late=Recorded.NO)

        assert () == first_contact_prompts(on_time, policy=POLICY, on=REVIEW_DAY)

    def test_it_belongs_to_no_chart(self):
        """It has no id and no patient, and no chart has a place for it."""
        names = {field.name for field in dataclasses.fields(SelfCheck)}

        assert names.isdisjoint({"id", "person", "patient", "recorded_on"})
        assert "SelfCheck" not in str(schemas())
        assert not any("SelfCheck" in str(field.type) for field in dataclasses.fields(Chart))


def _is_asked(check, name):
    late = name != "apologized_for_delay" or check.was_late is Recorded.YES
    return getattr(check, name) is Recorded.NO and late


class TestChart:
    """What a chart holds of the relationship is reviewed with it; what it does not hold is not asked for."""

    def test_a_silent_chart_is_asked_nothing(self):
        review = review_chart(Chart(id="c", person=Person(id="p")), policy=load_policy("US"), on=REVIEW_DAY)

        assert () == review["relationship"]

    def test_a_note_is_looked_at_for_a_month(self):
        """An older note is not written anew; one without a day is looked at."""

        def seen(written_on):
            note = Note(id="n", written_on=written_on, sections=(NoteSection(text="He is a junkie."),))
            chart = Chart(id="c", person=Person(id="p"), notes=(note,))
            return review_chart(chart, policy=load_policy("US"), on=REVIEW_DAY, areas=["relationship"])

        assert 1 == len(seen(REVIEW_DAY - timedelta(days=30))["relationship"])
        assert REVIEW_DAY + timedelta(days=1) == seen(REVIEW_DAY - timedelta(days=30)).valid_until
        assert () == seen(REVIEW_DAY - timedelta(days=31))["relationship"]
        assert 1 == len(seen(None)["relationship"])

    def test_a_plan_is_this_patients(self):
        """A screen is read for the patient's own sex."""
        from alliance_core.records import Sex
        from alliance_core.relationship import Scale, ScreenTotal

        plan = BehaviorPlan(id="b", screens=(ScreenTotal(scale=Scale.AUDIT_C, total=3),))

        def found(sex):
            chart = Chart(id="c", person=Person(id="p", sex=sex), behaviors=(plan,))
            review = review_chart(chart, policy=load_policy("US"), on=REVIEW_DAY, areas=["relationship"])
            return "relationship.screen" in {one.rule for one in review.findings}

        assert (True, False, True) == (found(Sex.FEMALE), found(Sex.MALE), found(None))

    @pytest.mark.parametrize(
        ("discussed", "answer"),
        [(("alternatives.rejected",), Answer.MET), (("purpose",), Answer.CANNOT_TELL), (None, Answer.CANNOT_TELL)],
    )
    def test_an_option_that_is_passed_over(self, discussed, answer):
        """A talk about a later option says why the others are not proposed, or nobody knows."""
        from alliance_core.consent import ConsentDiscussion, TreatmentEvent
        from alliance_core.records import TreatmentOption

        options = (
            TreatmentOption(id="o1", text="Psychotherapy", rank=1, acceptable=Recorded.YES),
            TreatmentOption(id="o2", text="Sertraline", rank=2, acceptable=Recorded.YES),
        )
        talk = ConsentDiscussion(id="t", event=TreatmentEvent.START, treatment="sertraline", discussed=discussed)
        other = ConsentDiscussion(id="u", event=TreatmentEvent.START, treatment="lithium")
        chart = Chart(
            id="c",
            person=Person(id="p"),
            preferences=PreferenceRecord(id="pr", recorded_on=date(2026, 11, 1), options=options),
            consents=(talk, other),
        )
        review = review_chart(chart, policy=load_policy("US"), on=REVIEW_DAY, areas=["relationship"])

        assert [("t", answer)] == [
            (one.item, one.answer) for one in review.findings if one.rule.endswith("order-of-options")
        ]
