"""What holds for every regimen, whatever was recorded."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import attrs
from hypothesis import assume, given
from hypothesis import strategies as st

from alliance_core import Answer, Dose, Recorded, load_policy, review_regimen
from alliance_core.base.dates import CalendarDuration
from alliance_core.base.doses import DoseUnit
from alliance_core.base.kinds import changed, fields_of
from alliance_core.deprescribing import (
    ChangeKind,
    DeprescribingPolicy,
    DoseChange,
    Evidence,
    MedicationHistory,
    MedicationStatement,
    MedicationStatus,
    Origin,
    PastReview,
    Regimen,
    ReviewKind,
    ReviewResult,
)
from alliance_core.deprescribing.policy import IntervalRow
from alliance_core.records import (
    Circumstance,
    CircumstanceKind,
    Coding,
    Encounter,
    Observation,
    Person,
    Problem,
    Setting,
)
from alliance_core.testing import REVIEW_DAY, charts, charts_on_days, days_around, problem_codings, recorded

ON = REVIEW_DAY
US = load_policy("US", ["nursing-facility", "part-d-mtm"])
GB = load_policy("GB")
WHOLE = {"US": US, "GB": GB}
POLICY = {place: policy.deprescribing for place, policy in WHOLE.items()}
#: Policies are drawn by name: a policy prints long.
POLICIES = st.sampled_from(sorted(POLICY))
NAMES = (
    "sertraline",
    "citalopram",
    "quetiapine",
    "haloperidol",
    "lorazepam",
    "oxycodone",
    "gabapentin",
    "lithium",
    "donepezil",
    "valerian",
    "methylphenidate",
    "phenelzine",
    "st johns wort",
    "benztropine",
)
DOSES = tuple(
    Dose(amount=Decimal(amount), unit=unit)
    for amount, unit in ((20, DoseUnit.MILLIGRAM), (30, DoseUnit.MILLIGRAM), (1, DoseUnit.GRAM), (2, DoseUnit.TABLET))
)
DAYS = days_around(ON)
MAYBE_DAY = st.none() | DAYS
BEHIND = DAYS.filter(lambda day: day < ON)


@st.composite
def medicines(draw, name, number):
    """One entry about a medicine that the tables know, with what the clocks read."""
    evidence = draw(st.sampled_from(Evidence))
    started, stopped = draw(MAYBE_DAY), draw(st.none() | st.none() | BEHIND)
    if started and stopped:
        started, stopped = min(started, stopped), max(started, stopped)
        stopped = stopped if stopped < ON else None
    if evidence in {Evidence.SUPPLY, Evidence.ADMINISTRATION}:
        stopped = None  # what was handed over covers its days
    since = started or date(2020, 1, 1)
    change = st.builds(DoseChange, kind=st.sampled_from(ChangeKind), changed_on=DAYS.map(lambda day: max(day, since)))
    steps = draw(st.lists(change, max_size=2))
    remission_on = draw(st.none() | DAYS.map(lambda day: max(day, since)))
    return MedicationStatement(
        id=f"{name}-{number}",
        text=name,
        evidence=evidence,
        status=draw(st.none() | st.sampled_from(MedicationStatus)),
        as_needed=draw(recorded()),
        dose=draw(st.none() | st.sampled_from(DOSES)),
        started_on=started,
        stopped_on=stopped,
        stops_on=draw(st.none() | DAYS.map(lambda day: max(day, since))) if stopped is None else None,
        # No longer than an entry is looked for: a longer one that falls silent is looked for no more.
        supply_days=draw(st.none() | st.integers(0, 300)),
        dose_changes=tuple(steps),
        response_on=draw(MAYBE_DAY),
        remission=Recorded.YES if remission_on else draw(recorded()),
        remission_on=remission_on,
        rationale_documented=draw(recorded()),
        duration_documented=draw(recorded()),
        examined_on=draw(MAYBE_DAY),
        indications=draw(st.none() | st.sampled_from(((), ("problem-0",), ("problem-0", "problem-1")))),
        origin=draw(st.none() | st.sampled_from(Origin)),
        prescriber=draw(st.none() | st.sampled_from(("one", "two"))),
        reduction_contraindicated=draw(recorded()),
        reduction_contraindicated_on=draw(MAYBE_DAY),
    )


def reviews(**fixed):
    fields = {
        "kind": st.sampled_from(ReviewKind),
        "completed_on": DAYS,
        "result": st.none() | st.sampled_from(ReviewResult),
        "revisit_on": st.none(),
    }
    return st.builds(PastReview, **{**fields, **fixed})


def circumstances():
    return st.builds(
        Circumstance,
        id=st.just("c"),
        kind=st.sampled_from(CircumstanceKind),
        present=recorded(),
        recorded_on=MAYBE_DAY,
        ended_on=st.none() | MAYBE_DAY,
        medicines=st.none() | st.sampled_from(NAMES).map(lambda name: (f"{name}-0",)),
    )


def numbered(kind, strategy, most=2):
    """A few records of one kind under ids of their own."""
    return st.lists(strategy, max_size=most).map(
        lambda found: tuple(changed(one, id=f"{kind}-{number}") for number, one in enumerate(found))
    )


def observations():
    words = st.sampled_from(("lithium-level", "weight", "lipids", "calcium", "pulse"))
    codes = words.map(lambda word: (Coding(system="urn:alliance-core:measure", code=word),))
    return st.builds(
        Observation,
        id=st.just("o"),
        codes=codes,
        observed_on=MAYBE_DAY,
        amount=st.none() | st.sampled_from((Decimal("0.6"), Decimal("0.8"), Decimal("0.9"))),
    )


@st.composite
def encounters(draw):
    started, ended = draw(MAYBE_DAY), draw(MAYBE_DAY)
    if started and ended and ended < started:
        started, ended = ended, started
    setting = draw(st.none() | st.sampled_from(Setting))
    return Encounter(id="visit", setting=setting, started_on=started, ended_on=ended, finished=draw(recorded()))


@st.composite
def regimens(draw, *, each=1, review=None):
    """A regimen of a few known medicines, `each` entries of every one, with dates around the review day."""
    names = draw(st.lists(st.sampled_from(NAMES), max_size=3, unique=True))
    entries = tuple(draw(medicines(name, number)) for name in names for number in range(each))
    history = st.builds(MedicationHistory, **dict.fromkeys(("other_prescribers", "supplements", "herbals"), recorded()))
    problem = st.builds(
        Problem, id=st.just("p"), codes=st.tuples(problem_codings()), confirmed=recorded(), recorded_on=MAYBE_DAY
    )
    held = reviews(id=st.just("r")) if review is None else review
    return Regimen(
        id="regimen",
        person=Person(id="person", born_on=draw(st.none() | st.sampled_from(("1940-11-24", "1961", "2001-02-28")))),
        medications=entries,
        asked=draw(st.none() | history),
        reviews=draw(st.none() | numbered("review", held)),
        problems=draw(st.none() | numbered("problem", problem)),
        circumstances=draw(numbered("circumstance", circumstances())),
        encounters=draw(numbered("visit", encounters())),
        observations=draw(numbered("measured", observations(), most=3)),
        wants_fewer_medicines=draw(recorded()),
        wish_recorded_on=draw(MAYBE_DAY),
    )


def answers(review):
    return {finding.key: finding.answer for finding in review.findings}


def due(review):
    return {clock.medicine: clock.due_on for clock in review.clocks}


def not_later(before, after):
    """For every medicine that had a day and still is taken: the day after is not later than the day before."""
    return all(
        after[name] is not None and after[name] <= day
        for name, day in before.items()
        if day is not None and name in after
    )


class TestAModifierNeverLengthens:
    """A circumstance, a problem or another medicine brings a review forward or leaves it; never does it put it off."""

    @given(regimens(), circumstances(), POLICIES)
    def test_a_circumstance(self, record, one, policy):
        more = changed(record, circumstances=(*record.circumstances, changed(one, id="new")))

        before, after = (due(review_regimen(each, policy=POLICY[policy], on=ON)) for each in (record, more))
        assert before.keys() == after.keys()
        assert not_later(before, after)

    @given(regimens(), problem_codings(), POLICIES)
    def test_a_problem(self, record, coding, policy):
        assume(record.problems is not None)
        more = changed(record, problems=(*record.problems, Problem(id="new", codes=(coding,))))

        before, after = (due(review_regimen(each, policy=POLICY[policy], on=ON)) for each in (record, more))
        assert not_later(before, after)

    @given(regimens(), medicines("zolpidem", 0), POLICIES)
    def test_another_medicine(self, record, entry, policy):
        more = changed(record, medications=(*record.medications, entry))

        before, after = (due(review_regimen(each, policy=POLICY[policy], on=ON)) for each in (record, more))
        assert not_later(before, after)


class TestRemovingADrugNeverShortens:
    """Without one medicine the others are due no sooner; its own clock ends, or goes on as a watch after a taper."""

    @given(regimens(), POLICIES)
    def test_the_others(self, record, policy):
        assume(record.medications)
        less = changed(record, medications=record.medications[1:])

        before, after = (due(review_regimen(each, policy=POLICY[policy], on=ON)) for each in (record, less))
        assert all(before[name] is None or (after[name] is not None and before[name] <= after[name]) for name in after)

    @given(regimens(), POLICIES)
    def test_its_own(self, record, policy):
        assume(record.medications and record.medications[0].started_on and record.medications[0].started_on <= ON)
        gone = changed(record.medications[0], status=MedicationStatus.STOPPED, stopped_on=ON)
        clocks = review_regimen(
            changed(record, medications=(gone, *record.medications[1:])),
            policy=POLICY[policy],
            on=ON + timedelta(days=31),
        ).clocks

        assert {("post-taper",)} >= {clock.phases for clock in clocks if clock.medicine == gone.text}


class TestOrderDoesNotMatter:
    """The same records in any order give the same review."""

    @given(regimens(each=2), POLICIES, st.data())
    def test_any_order(self, record, policy, data):
        mixed = changed(
            record,
            **{
                name: tuple(data.draw(st.permutations(one)))
                for name, one in fields_of(record).items()
                if isinstance(one, tuple)
            },
        )

        assert review_regimen(record, policy=POLICY[policy], on=ON) == review_regimen(
            mixed, policy=POLICY[policy], on=ON
        )


class TestTheSameInputGivesTheSameAnswer:
    """A review keeps no state: asked again, also after other regimens, it answers the same."""

    @given(regimens(), regimens(), POLICIES)
    def test_again(self, record, other, policy):
        first = review_regimen(record, policy=POLICY[policy], on=ON)
        review_regimen(other, policy=POLICY[policy], on=ON)

        assert first == review_regimen(record, policy=POLICY[policy], on=ON)

    @given(regimens(), POLICIES)
    def test_identical_records_are_read_once(self, record, policy):
        twice = changed(
            record, **{name: one + one for name, one in fields_of(record).items() if isinstance(one, tuple)}
        )

        assert review_regimen(record, policy=POLICY[policy], on=ON) == review_regimen(
            twice, policy=POLICY[policy], on=ON
        )


#: Where silence has a meaning of its own: an entry without a route belongs to the only one there is; without a day
#: agreed the row gives it; a review that names no medicine is of the whole regimen; an open end is a stay that goes on.
NOT_SILENCED = {"id", "text", "route", "medicines", "revisit_on", "ended_on", "finished"}
REQUIRED = {"kind", "evidence", "completed_on", "changed_on"}


def silenced(record):
    """Every regimen that differs from this one in one field that is no longer recorded."""
    for name in ("medications", "asked", "reviews", "problems"):
        if getattr(record, name) is not None:
            yield name, changed(record, **{name: None})
    for name, person in quieter(record.person):
        yield f"person.{name}", changed(record, person=person)
    for name, asked in quieter(record.asked):
        yield f"asked.{name}", changed(record, asked=asked)
    for where in ("medications", "reviews", "problems", "circumstances", "encounters", "observations"):
        each = getattr(record, where) or ()
        for place, one in enumerate(each):
            for name, quiet in quieter(one):
                yield f"{where}.{name}", changed(record, **{where: (*each[:place], quiet, *each[place + 1 :])})


def quieter(one):
    for name, said in fields_of(one).items() if one is not None else ():
        if name in NOT_SILENCED | REQUIRED or said is None or said == () or said is Recorded.NOT_RECORDED:
            continue
        if isinstance(said, Recorded):
            yield name, changed(one, **{name: Recorded.NOT_RECORDED})
        elif isinstance(said, date) and said > ON and name in {"started_on", "recorded_on", "observed_on"}:
            continue  # what lies ahead is not seen; without its day it would be
        elif name == "codes":
            yield name, changed(one, codes=())
        elif name != "dose_changes":
            yield name, changed(one, **{name: None})


def closed(before, quiet, place):
    """The open questions of a review that silence would answer as met, or put out of question."""
    after = review_regimen(quiet, policy=POLICY[place], on=ON)
    now = answers(after)
    gone = [one for one in before.findings if one.key not in now and not stands_open(one, quiet, after)]
    asked = [one for one in before.findings if one.is_open and "policy.review_intervals" not in one.missing]
    return [one.key for one in asked if now.get(one.key) is Answer.MET or one in gone]


def stands_open(finding, quiet, after):
    """What is asked of the regimen as a whole stands open as long as its rule is not put out of question."""
    if finding.rule == "deprescribing.candidate":
        # What is not recorded is asked for in one line for all of them, and what each is for by a rule of its own.
        asking = {finding.rule, "deprescribing.indication"} if finding.answer is Answer.CANNOT_TELL else {finding.rule}
        is_asked = any(one.rule in asking and one.is_open for one in after.findings)
        return is_asked or quiet.medications is None
    is_of_the_whole = finding.rule == "deprescribing.whole-regimen" or quiet.medications is None
    return is_of_the_whole and finding.rule not in after.not_applicable


class TestSilenceNeverReassures:
    """Setting any recorded fact to not recorded never turns an open answer into met or not applicable."""

    @given(regimens(), POLICIES)
    def test_of_any_field(self, record, policy):
        before = review_regimen(record, policy=POLICY[policy], on=ON)
        for where, quiet in silenced(record):
            assert [] == closed(before, quiet, policy), where

    @given(regimens(each=2), POLICIES)
    def test_of_one_entry_among_several(self, record, policy):
        before = review_regimen(record, policy=POLICY[policy], on=ON)
        # An entry that ended on a day nobody wrote reaches no further than its start, and one of which nobody wrote
        # that it ended goes on: a later one is a new course, and a new course ends the watch over the one before.
        ends = {f"medications.{name}" for name in ("status", "stopped_on", "stops_on", "supply_days")}
        for where, quiet in silenced(record):
            assert where in ends or [] == closed(before, quiet, policy), where

    @given(regimens(), POLICIES, st.data())
    def test_of_what_the_medicine_is(self, record, policy, data):
        running = [one for one in record.medications if one.status not in OVER and one.stopped_on is None]
        assume(running)
        entry = data.draw(st.sampled_from(running))
        assume(entry.started_on is None or entry.started_on <= ON)
        nameless = tuple(changed(one, text=None) if one is entry else one for one in record.medications)
        review = review_regimen(changed(record, medications=nameless), policy=POLICY[policy], on=ON)

        assert Answer.CANNOT_TELL is answers(review)["deprescribing.medicine-known", "regimen", ""]
        assert "deprescribing.review" not in review.not_applicable

    def test_of_what_one_of_two_entries_is_for(self):
        """A list without the problem leaves the row for sleep alone out; what it is for is asked then, in its name."""
        entries = tuple(
            MedicationStatement(id=name, text="quetiapine", evidence=Evidence.ORDER, indications=said)
            for name, said in (("first", None), ("second", ("not-on-the-list",)))
        )
        record = Regimen(id="regimen", person=Person(id="person"), medications=entries, problems=())
        quiet = changed(record, medications=tuple(changed(one, indications=None) for one in entries))
        review = review_regimen(quiet, policy=POLICY["GB"], on=ON)

        assert [] == closed(review_regimen(record, policy=POLICY["GB"], on=ON), quiet, "GB")
        assert Answer.CANNOT_TELL is answers(review)["deprescribing.indication", "regimen", ""]


def as_needed_given(days):
    """An as-needed order of lorazepam, and a dose given on each of these days; None = nobody wrote on which."""
    order = MedicationStatement(
        id="order",
        text="lorazepam",
        evidence=Evidence.ORDER,
        as_needed=Recorded.YES,
        started_on=date(2025, 1, 1),
    )
    given = [
        MedicationStatement(
            id=f"dose-{number}",
            text="lorazepam",
            evidence=Evidence.ADMINISTRATION,
            started_on=None if day is None else ON - timedelta(days=60 - day),
        )
        for number, day in enumerate(days)
    ]
    record = Regimen(id="regimen", person=Person(id="person"), medications=(order, *given))
    found = review_regimen(record, policy=POLICY["GB"], on=ON).triggers
    return next((one.applies for one in found if one.row.row_id == "T14-daily"), Recorded.NO)


class TestAsNeededAndGivenDaily:
    """Fourteen days in a row are fourteen days in a row; a dose without its day may be any of them."""

    @given(st.sets(st.integers(0, 8)), st.integers(0, 30))
    def test_in_a_row(self, gaps, number):
        days = [day for day in range(number) if day not in gaps]
        is_full = any(set(range(first, first + 14)) <= set(days) for first in days)

        assert (Recorded.YES if is_full else Recorded.NO) is as_needed_given(days)

    @given(st.integers(14, 20), st.data())
    def test_silence_leaves_it_open(self, number, data):
        quiet = data.draw(st.sets(st.integers(0, number - 1)))

        assert as_needed_given([None if day in quiet else day for day in range(number)]) is not Recorded.NO


class TestAboveAMaximum:
    """A higher dose never comes to be below the maximum; without a dose in milligrams nobody can tell."""

    @given(st.integers(1, 100), st.integers(0, 100), st.sampled_from(("citalopram", "eszopiclone")))
    def test_of_a_higher_dose(self, amount, more, name):
        def fires(milligrams):
            dose = Dose(amount=Decimal(milligrams), unit=DoseUnit.MILLIGRAM)
            entry = MedicationStatement(id="m", text=name, dose=dose, started_on=date(2020, 1, 1))
            record = Regimen(id="r", person=Person(id="p", born_on="1940"), medications=(entry,))
            found = review_regimen(record, policy=POLICY["GB"], on=ON).triggers
            return {one.row.row_id for one in found if one.trigger == "T13"}

        assert fires(amount) <= fires(amount + more)


OVER = {MedicationStatus.STOPPED, MedicationStatus.COMPLETED, MedicationStatus.NOT_TAKEN}


class TestSilenceNeverShortensACertainDay:
    """A fact that nobody recorded brings no certain day forward: it leaves a day possible, or none at all."""

    @given(regimens(), POLICIES)
    def test_of_any_field(self, record, policy):
        before = due(review_regimen(record, policy=POLICY[policy], on=ON))
        for where, quiet in silenced(record):
            after = due(review_regimen(quiet, policy=POLICY[policy], on=ON))
            assert where in COUNTED_OTHERWISE or [] == sooner(before, after), where


#: Silence here has a reading of its own: from the start where no review is known, which the answer says; still taken
#: where no end is; the whole acute phase where no response is; a problem where nobody refuted it; the rows for
#: outpatients where no setting is.
COUNTED_OTHERWISE = {
    *("reviews", "reviews.result", "medications.response_on", "problems.status", "problems.confirmed"),
    *("medications.status", "medications.stopped_on", "medications.stops_on", "medications.supply_days"),
    *("encounters.setting", "encounters.started_on"),
}


def sooner(before, after):
    """The medicines whose day came forward, among the same that are taken."""
    if before.keys() != after.keys():
        return []
    days = ((name, day, after.get(name)) for name, day in before.items())
    return [name for name, day, now in days if day is not None and now is not None and now < day]


class TestAReviewHoldsUntilItsDay:
    """The same regimen gives the same review on every day before `valid_until`: stepping equals jumping."""

    @given(regimens(each=2), POLICIES, st.data())
    def test_on_every_day_before(self, record, policy, data):
        now = review_regimen(record, policy=POLICY[policy], on=ON)
        last = now.valid_until - timedelta(days=1) if now.valid_until else date(2040, 1, 1)
        later = data.draw(st.dates(ON, last))

        assert now == review_regimen(record, policy=POLICY[policy], on=later)

    @given(regimens(), POLICIES)
    def test_stepping_equals_jumping(self, record, policy):
        until = ON + timedelta(days=120)
        jumps, day = [], ON
        while day is not None and day <= until:
            jumps.append((day, review_regimen(record, policy=POLICY[policy], on=day)))
            day = jumps[-1][1].valid_until

        for (first, held), (following, _) in pairwise([*jumps, (until, None)]):
            middle = first + (following - first) // 2
            if middle < following:
                assert held == review_regimen(record, policy=POLICY[policy], on=middle)


class TestAReviewIsTotal:
    """Any regimen that can be built can be reviewed on any day of the calendar."""

    @given(charts_on_days(), POLICIES)
    def test_of_any_chart(self, drawn, policy):
        chart, on = drawn
        review_regimen(chart.regimen, policy=POLICY[policy], on=on)

    @given(regimens(), POLICIES, st.sampled_from((date.min, date(1, 1, 2), date(9999, 12, 1), date.max)))
    def test_at_the_ends_of_the_calendar(self, record, policy, on):
        review_regimen(record, policy=POLICY[policy], on=on)

    @given(charts(on=date(9990, 6, 1)), POLICIES)
    def test_of_a_chart_near_the_end(self, chart, policy):
        review_regimen(chart.regimen, policy=POLICY[policy], on=date.max)


LAW = {"deprescribing.required-review", "deprescribing.as-needed-limit"}


def law_of(review):
    return [one for one in review.findings if one.rule in LAW], review.law_due_on


class TestLawStandsApart:
    """No floor, cap, guideline, base or site row moves a day that law sets, and law moves none of theirs."""

    @given(regimens(each=2))
    def test_law_without_the_rest(self, record):
        policy = US.deprescribing
        kept = [
            row
            for row in policy.timeline.rows
            if not isinstance(row, IntervalRow) or row.kind in {"law", "limit", "episode-gap", "look-back"}
        ]
        alone = DeprescribingPolicy.of(*kept, medicines=policy.medicines, jurisdiction="US")

        assert law_of(review_regimen(record, policy=policy, on=ON)) == law_of(
            review_regimen(record, policy=alone, on=ON)
        )

    @given(regimens(each=2))
    def test_the_rest_without_law(self, record):
        policy = US.deprescribing
        kept = [
            row for row in policy.timeline.rows if not isinstance(row, IntervalRow) or row.kind not in {"law", "limit"}
        ]
        # The program that only law asks about would be news of the patient.
        assume(all(one.kind is not CircumstanceKind.MTM_ENROLLED for one in record.circumstances))
        alone = DeprescribingPolicy.of(*kept, medicines=policy.medicines, jurisdiction="US")

        assert review_regimen(record, policy=policy, on=ON).clocks == review_regimen(record, policy=alone, on=ON).clocks

    @given(regimens(each=2))
    def test_site_rows(self, record):
        floor = US.row("FLOOR-DEFAULT")
        own = attrs.evolve(floor, row_id="clinic-floor", source_id="site:clinic", interval=CalendarDuration(days=90))
        site = US.with_rows([own]).deprescribing

        assert law_of(review_regimen(record, policy=US.deprescribing, on=ON)) == law_of(
            review_regimen(record, policy=site, on=ON)
        )


class TestARenewalIsNoNewStart:
    """A course renewed in time is the course that it was: the same phases, anchor and days."""

    @given(st.lists(st.integers(1, 60), min_size=1, max_size=5), st.integers(0, 30), POLICIES)
    def test_supplies_close_together(self, lengths, gap, policy):
        start, entries = ON - timedelta(days=200), []
        for number, length in enumerate(lengths):
            entries.append(
                MedicationStatement(
                    id=f"supply-{number}",
                    text="sertraline",
                    evidence=Evidence.SUPPLY,
                    started_on=start,
                    supply_days=length,
                )
            )
            start += timedelta(days=length - 1 + gap)
        record = Regimen(id="regimen", person=Person(id="person"), medications=tuple(entries), reviews=())
        last = entries[-1].started_on
        clocks = review_regimen(record, policy=POLICY[policy], on=last).clocks

        assert [ON - timedelta(days=200)] == [clock.anchor_on for clock in clocks]

    @given(DAYS, st.integers(0, 400), POLICIES)
    def test_an_order_beside_one_that_goes_on(self, started, later, policy):
        first = MedicationStatement(
            id="a", text="sertraline", status=MedicationStatus.ACTIVE, started_on=started, remission=Recorded.NO
        )
        again = changed(first, id="b", started_on=started + timedelta(days=later))
        person, on = Person(id="person"), started + timedelta(days=later)
        alone, renewed = (
            Regimen(id="regimen", person=person, medications=each, reviews=()) for each in ((first,), (first, again))
        )

        assert due(review_regimen(alone, policy=POLICY[policy], on=on)) == due(
            review_regimen(renewed, policy=POLICY[policy], on=on)
        )


class TestWhatNoRowKnowsIsListed:
    """A medicine that no row knows is listed by its entry, never guessed, and never left out."""

    @given(regimens(), st.sampled_from(("as before", "a blue pill", "Zzyzx 5 mg")), POLICIES)
    def test_an_unknown_name(self, record, name, policy):
        entry = MedicationStatement(id="unknown", text=name)
        review = review_regimen(changed(record, medications=(*record.medications, entry)), policy=POLICY[policy], on=ON)
        [listed] = [one for one in review.findings if one.rule == "deprescribing.medicine-known"]

        assert ("medications", "unknown") in listed.because
        assert name not in repr(listed.because)

    @given(regimens(), POLICIES)
    def test_an_unknown_code(self, record, policy):
        entry = MedicationStatement(id="unknown", codes=(Coding(system="urn:local", code="1"),))
        review = review_regimen(changed(record, medications=(*record.medications, entry)), policy=POLICY[policy], on=ON)

        assert Answer.CANNOT_TELL is answers(review)["deprescribing.medicine-known", "regimen", ""]


class TestFindingsCanBeToldApart:
    """No two findings of a review have one key, and every row that a finding cites is a row of the policy."""

    @given(regimens(each=2), POLICIES)
    def test_keys_and_rows(self, record, policy):
        found = review_regimen(record, policy=POLICY[policy], on=ON).findings

        assert len(found) == len({one.key for one in found})
        for row_id in {row for one in found for row in one.rows}:
            assert row_id == WHOLE[policy].row(row_id).row_id

    @given(charts(), POLICIES)
    def test_of_any_chart(self, chart, policy):
        found = review_regimen(chart.regimen, policy=POLICY[policy], on=ON).findings

        assert len(found) == len({one.key for one in found})


class TestAReconciliationIsNoReview:
    """That the list was checked says nothing about whether each medicine is still wanted."""

    @given(regimens(), reviews(id=st.just("list"), kind=st.just(ReviewKind.RECONCILIATION)), POLICIES)
    def test_no_day_moves_and_nothing_is_met(self, record, one, policy):
        more = changed(record, reviews=(*(record.reviews or ()), one))
        before, after = (review_regimen(each, policy=POLICY[policy], on=ON) for each in (record, more))
        asked, now = answers(before), answers(after)

        assert due(before) == due(after)
        assert before.law_due_on == after.law_due_on
        met = [key for key in now if now[key] is Answer.MET and asked[key] is not Answer.MET]
        assert {"deprescribing.reconciliation"} >= {key[0] for key in met}


class TestAnAnswerStandsUntilItsDay:
    """A decline, or an agreed day, is an answer: until then nothing of ours is due, unless something new came up."""

    @given(st.sampled_from(NAMES), st.integers(1, 700), st.integers(0, 699), st.sampled_from(ReviewResult))
    def test_met_until_the_day_agreed(self, name, agreed, later, result):
        said_on = date(2026, 1, 31)
        entry = MedicationStatement(
            id="m", text=name, status=MedicationStatus.ACTIVE, started_on=date(2020, 1, 1), remission=Recorded.NO
        )
        held = PastReview(
            id="r",
            kind=ReviewKind.REGIMEN,
            completed_on=said_on,
            result=result,
            revisit_on=said_on + timedelta(days=agreed),
        )
        record = Regimen(id="regimen", person=Person(id="person"), medications=(entry,), reviews=(held,), problems=())
        # Where no guideline binds, only the agreement counts.
        review = review_regimen(record, policy=load_policy("any").deprescribing, on=said_on + timedelta(days=later))

        met = Answer.MET if later < agreed else Answer.NOT_MET
        assert met is answers(review)["deprescribing.review", "regimen", name]

    @given(regimens(), circumstances(), POLICIES)
    def test_news_never_puts_it_off(self, record, one, policy):
        held = PastReview(id="agreed", kind=ReviewKind.REGIMEN, completed_on=ON, revisit_on=ON + timedelta(days=30))
        agreed = changed(record, reviews=(held,))
        more = changed(agreed, circumstances=(*record.circumstances, changed(one, id="new")))

        assert not_later(*(due(review_regimen(each, policy=POLICY[policy], on=ON)) for each in (agreed, more)))
