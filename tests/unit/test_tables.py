"""Policy tables: read strictly, chosen by place and day, seen as they stand on a day."""

import pickle
from datetime import date
from decimal import Decimal
from typing import ClassVar

import attrs
import pytest

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.errors import PolicyError
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis, Seen, Source
from alliance_core.base.tables import (
    Row,
    Timeline,
    applicable,
    grouped,
    lineage,
    prevailing,
    read_sources,
    read_table,
    rows_from_csv,
)


@value
class ClockRow(Row):
    KEY: ClassVar = ("name",)

    name: str
    interval: CalendarDuration | None = None
    count: int | None = None
    share: Decimal | None = None
    weight: Weight = Weight.REQUIRED
    active: bool = True


@value
class OtherRow(Row):
    KEY: ClassVar = ("name",)

    name: str


def row(row_id="A-1", kind=ClockRow, **more):
    frame = {
        "jurisdiction": "any",
        "basis": Basis.PRACTICE,
        "seen": Seen.PRIMARY,
        "source_id": "practice",
        "locator": "",
    }
    return kind(**(frame | {"row_id": row_id, "name": "clock"} | more))


# -- the frame -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "expected"),
    [(date(2025, 12, 31), False), (date(2026, 1, 1), True), (date(2026, 6, 30), True), (date(2026, 7, 1), False)],
)
def test_in_force_is_half_open(on, expected):
    """A row holds from its first day, and no longer on its last."""
    assert expected is row(effective_from=date(2026, 1, 1), effective_to=date(2026, 7, 1)).in_force(on)


def test_in_force_without_dates():
    """A row without dates always holds."""
    assert row().in_force(date.min)
    assert row().in_force(date.max)


def test_repr_names_the_row():
    """The words of a row are long: its id is enough to find it."""
    assert repr(row("A-7", note="long")) == "ClockRow(A-7)"


def test_lane():
    """What nobody has read is shown as practice, whatever it claims to be."""
    law = row(basis=Basis.LAW, seen=Seen.NOT_READ)

    assert (law.lane, law.is_law) == (Basis.PRACTICE, True)
    assert Basis.LAW is row(basis=Basis.LAW, seen=Seen.SECONDARY).lane


def test_site():
    """A site's own row names the site as its source."""
    assert row(source_id="site:north").is_site
    assert not row().is_site


def test_key():
    """Rows of a kind share the key that the kind names; a bare row is its own key."""
    assert row("A-1").key == row("A-2").key == ("clock",)
    bare = Row(row_id="A-1", jurisdiction="any", basis=Basis.LAW, seen=Seen.PRIMARY, source_id="seed", locator="1")
    assert bare.key == ("A-1",)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("any", ("any",)),
        ("US", ("any", "US")),
        ("US-NH", ("any", "US", "US-NH")),
        ("GB-EAW", ("any", "GB", "GB-EAW")),
    ],
)
def test_lineage(code, expected):
    """A code's parents apply too, widest first."""
    assert expected == lineage(code)


# -- reading ---------------------------------------------------------------------------------------------------------

COLUMNS = [field.name for field in attrs.fields(ClockRow)]
CELLS = {
    "row_id": "A-1",
    "jurisdiction": "US",
    "basis": "practice",
    "seen": "primary",
    "source_id": "practice",
    "name": "clock",
    "weight": "required",
    "active": "yes",
}


def text(header=COLUMNS, **cells):
    filled = CELLS | cells
    return "\n".join([",".join(header), ",".join(filled.get(name, "") for name in header)]) + "\n"


def test_rows_from_csv():
    """Each cell is read as its column says; an empty optional cell is None."""
    cells = {"interval": "P3M", "count": "3", "share": "0.25", "active": "no", "effective_from": "2026-01-01"}

    assert (
        row(
            jurisdiction="US",
            interval=CalendarDuration(months=3),
            count=3,
            share=Decimal("0.25"),
            active=False,
            effective_from=date(2026, 1, 1),
        ),
    ) == rows_from_csv(text(**cells), ClockRow)


def test_a_cell_may_hold_commas_and_line_ends():
    """A quoted cell is read as it is written."""
    assert [one.note for one in rows_from_csv(text(note='"one, two\nthree"'), ClockRow)] == ["one, two\nthree"]


def test_columns_in_any_order():
    """The header says which column is which."""
    assert rows_from_csv(text(), ClockRow) == rows_from_csv(text(header=COLUMNS[::-1]), ClockRow)


def test_a_header_alone():
    """A table without rows is a table."""
    assert rows_from_csv(",".join(COLUMNS), ClockRow) == ()


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ([*COLUMNS, "color"], "color"),
        (COLUMNS[1:], "row_id"),
        ([*COLUMNS, "row_id"], "row_id"),
        ([*COLUMNS[2:], "color"], "color, jurisdiction, row_id"),
    ],
)
def test_refuses_columns(header, named):
    """A column too many, too few or twice is named."""
    with pytest.raises(PolicyError) as caught:
        rows_from_csv(text(header=header), ClockRow, table="clocks")

    assert str(caught.value) == f"clocks: columns {named} are unknown, missing or twice; compare the header"


def test_refuses_an_empty_text():
    """No header is no table."""
    with pytest.raises(PolicyError):
        rows_from_csv("", ClockRow)


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ({"active": "true"}, "clocks row A-1: active cannot be read: write yes or no"),
        ({"interval": "3M"}, "clocks row A-1: interval cannot be read: not a duration"),
        ({"count": "three"}, "clocks row A-1: count cannot be read: "),
        ({"share": "a quarter"}, "clocks row A-1: share cannot be read: "),
        ({"effective_from": "2026-02-29"}, "clocks row A-1: effective_from cannot be read: "),
        ({"basis": "rumor"}, "clocks row A-1: basis cannot be read: "),
        ({"note": "a,b"}, "clocks row A-1: has 20 cells for 19 columns"),
    ],
)
def test_refuses_cells(cells, sentence):
    """A cell that cannot be read is named by table, row and column."""
    with pytest.raises(PolicyError) as caught:
        rows_from_csv(text(**cells), ClockRow, table="clocks")

    assert str(caught.value).startswith(sentence)


def test_refuses_an_empty_line():
    """A line without cells is not skipped in silence."""
    with pytest.raises(PolicyError, match="rows row : has 0 cells for 19 columns"):
        rows_from_csv(text() + "\n", ClockRow)


def test_shipped_tables_are_read_once():
    """A shipped table is one object for everyone."""
    assert read_table("sources", Source) is read_table("sources", Source)


def test_sources_by_id():
    """Every source is found by its id, and states under which terms it is used."""
    sources = read_sources()

    assert "seed" in sources
    assert all(source_id == source.source_id and source.licence for source_id, source in sources.items())


# -- choosing --------------------------------------------------------------------------------------------------------


def test_applicable():
    """The rows of a place are its own, its parents' and those of the overlays that are switched on."""
    rows = (
        row("any"),
        row("us", jurisdiction="US"),
        row("nh", jurisdiction="US-NH"),
        row("ca", jurisdiction="US-CA"),
        row("gb", jurisdiction="GB"),
        row("snf", jurisdiction="US", overlay="snf"),
        row("ect", overlay="ect"),
    )

    assert [one.row_id for one in applicable(rows, jurisdiction="US-NH", overlays=())] == ["any", "us", "nh"]
    assert [one.row_id for one in applicable(rows, jurisdiction="US", overlays=("snf",))] == ["any", "us", "snf"]
    assert [one.row_id for one in applicable(rows, jurisdiction="any", overlays=("snf",))] == ["any"]


LADDER = (
    row("any"),
    row("us", jurisdiction="US"),
    row("nh", jurisdiction="US-NH"),
    row("snf", jurisdiction="US", overlay="snf"),
    row("site", source_id="site:north"),
)


@pytest.mark.parametrize("steps", range(1, len(LADDER) + 1))
def test_most_particular_wins(steps):
    """A narrower code outranks a wider one, an overlay any code, and a site's own row everything but law."""
    assert (LADDER[steps - 1],) == prevailing(LADDER[:steps]) == prevailing(LADDER[:steps][::-1])


def test_law_stays():
    """Law is never merged with, or replaced by, any other row, its own key included."""
    law = row("law", basis=Basis.LAW)
    unread = row("unread", basis=Basis.LAW, seen=Seen.NOT_READ)

    assert (law, unread, LADDER[-1]) == prevailing((LADDER[-1], law, LADDER[0], unread))


@pytest.mark.parametrize("others", [(), (LADDER[1],), (LADDER[4],)])
def test_overlap_is_an_error(others):
    """Two rows of equal standing that claim one key are both named, even where a third would outrank them."""
    with pytest.raises(PolicyError) as caught:
        prevailing((row("A-1"), *others, row("A-2")))

    assert str(caught.value) == "rows A-1 and A-2 claim one key on the same day; end one of them"


def test_tables_do_not_share_keys():
    """The same word in two tables is two keys."""
    rows = (row("A-1"), row("B-1", kind=OtherRow))

    assert rows == prevailing(rows)


# -- timelines -------------------------------------------------------------------------------------------------------

OLD = row("old", effective_to=date(2026, 7, 1))
NEW = row("new", effective_from=date(2026, 7, 1))


def ids(rows):
    return tuple(one.row_id for one in rows)


@pytest.mark.parametrize(
    ("on", "expected", "valid_until"),
    [
        (date(2026, 6, 30), ("old",), date(2026, 7, 1)),
        (date(2026, 7, 1), ("new",), None),
    ],
)
def test_timeline(on, expected, valid_until):
    """A view holds the rows in force, and the day learns when the next one starts or ends."""
    day = Day(on)

    assert expected == Timeline((OLD, NEW), ids).at(day)
    assert valid_until == day.valid_until


def test_timeline_builds_once_between_two_changes():
    """A view is built once for all days between one change and the next."""
    built = []
    timeline = Timeline((OLD, NEW), lambda rows: built.append(rows) or rows)
    for on in (date(2026, 1, 1), date(2026, 6, 30), date(2026, 7, 1), date(2027, 1, 1), date(2026, 1, 1)):
        timeline.at(Day(on))

    assert built == [(OLD,), (NEW,)]


def test_timeline_tells_an_overlap_on_its_days():
    """An overlap is an error on the days on which it stands."""
    timeline = Timeline((OLD, row("late", effective_from=date(2026, 6, 1))), ids)

    assert timeline.at(Day(date(2026, 5, 31))) == ("old",)
    assert timeline.at(Day(date(2026, 7, 1))) == ("late",)
    with pytest.raises(PolicyError, match="rows old and late"):
        timeline.at(Day(date(2026, 6, 1)))


def test_timeline_is_compared_by_rows_and_builder():
    """Timelines are equal when they would give the same views; what was built so far counts for nothing."""
    one, other = Timeline((OLD, NEW), ids), Timeline([OLD, NEW], ids)
    one.at(Day(date(2026, 1, 1)))

    assert (one, hash(one)) == (other, hash(other))
    assert one != Timeline((OLD,), ids)
    assert one != Timeline((OLD, NEW), tuple)
    assert one != (OLD, NEW)


def test_timeline_pickles():
    """A timeline goes to another process and gives the same views there."""
    timeline = Timeline((OLD, NEW), ids)
    again = pickle.loads(pickle.dumps(timeline))

    assert timeline == again
    assert again.at(Day(date(2026, 7, 1))) == ("new",)


def test_grouped():
    """Rows by key, each group in table order."""
    rows = (row("1", name="b"), row("2", name="a"), row("3", name="b"))

    assert {"b": (rows[0], rows[2]), "a": (rows[1],)} == grouped(rows, lambda one: one.name)
