"""What holds for every revision of a diagnosis, on every day."""

import dataclasses
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.diagnosis import (
    RULES,
    DiagnosisPolicy,
    DiagnosisRevision,
    DiagnosisRow,
    RevisionKind,
    review_diagnosis,
)
from alliance_core.testing import REVIEW_DAY, days_around, recorded, records

ROWS = read_table("diagnosis_elements", DiagnosisRow)
POLICY = DiagnosisPolicy.of(*ROWS)
NEAR = st.integers(-3, 3).map(lambda n: REVIEW_DAY + timedelta(days=n))
OPTIONAL = [one.name for one in dataclasses.fields(DiagnosisRevision) if one.default is not dataclasses.MISSING]


def _maybe(strategy):
    return st.none() | strategy


@st.composite
def revisions(draw):
    """Draw a revision whose days lie close together, so that each order of them is common."""
    planned, revised = draw(_maybe(NEAR)), draw(_maybe(NEAR))
    if planned and revised:
        planned, revised = min(planned, revised), max(planned, revised)
    known = {name: draw(_maybe(NEAR)) for name in ("told_on", "released_on")}
    facts = {name: draw(recorded()) for name in ("told", "reasons_recorded", "fallibility_told")}
    given_days = {"planned_on": planned, "revised_on": revised, **known}
    return draw(records(DiagnosisRevision, **given_days, **facts))


def reviewed(revision, on=REVIEW_DAY):
    return review_diagnosis(revision, policy=POLICY, on=on)


def answers(review):
    return {one.rule: one.answer for one in review.findings}


def silent(revision, name):
    """Return the revision with one field not recorded."""
    fact = isinstance(getattr(revision, name), Recorded)
    return changed(revision, **{name: Recorded.NOT_RECORDED if fact else None})


class TestTotal:
    """Any revision that can be built can be reviewed, on any day; each rule either answers or does not apply."""

    @given(records(DiagnosisRevision), st.dates())
    def test_any_day(self, revision, on):
        review = reviewed(revision, on)

        assert sorted([*answers(review), *review.not_applicable]) == sorted(rule.id for rule in RULES)
        assert {revision.id} == {one.about for one in review.findings}

    @given(records(DiagnosisRevision))
    def test_no_rows(self, revision):
        """Where no row asks, nothing is asked."""
        review = review_diagnosis(revision, policy=DiagnosisPolicy.of(), on=REVIEW_DAY)

        assert review.findings == ()


class TestUnknownSafe:
    """What is not recorded is never read as good: no silence turns another answer into a met one."""

    @given(revisions(), st.sampled_from(OPTIONAL))
    def test_silence(self, revision, name):
        before, after = answers(reviewed(revision)), answers(reviewed(silent(revision, name)))

        assert [rule for rule, one in after.items() if one is Answer.MET and before[rule] is not Answer.MET] == []

    @given(revisions(), st.sampled_from([name for name in OPTIONAL if name != "released_on"]))
    def test_a_question_stays(self, revision, name):
        """Silence never makes a question vanish; only a note that nobody is known to have opened asks nothing."""
        before, after = answers(reviewed(revision)), answers(reviewed(silent(revision, name)))

        assert set(before) == set(after)


class TestValidity:
    """The review is the same on every day before `valid_until`, and stepping day by day equals jumping."""

    @given(revisions(), days_around(REVIEW_DAY))
    def test_same_until(self, revision, on):
        review = reviewed(revision, on)
        for later in range(1, 14):
            day = on + timedelta(days=later)
            if review.valid_until is not None and day >= review.valid_until:
                break
            assert review == changed(reviewed(revision, day), valid_until=review.valid_until)

    @given(revisions())
    def test_jumping(self, revision):
        start = REVIEW_DAY - timedelta(days=6)
        stepped = [reviewed(revision, start + timedelta(days=n)) for n in range(14)]

        assert [one.findings for one in stepped] == [one.findings for one in _jumped(revision, start, 14)]


def _jumped(revision, start, count):
    """Return a review for each day, made only on the days on which the last one ends."""
    review = None
    for on in (start + timedelta(days=n) for n in range(count)):
        if review is None or (review.valid_until is not None and on >= review.valid_until):
            review = reviewed(revision, on)
        yield review


class TestWhatDecidesNothing:
    """The kind of a revision, who told the patient, and how it was taken decide nothing."""

    @given(revisions(), st.sampled_from(RevisionKind), st.text(max_size=20), recorded())
    def test_what_decides_nothing(self, revision, kind, text, fact):
        other = changed(
            revision,
            kind=kind,
            told_by=text,
            patient_view=text,
            evidence_for=text,
            evidence_against=text,
            plan_discussed=fact,
            consents_reviewed=fact,
        )

        assert reviewed(revision) == reviewed(other)

    @given(revisions(), st.permutations(ROWS))
    def test_the_order_of_rows(self, revision, rows):
        review = review_diagnosis(revision, policy=DiagnosisPolicy.of(*rows), on=REVIEW_DAY)

        assert reviewed(revision) == review


class TestMonotone:
    """Telling the patient sooner never makes an answer worse, and not telling them is never good."""

    @given(revisions(), NEAR)
    def test_sooner(self, revision, day):
        if revision.told_on is None or day > revision.told_on:
            return
        later, sooner = answers(reviewed(revision)), answers(reviewed(changed(revision, told_on=day)))

        assert [rule for rule in later if later[rule] is Answer.MET and sooner[rule] is not Answer.MET] == []

    @given(revisions())
    def test_not_told_is_never_met(self, revision):
        review = reviewed(changed(revision, told=Recorded.NO))

        assert answers(review)["diagnosis.told"] is not Answer.MET
        assert answers(review).get("diagnosis.release") in {None, Answer.NOT_MET}


def test_a_plan_is_not_a_failure_before_its_day_has_passed():
    """Before or with the change: on the planned day itself there is still time."""
    plan = DiagnosisRevision(id="r", planned_on=REVIEW_DAY, told=Recorded.NO)
    over = REVIEW_DAY + timedelta(days=1)

    assert answers(reviewed(plan))["diagnosis.told"] is Answer.CANNOT_TELL
    assert reviewed(plan).valid_until == over
    assert answers(reviewed(plan, over))["diagnosis.told"] is Answer.NOT_MET


def test_the_last_day_of_the_calendar():
    """A plan for the last day there is never passes, and nothing breaks."""
    plan = DiagnosisRevision(id="r", planned_on=date.max, told=Recorded.NO)

    assert answers(reviewed(plan, date.max))["diagnosis.told"] is Answer.CANNOT_TELL
