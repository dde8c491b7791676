"""The laws of four-valued facts, each checked over all of their triples."""

from itertools import permutations, product

import pytest

from alliance_core.base.facts import Recorded, all_yes, any_yes, negate

COMBINE = (all_yes, any_yes)
PAIRS = tuple(product(Recorded, repeat=2))
TRIPLES = tuple(product(Recorded, repeat=3))


@pytest.mark.parametrize("combine", COMBINE)
class TestCombining:
    """`all_yes` and `any_yes` are commutative, associative and idempotent."""

    def test_commutative(self, combine):
        for facts in TRIPLES:
            assert {combine(*order) for order in permutations(facts)} == {combine(*facts)}

    def test_associative(self, combine):
        for a, b, c in TRIPLES:
            assert combine(a, combine(b, c)) is combine(combine(a, b), c) is combine(a, b, c)

    def test_idempotent(self, combine):
        for fact in Recorded:
            assert combine(fact) is combine(fact, fact) is combine(fact, fact, fact) is fact

    def test_answers_are_among_the_questions(self, combine):
        for facts in TRIPLES:
            assert combine(*facts) in facts


class TestDeMorgan:
    """Not all are yes exactly when some are no; not any is yes exactly when all are no."""

    def test_not_all(self):
        for facts in TRIPLES:
            assert negate(all_yes(*facts)) is any_yes(*map(negate, facts))

    def test_not_any(self):
        for facts in TRIPLES:
            assert negate(any_yes(*facts)) is all_yes(*map(negate, facts))

    def test_twice_is_nothing(self):
        for fact in Recorded:
            assert negate(negate(fact)) is fact


class TestUnknownIsNeverNo:
    """NO beats NOT_RECORDED beats UNCLEAR beats YES for all; YES beats NOT_RECORDED beats UNCLEAR beats NO for any."""

    def test_all_yes_takes_the_first_of_its_order(self):
        order = (Recorded.NO, Recorded.NOT_RECORDED, Recorded.UNCLEAR, Recorded.YES)
        for facts in TRIPLES:
            assert all_yes(*facts) is min(facts, key=order.index)

    def test_any_yes_takes_the_first_of_its_order(self):
        order = (Recorded.YES, Recorded.NOT_RECORDED, Recorded.UNCLEAR, Recorded.NO)
        for facts in TRIPLES:
            assert any_yes(*facts) is min(facts, key=order.index)

    def test_an_answer_is_known_only_if_it_would_stand_whatever_the_unknown_turn_out_to_be(self):
        for combine, (a, b) in product(COMBINE, PAIRS):
            outcomes = {combine(x, y) for x in _readings(a) for y in _readings(b)}
            assert combine(a, b).known == (len(outcomes) == 1)


def _readings(fact):
    return (fact,) if fact.known else (Recorded.YES, Recorded.NO)
