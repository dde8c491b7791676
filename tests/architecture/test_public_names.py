"""The public names: all there, all documented, and in order."""

import inspect

import pytest

import alliance_core
from alliance_core.review import RULES


def test_order():
    """Names stand once and in order, so that a reader finds one."""
    names = alliance_core.__all__

    assert sorted(set(names), key=str) == list(names)
    assert dir(alliance_core) == list(names)  # those that are loaded on first use are listed too


@pytest.mark.parametrize("name", alliance_core.__all__)
def test_a_name_is_there_and_says_what_it_is(name):
    """Each can be imported, and its docstring is its own."""
    thing = getattr(alliance_core, name)
    said = thing.__doc__ or ""

    assert said.strip()
    assert inspect.isclass(thing) is (name[0].isupper())
    if inspect.isclass(thing):
        assert said not in {base.__doc__ for base in thing.__mro__[1:]}


@pytest.mark.parametrize("name", ["Chart", "Policy", "review_chart", "explain", "Recorded", "Finding", "load_policy"])
def test_what_the_readme_uses(name):
    assert name in alliance_core.__all__


def test_rules_have_ids_of_their_own():
    """An id names one rule, and begins with its area."""
    ids = [rule.id for rule in RULES]

    assert len(set(ids)) == len(ids)
    assert {one.partition(".")[0] for one in ids} == {
        "competency",
        "consent",
        "deprescribing",
        "diagnosis",
        "invitations",
        "links",
        "relationship",
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_one_sentence_or_two_with_a_source(rule):
    assert rule.says.endswith(".")
    assert rule.source
    assert rule.locator
