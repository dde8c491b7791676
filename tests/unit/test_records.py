"""Every record class: frozen, slotted, checked, and silent about what it holds."""

import dataclasses
import importlib
import pkgutil
import traceback
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import get_type_hints

import pytest

import alliance_core
from alliance_core.base import kinds
from alliance_core.base.day import Day
from alliance_core.base.doses import Dose
from alliance_core.base.errors import ChartError
from alliance_core.base.facts import Recorded
from alliance_core.chart import Chart
from alliance_core.competency.records import DecisionCapacity
from alliance_core.deprescribing.records import Regimen
from alliance_core.diagnosis import DiagnosisRevision
from alliance_core.records import Encounter, MedicationStatement, Person, as_day, first_day, has_age, last_day

MARK = "planted-marker"


def modules():
    """Return every module of the core, by import."""
    names = [found.name for found in pkgutil.walk_packages(alliance_core.__path__, "alliance_core.")]
    core = [name for name in names if ".edges" not in name and not name.endswith((".testing", ".__main__"))]
    return [importlib.import_module(name) for name in core]


def is_record(thing):
    return isinstance(thing, type) and hasattr(thing, "__pydantic_validator__") and dataclasses.is_dataclass(thing)


RECORDS = sorted(
    {one for module in modules() for one in vars(module).values() if is_record(one)}, key=lambda c: c.__name__
)
FIELDS = [(cls, field) for cls in RECORDS for field in dataclasses.fields(cls)]
every_record = pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
every_field = pytest.mark.parametrize(
    ("cls", "field"), FIELDS, ids=lambda one: getattr(one, "__name__", None) or one.name
)


class Marked:
    """Something that shows the planted marker to whoever prints it."""

    def __repr__(self):
        return MARK


def refused(make):
    with pytest.raises(ChartError) as caught:
        make()
    return caught.value


def test_every_record_is_found():
    """The list of records is not empty by mistake."""
    assert {Chart, Person, Dose, Regimen, DecisionCapacity, MedicationStatement} <= set(RECORDS)


@every_record
def test_repr_is_total_and_silent(cls):
    """Even a half-built record prints its name and nothing else."""
    half_built = object.__new__(cls)

    assert f"{cls.__name__}(…)" == repr(half_built) == str(half_built) == f"{half_built}"


@every_record
def test_frozen_and_slotted(cls):
    """A record is never changed and has no room for more."""
    half_built = object.__new__(cls)

    assert not hasattr(half_built, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(half_built, dataclasses.fields(cls)[0].name, MARK)


@every_record
def test_unknown_field(cls):
    """A field that the schema does not know is refused, and its name is not repeated."""
    error = refused(lambda: cls(**{MARK: MARK}))

    assert "has a field that this schema does not know; remove it" in str(error)
    assert MARK not in f"{error}{error!r}{error.args}"


@every_record
def test_positions(cls):
    """Fields are given by name."""
    assert str(refused(lambda: cls(MARK))) == "takes named fields only"


@every_record
def test_says_what_it_is(cls):
    """Every record has a docstring of its own, which the JSON Schema shows."""
    assert cls.__doc__
    assert not cls.__doc__.startswith(f"{cls.__name__}(")


@every_field
@pytest.mark.parametrize("planted", [Marked(), {MARK: MARK}, [MARK], (Marked(),), 0.5, Marked, "\ud800"], ids=type)
def test_wrong_type(cls, field, planted):
    """A wrong type is refused at its path, and nothing planted shows in the error or the frames of ours."""
    error = refused(lambda: cls(**{field.name: planted}))
    paths = [problem.path.split("[")[0].split(".")[0] for problem in error.problems]
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack

    assert field.name in paths
    assert (error.__cause__, error.__context__) == (None, None)
    assert MARK not in f"{error}{error!r}{error.args}"
    assert MARK not in str([frame.locals for frame in frames if frame.filename == kinds.__file__])


@every_field
def test_no_recorded_fact_is_a_bool(cls, field):
    """No field is a bool, a dict or a list: a fact has four values, a sequence is a tuple."""
    written = str(get_type_hints(cls, include_extras=True)[field.name])

    assert not {"bool", "dict", "list", "Mapping"} & set(written.replace("[", " ").replace("'", " ").split())


@every_field
def test_silence_is_the_default(cls, field):
    """A fact that nobody wrote down is not recorded; nothing else is presumed of anybody."""
    hint = get_type_hints(cls)[field.name]

    if hint is Recorded:
        assert field.default is Recorded.NOT_RECORDED
    elif isinstance(hint, type) and issubclass(hint, Enum) and field.default is not dataclasses.MISSING:
        assert (cls, field.name) == (MedicationStatement, "evidence")


@every_field
def test_datetime_is_no_date(cls, field):
    """A datetime is not taken for a day: its time zone would decide which."""
    if date in getattr(get_type_hints(cls)[field.name], "__args__", ()):
        error = refused(lambda: cls(**{field.name: datetime(2026, 1, 1)}))  # noqa: DTZ001

        assert f"{field.name}: Input should be a valid date" in str(error)


# -- checks between fields -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda: Encounter(id="e", started_on=date(2026, 1, 2), ended_on=date(2026, 1, 1)),
            "ended_on is before started_on",
        ),
        (
            lambda: MedicationStatement(id="m", started_on=date(2026, 1, 2), stopped_on=date(2026, 1, 1)),
            "stopped_on is before started_on",
        ),
        (
            lambda: DecisionCapacity(id="d", activated=Recorded.YES),
            "activated is yes, and deciders names nobody whose authority that is",
        ),
        (
            lambda: DiagnosisRevision(id="d", planned_on=date(2026, 1, 2), revised_on=date(2026, 1, 1)),
            "planned_on is after revised_on: a revision that was made is no longer planned",
        ),
        (lambda: Person(id="p", born_on="2001-02-29"), "born_on is not a day of the calendar"),
        (lambda: Person(id="p", born_on="2001-13"), "born_on is not a day of the calendar"),
        (lambda: Person(id="p", born_on="0000"), "born_on is not a day of the calendar"),
    ],
)
def test_cross_field_checks(make, sentence):
    """What cannot be true together is refused in a sentence that names fields."""
    assert sentence == str(refused(make))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Encounter(id="e", started_on=date(2026, 1, 1), ended_on=date(2026, 1, 1)),
        lambda: Encounter(id="e", ended_on=date(2026, 1, 1)),
        lambda: MedicationStatement(id="m", started_on=date(2026, 1, 1), stopped_on=date(2026, 1, 1)),
        lambda: MedicationStatement(id="m", stopped_on=date(2026, 1, 1)),
        lambda: DecisionCapacity(id="d", activated=Recorded.UNCLEAR),
        lambda: DiagnosisRevision(id="d", planned_on=date(2026, 1, 1)),
        lambda: Person(id="p", born_on="2000-02-29"),
        lambda: Person(id="p"),
    ],
)
def test_cross_field_checks_let_pass(make):
    """Half of what is known is no contradiction."""
    assert make() == make()


@pytest.mark.parametrize(
    "written", ["1980-2", "80", "1980-02-3", "1980/02/03", "1980-02-03T00:00", "", "1980\n", "१९८०"]
)
def test_partial_date_refuses(written):
    """A birth date is a year, a year and month, or a day."""
    assert "born_on: String should match pattern" in str(refused(lambda: Person(id="p", born_on=written)))


@pytest.mark.parametrize("amount", [Decimal("NaN"), Decimal("1E+999999"), Decimal("0.0000001"), 1, 1.5, "1"])
def test_measures_are_bounded(amount):
    """An amount is an exact decimal within bounds."""
    from alliance_core.records import Observation

    assert [problem.path for problem in refused(lambda: Observation(id="o", amount=amount)).problems] == ["amount"]


# -- ages and days ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2000", date(2000, 1, 1), date(2000, 12, 31)),
        ("2000-02", date(2000, 2, 1), date(2000, 2, 29)),
        ("2001-02", date(2001, 2, 1), date(2001, 2, 28)),
        ("2000-12", date(2000, 12, 1), date(2000, 12, 31)),
        ("2000-02-29", date(2000, 2, 29), date(2000, 2, 29)),
        ("9999-12", date(9999, 12, 1), date.max),
        ("9999-12-31", date.max, date.max),
        ("9999", date(9999, 1, 1), date.max),
    ],
)
def test_partial_date_range(written, first, last):
    """A partial date means every day from its first to its last."""
    assert (first, last) == (first_day(written), last_day(written))


@pytest.mark.parametrize(
    ("born_on", "on", "expected", "valid_until"),
    [
        (None, date(2026, 1, 1), Recorded.NOT_RECORDED, None),
        ("2008-03-10", date(2026, 3, 9), Recorded.NO, date(2026, 3, 10)),
        ("2008-03-10", date(2026, 3, 10), Recorded.YES, None),
        ("2008-03", date(2026, 2, 28), Recorded.NO, date(2026, 3, 1)),
        ("2008-03", date(2026, 3, 1), Recorded.UNCLEAR, date(2026, 3, 31)),
        ("2008-03", date(2026, 3, 31), Recorded.YES, None),
        ("2008", date(2025, 12, 31), Recorded.NO, date(2026, 1, 1)),
        ("2008", date(2026, 12, 30), Recorded.UNCLEAR, date(2026, 12, 31)),
        ("2008", date(2026, 12, 31), Recorded.YES, None),
        ("2008-02-29", date(2026, 2, 27), Recorded.NO, date(2026, 2, 28)),
        ("2008-02-29", date(2026, 2, 28), Recorded.YES, None),
        ("9990-01-01", date(2026, 1, 1), Recorded.NO, None),
    ],
)
def test_has_age(born_on, on, expected, valid_until):
    """An age is reached on the birthday; while only part of the birth date says so, it is unclear."""
    day = Day(on)

    assert expected is has_age(Person(id="p", born_on=born_on), 18, day)
    assert valid_until == day.valid_until


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-24", date(2026, 11, 24)),
        ("2026-11-24T23:59:59-08:00", date(2026, 11, 24)),
        ("2026-11-24T00:00:00Z", date(2026, 11, 24)),
        ("2026-11", None),
        ("2026", None),
        ("2026-02-29", None),
        ("2026-11-245", None),
        ("2026-11-24 or so", None),
        ("", None),
    ],
)
def test_as_day(written, expected):
    """A date-time counts as the day that it names, never converted; anything else names no day."""
    assert expected == as_day(written)
