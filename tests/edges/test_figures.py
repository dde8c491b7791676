"""Figures show what the answers say, with its doubt, and ask for nothing from anywhere."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from alliance_core import Dose, MedicationStatement, PolicyError, Recorded, load_policy, plan_taper, review_chart
from alliance_core.base.doses import DoseUnit
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.deprescribing.tapers import DispensableProduct, ProductForm, TakenFor, TaperReadiness, TaperRequest
from alliance_core.edges.fhir import read_bundle
from alliance_core.edges.figures import as_altair, as_svg, clock_figure, occupancy_figure, taper_figure
from alliance_core.occupancy import CURVE, OccupancyRow
from alliance_core.records import Person

ON = date(2026, 11, 24)
CLINIC = Path(__file__).parents[2] / "examples" / "clinic"


def reviewed(who, on=ON):
    (chart,) = read_bundle((CLINIC / f"{who}.json").read_bytes()).charts
    return review_chart(chart, policy=load_policy("US"), on=on)


def bars(figure):
    return figure["layer"][0]["data"]["values"]


def clocks(review):
    return {clock.medicine: clock for one in review.areas["deprescribing"] for clock in one.clocks}


class TestClocks:
    """A bar a state: not before one day, perhaps between two, due from the second."""

    @pytest.mark.parametrize("who", ["rosa", "walter", "omar", "edith", "nina"])
    def test_days_are_those_of_the_clock(self, who):
        review = reviewed(who)
        figure = clock_figure(review)
        if not clocks(review):
            assert figure is None
            return
        for bar in bars(figure):
            clock = clocks(review)[bar["medicine"]]
            if bar["state"] == "due":
                assert bar["first"] == max(clock.due_on, ON).isoformat()
            elif bar["state"] == "not due yet":
                assert bar["end"] == (clock.possible_on or clock.due_on).isoformat()
                assert bar["first"] == ON.isoformat()

    def test_states_of_one_medicine_follow_each_other(self):
        rosa = bars(clock_figure(reviewed("rosa")))

        assert [bar["end"] for bar in rosa][:-1] == [bar["first"] for bar in rosa][1:]
        assert len(rosa) == len({bar["state"] for bar in rosa})

    def test_a_day_on(self):
        """Once the possible day has come, nothing is drawn as not due."""
        review = reviewed("rosa")
        possible = clocks(review)["sertraline"].possible_on

        states = [bar["state"] for bar in bars(clock_figure(reviewed("rosa", possible)))]

        assert "not due yet" not in states

    def test_none_without_clocks(self):
        review = reviewed("rosa")

        assert clock_figure(changed(review, areas={})) is None

    def test_a_name_is_text(self):
        review = reviewed("rosa")
        (regimen,) = review.areas["deprescribing"]
        clock = changed(regimen.clocks[0], medicine="<script>alert(1)</script>\u202egnp")
        named = changed(review, areas={"deprescribing": (changed(regimen, clocks=(clock,)),)})
        svg = as_svg(clock_figure(named))

        assert "<script" not in svg
        assert "\u202e" not in svg


def plan(**changes):
    """A plan for citalopram as drops, of which everything was asked and nothing speaks for staying."""
    medication = MedicationStatement(
        id="m",
        text="citalopram",
        dose=Dose(amount=Decimal(40), unit=DoseUnit.MILLIGRAM),
        route="oral",
        as_needed=Recorded.NO,
        started_on=date(2023, 1, 1),
    )
    asked = {
        "taken_for": TakenFor.ANXIETY,
        "products": (DispensableProduct(form=ProductForm.LIQUID, strength=Decimal(2)),),
        "readiness": TaperReadiness(**dict.fromkeys(TaperReadiness.__dataclass_fields__, Recorded.NO)),
        "check_ins": (),
    }
    request = TaperRequest(id="r", person=Person(id="p", born_on="1980"), medication=medication, **{**asked, **changes})
    return plan_taper(request, policy=load_policy("GB").tapers, on=ON)


class TestTaper:
    """Options side by side, the first of which is to stay; a day for the next step alone."""

    def test_each_step_on_its_day(self):
        made = plan()
        points = taper_figure(made, on=ON)["data"]["values"]
        for option in made.drafts:
            mine = [one for one in points if one["option"].startswith(f"{option.id}:")][1:-1]
            days = [(step.on or step.earliest_on).isoformat() for step in option.steps]

            assert list(zip(days, [float(step.amount / step.every_days) for step in option.steps], strict=True)) == [
                (one["first"], one["dose"]) for one in mine
            ]
            assert ["next step"] + ["later, on the earliest day"] * (len(mine) - 1) == [one["state"] for one in mine]
            assert [True] + [False] * (len(mine) - 1) == [bool(one["label"]) for one in mine]

    def test_to_stay_comes_first(self):
        figure = taper_figure(plan(), on=ON)
        stay = [one for one in figure["data"]["values"] if one["option"] == figure["facet"]["sort"][0]]

        assert [("40", None), ("40", None)] == [(one["amount"], one["state"]) for one in stay]

    def test_none_without_a_draft(self):
        assert taper_figure(plan(readiness=TaperReadiness()), on=ON) is None

    def test_drawn_here(self):
        figure = taper_figure(plan(), on=ON)

        assert "stay on 40 mg a day" in as_svg(figure)
        assert figure["facet"]["sort"] == as_altair(figure).to_dict()["facet"]["sort"]


class TestOccupancy:
    """A picture of what was published, its doubt beside it."""

    @pytest.mark.parametrize(
        "medicine", sorted({row.medicine for row in read_table("occupancy", OccupancyRow) if row.model == CURVE})
    )
    def test_every_curve(self, medicine):
        made = occupancy_figure(medicine, on=ON)
        points = made["layer"][0]["data"]["values"]
        rows = [row for row in read_table("occupancy", OccupancyRow) if row.medicine == medicine and row.model == CURVE]

        assert len({point["curve"] for point in points}) == len(rows)
        assert max(point["dose"] for point in points) == float(max(row.most_observed_dose for row in rows))
        assert all(0 <= point["lower"] <= point["percent"] <= point["upper"] <= 100 for point in points)
        assert "no taper is computed" in json.dumps(made["title"])

    def test_no_curve(self):
        with pytest.raises(PolicyError, match="occupancy"):
            occupancy_figure("quetiapine", on=ON)


@pytest.mark.parametrize("figure", [clock_figure(reviewed("rosa")), occupancy_figure("olanzapine", on=ON)])
def test_it_is_a_figure_of_altair(figure):
    """The specification keeps to Vega-Lite's schema, and says the same as an Altair chart."""
    made = as_altair(figure).to_dict()

    assert [layer["mark"] for layer in made["layer"]] == [layer["mark"] for layer in figure["layer"]]


@pytest.mark.parametrize("figure", [clock_figure(reviewed("rosa")), occupancy_figure("olanzapine", on=ON)])
def test_an_image_asks_for_nothing(figure):
    """No address but those that name the format, and words for who cannot see it."""
    svg = as_svg(figure)

    assert set(re.findall(r"https?://[^\s\"'<>]+", svg)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    assert "<image" not in svg
    assert "aria-label" in svg
