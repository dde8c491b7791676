"""Small truths of the review of a regimen that no table says."""

from datetime import date, datetime

import attrs
import pytest

from alliance_core import Answer, ChartError, Recorded, load_policy, review_regimen
from alliance_core.base.day import Day
from alliance_core.base.kinds import changed
from alliance_core.deprescribing import (
    RULES,
    ChangeKind,
    DeprescribingPolicy,
    DoseChange,
    Evidence,
    MedicationStatement,
    MedicationStatus,
    PastReview,
    Regimen,
    ReviewKind,
    ReviewResult,
    regimen_episodes,
)
from alliance_core.deprescribing.policy import IntervalRow
from alliance_core.records import Circumstance, CircumstanceKind, Coding, Encounter, Person, Problem, Setting

ON = date(2026, 11, 24)
US = load_policy("US").deprescribing
FACILITY = load_policy("US", ["nursing-facility"]).deprescribing
REVIEW, WHOLE = "deprescribing.review", "deprescribing.whole-regimen"
DEMENTIA = Coding(system="http://hl7.org/fhir/sid/icd-10-cm", code="F03.90")
PSYCHOSIS = Coding(system="http://hl7.org/fhir/sid/icd-10-cm", code="F20.9")


def medicine(name="sertraline", **fields):
    return MedicationStatement(**{"id": name, "text": name, "started_on": date(2020, 1, 1), **fields})


def held(on, **fields):
    return PastReview(**{"id": f"review-{on}", "kind": ReviewKind.REGIMEN, "completed_on": on, **fields})


def regimen(*medications, **fields):
    return Regimen(**{"id": "regimen", "person": Person(id="person"), "medications": medications, **fields})


def stay(setting=Setting.NURSING_FACILITY, name="stay", **fields):
    return Encounter(**{"id": name, "setting": setting, "started_on": date(2026, 1, 1), **fields})


def finding(record, *, rule=REVIEW, item="sertraline", policy=US, on=ON):
    [found] = [
        one for one in review_regimen(record, policy=policy, on=on).findings if (one.rule, one.item) == (rule, item)
    ]
    return found


def told(record, **where):
    found = finding(record, **where)
    return found.answer, found.due_on


def test_a_review_day_is_a_plain_date():
    """A time of day would bring a time zone with it."""
    with pytest.raises(ChartError):
        review_regimen(regimen(), policy=US, on=datetime(2026, 11, 24))  # noqa: DTZ001


def test_a_stop_before_the_start_is_no_record():
    """What cannot have been is refused, without saying what was read."""
    with pytest.raises(ChartError, match="stopped_on is before started_on"):
        medicine(stopped_on=date(2019, 1, 1))


class TestWhoHasDied:
    """Nothing is due for someone who has died; on the days before, it was."""

    def test_by_the_fact(self):
        record = regimen(medicine(), person=Person(id="person", deceased=Recorded.YES))
        review = review_regimen(record, policy=US, on=ON)

        assert ((), tuple(rule.id for rule in RULES)) == (review.findings, review.not_applicable)

    def test_by_the_day(self):
        record = regimen(medicine(), person=Person(id="person", deceased_on=date(2026, 11, 25)))
        before, then = (review_regimen(record, policy=US, on=day) for day in (ON, date(2026, 11, 25)))

        assert (True, date(2026, 11, 25)) == (bool(before.findings), before.valid_until)
        assert () == then.findings


class TestWhatIsNotApplicable:
    """A rule is out of question only if the record shows it; unknown medicines are no answer."""

    def test_nothing_is_taken(self):
        review = review_regimen(regimen(), policy=FACILITY, on=ON)

        assert {REVIEW, WHOLE, "deprescribing.medicine-known"} <= set(review.not_applicable)

    def test_no_list_was_recorded(self):
        review = review_regimen(regimen(medications=None), policy=FACILITY, on=ON)

        assert () == review.not_applicable[1:]
        assert ("deprescribing.required-review",) != review.not_applicable

    def test_only_what_no_row_knows(self):
        review = review_regimen(regimen(medicine("zzyzx")), policy=US, on=ON)

        assert REVIEW not in review.not_applicable
        assert Answer.CANNOT_TELL is finding(regimen(medicine("zzyzx")), rule=WHOLE, item="").answer

    def test_what_no_row_knows_is_listed_while_it_may_be_taken(self):
        over = [
            medicine("zzyzx", status=MedicationStatus.COMPLETED),
            medicine("zzyzx", stopped_on=ON),
        ]

        assert [True, True] == [
            "deprescribing.medicine-known" in review_regimen(regimen(one), policy=US, on=ON).not_applicable
            for one in over
        ]


class TestTheWholeRegimen:
    """The whole regimen is due by its least settled medicine, counted from its last review or its first start."""

    SETTLED = medicine(remission_on=date(2021, 1, 1))
    UNSETTLED = medicine("lithium", remission=Recorded.NO)

    def whole(self, *medications, **fields):
        return told(regimen(*medications, **fields), rule=WHOLE, item="")

    def test_settled(self):
        assert (Answer.MET, date(2027, 1, 31)) == self.whole(self.SETTLED, reviews=(held(date(2026, 1, 31)),))

    def test_one_is_not(self):
        reviews = (held(date(2026, 1, 31)),)

        assert (Answer.NOT_MET, date(2026, 7, 31)) == self.whole(self.SETTLED, self.UNSETTLED, reviews=reviews)

    def test_nobody_wrote_whether_it_is(self):
        reviews = (held(date(2026, 1, 31)),)

        assert (Answer.CANNOT_TELL, date(2027, 1, 31)) == self.whole(medicine(), reviews=reviews)
        assert (Answer.CANNOT_TELL, date(2027, 1, 31)) == self.whole(self.SETTLED, medicine("zzyzx"), reviews=reviews)

    def test_it_settled_after_the_review(self):
        settled_later = medicine(remission_on=date(2026, 1, 1))

        assert (Answer.NOT_MET, date(2026, 7, 31)) == self.whole(settled_later, reviews=(held(date(2026, 1, 31)),))

    def test_a_review_of_one_medicine_is_none_of_the_whole(self):
        part = held(date(2026, 11, 1), kind=ReviewKind.MEDICATION, medicines=("sertraline",))

        assert (Answer.NOT_MET, date(2020, 7, 1)) == self.whole(self.SETTLED, reviews=(part,))

    def test_a_regimen_begun_after_the_last_review_counts_from_its_start(self):
        new = medicine(started_on=date(2026, 11, 1))

        assert (Answer.MET, date(2027, 5, 1)) == self.whole(new, reviews=(held(date(2026, 1, 31)),))

    def test_an_unknown_start_may_be_the_first(self):
        undated = medicine("lithium", started_on=None)
        reviews = (held(date(2026, 1, 31)),)

        assert (Answer.CANNOT_TELL, None) == self.whole(self.SETTLED, undated, reviews=())
        assert (Answer.CANNOT_TELL, date(2027, 1, 31)) == self.whole(self.SETTLED, undated, reviews=reviews)
        assert (Answer.CANNOT_TELL, None) == self.whole(undated, reviews=reviews)
        assert (Answer.MET, date(2026, 12, 30)) == self.whole(undated, reviews=(held(date(2026, 6, 30)),))

    def test_an_agreed_day_stands_until_something_new(self):
        agreed = (held(date(2026, 1, 31), revisit_on=date(2026, 12, 31)),)
        fall = Circumstance(id="fall", kind=CircumstanceKind.FALL, present=Recorded.YES, recorded_on=date(2026, 3, 1))

        assert (Answer.MET, date(2026, 12, 31)) == self.whole(self.UNSETTLED, reviews=agreed)
        assert (Answer.NOT_MET, date(2026, 7, 31)) == self.whole(self.UNSETTLED, reviews=agreed, circumstances=(fall,))

    def test_a_policy_without_rows_of_its_own(self):
        rows = [row for row in US.timeline.rows if not row.row_id.startswith("ENG-whole")]
        policy = DeprescribingPolicy.of(*rows, medicines=US.medicines, jurisdiction="US")
        review = review_regimen(regimen(medicine()), policy=policy, on=ON)

        assert WHOLE not in {one.rule for one in review.findings} | set(review.not_applicable)

    def test_each_row_can_stand_alone(self):
        for name, due_on in (("stabilisation", date(2026, 7, 31)), ("maintenance", date(2027, 1, 31))):
            rows = [
                row for row in US.timeline.rows if not row.row_id.startswith("ENG-whole") or row.row_id.endswith(name)
            ]
            policy = DeprescribingPolicy.of(*rows, medicines=US.medicines, jurisdiction="US")
            record = regimen(self.UNSETTLED, reviews=(held(date(2026, 1, 31)),))

            assert due_on == finding(record, rule=WHOLE, item="", policy=policy).due_on


class TestPhases:
    """Which phase a course is in decides its interval; the last entry says whether remission lasts."""

    def phases(self, record, on=ON):
        return [clock.phases for clock in review_regimen(record, policy=US, on=on).clocks]

    def test_a_response_ends_the_acute_phase_when_it_comes(self):
        record = regimen(medicine(started_on=date(2026, 1, 1), response_on=date(2026, 2, 15), remission=Recorded.NO))

        assert [("acute",)] == self.phases(record, date(2026, 2, 14))
        assert [("stabilization",)] == self.phases(record, date(2026, 2, 15))

    def test_an_early_response_ends_no_initiation(self):
        record = regimen(medicine(started_on=date(2026, 1, 1), response_on=date(2026, 1, 10), remission=Recorded.NO))

        assert [("initiation",)] == self.phases(record, date(2026, 1, 28))
        assert [("stabilization",)] == self.phases(record, date(2026, 1, 29))

    def test_a_later_silent_entry_leaves_remission_open(self):
        known = medicine(remission_on=date(2021, 1, 1))
        silent = medicine("again", text="sertraline", started_on=date(2026, 1, 1))

        assert [("maintenance",)] == self.phases(regimen(known))
        assert [("stabilization", "maintenance")] == self.phases(regimen(known, silent))

    def test_remission_that_lies_ahead_is_not_seen(self):
        record = regimen(medicine(started_on=date(2025, 1, 1), remission_on=date(2026, 12, 1)))

        assert [("stabilization", "maintenance")] == self.phases(record)

    def test_a_taper_in_the_first_weeks(self):
        cut = DoseChange(kind=ChangeKind.TAPER_STEP, changed_on=date(2026, 1, 10))
        record = regimen(medicine(started_on=date(2026, 1, 1), dose_changes=(cut,)))

        assert [("taper",)] == self.phases(record, date(2026, 1, 10))

    def test_a_phase_past_the_calendar_never_comes(self):
        record = regimen(medicine(started_on=date(9999, 12, 20)), reviews=())

        assert [("initiation",)] == self.phases(record, date.max)
        assert (Answer.CANNOT_TELL, None) == told(record, on=date.max)

    def test_the_watch_is_longer_if_there_may_be_a_psychosis(self):
        cut = DoseChange(kind=ChangeKind.TAPER_STEP, changed_on=date(2025, 1, 1))
        off = medicine("quetiapine", dose_changes=(cut,), stopped_on=date(2025, 6, 1), status=MedicationStatus.STOPPED)
        known = Problem(id="p", codes=(PSYCHOSIS,))

        assert [] == self.phases(regimen(off, problems=()))
        assert [("post-taper",)] == self.phases(regimen(off, problems=(known,)))
        assert Answer.CANNOT_TELL is finding(regimen(off), item="quetiapine").answer
        assert "problems" in finding(regimen(off), item="quetiapine").missing

    def test_a_course_begun_anew_ends_the_watch_over_the_last(self):
        cut = DoseChange(kind=ChangeKind.TAPER_STEP, changed_on=date(2026, 1, 1))
        off = medicine(dose_changes=(cut,), stopped_on=date(2026, 6, 1), status=MedicationStatus.STOPPED)
        again = medicine("again", text="sertraline", started_on=date(2026, 11, 1))

        assert [("initiation",)] == self.phases(regimen(off, again))

    def test_a_step_after_the_stop_is_no_step(self):
        """Only without the day of the stop may it have come before."""
        cut = DoseChange(kind=ChangeKind.TAPER_STEP, changed_on=date(2026, 11, 20))
        off = medicine(dose_changes=(cut,), stopped_on=date(2026, 10, 1), status=MedicationStatus.STOPPED)

        assert [] == self.phases(regimen(off))
        assert [("post-taper",)] == self.phases(regimen(changed(off, stopped_on=None)))

    def test_an_undated_entry_leaves_open_when_the_watch_began(self):
        """It may be of another course: the watch over the taper may have begun with the end of the first entry."""
        cut = DoseChange(kind=ChangeKind.TAPER_STEP, changed_on=date(2026, 10, 1))
        off = medicine(dose_changes=(cut,), stops_on=date(2026, 10, 14))
        again = medicine("again", text="sertraline", started_on=date(2026, 11, 23), stops_on=date(2026, 11, 23))
        undated = medicine("again", text="sertraline", started_on=None, stops_on=date(2026, 11, 23))
        reviews = (held(date(2026, 10, 14)),)
        dated, open_ = (finding(regimen(off, one, reviews=reviews), item="sertraline") for one in (again, undated))

        assert Answer.NOT_MET is dated.answer
        assert (Answer.CANNOT_TELL, True) == (open_.answer, "medications.started_on" in open_.missing)


class TestNews:
    """What came up after an answer opens the question again: harm, a problem, another medicine."""

    AGREED = held(date(2026, 6, 30), result=ReviewResult.DECLINED, revisit_on=date(2027, 6, 30))

    @pytest.mark.parametrize(
        ("problem", "answer"),
        [
            ({"recorded_on": date(2026, 8, 1)}, Answer.NOT_MET),
            ({"onset_on": date(2026, 8, 1)}, Answer.NOT_MET),
            ({"recorded_on": date(2026, 6, 1)}, Answer.MET),
            ({}, Answer.CANNOT_TELL),
        ],
    )
    def test_a_dementia(self, problem, answer):
        known = Problem(id="p", codes=(DEMENTIA,), **problem)
        other = Problem(id="other", codes=(PSYCHOSIS,), recorded_on=date(2026, 8, 1))
        record = regimen(medicine("quetiapine"), problems=(other, known), reviews=(self.AGREED,))

        # In the United States the guideline is a suggestion, which an answer puts off.
        assert answer is finding(record, item="quetiapine", on=date(2026, 10, 1)).answer

    def test_a_third_medicine_that_slows(self):
        person = Person(id="person", born_on="1940")
        two = (medicine("gabapentin"), medicine("zolpidem"))
        third = medicine("oxycodone", started_on=date(2026, 8, 1))
        before, after = (regimen(*each, person=person, reviews=(self.AGREED,)) for each in (two, (*two, third)))

        assert (Answer.MET, date(2027, 6, 30)) == told(before, item="gabapentin")
        assert (Answer.NOT_MET, date(2026, 9, 30)) == told(after, item="gabapentin")

    def test_a_program_is_no_news_of_the_patient(self):
        policy = load_policy("US", ["part-d-mtm"]).deprescribing
        enrolled = Circumstance(
            id="c", kind=CircumstanceKind.MTM_ENROLLED, present=Recorded.YES, recorded_on=date(2026, 8, 1)
        )
        record = regimen(medicine(), reviews=(self.AGREED,), circumstances=(enrolled,))

        assert (Answer.MET, date(2027, 6, 30)) == told(record, policy=policy, on=date(2027, 6, 1))


class TestSettings:
    """A row holds where its setting is; where the patient is follows from the stays that go on."""

    def placed(self, *encounters, on=ON):
        record = regimen(medicine(), encounters=encounters, reviews=())
        return told(record, policy=FACILITY, rule="deprescribing.required-review", item="US-DRR", on=on)[0]

    def is_asked(self, *encounters):
        review = review_regimen(regimen(encounters=encounters, reviews=()), policy=FACILITY, on=ON)
        return "deprescribing.required-review" not in review.not_applicable

    def test_a_stay_goes_on_beside_later_visits(self):
        assert Answer.NOT_MET is self.placed(stay(), stay(Setting.OUTPATIENT, "visit", started_on=date(2026, 11, 1)))

    def test_a_stay_without_a_start_may_be_the_present_one(self):
        assert Answer.CANNOT_TELL is self.placed(stay(started_on=None), stay(Setting.INPATIENT, "ward"))

    def test_a_stay_whose_setting_nobody_wrote(self):
        assert Answer.CANNOT_TELL is self.placed(stay(None), stay(Setting.OUTPATIENT, "visit"))

    def test_a_finished_stay(self):
        assert not self.is_asked(
            stay(finished=Recorded.YES), stay(Setting.OUTPATIENT, "visit", started_on=date(2026, 2, 1))
        )

    def test_a_later_ward(self):
        assert not self.is_asked(stay(), stay(Setting.INPATIENT, "ward", started_on=date(2026, 11, 1)))

    def test_an_undated_visit_says_where_only_if_nothing_else_does(self):
        assert not self.is_asked(stay(Setting.OUTPATIENT, started_on=None))
        assert not self.is_asked(stay(Setting.OUTPATIENT, started_on=None), stay(Setting.HOME, "home"))

    def test_a_stay_that_ended_on_an_unknown_day_before(self):
        ended = stay(started_on=None, ended_on=date(2026, 11, 1))

        assert self.is_asked(ended, stay(Setting.OUTPATIENT, "visit"))

    def test_a_row_for_another_setting(self):
        row = attrs.evolve(
            load_policy("US").row("ENG-antidepressant-maintenance"), row_id="ward", setting="inpatient", phase=""
        )
        policy = DeprescribingPolicy.of(
            *(one for one in US.timeline.rows if not isinstance(one, IntervalRow) or one.kind == "episode-gap"),
            row,
            medicines=US.medicines,
        )
        record = regimen(medicine(), reviews=(held(date(2026, 1, 31)),), encounters=(stay(Setting.INPATIENT),))

        assert (Answer.NOT_MET, date(2026, 7, 31)) == told(record, policy=policy)
        assert (Answer.CANNOT_TELL, None) == told(regimen(medicine(), reviews=()), policy=policy)


class TestWithoutRows:
    """A policy without a row asks nothing by it, and never breaks."""

    def test_no_rows_at_all(self):
        policy = DeprescribingPolicy.of(medicines=US.medicines)
        review = review_regimen(regimen(medicine(), reviews=()), policy=policy, on=ON)

        assert {REVIEW, "deprescribing.history"} == {one.rule for one in review.findings}
        assert (Answer.CANNOT_TELL, None) == told(regimen(medicine(), reviews=()), policy=policy)

    def test_no_revisit_row(self):
        rows = [row for row in US.timeline.rows if getattr(row, "kind", "") != "revisit"]
        policy = DeprescribingPolicy.of(*rows, medicines=US.medicines, jurisdiction="US")
        declined = held(date(2026, 6, 30), result=ReviewResult.DECLINED)
        record = regimen(medicine(remission_on=date(2021, 1, 1)), reviews=(declined,), problems=())

        assert (Answer.MET, date(2026, 12, 30)) == told(record, policy=policy)

    def test_a_row_of_a_setting_that_any_may_have(self):
        row = attrs.evolve(load_policy("US").row("ENG-lithium-maintenance"), row_id="any", setting="any", phase="")
        policy = DeprescribingPolicy.of(
            *(one for one in US.timeline.rows if not isinstance(one, IntervalRow)), row, medicines=US.medicines
        )
        record = regimen(medicine("lithium"), reviews=(held(date(2026, 1, 31)),), encounters=(stay(),))

        assert (Answer.NOT_MET, date(2026, 7, 31)) == told(record, policy=policy, item="lithium")

    def test_a_day_past_the_calendar_is_none(self):
        record = regimen(
            medicine(started_on=date(9990, 1, 1), remission_on=date(9991, 1, 1)),
            reviews=(held(date(9999, 12, 1)),),
        )

        assert (Answer.CANNOT_TELL, None) == told(record, on=date(9999, 12, 2))

    def test_a_decline_whose_default_day_lies_past_the_calendar(self):
        declined = held(date(9999, 12, 1), result=ReviewResult.DECLINED)
        record = regimen(medicine(started_on=date(9990, 1, 1)), reviews=(declined,))

        assert Answer.CANNOT_TELL is finding(record, on=date(9999, 12, 2)).answer


class TestCounts:
    """A count is of what is known; an entry without any name may be one more."""

    def test_a_nameless_entry(self):
        person = Person(id="person", born_on="1940")
        record = regimen(
            medicine("gabapentin", remission_on=date(2021, 1, 1)),
            medicine("zolpidem"),
            MedicationStatement(id="nameless"),
            person=person,
            reviews=(held(date(2026, 6, 30)),),
        )

        found = finding(record, item="gabapentin")
        assert (Answer.CANNOT_TELL, date(2026, 12, 30), ("medications",)) == (
            found.answer,
            found.due_on,
            found.missing,
        )

    def test_one_ingredient_counts_once(self):
        person = Person(id="person", born_on="1940")
        twice = (medicine("lorazepam", route="oral"), medicine("again", text="lorazepam", route="im"))
        record = regimen(
            medicine("gabapentin", remission_on=date(2021, 1, 1)),
            *twice,
            person=person,
            reviews=(held(date(2026, 6, 30)),),
        )

        assert (Answer.MET, date(2026, 12, 30)) == told(record, item="gabapentin")


class TestRecordedAgain:
    """A circumstance that is noted at every visit counts since it was first noted after the last review."""

    def test_noted_twice(self):
        notes = tuple(
            Circumstance(
                id=f"note-{on}",
                kind=CircumstanceKind.PREGNANT_PLANNING_OR_POSTPARTUM,
                present=Recorded.YES,
                recorded_on=on,
            )
            for on in (date(2026, 7, 15), date(2026, 8, 10))
        )
        record = regimen(
            medicine(remission_on=date(2021, 1, 1)), reviews=(held(date(2026, 6, 30)),), circumstances=notes
        )

        assert (Answer.NOT_MET, date(2026, 8, 12)) == told(record)


def test_courses_as_they_stood():
    """What begins later is no course yet; a renewal belongs to the course that it renews."""
    record = regimen(
        medicine(),
        medicine("again", text="sertraline", started_on=date(2026, 1, 1)),
        medicine("lithium", started_on=date(2026, 12, 1)),
    )
    found = regimen_episodes(record, policy=US, day=Day(ON))

    assert [("sertraline", frozenset({"sertraline", "again"}))] == [(one.id, one.entry_ids) for one in found]


def test_law_is_due_on_its_own_day():
    """`law_due_on` is the first day that law sets; no row of ours gives a day in a facility."""
    order = medicine("lorazepam", started_on=date(2026, 11, 20), evidence=Evidence.ORDER, as_needed=Recorded.YES)
    review = review_regimen(regimen(order, encounters=(stay(),), reviews=()), policy=FACILITY, on=ON)

    assert (date(2026, 1, 31), None) == (review.law_due_on, review.due_on)


def test_an_agreed_day_where_nobody_wrote_when_the_course_began():
    """It may have begun after the talk, and then the talk was about something else."""
    agreed = held(date(2026, 6, 30), revisit_on=date(2027, 6, 30))
    record = regimen(medicine(started_on=None), reviews=(agreed,))

    assert (Answer.CANNOT_TELL, None) == told(record, policy=load_policy("any").deprescribing)
