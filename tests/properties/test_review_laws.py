"""What holds for the review of every chart: the invariants of the whole."""

import json
import os
import pickle
import subprocess
import sys
from datetime import date, datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from alliance_core import Answer, Chart, ChartError, explain, forecast, load_policy, read_chart, review_chart
from alliance_core.base.facts import Recorded
from alliance_core.base.findings import canonical
from alliance_core.base.kinds import changed, fields_of
from alliance_core.competency import Determination
from alliance_core.competency.records import DecisionCapacity
from alliance_core.consent.records import ConsentDiscussion
from alliance_core.deprescribing import MedicationStatement, PastReview, ReviewKind
from alliance_core.diagnosis import DiagnosisRevision
from alliance_core.edges.reviews import write_review
from alliance_core.edges.wire import write_chart
from alliance_core.invitations.records import InvitationProposal
from alliance_core.records import (
    Circumstance,
    CircumstanceKind,
    Encounter,
    Observation,
    Person,
    PreferenceRecord,
    Problem,
)
from alliance_core.relationship.records import Note
from alliance_core.review import RULES, ChartReview
from alliance_core.testing import REVIEW_DAY, charts, charts_on_days, days, permuted

ON = REVIEW_DAY
LATER = ON + timedelta(days=5)
POLICIES = [load_policy(code, also) for code, also in (("US", ("nursing-facility",)), ("US-NH", ()), ("GB-EAW", ()))]
POLICY = POLICIES[0]
policies = st.sampled_from(POLICIES)
MANY = settings.default.max_examples  # of the profile: a hundred, or ten thousand in a deep run
few = settings(max_examples=MANY // 4)
very_few = settings(max_examples=max(2, MANY // 50), phases=[Phase.generate])  # a process each: too slow to shrink
MARKER = "Zebulon Quagmire"
MOMENT = datetime(2026, 11, 24)  # noqa: DTZ001  # a time of day is no day, with or without a zone


def reviewed(chart, policy=POLICY, on=ON, **more):
    return review_chart(chart, policy=policy, on=on, **more)


def said(review):
    """Return all that a review says, but for the day on which it was made."""
    return (review.findings, review.not_applicable, review.not_yet, dict(review.areas), review.valid_until)


# -- the same answer (1, 2, 7) ---------------------------------------------------------------------------------------


class TestSameAnswer:
    """The same input gives the same answer, byte for byte, whatever the process, hash seed or order of records."""

    @given(st.data(), charts(), policies)
    def test_order_of_records(self, data, chart, policy):
        mixed = data.draw(permuted(chart))

        assert write_review(reviewed(chart, policy)) == write_review(reviewed(mixed, policy))

    @given(st.data(), charts(), policies)
    def test_order_inside_a_decision(self, data, chart, policy):
        """Assessments, deciders, consultations and events count by what they say, not by where they stand."""
        names = ("assessments", "deciders", "consultations", "events", "no_one_in", "concern_reasons")
        mixed = tuple(_shuffled(data, one, names) for one in chart.decisions)

        assert write_review(reviewed(chart, policy)) == write_review(reviewed(changed(chart, decisions=mixed), policy))

    @given(st.lists(charts(), min_size=1, max_size=2), st.data(), st.integers(1, 4_000_000))
    @very_few
    def test_another_process(self, drawn, data, seed):
        """Read from JSON, in another order of records, in a fresh process with another hash seed."""
        mixed = [data.draw(permuted(chart)) for chart in drawn]
        lines = b"\n".join(write_chart(chart) for chart in mixed)
        done = subprocess.run(
            [sys.executable, "-c", ELSEWHERE],
            input=lines,
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},  # noqa: TID251  # a child process needs its own
        )

        assert done.stdout.splitlines() == [write_review(reviewed(chart)) for chart in drawn]

    @given(st.data(), charts(), policies)
    def test_identical_records_are_read_once(self, data, chart, policy):
        """A record that stands twice is one record."""
        lists = {name: one for name, one in fields_of(chart).items() if isinstance(one, tuple) and one}
        twice = {name: (*one, data.draw(st.sampled_from(one))) for name, one in lists.items()}

        assert said(reviewed(chart, policy)) == said(reviewed(changed(chart, **twice), policy))


ELSEWHERE = """
import sys
from datetime import date
from alliance_core import load_policy, read_chart, review_chart
from alliance_core.edges.reviews import write_review
policy = load_policy("US", ("nursing-facility",))
for line in sys.stdin.buffer:
    review = review_chart(read_chart(line), policy=policy, on=date(2026, 11, 24))
    sys.stdout.buffer.write(write_review(review) + b"\\n")
"""


def _shuffled(data, record, names):
    lists = {name: one for name in names if (one := getattr(record, name))}
    return changed(record, **{name: tuple(data.draw(st.permutations(one))) for name, one in lists.items()})


# -- validity (3) ----------------------------------------------------------------------------------------------------


class TestValidity:
    """The same chart and policy give the same review on every day before `valid_until`."""

    @given(charts_on_days(), policies, st.integers(1, 800))
    def test_every_day_before(self, drawn, policy, days_on):
        chart, on = drawn
        review = reviewed(chart, policy, on)
        last = on + timedelta(days=days_on)
        if review.valid_until is not None:
            last = min(last, review.valid_until - timedelta(days=1))

        for day in {on, min(on + timedelta(days=1), last), last}:
            assert said(reviewed(chart, policy, day)) == said(review)

    @given(charts(), policies, st.integers(0, 500))
    def test_jumping_is_stepping(self, chart, policy, days_on):
        """A forecast holds the review of every day that it spans."""
        day = ON + timedelta(days=days_on)
        spans = forecast(chart, policy=policy, on=ON, until=day)

        assert said(spans[-1]) == said(reviewed(chart, policy, day))
        assert [one.on for one in spans] == [ON, *(one.valid_until for one in spans[:-1])]

    @given(charts(), policies)
    @few
    def test_stepping_day_by_day(self, chart, policy):
        """Nothing changes between two boundaries of a forecast."""
        spans = {one.on: said(one) for one in forecast(chart, policy=policy, on=ON, until=ON + timedelta(days=60))}
        now = spans[ON]
        for day in (ON + timedelta(days=n) for n in range(61)):
            now = spans.get(day, now)
            assert said(reviewed(chart, policy, day)) == now

    def test_it_is_not_trivial(self):
        """Of drawn charts, at least three in ten have an answer that ends within a year."""
        soon = []

        @given(charts())
        @settings(max_examples=200, database=None)
        def draw(chart):
            until = reviewed(chart).valid_until
            soon.append(until is not None and until <= ON + timedelta(days=365))

        draw()
        assert sum(soon) >= 0.3 * len(soon)

    @given(charts_on_days(), policies)
    def test_it_lies_ahead(self, drawn, policy):
        chart, on = drawn
        review = reviewed(chart, policy, on)
        ends = [one.valid_until for each in review.areas.values() for one in each if one.valid_until]

        assert review.valid_until is None or review.valid_until > on
        assert review.valid_until is None or all(review.valid_until <= end for end in ends)


LATE = {
    "problems": Problem(id="late", recorded_on=LATER),
    "medications": MedicationStatement(id="late", text="sertraline", started_on=LATER),
    "reviews": PastReview(id="late", kind=ReviewKind.REGIMEN, completed_on=LATER),
    "circumstances": Circumstance(id="late", kind=CircumstanceKind.FALL, present=Recorded.YES, recorded_on=LATER),
    "encounters": Encounter(id="late", started_on=LATER),
    "observations": Observation(id="late", observed_on=LATER),
    "decisions": DecisionCapacity(id="late", decision="placement", recorded_on=LATER),
    "consents": ConsentDiscussion(id="late", recorded_on=LATER),
    "revisions": DiagnosisRevision(id="late", revised_on=LATER, told=Recorded.NO),
    "invitations": InvitationProposal(id="late", asked_on=LATER),
    "notes": Note(id="late", written_on=LATER),
}


class TestNotYet:
    """A record after the day is not seen, is counted, and bounds the answer."""

    @pytest.mark.parametrize("name", LATE)
    @given(chart=charts(), policy=policies)
    @few
    def test_a_later_record(self, name, chart, policy):
        before = getattr(chart, name) or ()
        chart = changed(chart, **{name: before})
        without, with_late = (
            reviewed(each, policy) for each in (chart, changed(chart, **{name: (*before, LATE[name])}))
        )

        assert said(without)[:2] == said(with_late)[:2]
        assert with_late.not_yet == without.not_yet + 1
        assert with_late.valid_until is not None
        assert ON < with_late.valid_until <= LATER

    @given(charts(preferences=None), policies)
    @few
    def test_later_preferences(self, chart, policy):
        late = changed(chart, preferences=PreferenceRecord(id="late", recorded_on=LATER))

        assert reviewed(late, policy).not_yet == reviewed(chart, policy).not_yet + 1

    @given(charts_on_days(), policies)
    @few
    def test_what_was_seen_is_all_that_counts(self, drawn, policy):
        """On a day after every date nothing lies ahead."""
        chart, _ = drawn

        assert reviewed(chart, policy, date(2100, 1, 1)).not_yet == 0


# -- total, and in one form (2, 7, 9) --------------------------------------------------------------------------------


class TestTotal:
    """Any chart that can be built can be reviewed, on any day."""

    @given(charts(), policies, st.dates())
    def test_any_day(self, chart, policy, on):
        assert isinstance(reviewed(chart, policy, on), ChartReview)

    def test_an_empty_chart_is_quiet(self):
        """Silence about everything is one question, about the sources of medicines, and no alarm."""
        review = reviewed(Chart(id="c", person=Person(id="p")), load_policy("any"))

        assert len(review.open) <= 5
        assert {one.answer for one in review.findings} <= {Answer.CANNOT_TELL}


class TestFindings:
    """Every finding names its rule and the rows it used, and the findings come in one order."""

    @given(charts_on_days(), policies)
    def test_keys_are_unique(self, drawn, policy):
        chart, on = drawn
        keys = [one.key for one in reviewed(chart, policy, on).findings]

        assert len(keys) == len(set(keys))

    @given(charts(), policies)
    def test_order(self, chart, policy):
        review = reviewed(chart, policy)

        assert review.findings == canonical(review.findings[::-1])
        assert list(review.open) == [one for one in review.findings if one.answer is not Answer.MET]
        assert [one.weight.rank for one in review.findings] == sorted(one.weight.rank for one in review.findings)

    @given(charts(), policies)
    def test_rules_are_known(self, chart, policy):
        review = reviewed(chart, policy)
        known = {rule.id for rule in RULES}

        assert {one.rule for one in review.findings} <= known
        assert set(review.not_applicable) <= known
        assert Answer.NOT_APPLICABLE not in {one.answer for one in review.findings}

    @given(charts_on_days(), policies)
    def test_rows_are_of_the_policy_and_in_force(self, drawn, policy):
        chart, on = drawn
        cited = {row for one in reviewed(chart, policy, on).findings for row in one.rows}

        assert [row for row in cited if not policy.row(row).in_force(on)] == []

    @given(charts(), policies)
    def test_what_cannot_be_told_says_what_is_missing(self, chart, policy):
        findings = reviewed(chart, policy).findings

        assert [one.key for one in findings if one.answer is Answer.CANNOT_TELL and not one.missing] == []

    @given(charts(), policies)
    def test_findings_are_those_of_the_areas(self, chart, policy):
        """Nothing is added, merged or left out between an area and the whole."""
        review = reviewed(chart, policy)
        own = [one for each in review.areas.values() for area in each for one in area.findings]

        assert review.findings == canonical(own)

    @given(charts(), policies, st.sampled_from(["competency", "deprescribing", "diagnosis"]))
    @few
    def test_an_area_by_itself(self, chart, policy, area):
        """To ask one area alone changes nothing in what it says."""
        whole, alone = reviewed(chart, policy), reviewed(chart, policy, areas=[area])

        assert dict(alone.areas) == {area: whole[area]}
        assert [one for one in whole.findings if one.rule.startswith(f"{area}.")] == list(alone.findings)


# -- unknown-safe (6) ------------------------------------------------------------------------------------------------

#: What asks a question only when it is recorded to have happened. Silence about it is no answer: nothing is asked.
EVENTS = {
    "competency.grounds": {"decisions.assessments", "decisions.assessments.grounds"},
    # It lists what an assessment or a departure still lacks; without one, that itself is asked for, or presumed.
    "competency.documentation": {"decisions.assessments", "decisions.leaving"},
    "competency.leaving": {"decisions.leaving"},
    "competency.objection": {
        "decisions.activation_objected",
        "decisions.assessments",
        "decisions.assessments.patient_objects",
    },
    # A second opinion on an assessment: without the assessment that itself is asked for, or capacity is presumed.
    "competency.scale": {"decisions.assessments", "decisions.stakes"},
    "diagnosis.release": {"revisions.released_on"},
}


class TestUnknownSafe:
    """Setting a field of an existing record to not recorded never turns another answer into a reassuring one."""

    @given(charts(), policies)
    @few
    def test_no_answer_becomes_met(self, chart, policy):
        """The one exception is the presumption of capacity, which says so."""
        before = _answers(reviewed(chart, policy, areas=AREAS_HERE))
        for path, quieter in _silenced(chart):
            review = reviewed(quieter, policy, areas=AREAS_HERE)
            after = _answers(review)
            turned = [key for key, one in after.items() if one is Answer.MET and before.get(key, one) is not one]
            assert turned == [], path

    @given(charts(), policies)
    @few
    def test_no_question_vanishes(self, chart, policy):
        """What was open stays open, unless the event itself is not recorded or capacity is presumed, which says so."""
        open_before = _open(reviewed(chart, policy, areas=AREAS_HERE))
        for path, quieter in _silenced(chart):
            if path == "person.deceased_on" and quieter.person.deceased is Recorded.YES:
                continue  # a death without its day has happened
            review = reviewed(quieter, policy, areas=AREAS_HERE)
            asked = {one.key[:2] for one in review.findings}
            gone = open_before - asked - {(rule, about) for rule, about in open_before if about in _presumed(review)}
            assert [key for key in gone if path not in EVENTS.get(key[0], ())] == [], path
            if path == "decisions.assessments":  # whatever went with it, the decision itself is still asked about
                still = {about for _, about in asked} | _presumed(review)
                assert [key for key in gone if key[1] not in still] == []

    @given(charts(), policies)
    @few
    def test_no_verdict_becomes_capacity_recorded(self, chart, policy):
        """Silence never records that someone has capacity."""
        before = {one.about: one.determination for one in reviewed(chart, policy)["competency"]}
        recorded = Determination.CAPACITY_RECORDED
        for path, quieter in _silenced(chart):
            after = {one.about: one.determination for one in reviewed(quieter, policy, areas=AREAS_HERE)["competency"]}
            turned = [one for one in after if after[one] is recorded and before.get(one, recorded) is not recorded]
            assert turned == [], path

    @given(charts())
    def test_nothing_asked_about_is_nothing_known(self, chart):
        """A list of medicines proves nothing about who was asked, and no list is no empty list."""
        quieter = changed(chart, asked=None)
        review = reviewed(quieter, areas=["deprescribing"])

        assert [one.answer for one in review.findings if one.rule == "deprescribing.history"] in (
            [],
            [Answer.CANNOT_TELL],
        )


#: The clocks of the regimen have laws of their own, beside their rules.
AREAS_HERE = ("competency", "diagnosis")


def _answers(review):
    return {one.key: one.answer for one in review.findings}


def _open(review):
    return {one.key[:2] for one in review.open}


def _presumed(review):
    return {one.about for one in review["competency"] if one.determination is Determination.PRESUMED}


def _silenced(thing):
    """Return each chart in which one field, of any record at any depth, is not recorded, and the path of the field."""
    for path, fields in _silences(thing):
        quieter = _built(thing, fields)
        if quieter is not None:
            yield path, quieter


def _silences(thing):
    for name, field in type(thing).__dataclass_fields__.items():
        value = getattr(thing, name)
        if isinstance(value, Recorded) and value is not Recorded.NOT_RECORDED:
            yield name, {name: Recorded.NOT_RECORDED}
        elif field.default is None and value is not None:
            yield name, {name: None}
        for where, fields in _inside(value):
            yield f"{name}.{where}", {name: fields}


def _inside(value):
    """Return the changes inside a record, or inside each record of a list."""
    if hasattr(value, "__dataclass_fields__"):
        for where, fields in _silences(value):
            if (quieter := _built(value, fields)) is not None:
                yield where, quieter
    elif isinstance(value, tuple):
        for place, one in enumerate(value):
            for where, quieter in _inside(one):
                yield where, (*value[:place], quieter, *value[place + 1 :])


def _built(record, fields):
    try:
        return changed(record, **fields)
    except ChartError:  # a record that names one field needs the other
        return None


# -- receipts (9, 15) ------------------------------------------------------------------------------------------------


class TestFrozen:
    """Every object is frozen, pickles, and comes out equal."""

    @given(charts(), policies)
    def test_pickled(self, chart, policy):
        review = reviewed(chart, policy)
        sent = pickle.loads(pickle.dumps(review))

        assert sent == review
        assert sent.receipt == review.receipt
        assert write_review(sent) == write_review(review)

    @given(charts())
    @few
    def test_nothing_can_be_set(self, chart):
        review = reviewed(chart)
        things = [
            chart,
            review,
            review.receipt,
            *review.findings,
            *(one for each in review.areas.values() for one in each),
        ]

        for thing in things:
            for name in fields_of(thing):
                with pytest.raises((AttributeError, TypeError)):
                    setattr(thing, name, None)
        with pytest.raises(TypeError):
            review.areas["competency"] = ()

    @given(charts())
    @few
    def test_hashable(self, chart):
        """Equal reviews are one in a set."""
        assert len({reviewed(chart), reviewed(chart)}) == 1


class TestReceipt:
    """Equal charts have one digest, whatever the order of records or the way they were written."""

    @given(st.data(), charts())
    def test_order(self, data, chart):
        mixed = data.draw(permuted(chart))

        assert reviewed(mixed).receipt == reviewed(chart).receipt

    @given(charts())
    @few
    def test_written_and_read(self, chart):
        assert reviewed(read_chart(write_chart(chart))).receipt == reviewed(chart).receipt

    @given(charts(), days())
    @few
    def test_it_holds_no_value(self, chart, day):
        """A receipt is digests, versions and days of review."""
        receipt = json.loads(json.dumps(fields_of(reviewed(chart, on=day).receipt), default=str))

        assert set(receipt) == {
            "library",
            "content",
            "policy",
            "chart",
            "areas",
            "on",
            "valid_until",
            "signed_by",
        }
        assert not any(str(one).startswith(chart.id) for one in receipt.values())


# -- silence (15) ----------------------------------------------------------------------------------------------------


class TestSilence:
    """No exception and no repr carries a patient's value, and no free text of a record is repeated in words."""

    @given(charts(texts=st.just(MARKER)), policies)
    def test_reprs(self, chart, policy):
        review = reviewed(chart, policy)
        things = [chart, review, review.receipt, *review.findings, *review["diagnosis"], review.policy]

        assert MARKER not in write_chart(chart).decode() or not any(MARKER in repr(thing) for thing in things)
        assert not any(MARKER in repr(one) for one in _records(chart))

    @given(charts(texts=st.just(MARKER)), policies)
    def test_a_policy_keeps_nothing(self, chart, policy):
        """What a policy carries to another process is tables, whatever it was used for before."""
        reviewed(chart, policy)

        assert MARKER.encode() not in pickle.dumps(policy)

    @given(charts(texts=st.just(MARKER)), policies)
    def test_words(self, chart, policy):
        review = reviewed(chart, policy)

        assert not any(MARKER.lower() in str(explain(one, policy=policy)).lower() for one in review.findings)

    @given(charts(texts=st.just(MARKER)), st.sampled_from([MOMENT, MARKER, None]))
    @few
    def test_a_day_that_is_none(self, chart, on):
        with pytest.raises(ChartError) as caught:
            reviewed(chart, on=on)

        assert MARKER not in str(caught.value)

    @given(charts(texts=st.just(MARKER)))
    @few
    def test_errors(self, chart):
        """Whatever a chart is refused for, the error names places and rules."""
        for wrong in (
            {"schema": MARKER},
            {"person": MARKER},
            {"notes": MARKER},
            {"problems": (Problem(id=MARKER), Problem(id=MARKER, text=MARKER))},
            {MARKER: MARKER},
        ):
            with pytest.raises(ChartError) as caught:
                Chart(**{**fields_of(chart), **wrong})
            assert MARKER not in str(caught.value)
            assert MARKER not in repr(caught.value)
            assert caught.value.__context__ is None


def _records(thing):
    """Return every record at any depth."""
    if isinstance(thing, tuple):
        for one in thing:
            yield from _records(one)
    elif hasattr(thing, "__dataclass_fields__"):
        yield thing
        for one in fields_of(thing).values():
            yield from _records(one)
