"""Facts have four values, and none of them is quietly false."""

import pytest

from alliance_core.base.facts import Recorded, all_yes, any_yes, negate

YES, NO, UNCLEAR, NOT_RECORDED = Recorded


def test_wire_words():
    """The four values are written as they are said."""
    assert [fact.value for fact in Recorded] == ["yes", "no", "unclear", "not-recorded"]


@pytest.mark.parametrize("fact", Recorded)
def test_refuses_truth(fact):
    """A fact is never true or false by itself, and the sentence says what to write."""
    with pytest.raises(TypeError) as caught:
        bool(fact)

    assert str(caught.value) == (
        "a Recorded fact has four values: write `fact is Recorded.YES`, or combine facts with `all_yes` / `any_yes`"
    )


def test_is_no_text():
    """A fact never equals its wire word, nor a word of another enumeration."""
    assert all(fact != fact.value for fact in Recorded)


def test_known():
    """Only yes and no are known."""
    assert [fact for fact in Recorded if fact.known] == [YES, NO]


def test_of_nothing():
    """Of no facts at all, all are yes and none is."""
    assert all_yes() is YES
    assert any_yes() is NO


@pytest.mark.parametrize(
    ("facts", "every", "some"),
    [
        ((YES, YES), YES, YES),
        ((YES, UNCLEAR), UNCLEAR, YES),
        ((YES, NOT_RECORDED), NOT_RECORDED, YES),
        ((YES, NO), NO, YES),
        ((UNCLEAR, UNCLEAR), UNCLEAR, UNCLEAR),
        ((UNCLEAR, NOT_RECORDED), NOT_RECORDED, NOT_RECORDED),
        ((UNCLEAR, NO), NO, UNCLEAR),
        ((NOT_RECORDED, NOT_RECORDED), NOT_RECORDED, NOT_RECORDED),
        ((NOT_RECORDED, NO), NO, NOT_RECORDED),
        ((NO, NO), NO, NO),
    ],
)
def test_pairs(facts, every, some):
    """Every pair has one conjunction and one disjunction, and this is the whole table."""
    assert (every, some) == (all_yes(*facts), any_yes(*facts))


def test_negate():
    """Yes and no change places; what is unknown stays unknown, of the same kind."""
    assert [negate(fact) for fact in Recorded] == [NO, YES, UNCLEAR, NOT_RECORDED]
