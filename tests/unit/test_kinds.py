"""Two kinds of class: a record is checked and silent, a value is trusted and cheap."""

import copy
import dataclasses
import pickle
import traceback
from datetime import date
from enum import Enum
from typing import Annotated

import attrs
import pytest
from pydantic import StringConstraints

from alliance_core.base import kinds
from alliance_core.base.errors import AllianceError, ChartError, PolicyError, Problem
from alliance_core.base.kinds import changed, fields_of, path_text, problems_of, record, value

MARK = "planted-marker"


class Color(Enum):
    RED = "red"


@record
class Leaf:
    name: Annotated[str, StringConstraints(max_length=80)]
    color: Color | None = None


@record
class Tree:
    leaf: Leaf
    leaves: tuple[Leaf, ...] = ()
    planted_on: date | None = None

    def __post_init__(self) -> None:
        if self.planted_on and not self.leaves:
            raise ValueError("planted_on is set, and leaves is empty")


@value
class Pair:
    left: int
    right: int = 0


def refused(make):
    with pytest.raises(ChartError) as caught:
        make()
    return caught.value


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "name: Field required"),
        ({"name": 1}, "name: Input should be a valid string"),
        ({"name": "x", "color": "red"}, "color: Input should be an instance of Color"),
        ({"name": "\ud800"}, "name: is not valid here (string unicode)"),
        ({"name": "x", MARK: MARK}, "has a field that this schema does not know; remove it"),
        ({"name": "x", "self": MARK}, "has a field that this schema does not know; remove it"),
        ({MARK: MARK}, "name: Field required; has a field that this schema does not know; remove it"),
    ],
)
def test_record_refuses(fields, expected):
    """Every problem is told at once, by known name and rule; an unknown name is not repeated."""
    assert expected == str(refused(lambda: Leaf(**fields)))


def test_record_refuses_positions():
    """Fields are given by name."""
    assert str(refused(lambda: Leaf(MARK))) == "takes named fields only"


def test_record_names_the_path():
    """A path leads from the record to the field, through positions."""
    error = refused(lambda: Tree(leaf=MARK, leaves=(Leaf(name="x"), MARK)))

    assert [problem.path for problem in error.problems] == ["leaf", "leaves[1]"]


def test_record_keeps_no_list():
    """A sequence is a tuple: a list could change."""
    assert str(refused(lambda: Tree(leaf=Leaf(name="x"), leaves=[]))) == "leaves: Input should be a valid tuple"


def test_cross_field_check():
    """A rule between fields is told in its own sentence."""
    error = refused(lambda: Tree(leaf=Leaf(name="x"), planted_on=date(2026, 1, 1)))

    assert str(error) == "planted_on is set, and leaves is empty"


@pytest.mark.parametrize("fields", [{"name": MARK, "color": MARK}, {"name": {MARK: MARK}}, {"name": "x", MARK: MARK}])
def test_error_carries_nothing(fields):
    """Neither the error, nor what it is chained to, nor the locals of any frame of ours carry a planted value."""
    error = refused(lambda: Leaf(**fields))
    frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack

    assert error.__cause__ is None
    assert error.__context__ is None
    assert MARK not in f"{error}{error!r}{error.args}{pickle.dumps(error)}"
    assert MARK not in str([frame.locals for frame in frames if frame.filename == kinds.__file__])


def test_record_is_frozen():
    """A record is never changed and has no room for more."""
    leaf = Leaf(name="x")

    with pytest.raises(dataclasses.FrozenInstanceError):
        leaf.name = "y"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del leaf.name
    with pytest.raises((AttributeError, TypeError)):
        leaf.more = 1
    assert not hasattr(leaf, "__dict__")


def test_record_repr():
    """A record prints its class and nothing else, even half-built."""
    assert "Leaf(…)" == repr(Leaf(name=MARK)) == str(Leaf(name=MARK)) == repr(object.__new__(Leaf))


def test_record_is_a_value_too():
    """Equal fields make equal records, which hash, copy and pickle."""
    leaf = Leaf(name="x", color=Color.RED)

    assert len({leaf, Leaf(name="x", color=Color.RED), copy.deepcopy(leaf), pickle.loads(pickle.dumps(leaf))}) == 1
    assert leaf != Leaf(name="x")


def test_value():
    """A value is frozen, named, slotted and compared by content."""
    pair = Pair(left=1)

    assert (pair, hash(pair)) == (Pair(left=1, right=0), hash(Pair(left=1)))
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        pair.left = 2
    with pytest.raises(TypeError):
        Pair(1)
    with pytest.raises(TypeError):
        assert hash(pair) < pair
    assert not hasattr(pair, "__dict__")


def test_changed():
    """A changed copy leaves the first as it was, and a record is checked again."""
    leaf, pair = Leaf(name="x"), Pair(left=1)

    assert (Leaf(name="y"), Pair(left=2)) == (changed(leaf, name="y"), changed(pair, left=2))
    assert (Leaf(name="x"), Pair(left=1)) == (leaf, pair)
    assert str(refused(lambda: changed(leaf, name=1))) == "name: Input should be a valid string"


def test_fields_of():
    """Fields come in the order in which they were declared, of records and of values."""
    assert list(fields_of(Leaf(name="x")).items()) == [("name", "x"), ("color", None)]
    assert list(fields_of(Pair(left=1)).items()) == [("left", 1), ("right", 0)]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [((), ""), (("a",), "a"), (("a", 2, "b"), "a[2].b"), ((0, "a"), "[0].a"), (("a", 0, 1), "a[0][1]")],
)
def test_path_text(steps, expected):
    """A path is written with dots for names and brackets for positions."""
    assert expected == path_text(steps)


def test_problems_of_an_unforeseen_kind():
    """An error whose sentence may hold what was read is told by its kind alone."""
    detail = {"type": "date_from_datetime_parsing", "loc": ("a", 0), "msg": MARK, "input": MARK}

    assert (Problem(path="a[0]", reason="is not valid here (date from datetime parsing)"),) == problems_of([detail])


def test_errors():
    """There is one hierarchy, and an error with several problems says them all."""
    problems = (Problem(path="a", reason="is wrong"), Problem(path="", reason="is not a chart"))
    error = ChartError(problems)

    assert str(error) == "a: is wrong; is not a chart"
    assert problems == pickle.loads(pickle.dumps(error)).problems
    assert issubclass(ChartError, AllianceError)
    assert issubclass(PolicyError, AllianceError)


@value
class Conclusion:
    name: str


@value
class Named(Conclusion):
    def __repr__(self) -> str:
        return "named"


@value
class Inherits(Named):
    more: str


def test_value_repr():
    """A conclusion shows its name alone; one that has a repr of its own keeps it, and so do its kinds."""
    assert "Conclusion(…)" == repr(Conclusion(name=MARK)) == repr(object.__new__(Conclusion))
    assert "named" == repr(Named(name=MARK)) == repr(Inherits(name=MARK, more=MARK))
