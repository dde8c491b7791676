"""A plan for one visit: safety first, the patient's own item next, one or two that fit, and nothing dropped."""

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_core import Answer, ChartError, Finding, Weight, load_policy
from alliance_core.records import PlannedVisit
from alliance_core.review import RULES
from alliance_core.visit import Because, OwnItem, plan_visit

ON = date(2026, 11, 24)
POLICY = load_policy("US").visit
MINUTES = (15, 30, 45, 60)
OWN = OwnItem(id="own-1", text="sleep")


def finding(rule="deprescribing.review", weight=Weight.REQUIRED, answer=Answer.NOT_MET, about="a"):
    return Finding(rule=rule, about=about, answer=answer, weight=weight)


def plan(*findings, minutes=15, own=(), **more):
    return plan_visit(findings, minutes=minutes, policy=POLICY, on=ON, own=own, **more)


def kinds(placed):
    return [one.item.kind for one in placed]


class TestWhatFits:
    """One or two things whose minutes fit after the reserve; the rest is booked or waits, and says why."""

    def test_one_thing(self):
        made = plan(finding())

        assert (["medicines"], (), ()) == (kinds(made.chosen), made.booked, made.deferred)

    def test_own_item_comes_first(self):
        made = plan(finding(), own=(OWN,))

        assert ["own-item", "medicines"] == kinds(made.chosen)
        assert [Because.PATIENT_BRINGS_IT, Because.NEXT_BY_RANK] == [one.because for one in made.chosen]

    def test_safety_comes_before_everything(self):
        made = plan(finding(), finding("competency.leaving", Weight.SAFETY), own=(OWN,))

        assert ["safety", "own-item"] == kinds(made.chosen)
        assert ["medicines"] == kinds(made.deferred)

    def test_what_the_patient_brings_is_booked_when_safety_took_the_visit(self):
        long = OwnItem(id="own-1", minutes=10)
        made = plan(finding("competency.leaving", Weight.SAFETY), own=(long,))

        assert (["safety"], ["own-item"]) == (kinds(made.chosen), kinds(made.booked))
        assert Because.SAFETY_TOOK_THE_VISIT is made.booked[0].because

    def test_an_item_larger_than_the_room_is_booked(self):
        made = plan(finding("consent.discussion"), own=(OWN,))

        assert (["own-item"], ["consent"]) == (kinds(made.chosen), kinds(made.booked))
        assert Because.NEEDS_MORE_ROOM is made.booked[0].because

    def test_it_is_booked_where_there_is_room(self):
        visits = (
            PlannedVisit(id="short", planned_on=date(2026, 12, 1), minutes=15),
            PlannedVisit(id="later", planned_on=date(2027, 1, 9), minutes=30),
            PlannedVisit(id="long", planned_on=date(2026, 12, 9), minutes=30),
            PlannedVisit(id="no-day", minutes=60),
        )

        assert "long" == plan(finding("consent.discussion"), visits=visits).booked[0].visit
        assert "" == plan(finding("consent.discussion"), visits=visits[:1]).booked[0].visit

    def test_no_more_than_two(self):
        made = plan(finding(), finding("diagnosis.told"), finding("consent.preference"), minutes=60, own=(OWN,))

        assert (["own-item", "diagnosis"], ["medicines", "preferences"]) == (kinds(made.chosen), kinds(made.deferred))
        assert {Because.NO_ROOM_LEFT} == {one.because for one in made.deferred}

    def test_the_longest_unaddressed_comes_first(self):
        own = (OwnItem(id="b"), OwnItem(id="a"))

        assert ["a", "b"] == [one.item.about for one in plan(own=own, minutes=30).chosen]
        addressed = {"diagnosis": date(2026, 11, 1), "consent": date(2026, 1, 1)}
        made = plan(finding("diagnosis.told"), finding("consent.discussion"), minutes=60, addressed=addressed)
        assert (["diagnosis"], ["consent"]) == (kinds(made.chosen), kinds(made.booked))

    def test_what_is_settled_takes_no_time(self):
        made = plan(finding(answer=Answer.MET))

        assert ((), (), ()) == (made.chosen, made.booked, made.deferred)

    def test_an_unknown_rule_is_not_lost(self):
        assert ["other"] == kinds(plan(finding("site.own-rule")).chosen)

    def test_no_time_is_refused(self):
        with pytest.raises(ChartError, match="minutes"):
            plan(minutes=0)

    @pytest.mark.parametrize("rule", [rule.id for rule in RULES])
    def test_every_rule_has_a_kind(self, rule):
        """No rule of ours falls to the last row, but for a threat, which is about safety."""
        made = plan(finding(rule), minutes=60)

        assert "other" not in kinds((*made.chosen, *made.booked)) or rule == "invitations.threat"


FINDINGS = st.lists(
    st.builds(
        finding,
        rule=st.sampled_from([rule.id for rule in RULES] + ["site.rule"]),
        weight=st.sampled_from(Weight),
        answer=st.sampled_from(Answer),
        about=st.sampled_from(("a", "b", "c")),
    ),
    max_size=8,
)
OWNS = st.lists(
    st.builds(OwnItem, id=st.sampled_from(("x", "y")), minutes=st.none() | st.integers(1, 70)), max_size=2
).map(tuple)
ADDRESSED = st.dictionaries(
    st.sampled_from(("medicines", "diagnosis", "consent")), st.dates(date(2025, 1, 1), ON), max_size=3
)


class TestLaws:
    """What holds for every visit."""

    @given(FINDINGS, OWNS, st.sampled_from(MINUTES), ADDRESSED)
    def test_nothing_is_dropped(self, findings, own, minutes, addressed):
        """Chosen, booked and deferred together hold everything that is open, each once."""
        made = plan(*findings, minutes=minutes, own=own, addressed=addressed)
        placed = [one.item for one in (*made.chosen, *made.booked, *made.deferred)]
        keys = [key for item in placed for key in item.findings]

        assert sorted(one.key for one in findings if one.is_open) == sorted(keys)
        assert {one.id for one in own} == {item.about for item in placed if item.kind == "own-item"}

    @given(FINDINGS, OWNS, st.sampled_from(MINUTES), st.randoms(use_true_random=False))
    def test_same_input_same_plan(self, findings, own, minutes, random):
        """The order in which findings and items come in decides nothing."""
        mixed = random.sample(findings, len(findings))
        turned = tuple(reversed({one.id: one for one in own}.values()))

        other = plan(*mixed, minutes=minutes, own=turned)

        assert plan(*findings, minutes=minutes, own=tuple(reversed(turned))) == other

    @given(FINDINGS, OWNS, st.sampled_from(MINUTES))
    def test_safety_first_and_nothing_else_before_the_patient(self, findings, own, minutes):
        made = plan(*findings, minutes=minutes, own=own)
        order = kinds(made.chosen)

        if any(one.is_open and one.weight is Weight.SAFETY for one in findings):
            assert "safety" == order[0]
        if "own-item" in order:
            assert set(order[: order.index("own-item")]) <= {"safety"}

    @given(FINDINGS, OWNS, st.sampled_from(MINUTES), ADDRESSED)
    def test_it_equals_brute_force(self, findings, own, minutes, addressed):
        """Of all choices that are allowed, the plan is the first by the stated order."""
        made = plan(*findings, minutes=minutes, own=own, addressed=addressed)
        items = [one.item for one in (*made.chosen, *made.booked, *made.deferred)]
        room = minutes - 3

        assert [one.item for one in made.chosen] == list(_best(items, room))


def _best(items, room):
    """Look at every ordered choice of at most two, and keep the one whose items come first in the stated order."""
    ordered = sorted(items, key=lambda one: (one.rank, one.addressed_on or date.min, one.kind, one.about))
    allowed = [choice for size in range(3) for choice in permutations(ordered, size) if _is_allowed(choice, room)]
    return min(allowed, key=lambda choice: [ordered.index(one) for one in choice] + [len(ordered)] * (2 - len(choice)))


def _is_allowed(choice, room):
    left = room
    for place, one in enumerate(choice):
        if one.kind == "safety":
            if place:
                return False
        elif one.booked or one.minutes > left:
            return False
        left -= one.minutes
    return True
