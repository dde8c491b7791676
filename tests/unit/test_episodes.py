"""Which entries are one course of treatment, since when, and whether it goes on."""

from datetime import date

import pytest

from alliance_core import load_policy
from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.deprescribing import Evidence, MedicationStatement, MedicationStatus
from alliance_core.deprescribing.episodes import find_episodes

MEDICINES = load_policy("any").medicines
ON = date(2026, 11, 24)
GAP, LOOK_BACK = CalendarDuration(days=30), CalendarDuration(months=12)
STOPPED, ACTIVE, COMPLETED = MedicationStatus.STOPPED, MedicationStatus.ACTIVE, MedicationStatus.COMPLETED


def entry(name="a", text="sertraline", **fields):
    return MedicationStatement(id=name, text=text, **fields)


def order(name="a", **fields):
    return entry(name, evidence=Evidence.ORDER, **fields)


def supply(name="a", **fields):
    return entry(name, evidence=Evidence.SUPPLY, **fields)


def dose(name="a", **fields):
    return entry(name, evidence=Evidence.ADMINISTRATION, **fields)


def episodes(*entries, on=ON):
    return find_episodes(entries, medicines=MEDICINES, gap=GAP, look_back=LOOK_BACK, day=Day(on))[0]


def told(*entries, on=ON):
    """Since when, until when, and whether it goes on, for every episode."""
    return [(one.started_on, one.ended_on, one.is_open) for one in episodes(*entries, on=on)]


class TestOneCourse:
    """Entries of one ingredient and route, close together, are one course; it runs since its first entry."""

    def test_a_renewal(self):
        first = order(started_on=date(2026, 1, 1), stops_on=date(2026, 3, 31))
        again = order("b", started_on=date(2026, 4, 30))

        assert [(date(2026, 1, 1), None, True)] == told(first, again)

    def test_a_day_too_late_it_is_a_new_course(self):
        first = order(started_on=date(2026, 1, 1), stops_on=date(2026, 3, 31))
        again = order("b", started_on=date(2026, 5, 1))

        assert [(date(2026, 1, 1), date(2026, 3, 31), False), (date(2026, 5, 1), None, True)] == told(first, again)

    def test_one_that_goes_on_takes_in_all_later_ones(self):
        assert [(date(2020, 1, 1), None, True)] == told(
            order(started_on=date(2020, 1, 1)), order("b", started_on=date(2026, 1, 1))
        )

    def test_two_routes_are_two_courses(self):
        by_mouth = order(started_on=date(2026, 1, 1), route="Oral")
        by_needle = order("b", started_on=date(2026, 1, 1), route="Intramuscular")

        assert ["sertraline (intramuscular)", "sertraline (oral)"] == [one.id for one in episodes(by_mouth, by_needle)]

    def test_an_entry_without_a_route_belongs_to_the_only_one(self):
        found = episodes(order(started_on=date(2026, 1, 1), route="oral"), order("b", started_on=date(2026, 2, 1)))

        assert [("sertraline (oral)", frozenset({"a", "b"}))] == [(one.id, one.entry_ids) for one in found]

    def test_of_two_routes_none_is_guessed(self):
        found = episodes(
            order(started_on=date(2026, 1, 1), route="oral"),
            order("b", started_on=date(2026, 1, 1), route="nasal"),
            order("c", started_on=date(2026, 2, 1)),
        )

        assert ["sertraline", "sertraline (nasal)", "sertraline (oral)"] == [one.id for one in found]

    def test_a_combination_counts_for_each_of_its_medicines(self):
        found = episodes(entry(text="amitriptyline / perphenazine", started_on=date(2026, 1, 1)))

        assert ["amitriptyline", "perphenazine"] == [one.id for one in found]

    def test_an_entry_that_no_row_knows_makes_none_and_is_listed(self):
        mystery = entry(text="zzyzx")

        assert ((), (mystery,)) == find_episodes([mystery], medicines=MEDICINES, gap=GAP, day=Day(ON))


class TestWithoutAStart:
    """An entry without a start belongs to the latest course, and leaves open since when that course runs."""

    def test_alone(self):
        assert [(None, None, True)] == told(order())

    def test_beside_one_that_goes_on(self):
        assert [(None, None, True)] == told(order(started_on=date(2026, 1, 1)), order("b"))

    def test_it_goes_on_where_the_last_course_ended(self):
        ended = order(started_on=date(2020, 1, 1), stopped_on=date(2020, 2, 1), status=STOPPED)
        later = order("b", started_on=date(2026, 1, 1), stopped_on=date(2026, 2, 1), status=STOPPED)

        assert [(date(2020, 1, 1), date(2020, 2, 1), False), (None, None, True)] == told(ended, later, order("c"))

    def test_one_that_is_over(self):
        assert [(None, None, False)] == told(order(status=STOPPED))


class TestWhetherItGoesOn:
    """An order runs until it was stopped or its planned end; what was handed over, as long as a renewal may come."""

    @pytest.mark.parametrize(
        ("fields", "goes_on"),
        [
            ({}, True),
            ({"status": ACTIVE}, True),
            ({"status": MedicationStatus.ON_HOLD}, True),
            ({"status": STOPPED}, False),
            ({"status": COMPLETED}, False),
            ({"status": MedicationStatus.NOT_TAKEN}, False),
            ({"stopped_on": ON}, True),
            ({"stopped_on": date(2026, 11, 23)}, False),
            ({"stops_on": date(2026, 11, 23)}, False),
            ({"status": ACTIVE, "supply_days": 30}, True),
            ({"status": STOPPED, "stopped_on": date(2026, 12, 1)}, True),
            ({"status": MedicationStatus.NOT_TAKEN, "stopped_on": date(2026, 12, 1)}, False),
        ],
    )
    def test_an_order(self, fields, goes_on):
        assert [goes_on] == [one.is_open for one in episodes(order(started_on=date(2026, 1, 1), **fields))]

    @pytest.mark.parametrize(
        ("on", "goes_on"),
        [(date(2026, 1, 30), True), (date(2026, 3, 1), True), (date(2026, 3, 2), False)],
    )
    def test_a_supply_of_thirty_days(self, on, goes_on):
        """The last day is 30 January; a renewal may come for thirty days more."""
        given = supply(started_on=date(2026, 1, 1), supply_days=30, status=COMPLETED)

        assert [goes_on] == [one.is_open for one in episodes(given, on=on)]

    @pytest.mark.parametrize(("on", "goes_on"), [(date(2026, 1, 31), True), (date(2026, 2, 1), False)])
    def test_a_dose_given(self, on, goes_on):
        assert [goes_on] == [one.is_open for one in episodes(dose(started_on=date(2026, 1, 1)), on=on)]

    @pytest.mark.parametrize(("on", "goes_on"), [(date(2027, 1, 1), True), (date(2027, 1, 2), False)])
    def test_a_supply_of_unknown_length(self, on, goes_on):
        assert [goes_on] == [one.is_open for one in episodes(supply(started_on=date(2026, 1, 1)), on=on)]

    def test_a_supply_without_any_day_may_go_on(self):
        assert [(None, None, True)] == told(supply())
        assert [(None, None, False)] == told(supply(status=STOPPED))

    def test_a_later_stop_ends_what_was_handed_over(self):
        given = supply(started_on=date(2026, 11, 1), supply_days=30)
        stop = order("b", started_on=date(2026, 11, 10), stopped_on=date(2026, 11, 20), status=STOPPED)

        assert [False] == [one.is_open for one in episodes(given, stop)]

    def test_a_stop_without_a_day_ends_nothing_that_may_be_later(self):
        given = supply(started_on=date(2026, 11, 1), supply_days=30)

        assert [True] == [one.is_open for one in episodes(given, order("b", status=STOPPED))]
        assert [True] == [
            one.is_open for one in episodes(supply(), order("b", started_on=date(2026, 11, 10), status=STOPPED))
        ]

    def test_an_end_that_nobody_wrote(self):
        assert [(date(2026, 1, 1), None, False)] == told(order(started_on=date(2026, 1, 1), status=STOPPED))
