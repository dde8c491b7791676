"""A chart as a FHIR Bundle: what is written, and that reading it gives the same chart."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given

from alliance_core.base.errors import ChartError
from alliance_core.chart import Chart
from alliance_core.consent.records import ConsentDiscussion
from alliance_core.edges.fhir import read_bundle, write_chart_bundle
from alliance_core.edges.wire import read_chart
from alliance_core.policy import load_policy
from alliance_core.records import Coding, MedicationStatement, Person, Problem
from alliance_core.review import review_chart
from alliance_core.testing import REVIEW_DAY, charts

CLINIC = sorted((Path(__file__).parents[2] / "examples" / "clinic").glob("*.json"))
NATIVE = sorted((Path(__file__).parents[2] / "examples" / "native").glob("*.json"))
POLICY = load_policy("US")


def sorted_chart(chart):
    """A chart with each list by its ids: no rule reads the order."""
    lists = {name: getattr(chart, name) for name in chart.__dataclass_fields__}
    return {
        name: sorted(one, key=lambda each: each.id) if isinstance(one, tuple) else one for name, one in lists.items()
    }


def read_back(chart):
    read = read_bundle(write_chart_bundle(chart))
    assert not read.not_understood
    assert not read.not_needed
    [found] = read.charts
    return found


def reviewed(chart):
    return review_chart(chart, policy=POLICY, on=REVIEW_DAY)


class TestRoundTrip:
    """Chart to FHIR to chart loses nothing."""

    @given(charts())
    def test_any_chart(self, chart):
        found = read_back(chart)

        assert sorted_chart(chart) == sorted_chart(found)
        assert reviewed(chart) == reviewed(found)

    @pytest.mark.parametrize("path", NATIVE, ids=lambda path: path.stem)
    def test_native_examples(self, path):
        chart = read_chart(path.read_bytes())

        assert sorted_chart(chart) == sorted_chart(read_back(chart))

    @pytest.mark.parametrize("path", CLINIC, ids=lambda path: path.stem)
    def test_what_was_read_from_fhir(self, path):
        [chart] = read_bundle(path.read_bytes()).charts

        assert sorted_chart(chart) == sorted_chart(read_back(chart))

    @pytest.mark.parametrize(
        "fields",
        [
            {"discussed": ("none",)},
            {"discussed": ("none", "purpose")},
            {"discussed": ()},
            {"discussed_at": datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "signed_at": datetime(2026, 1, 2)},  # noqa: DTZ001
            {"medication": "not-in-this-chart", "decider": "p", "discussed_by": "p"},
        ],
    )
    def test_answers_that_could_be_mistaken(self, fields):
        chart = chart_of(consents=(ConsentDiscussion(id="d", **fields),))

        assert chart == read_back(chart)

    def test_lists_that_are_empty(self):
        """Asked about and none is not the same as not recorded."""
        chart = chart_of(problems=(), medications=(), reviews=(), people=())

        assert chart == read_back(chart)
        assert chart_of() == read_back(chart_of())

    def test_ids_of_fhir_stay(self):
        """A record that was read from FHIR keeps its id, and needs no identifier."""
        problem = Problem(id="Condition/c1", text="a")
        chart = Chart(id="p1", person=Person(id="Patient/p1"), problems=(problem,))
        [person, condition] = [one["resource"] for one in json.loads(write_chart_bundle(chart))["entry"]]

        assert ("p1", "c1") == (person["id"], condition["id"])
        assert "identifier" not in {*person, *condition}
        assert chart == read_back(chart)

    def test_the_same_bytes(self):
        """Ids are made of the chart, never by chance."""
        chart = read_chart(NATIVE[0].read_bytes())

        assert write_chart_bundle(chart) == write_chart_bundle(chart)

    def test_a_record_twice(self):
        """An identical record is written once."""
        problem = Problem(id="a", text="a")

        assert chart_of(problems=(problem,)) == read_back(chart_of(problems=(problem, problem)))


def chart_of(**fields):
    return Chart(id="c", person=Person(id="p"), **fields)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"text": ""}, "medications[0].text"),
        ({"text": "planted\x00"}, "medications[0].text"),
        ({"text": " "}, "medications[0].text"),
        ({"codes": (Coding(system="planted system", code="1"),)}, "medications[0].codes[0]"),
        ({"codes": (Coding(system="urn:x", code=" planted"),)}, "medications[0].codes[0]"),
    ],
)
def test_what_fhir_cannot_hold(fields, path):
    """It is refused by its place, never by its value, and never left out."""
    with pytest.raises(ChartError) as caught:
        write_chart_bundle(chart_of(medications=(MedicationStatement(id="m", **fields),)))

    assert [path] == [problem.path for problem in caught.value.problems]
    assert "planted" not in str(caught.value)


# -- what the reader reads beside ------------------------------------------------------------------------------------

PERSON = {"resourceType": "Patient", "id": "p"}
WHO = {"reference": "Patient/p"}
MEDICINE = {
    "resourceType": "MedicationStatement",
    "id": "m",
    "status": "active",
    "subject": WHO,
    "medicationCodeableConcept": {"text": "a"},
}


def answers(form, own_id, *items, **fields):
    return {
        "resourceType": "QuestionnaireResponse",
        "id": own_id,
        "status": "completed",
        "questionnaire": f"urn:alliance-core:questionnaire:{form}",
        "subject": WHO,
        "item": list(items),
        **fields,
    }


def item(name, **answer):
    return {"linkId": name, "answer": [answer]}


def completes(reference):
    return item("record", valueReference={"reference": reference})


def read(*resources):
    entries = [{"resource": one} for one in (PERSON, *resources)]
    return read_bundle({"resourceType": "Bundle", "type": "collection", "entry": entries})


class TestBeside:
    """A questionnaire completes the record of a resource."""

    def test_completes(self):
        said = item("rationale_documented", valueBoolean=True)
        found = read(answers("medication", "q", completes("MedicationStatement/m"), said), MEDICINE)

        [medicine] = found.charts[0].medications
        assert ("a", "yes") == (medicine.text, medicine.rationale_documented.value)
        assert (3, 3) == (found.used, found.resources)

    def test_the_later_answers_count(self):
        first = item("supply_days", valueInteger=1), item("supply_days", valueInteger=2)
        made = [
            answers("medication", f"q{n}", completes("MedicationStatement/m"), one, authored=f"2026-01-0{n + 1}")
            for n, one in enumerate(first)
        ]
        found = read(MEDICINE, *made)

        assert [2] == [one.supply_days for one in found.charts[0].medications]
        assert 1 == found.not_needed_count

    def test_different_answers_of_one_day(self):
        made = [
            answers("medication", f"q{n}", completes("MedicationStatement/m"), item("supply_days", valueInteger=n))
            for n in (1, 2)
        ]
        found = read(MEDICINE, *made)

        assert [None] == [one.supply_days for one in found.charts[0].medications]
        assert 2 == found.not_understood_count

    @pytest.mark.parametrize("reference", ["MedicationStatement/other", "Patient/p"])
    def test_nothing_to_complete(self, reference):
        found = read(MEDICINE, answers("medication", "q", completes(reference), item("supply_days", valueInteger=1)))

        assert ["QuestionnaireResponse"] == [one.type for one in found.not_understood]

    @pytest.mark.parametrize(("form", "beside"), [("medication", [completes("MedicationStatement/m")]), ("person", [])])
    def test_an_answer_that_is_refused_takes_nothing_along(self, form, beside):
        """The resource itself is still read, as it stands."""
        name = "supply_days" if form == "medication" else "born_on"
        wrong = item(name, valueInteger=-1) if form == "medication" else item(name, valueString="2020-02-31")
        found = read(MEDICINE, answers(form, "q", *beside, wrong))

        assert ["QuestionnaireResponse"] == [one.type for one in found.not_understood]
        assert ["a"] == [one.text for one in found.charts[0].medications]
        assert (3, 3) == (found.used + found.not_understood_count, found.resources)

    def test_none_says_nothing_of_what_was_read(self):
        found = read(MEDICINE, answers("empty-lists", "q", item("medications", valueString="none")))

        assert ["a"] == [one.text for one in found.charts[0].medications]

    def test_none_is_not_claimed_where_something_was_refused(self):
        wrong = MEDICINE | {"effectivePeriod": {"start": "2026-02-01", "end": "2026-01-01"}, "status": "stopped"}
        found = read(wrong, answers("empty-lists", "q", item("medications", valueString="none")))

        assert found.charts[0].medications is None

    def test_an_own_id_that_two_have(self):
        """Which of the two counts is not known, so neither is read."""
        named = {"identifier": [{"system": "urn:alliance-core:record", "value": "x"}]}
        found = read(MEDICINE | named, MEDICINE | named | {"id": "n"})

        assert found.charts[0].medications is None
        assert 2 == found.not_understood_count
