"""The law that every answer knows until when it holds."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alliance_core.base.day import Day
from alliance_core.testing import days_around

ON = date(2026, 11, 24)
HORIZON = 60
NEAR = st.integers(-5, HORIZON + 5).map(lambda n: ON + timedelta(days=n)) | days_around(ON) | st.none()
#: A rule as a tree of questions: which one is asked next depends on the answers so far.
RULES = st.recursive(
    st.sampled_from(("met", "not met", "cannot tell")),
    lambda rest: st.tuples(st.sampled_from(("has_reached", "has_passed")), NEAR, rest, rest),
    max_leaves=12,
)


def answer(rule, on):
    """Return what the rule answers on a day, and until when it holds."""
    day = Day(on)
    while isinstance(rule, tuple):
        question, asked, if_so, if_not = rule
        rule = if_so if getattr(day, question)(asked) else if_not
    return rule, day.valid_until


class TestValidity:
    """The same chart and policy give the same review on every day before `valid_until`."""

    @given(RULES)
    def test_every_day_before_it_answers_the_same(self, rule):
        first, valid_until = answer(rule, ON)
        for ahead in range(HORIZON):
            on = ON + timedelta(days=ahead)
            if valid_until is None or on < valid_until:
                assert answer(rule, on) == (first, valid_until)

    @given(RULES)
    def test_it_lies_ahead(self, rule):
        _, valid_until = answer(rule, ON)

        assert valid_until is None or valid_until > ON


class TestSteppingEqualsJumping:
    """Stepping day by day equals jumping."""

    @given(RULES)
    def test_same_answers(self, rule):
        stepped = [answer(rule, ON + timedelta(days=ahead))[0] for ahead in range(HORIZON)]

        jumped, on = [], ON
        while len(jumped) < HORIZON:
            said, valid_until = answer(rule, on)
            held = HORIZON if valid_until is None else (valid_until - on).days
            jumped += [said] * held
            on += timedelta(days=held)

        assert stepped == jumped[:HORIZON]
