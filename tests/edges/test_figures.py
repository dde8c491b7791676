"""Figures show what the answers say, with its doubt, and ask for nothing from anywhere."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from alliance_core import PolicyError, load_policy, review_chart
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.edges.fhir import read_bundle
from alliance_core.edges.figures import as_altair, as_svg, clock_figure, occupancy_figure
from alliance_core.occupancy import CURVE, OccupancyRow

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
