"""Findings are data: keyed, ordered in one way, silent about what was read."""

from datetime import date
from itertools import permutations

import attrs
import pytest

from alliance_core.base.findings import OPEN, Answer, Audience, Finding, Rule, Weight, canonical
from alliance_core.base.sources import Basis, Seen, Source

MARK = "planted-marker"


def finding(rule="a.rule", about="one", item="", answer=Answer.NOT_MET, weight=Weight.REQUIRED, **more):
    return Finding(rule=rule, about=about, item=item, answer=answer, weight=weight, **more)


def test_key():
    """A finding is known by its rule, its record and its item, whatever it answers."""
    assert finding(item="x").key == finding(item="x", answer=Answer.MET, due_on=date(2026, 1, 1)).key
    assert finding(item="x").key == ("a.rule", "one", "x")


@pytest.mark.parametrize(
    ("answer", "is_open"),
    [
        (Answer.MET, False),
        (Answer.NOT_MET, True),
        (Answer.CANNOT_TELL, True),
        (Answer.JUDGEMENT, True),
        (Answer.NOT_APPLICABLE, False),
    ],
)
def test_open(answer, is_open):
    """Someone has to look at what is not met, cannot be told, or needs judgement."""
    assert is_open is finding(answer=answer).is_open is (answer in OPEN)


def test_weights_rank_from_the_heaviest():
    """Safety comes first."""
    assert [weight.rank for weight in (Weight.SAFETY, Weight.ESSENTIAL, Weight.REQUIRED, Weight.RECOMMENDED)] == [
        0,
        1,
        2,
        3,
    ]


def test_canonical_order():
    """Heaviest first, then not met before unknown, then by key; the order of making counts for nothing."""
    expected = (
        finding(weight=Weight.SAFETY, answer=Answer.MET),
        finding(weight=Weight.ESSENTIAL),
        finding(weight=Weight.ESSENTIAL, answer=Answer.JUDGEMENT),
        finding(weight=Weight.ESSENTIAL, answer=Answer.CANNOT_TELL),
        finding(rule="b.rule", weight=Weight.RECOMMENDED),
        finding(rule="b.rule", about="two", weight=Weight.RECOMMENDED),
    )

    assert {expected} == {canonical(order) for order in permutations(expected)}


def test_canonical_order_ends_in_the_item():
    """Two items of one rule and record stand in the order of their names."""
    x, y = finding(item="x"), finding(item="y")

    assert (x, y) == canonical([y, x]) == canonical((x, y))


def test_repr_is_silent():
    """No repr carries a patient's value: only the rule is named."""
    made = finding(about=MARK, item=MARK, because=(("path", MARK),), missing=(MARK,), rows=(MARK,))

    assert "Finding(a.rule, …)" == repr(made) == str(made) == f"{made}"


def test_repr_is_total():
    """A half-built finding can be printed."""
    assert repr(object.__new__(Finding)) == "Finding(, …)"


def test_frozen():
    """A finding is never changed, and has no room for more."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        finding().answer = Answer.MET
    with pytest.raises(AttributeError):
        finding().more = 1
    with pytest.raises(TypeError):
        Finding("a.rule", "one")


def test_rule_and_source_are_values():
    """Equal content is equal, and hashes so."""
    rules = {Rule(id="a", basis=Basis.SEED, source="seed", locator="x", says="y") for _ in range(2)}
    sources = {_source() for _ in range(2)}

    assert (len(rules), len(sources)) == (1, 1)


def _source():
    empty = dict.fromkeys((field.name for field in attrs.fields(Source)), "")
    return Source(**(empty | {"source_id": "seed", "licence": "own work", "checked_on": None}))


def test_wire_words():
    """Enumeration values are public API."""
    assert [" ".join(one.value for one in kind) for kind in (Answer, Weight, Audience, Basis, Seen)] == [
        "met not-met cannot-tell judgement not-applicable",
        "safety essential required recommended",
        "clinician portal",
        "seed law model_act regulator_guidance guideline label measure evidence practice",
        "primary secondary not_read",
    ]
