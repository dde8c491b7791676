"""A review: what was asked, on which day, for whom, and the receipt that shows it later."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from alliance_core import (
    Answer,
    Audience,
    Chart,
    ChartError,
    Dose,
    DoseUnit,
    PolicyError,
    Recorded,
    forecast,
    load_policy,
    replay,
    review,
    review_chart,
    review_table,
)
from alliance_core.base.findings import Finding, Weight
from alliance_core.base.kinds import changed
from alliance_core.competency.records import DecisionCapacity
from alliance_core.deprescribing import MedicationStatement
from alliance_core.diagnosis import DiagnosisRevision
from alliance_core.records import Encounter, Person, Setting

ON = date(2026, 11, 24)
POLICY = load_policy("US")
PERSON = Person(id="p", born_on="1980-02-03")
REVISION = DiagnosisRevision(id="r", planned_on=date(2026, 12, 1), told=Recorded.NO)
CHART = Chart(id="c", person=PERSON, revisions=(REVISION,))


def reviewed(chart=CHART, **more):
    return review_chart(chart, **{"policy": POLICY, "on": ON, **more})


class TestAreas:
    """What is asked for is answered, and an area that does not exist is refused."""

    def test_all(self):
        assert list(reviewed().areas) == list(review.AREAS)

    @pytest.mark.parametrize("area", review.AREAS)
    def test_one(self, area):
        assert list(reviewed(areas=[area]).areas) == [area]
        assert reviewed(areas=[area])[area] == reviewed()[area]

    @pytest.mark.parametrize("areas", [["diagnoses"], ["diagnosis", "x"], "diagnosis", []])
    def test_no_such_area(self, areas):
        """A question that nobody asked is not to look answered; the error names what can be asked."""
        with pytest.raises(
            PolicyError, match="choose one or more of competency, consent, deprescribing, diagnosis, invitations, links"
        ):
            reviewed(areas=areas)

    def test_an_area_that_was_not_asked(self):
        with pytest.raises(KeyError):
            reviewed(areas=["diagnosis"])["competency"]


class TestOrder:
    """Where a record stands in its list says nothing: areas answer in the order of ids, each record once."""

    def test_decisions_and_revisions(self):
        decisions = tuple(DecisionCapacity(id=name) for name in "bab")
        revisions = tuple(DiagnosisRevision(id=name) for name in "zyz")
        made = reviewed(changed(CHART, decisions=decisions, revisions=revisions))

        assert [one.about for one in made["competency"]] == ["a", "b"]
        assert [one.about for one in made["diagnosis"]] == ["y", "z"]


class TestPlace:
    """A decision is about this patient, where the patient is now, unless its record says otherwise."""

    def test_the_charts_person(self):
        own = DecisionCapacity(id="d", decision="placement", concern=Recorded.NO)
        young = changed(own, person=Person(id="other", born_on="2020-01-01"))

        assert [_determination(one) for one in (own, young)] == ["presumed", "minor-path"]

    def test_the_charts_setting(self):
        """Inside, a contested finding is taken to a colleague within a day; outside, within a week."""
        one = _contested()
        ward = Encounter(id="e", setting=Setting.INPATIENT, started_on=date(2026, 11, 1))

        assert _escalated(one, ward) == date(2026, 11, 21)
        assert _escalated(changed(one, setting=Setting.OUTPATIENT), ward) == date(2026, 11, 27)

    def test_a_record_that_says_both_is_taken_as_it_is(self):
        """Nothing of the chart is put in its place."""
        one = changed(_contested(), person=PERSON, setting=Setting.OUTPATIENT)

        assert _escalated(one, Encounter(id="e", setting=Setting.INPATIENT)) == date(2026, 11, 27)


def _contested():
    from alliance_core.competency.records import CapacityAssessment

    assessed = {"assessed_on": date(2026, 11, 20), "conclusion": Recorded.UNCLEAR}
    return DecisionCapacity(
        id="d",
        decision="placement",
        assessments=(CapacityAssessment(id="a", assessed_by="Dr. Ng", **assessed),),
        deciders=(),
    )


def _determination(decision):
    return reviewed(changed(CHART, decisions=(decision,)))["competency"][0].determination.value


def _escalated(decision, encounter):
    found = reviewed(changed(CHART, decisions=(decision,), encounters=(encounter,))).findings
    return next(one.due_on for one in found if one.rule == "competency.escalation")


class TestAudience:
    """A review knows for whom it is; to ask for the same audience changes nothing."""

    def test_the_same(self):
        made = reviewed()

        assert made.audience is Audience.CLINICIAN
        assert made.for_audience(Audience.CLINICIAN) is made

    def test_another(self):
        """No area that is shipped holds what a portal may not show; all else stays as it is."""
        made = reviewed()
        portal = made.for_audience(Audience.PORTAL)

        assert portal == changed(made, audience=Audience.PORTAL)
        assert portal == reviewed(audience=Audience.PORTAL)
        assert portal.receipt == made.receipt


class TestForecast:
    """A forecast is the review of the day, and of every later day on which it may differ."""

    def test_the_boundaries(self):
        days = [one.on for one in forecast(CHART, policy=POLICY, on=ON, until=date(2026, 12, 2))]

        assert days == [ON, date(2026, 12, 2)]

    def test_what_ends_after_it_is_not_looked_at(self):
        assert [one.on for one in forecast(CHART, policy=POLICY, on=ON, until=date(2026, 12, 1))] == [ON]

    def test_it_says_what_changes(self):
        now, then = forecast(CHART, policy=POLICY, on=ON, until=date(2026, 12, 31))

        assert [_told(one) for one in (now, then)] == [Answer.CANNOT_TELL, Answer.NOT_MET]
        assert then.valid_until is None


def _told(made):
    return next(one.answer for one in made.findings if one.rule == "diagnosis.told")


class TestReplay:
    """The same receipt, chart and policy give the same review; anything else is named."""

    def test_the_same(self):
        made = reviewed()

        assert replay(made.receipt, CHART, policy=POLICY) == made

    def test_a_part(self):
        """What was asked for is part of the receipt: an area by itself replays as an area by itself."""
        made = reviewed(areas=["diagnosis"])

        assert made.receipt.areas == ("diagnosis",)
        assert made.receipt != reviewed().receipt
        assert replay(made.receipt, CHART, policy=POLICY) == made

    def test_the_order_of_records_is_no_change(self):
        other = DiagnosisRevision(id="q")
        first, second = (changed(CHART, revisions=each) for each in ((REVISION, other), (other, REVISION)))

        assert replay(reviewed(first).receipt, second, policy=POLICY) == reviewed(first)

    def test_the_chart(self):
        later = changed(CHART, revisions=(changed(REVISION, told=Recorded.YES),))

        assert replay(reviewed().receipt, later, policy=POLICY) == ("chart",)

    def test_the_policy(self):
        assert replay(reviewed().receipt, CHART, policy=load_policy("US-NH")) == ("policy",)

    def test_the_code(self, monkeypatch):
        receipt = reviewed().receipt
        monkeypatch.setattr(review, "LIBRARY", "alliance-core 99.0")

        assert replay(receipt, CHART, policy=POLICY) == ("library",)

    def test_the_content(self, monkeypatch):
        receipt = reviewed().receipt
        monkeypatch.setattr(review, "CONTENT_EDITION", "2099.1.0")

        assert replay(receipt, CHART, policy=POLICY) == ("content",)

    def test_all_of_it(self, monkeypatch):
        receipt = reviewed().receipt
        monkeypatch.setattr(review, "LIBRARY", "alliance-core 99.0")
        monkeypatch.setattr(review, "CONTENT_EDITION", "2099.1.0")
        other = Chart(id="other", person=PERSON)

        assert replay(receipt, other, policy=load_policy("GB")) == ("library", "content", "policy", "chart")


class TestReceipt:
    """A receipt holds digests, and nobody's signature until a named clinician has signed the content."""

    def test_unsigned(self):
        assert reviewed().receipt.signed_by == ""

    def test_its_digest_is_of_all_it_holds(self):
        receipt = reviewed().receipt
        others = [
            changed(receipt, **{name: value})
            for name, value in (
                ("library", "x"),
                ("content", "x"),
                ("policy", "x"),
                ("chart", "x"),
                ("areas", ("diagnosis",)),
                ("on", ON + timedelta(days=1)),
                ("valid_until", None),
                ("signed_by", "x"),
            )
        ]

        assert len({one.digest for one in (receipt, *others)}) == 9
        assert receipt.digest == reviewed().receipt.digest

    @pytest.mark.parametrize(("one", "other"), [("1.10", "1.1"), ("100", "1E+2"), ("0.5", "0.500000")])
    def test_one_amount_has_one_digest(self, one, other):
        """Equal charts have one digest, however an amount was written."""
        charts = [_dosed(Decimal(text)) for text in (one, other)]

        assert charts[0] == charts[1]
        assert review.digest(charts[0]) == review.digest(charts[1])

    def test_another_amount_has_another(self):
        assert review.digest(_dosed(Decimal(10))) != review.digest(_dosed(Decimal(1)))

    def test_silence_and_none_differ(self):
        """Not recorded, and asked and none, are two charts."""
        assert review.digest(CHART) != review.digest(changed(CHART, medications=()))


def _dosed(amount):
    dose = Dose(amount=amount, unit=DoseUnit.MILLIGRAM)
    return Chart(id="c", person=PERSON, medications=(MedicationStatement(id="m", dose=dose),))


def test_a_plain_date():
    with pytest.raises(ChartError, match="^on: "):
        reviewed(on="2026-11-24")


def test_a_repr_is_a_name():
    """Whatever prints a local variable prints no patient."""
    assert repr(reviewed()) == "ChartReview(…)"
    assert repr(reviewed()["diagnosis"][0]) == "DiagnosisReview(…)"


def test_a_table_has_a_row_a_finding():
    """Plain values: days are days, several values are joined."""
    rows = list(review_table([CHART, Chart(id="d", person=PERSON)], policy=POLICY, on=ON))
    told = next(row for row in rows if row["rule"] == "diagnosis.told")

    assert told == {
        "chart": "c",
        "rule": "diagnosis.told",
        "about": "r",
        "item": "",
        "answer": "cannot-tell",
        "weight": "essential",
        "due_on": None,
        "missing": "told_on",
        "rows": "DXE-1",
    }
    assert {row["chart"] for row in rows} == {"c", "d"}


def test_a_row_joins_what_is_several():
    one = Finding(
        rule="r", about="a", answer=Answer.MET, weight=Weight.SAFETY, missing=("a", "b"), due_on=ON, rows=("x", "y")
    )

    assert {k: v for k, v in review.table_row("c", one).items() if k in {"missing", "due_on", "rows"}} == {
        "missing": "a|b",
        "due_on": ON,
        "rows": "x|y",
    }
