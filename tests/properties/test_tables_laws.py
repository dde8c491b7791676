"""The laws of policy rows: in force on their days, chosen without regard to order, law apart."""

import csv
from datetime import date, timedelta
from io import StringIO
from typing import ClassVar

import attrs
from hypothesis import given
from hypothesis import strategies as st

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.errors import PolicyError
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import value
from alliance_core.base.tables import Row, Timeline, applicable, lineage, prevailing, rows_from_csv
from alliance_core.testing import days, row_sets, rows, unlike_law


@value
class ClockRow(Row):
    KEY: ClassVar = ("name",)

    name: str
    interval: CalendarDuration | None = None
    count: int | None = None
    weight: Weight = Weight.REQUIRED
    active: bool = True


#: Two names, so that rows often claim one key.
NAMES = st.sampled_from(("a", "b"))
ROWS = row_sets(ClockRow, name=NAMES)
NOT_LAW = row_sets(ClockRow, name=NAMES, basis=unlike_law())
#: One row a name and standing, so that nothing overlaps.
APART = st.lists(rows(ClockRow, name=NAMES), unique_by=lambda row: (row.name, standing(row)), max_size=6).map(tuple)


def standing(row):
    depth = 0 if row.jurisdiction == "any" else row.jurisdiction.count("-") + 1
    return row.source_id.startswith("site:"), row.overlay != "", depth


def chosen(rows):
    """Return the rows that prevail, or the error's own words, in no order."""
    try:
        return frozenset(row.row_id for row in prevailing(rows))
    except PolicyError:
        return "overlap"


class TestPrevailing:
    """The most particular row wins among non-law rows of one key; law rows all stay; overlap is an error."""

    @given(ROWS)
    def test_all_law_stays(self, rows):
        assert chosen(rows) == "overlap" or {row.row_id for row in rows if row.is_law} <= chosen(rows)

    @given(APART)
    def test_one_row_a_key_beside_law(self, rows):
        kept = [row for row in prevailing(rows) if not row.is_law]

        assert sorted({row.name for row in rows if not row.is_law}) == sorted(row.name for row in kept)

    @given(APART)
    def test_the_most_particular(self, rows):
        for kept in prevailing(rows):
            rivals = [row for row in rows if not row.is_law and row.name == kept.name]
            assert kept.is_law or standing(kept) == max(standing(row) for row in rivals)

    @given(NOT_LAW)
    def test_overlap_exactly_where_two_of_equal_standing_meet(self, rows):
        claims = [(row.name, standing(row)) for row in rows]

        assert (chosen(rows) == "overlap") == (len(set(claims)) < len(claims))

    @given(NOT_LAW)
    def test_overlap_names_both_rows(self, rows):
        try:
            prevailing(rows)
        except PolicyError as error:
            named = [row for row in rows if f" {row.row_id} " in str(error)]
            assert len(named) == 2
            assert len({(row.name, standing(row)) for row in named}) == 1

    @given(ROWS, st.randoms(use_true_random=False))
    def test_order_counts_for_nothing(self, rows, random):
        mixed = list(rows)
        random.shuffle(mixed)

        assert chosen(rows) == chosen(mixed)


class TestTimeline:
    """On every day the view holds exactly the rows in force that prevail."""

    @given(APART, days())
    def test_filters_by_in_force(self, rows, on):
        view = Timeline(rows, frozenset).at(Day(on))

        assert view == frozenset(prevailing(row for row in rows if row.in_force(on)))

    @given(APART, days(), st.lists(days(), max_size=4))
    def test_what_was_asked_before_counts_for_nothing(self, rows, on, before):
        timeline = Timeline(rows, frozenset)
        for day in before:
            timeline.at(Day(day))

        assert timeline.at(Day(on)) == Timeline(rows, frozenset).at(Day(on))

    @given(APART, days(), st.integers(0, 800))
    def test_the_same_until_it_says_otherwise(self, rows, on, ahead):
        timeline, day, later = Timeline(rows, frozenset), Day(on), on + timedelta(days=ahead)
        view = timeline.at(day)

        assert view == timeline.at(Day(later)) or (day.valid_until is not None and day.valid_until <= later)

    @given(APART, days())
    def test_it_ends_at_the_next_date_of_any_row(self, rows, on):
        day = Day(on)
        Timeline(rows, frozenset).at(day)

        dates = [one for row in rows for one in (row.effective_from, row.effective_to) if one and one > on]
        assert day.valid_until == min(dates, default=None)


class TestApplicable:
    """A code's parents apply too; no row of another place or of an overlay that is off ever does."""

    PLACES = st.sampled_from(("any", "US", "US-NH", "US-CA", "GB", "GB-EAW"))

    @given(ROWS, PLACES)
    def test_place(self, rows, place):
        for row in applicable(rows, jurisdiction=place, overlays=()):
            assert row.jurisdiction in lineage(place)
            assert row.overlay == ""

    @given(ROWS, PLACES)
    def test_a_narrower_place_loses_nothing(self, rows, place):
        for wider in lineage(place):
            assert set(applicable(rows, jurisdiction=wider, overlays=())) <= set(
                applicable(rows, jurisdiction=place, overlays=())
            )

    @given(ROWS, PLACES)
    def test_an_overlay_only_adds(self, rows, place):
        off, on = (applicable(rows, jurisdiction=place, overlays=names) for names in ((), ("nursing-facility",)))

        assert set(on) - set(off) == {row for row in on if row.overlay}
        assert set(off) <= set(on)


class TestCsv:
    """What a row says can be written to a table and read back."""

    @given(ROWS)
    def test_round_trip(self, rows):
        assert rows == rows_from_csv(written(rows), ClockRow)


def written(rows):
    lines = StringIO()
    names = [field.name for field in attrs.fields(ClockRow)]
    table = csv.writer(lines)
    table.writerow(names)
    table.writerows([[cell(getattr(row, name)) for name in names] for row in rows])
    return lines.getvalue()


def cell(found):
    if isinstance(found, bool):
        return "yes" if found else "no"
    if found is None or isinstance(found, str | int | date | CalendarDuration):
        return "" if found is None else str(found)
    return found.value
