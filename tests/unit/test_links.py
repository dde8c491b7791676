"""Which consents a chart has to review, and where two areas meet."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from alliance_core import Chart, load_policy, review_chart
from alliance_core.base.day import Day
from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import changed
from alliance_core.consent import ConsentDecision, ConsentDiscussion, TreatmentEvent, TreatmentKind
from alliance_core.links import RULES, consent_events, review_links
from alliance_core.records import (
    ChangeKind,
    DoseChange,
    MedicationStatement,
    MedicationStatus,
    Origin,
    Person,
)

ON = date(2026, 11, 24)
RECENT, OLD = date(2026, 11, 1), date(2025, 1, 1)
POLICY = load_policy("US")
_E = TreatmentEvent


def taken(text="sertraline", *, id="m", started_on=OLD, **fields):  # noqa: A002
    return MedicationStatement(id=id, text=text, status=MedicationStatus.ACTIVE, started_on=started_on, **fields)


def talk(event=_E.START, on=RECENT, *, id="d", medication="m", **fields):  # noqa: A002
    return ConsentDiscussion(id=id, event=event, medication=medication, discussed_on=on, **fields)


def chart(*medications, consents=(), **fields):
    return Chart(
        id="c", person=fields.pop("person", Person(id="p")), medications=medications, consents=consents, **fields
    )


def dose(amount):
    return Dose(amount=Decimal(amount), unit=DoseUnit.MILLIGRAM)


def step(kind, on=RECENT):
    return DoseChange(kind=kind, changed_on=on)


def events(chart_, on=ON):
    """Return what is reviewed: the event, the day, and the discussion, if there is one."""
    found = consent_events(chart_, policy=POLICY, day=Day(on))
    return [(one.event, one.occurred_on, one.discussion.id if one.discussion else None) for one in found]


class TestUndiscussed:
    """Each start or change of a medicine within the look-back that no discussion answers is one event."""

    def test_a_start(self):
        assert events(chart(taken(started_on=RECENT))) == [(_E.START, RECENT, None)]

    @pytest.mark.parametrize(("started_on", "expected"), [(date(2026, 8, 25), 1), (date(2026, 8, 24), 0)])
    def test_three_months_and_no_more(self, started_on, expected):
        """A start of three months ago to the day is no longer asked about."""
        assert len(events(chart(taken(started_on=started_on)))) == expected

    def test_a_renewal_is_no_start(self):
        old = taken(stopped_on=date(2026, 10, 30))
        new = taken(id="m2", started_on=date(2026, 10, 31))

        assert events(chart(changed(old, status=MedicationStatus.COMPLETED), new)) == []

    @pytest.mark.parametrize(
        ("kind", "event"),
        [
            (ChangeKind.INCREASE, _E.INCREASE),
            (ChangeKind.DECREASE, _E.DECREASE),
            (ChangeKind.TAPER_STEP, _E.TAPER),
        ],
    )
    def test_a_change_of_dose(self, kind, event):
        assert events(chart(taken(dose_changes=(step(kind),)))) == [(event, RECENT, None)]

    @pytest.mark.parametrize("on", [OLD, ON + timedelta(days=1)])
    def test_a_change_that_is_long_ago_or_lies_ahead(self, on):
        assert events(chart(taken(dose_changes=(step(ChangeKind.INCREASE, on),)))) == []

    def test_several_changes_of_one_kind_are_one_event(self):
        """Two steps of a taper are one question, about the last."""
        steps = (step(ChangeKind.TAPER_STEP, date(2026, 10, 1)), step(ChangeKind.TAPER_STEP, RECENT))

        assert events(chart(taken(dose_changes=steps))) == [(_E.TAPER, RECENT, None)]

    @pytest.mark.parametrize(
        "origin", [Origin.OTHER_PRESCRIBER, Origin.OVER_THE_COUNTER, Origin.SUPPLEMENT, Origin.HERBAL]
    )
    def test_what_comes_from_elsewhere_is_talked_about_there(self, origin):
        """What the patient picks alone is no event of consent, nor is what someone else prescribes."""
        assert events(chart(taken(started_on=RECENT, origin=origin))) == []

    def test_a_combination_is_one_entry(self):
        """One entry with two medicines started once: its findings have one key."""
        mixed = chart(taken("lithium / sertraline", started_on=RECENT))
        keys = [one.key for one in review_chart(mixed, policy=POLICY, on=ON).findings]

        assert len(keys) == len(set(keys))

    @pytest.mark.parametrize("person", [{"deceased": Recorded.YES}, {"deceased_on": date(2026, 11, 20)}])
    def test_nobody_is_asked_after_death(self, person):
        assert events(chart(taken(started_on=RECENT), person=Person(id="p", **person))) == []

    def test_no_list_has_no_events(self):
        assert events(Chart(id="c", person=Person(id="p"))) == []


class TestAnswered:
    """A discussion of the same course and kind of event answers it, within the look-back before."""

    @pytest.mark.parametrize("said", [talk(), talk(_E.SWITCH), talk(on=date(2026, 8, 1)), talk(on=None)])
    def test_a_start(self, said):
        found = events(chart(taken(started_on=RECENT), consents=(said,)))

        assert [one for one in found if one[2] is None] == []

    @pytest.mark.parametrize(
        "said",
        [
            talk(on=date(2026, 7, 31)),
            talk(_E.INCREASE),
            talk(None),
            talk(medication=None, treatment="lithium"),
            talk(medication=None),
        ],
    )
    def test_what_does_not(self, said):
        """A talk too long ago, about another event, about nothing that is named, or about another medicine."""
        found = events(chart(taken(started_on=RECENT), consents=(said,)))

        assert (_E.START, RECENT, None) in found

    def test_a_taper_that_was_talked_about_covers_its_steps(self):
        slow = taken(dose_changes=(step(ChangeKind.TAPER_STEP),))

        assert events(chart(slow, consents=(talk(_E.TAPER, on=date(2026, 1, 1)),))) == [
            (_E.TAPER, slow.dose_changes[0].changed_on, "d"),
        ]

    def test_by_the_name_of_the_medicine(self):
        """A discussion that names no entry is about the course of its medicine."""
        said = talk(medication=None, treatment="Sertraline")

        assert events(chart(taken(started_on=RECENT), consents=(said,))) == [(_E.START, RECENT, "d")]


class TestDiscussed:
    """Each discussion about what is given now, or was lately, is reviewed; a later one takes its place."""

    def test_the_last_of_its_kind(self):
        consents = (talk(on=OLD, id="first"), talk(id="second"), talk(_E.INCREASE, id="other"))

        assert {one[2] for one in events(chart(taken(), consents=consents))} == {"second", "other"}

    def test_one_without_a_day_stays(self):
        """Nobody knows whether it is the older one."""
        consents = (talk(on=None, id="undated"), talk(id="dated"))

        assert {one[2] for one in events(chart(taken(), consents=consents))} == {"undated", "dated"}

    def test_what_ended_long_ago_is_not_asked_about(self):
        over = changed(taken(), status=MedicationStatus.STOPPED, stopped_on=date(2025, 6, 1))

        assert events(chart(over, consents=(talk(on=OLD),))) == []
        assert events(chart(over, consents=(talk(_E.STOP, on=RECENT),))) == [(_E.STOP, None, "d")]

    @pytest.mark.parametrize(
        "fields", [{"kind": TreatmentKind.EXERCISE}, {"treatment": "yoga"}, {"treatment": "yoga", "kind": None}, {}]
    )
    def test_what_is_no_medicine(self, fields):
        """Two talks about one kind of treatment are one, and two about nobody knows what are two."""
        consents = tuple(talk(id=name, on=day, medication=None, **fields) for name, day in (("a", OLD), ("b", RECENT)))

        assert len(events(chart(consents=consents))) == (1 if fields else 2)

    def test_the_earlier_talk_that_agreed_on_a_range(self):
        """The last other one of the same course with a range, from before."""
        before = talk(id="before", on=OLD, range_upper=dose(100))
        after = talk(_E.DECREASE, id="after", on=ON, range_upper=dose(50))
        now = talk(_E.INCREASE, id="now")
        found = consent_events(chart(taken(), consents=(before, after, now)), policy=POLICY, day=Day(ON))
        earlier = {one.discussion.id: one.earlier and one.earlier.id for one in found}

        assert earlier == {"before": None, "now": "before", "after": "before"}

    def test_what_else_is_taken(self):
        """The other courses that go on, and entries that no row knows; nothing where no list is recorded."""
        listed = chart(taken(), taken("lithium", id="l"), taken("zzz", id="z"), consents=(talk(),))
        (event,) = consent_events(listed, policy=POLICY, day=Day(ON))
        (alone,) = consent_events(changed(listed, medications=None), policy=POLICY, day=Day(ON))

        assert [one.id for one in event.others] == ["l", "z"]
        assert alone.others is None

    @pytest.mark.parametrize(
        ("status", "ongoing"), [(MedicationStatus.ACTIVE, Recorded.YES), (MedicationStatus.STOPPED, Recorded.NO)]
    )
    def test_whether_it_is_given(self, status, ongoing):
        ended = date(2026, 11, 20) if status is MedicationStatus.STOPPED else None
        listed = chart(changed(taken(), status=status, stopped_on=ended), consents=(talk(),))
        (event,) = consent_events(listed, policy=POLICY, day=Day(ON))

        assert event.ongoing is ongoing


class TestReview:
    """Links answer only where two records speak to each other."""

    def test_an_empty_chart(self):
        review = review_links(Chart(id="c", person=Person(id="p")), policy=POLICY, on=ON)

        assert (review.findings, review.valid_until) == ((), None)
        assert review.not_applicable == tuple(rule.id for rule in RULES)

    def test_a_talk_about_nobody_knows_what(self):
        """Without a kind of treatment no record on capacity is about it."""
        said = talk(medication=None, decision=ConsentDecision.AGREED, decider="someone")
        review = review_links(chart(consents=(said,)), policy=POLICY, on=ON)

        assert [(one.rule, one.missing) for one in review.findings] == [("links.decider-authority", ("deciders",))]


def consent_of(chart_, id="d"):  # noqa: A002
    """Return the review of one discussion of a chart."""
    review = review_chart(chart_, policy=POLICY, on=ON, areas=("consent",))
    (found,) = [one for one in review["consent"] if one.about == id]
    return found


class TestWhenItHappened:
    """A talk is about the first such change since; what began before anyone talked about it is told as such."""

    @pytest.mark.parametrize(
        ("on", "is_late"), [(date(2026, 10, 30), False), (RECENT, False), (date(2026, 11, 20), True)]
    )
    def test_a_start(self, on, is_late):
        found = consent_of(chart(taken(started_on=RECENT), consents=(talk(on=on),)))

        assert is_late is ("beforehand" in {one.element for one in found.reasons})

    @pytest.mark.parametrize(("first", "is_late"), [(date(2026, 10, 1), False), (date(2026, 11, 10), True)])
    def test_an_earlier_talk_came_first(self, first, is_late):
        """Only the last talk is reviewed; whether one came before the start is read of all."""
        talks = (talk(on=first, id="first"), talk(on=date(2026, 11, 20)))
        found = consent_of(chart(taken(started_on=RECENT), consents=talks))

        assert is_late is ("beforehand" in {one.element for one in found.reasons})

    def test_a_talk_about_an_earlier_increase_is_none_about_this_one(self):
        steps = (step(ChangeKind.INCREASE, date(2026, 10, 1)), step(ChangeKind.INCREASE, date(2026, 11, 10)))
        talks = (talk(_E.INCREASE, date(2026, 9, 30), id="first"), talk(_E.INCREASE, date(2026, 11, 20)))
        found = consent_of(chart(taken(dose_changes=steps), consents=talks))

        assert "beforehand" in {one.element for one in found.reasons}

    def test_the_next_increase_is_the_one_that_is_meant(self):
        steps = (step(ChangeKind.INCREASE, date(2026, 10, 1)), step(ChangeKind.INCREASE, date(2026, 11, 21)))
        said = talk(_E.INCREASE, date(2026, 11, 20))

        assert (_E.INCREASE, date(2026, 11, 21), "d") in events(chart(taken(dose_changes=steps), consents=(said,)))

    @pytest.mark.parametrize(("steps", "answer"), [((), "cannot-tell"), ((step(ChangeKind.TAPER_STEP),), "judgement")])
    def test_a_taper_that_was_refused(self, steps, answer):
        """A step after the no is weighed; without one nobody can tell."""
        said = talk(_E.TAPER, date(2026, 10, 30), decision=ConsentDecision.REFUSED)
        found = consent_of(chart(taken("clonazepam", dose_changes=steps), consents=(said,)))

        assert {one.rule: one.answer.value for one in found.findings}["consent.authority"] == answer
