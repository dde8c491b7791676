"""The laws of records and charts: silent, equal by content, order-free, as they stood on a day."""

import copy
import dataclasses
import pickle
from datetime import timedelta

import pydantic
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alliance_core.base.day import Day
from alliance_core.base.errors import ChartError
from alliance_core.base.kinds import changed, fields_of
from alliance_core.chart import Chart
from alliance_core.deprescribing.records import Regimen
from alliance_core.records import Encounter, setting_on
from alliance_core.testing import REVIEW_DAY, charts, charts_on_days, permuted, records

MARK = "planted-marker"
MARKED = st.just(MARK)


def inside(cls):
    """Return a record class and every record class that it holds."""
    found = {cls}
    for field in dataclasses.fields(cls):
        for part in parts(field.type):
            if dataclasses.is_dataclass(part):
                found |= inside(part)
    return found


def parts(annotation):
    yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from parts(part)


RECORDS = sorted(inside(Chart) | {Regimen}, key=lambda cls: cls.__name__)
every_record = pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
DATA = st.data()


@every_record
class TestSilent:
    """No exception, repr, log line or error body carries a patient's value."""

    @given(data=DATA)
    def test_repr(self, cls, data):
        made = data.draw(records(cls, texts=MARKED))

        assert f"{cls.__name__}(…)" == repr(made) == str(made) == f"{made}"

    @given(data=DATA)
    def test_error(self, cls, data):
        made = dict(fields_of(data.draw(records(cls, texts=MARKED))))
        made[data.draw(st.sampled_from([*made, MARK]))] = {MARK: [MARK]}

        with pytest.raises(ChartError) as caught:
            cls(**made)

        assert MARK not in f"{caught.value}{caught.value!r}"


@every_record
class TestEqualByContent:
    """A record is its fields: frozen, hashable, the same in another process and back from JSON."""

    @given(data=DATA)
    def test_copies(self, cls, data):
        made = data.draw(records(cls))
        copies = (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made)), cls(**fields_of(made)))

        assert {made} == set(copies)

    @given(data=DATA)
    def test_json(self, cls, data):
        made, adapter = data.draw(records(cls)), pydantic.TypeAdapter(cls)

        assert made == adapter.validate_json(adapter.dump_json(made))

    @given(data=DATA)
    def test_frozen(self, cls, data):
        made = data.draw(records(cls))
        before = pickle.dumps(made)
        for field in dataclasses.fields(cls):
            with pytest.raises(dataclasses.FrozenInstanceError):
                setattr(made, field.name, None)

        assert before == pickle.dumps(made)


class TestOneRecordAnId:
    """Identical records are read once; two different ones under one id are an error."""

    LISTS = st.sampled_from(("medications", "reviews", "problems", "circumstances", "encounters", "observations"))

    @given(charts(), LISTS, st.randoms(use_true_random=False))
    def test_identical(self, chart, name, random):
        once = getattr(chart, name) or ()
        twice = [*once, *copy.deepcopy(once)]
        random.shuffle(twice)

        regimen = changed(chart, **{name: tuple(twice)}).regimen

        assert set(once) == set(getattr(regimen, name))
        assert len(once) == len(getattr(regimen, name))

    @given(charts(), st.data())
    def test_different(self, chart, data):
        lists = [name for name, found in fields_of(chart).items() if isinstance(found, tuple) and found]
        assume(len(lists) > 1)
        here, there = data.draw(st.permutations(lists))[:2]
        taken = getattr(chart, there)[0].id

        with pytest.raises(ChartError, match=r"^\w+\[\d+\] has the id of another, different record$"):
            changed(chart, **{here: (changed(getattr(chart, here)[0], id=taken), *getattr(chart, here)[1:])})


DAY = Day(REVIEW_DAY)


class TestOrderFree:
    """The order of records counts for nothing."""

    @given(charts(), st.data())
    def test_setting(self, chart, data):
        assert chart.setting_on(DAY) is data.draw(permuted(chart)).setting_on(DAY)

    @given(st.lists(records(Encounter), unique_by=lambda one: one.id, max_size=6), st.data())
    def test_setting_of_many(self, encounters, data):
        assert setting_on(tuple(encounters), DAY) is setting_on(tuple(data.draw(st.permutations(encounters))), DAY)

    @given(charts_on_days(), st.data())
    def test_what_is_not_yet(self, chart_on, data):
        chart, on = chart_on
        day, other = Day(on), Day(on)

        assert chart.as_of(day)[1] == data.draw(permuted(chart)).as_of(other)[1]
        assert day.valid_until == other.valid_until


class TestAsOf:
    """A record dated after the day is not seen, is counted, and bounds `valid_until`."""

    @given(charts_on_days())
    def test_seen_and_not_yet_are_all(self, chart_on):
        chart, on = chart_on
        seen, later = chart.as_of(Day(on))

        assert count(seen) + later == count(chart)

    @given(charts_on_days())
    def test_once_is_enough(self, chart_on):
        chart, on = chart_on
        seen, _ = chart.as_of(Day(on))

        assert (seen, 0) == seen.as_of(Day(on))

    @given(charts_on_days(), st.integers(0, 900))
    def test_a_later_day_sees_no_less(self, chart_on, ahead):
        chart, on = chart_on
        now, then = chart.as_of(Day(on)), chart.as_of(Day(on + timedelta(days=ahead)))

        assert then[1] <= now[1]
        assert ids(now[0]) <= ids(then[0])

    @given(charts_on_days(), st.integers(0, 900))
    def test_the_same_until_it_says_otherwise(self, chart_on, ahead):
        chart, on = chart_on
        day, then = Day(on), on + timedelta(days=ahead)
        seen = chart.as_of(day)

        assert seen == chart.as_of(Day(then)) or (day.valid_until is not None and day.valid_until <= then)

    @given(charts_on_days())
    def test_it_differs_on_the_day_it_names(self, chart_on):
        chart, on = chart_on
        day = Day(on)
        _, later = chart.as_of(day)

        assert (later > 0) == (day.valid_until is not None)
        assert day.valid_until is None or chart.as_of(Day(day.valid_until))[1] < later


def ids(chart):
    """Return the ids of the records that the chart lists."""
    return {one.id for found in fields_of(chart).values() if isinstance(found, tuple) for one in found}


def count(chart):
    return len(ids(chart)) + (chart.preferences is not None)
