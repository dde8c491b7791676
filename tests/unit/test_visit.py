"""A plan for one visit: safety first, the patient's own item next, one or two that fit, and nothing dropped."""

import json
from datetime import date
from itertools import permutations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_core import Answer, ChartError, Finding, PolicyError, Weight, load_policy
from alliance_core.base.tables import read_table
from alliance_core.records import PlannedVisit
from alliance_core.review import RULES
from alliance_core.visit import Because, OwnItem, VisitPolicy, VisitRow, plan_visit

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

    def test_what_the_patient_brings_is_begun_though_it_needs_more(self):
        """Without safety it is always one of the things chosen: for the rest of it there is another visit."""
        visits = (PlannedVisit(id="long", planned_on=date(2026, 12, 9), minutes=30),)
        made = plan(finding(), own=(OwnItem(id="own-1", minutes=20),), visits=visits)

        assert [("own-item", Because.BEGUN_TODAY, "long")] == [(p.item.kind, p.because, p.visit) for p in made.chosen]
        assert ["medicines"] == kinds(made.deferred)

    def test_a_second_large_item_of_the_patient_is_booked(self):
        own = (OwnItem(id="a", minutes=5), OwnItem(id="b", minutes=20))
        made = plan(own=own)

        assert (["a"], ["b"]) == ([p.item.about for p in made.chosen], [p.item.about for p in made.booked])
        assert Because.NEEDS_MORE_ROOM is made.booked[0].because

    def test_an_item_larger_than_the_room_is_booked(self):
        made = plan(finding("consent.discussion"), own=(OWN,))

        assert (["own-item"], ["consent"]) == (kinds(made.chosen), kinds(made.booked))
        assert Because.NEEDS_MORE_ROOM is made.booked[0].because

    def test_every_visit_has_room_for_something(self):
        """Where nothing fits whole the first is begun, and the rest of it is booked [seed: closing]."""
        made = plan(finding("consent.discussion"), finding("competency.decider"))

        assert [("capacity", Because.BEGUN_TODAY)] == [(one.item.kind, one.because) for one in made.chosen]
        assert ["consent"] == kinds(made.booked)

    @pytest.mark.parametrize(("minutes", "chosen"), [(15, Because.BEGUN_TODAY), (29, Because.BEGUN_TODAY)])
    def test_a_visit_too_short_for_the_discussion(self, minutes, chosen):
        assert [chosen] == [one.because for one in plan(finding("consent.discussion"), minutes=minutes).chosen]

    @pytest.mark.parametrize("minutes", [30, 45, 60])
    def test_the_half_hour_that_was_booked_holds_the_discussion(self, minutes):
        """In the visit that was booked for it, what was booked is taken up, and not booked again."""
        made = plan(finding("consent.discussion"), minutes=minutes)

        assert [("consent", Because.NEXT_BY_RANK)] == [(one.item.kind, one.because) for one in made.chosen]

    def test_it_is_booked_where_there_is_room(self):
        visits = (
            PlannedVisit(id="past", planned_on=date(2026, 11, 1), minutes=60),
            PlannedVisit(id="this-one", planned_on=ON, minutes=60),
            PlannedVisit(id="short", planned_on=date(2026, 12, 1), minutes=15),
            PlannedVisit(id="no-length", planned_on=date(2026, 12, 1)),
            PlannedVisit(id="later", planned_on=date(2027, 1, 9), minutes=30),
            PlannedVisit(id="long", planned_on=date(2026, 12, 9), minutes=30),
            PlannedVisit(id="no-day", minutes=60),
        )
        made = plan(finding("consent.discussion"), own=(OWN,), visits=(*visits, *visits))

        assert "long" == made.booked[0].visit
        assert "" == plan(finding("consent.discussion"), own=(OWN,), visits=visits[:3]).booked[0].visit

    def test_no_visit_is_booked_twice_over(self):
        """The minutes of a visit ahead are given away once."""
        both = (finding("consent.discussion"), finding("competency.decider"))
        visits = (
            PlannedVisit(id="first", planned_on=date(2026, 12, 1), minutes=45),
            PlannedVisit(id="second", planned_on=date(2026, 12, 9), minutes=45),
        )
        made = plan(*both, own=(OWN,), visits=visits)

        assert [("capacity", "first"), ("consent", "second")] == [(one.item.kind, one.visit) for one in made.booked]

    def test_no_more_than_two(self):
        made = plan(finding(), finding("diagnosis.told"), finding("consent.preference"), minutes=60, own=(OWN,))

        assert (["own-item", "diagnosis"], ["medicines", "preferences"]) == (kinds(made.chosen), kinds(made.deferred))
        assert {Because.NO_ROOM_LEFT} == {one.because for one in made.deferred}

    def test_the_longest_unaddressed_comes_first(self):
        own = (OwnItem(id="b"), OwnItem(id="a"))

        assert ["a", "b"] == [one.item.about for one in plan(own=own, minutes=30).chosen]
        both = (finding("diagnosis.told"), finding("competency.decider"))
        addressed = {"diagnosis": date(2026, 1, 1), "capacity": date(2026, 11, 1)}
        assert ["capacity", "diagnosis"] == kinds(plan(*both, minutes=60).chosen)
        assert ["diagnosis", "capacity"] == kinds(plan(*both, minutes=60, addressed=addressed).chosen)

    def test_a_day_ahead_is_not_yet_taken_up(self):
        both = (finding("diagnosis.told"), finding("competency.decider"))
        ahead = {"capacity": date(2026, 11, 25), "diagnosis": date(2026, 11, 24)}

        assert ["capacity", "diagnosis"] == kinds(plan(*both, minutes=60, addressed=ahead).chosen)

    def test_what_is_settled_takes_no_time(self):
        made = plan(finding(answer=Answer.MET))

        assert ((), (), ()) == (made.chosen, made.booked, made.deferred)

    def test_an_unknown_rule_is_not_lost(self):
        assert ["other"] == kinds(plan(finding("site.own-rule")).chosen)

    @pytest.mark.parametrize("minutes", [0, -15, 1441, 15.0, "15", None, True])
    def test_a_length_that_no_visit_has_is_refused(self, minutes):
        with pytest.raises(ChartError, match="minutes"):
            plan(minutes=minutes)

    def test_two_things_under_one_id_are_refused(self):
        """Nobody could say which of them counts; the same thing twice is read once."""
        with pytest.raises(ChartError, match="^own: "):
            plan(own=(OWN, OwnItem(id="own-1", text="work")))
        with pytest.raises(ChartError, match="^visits: "):
            plan(visits=(PlannedVisit(id="v", minutes=15), PlannedVisit(id="v", minutes=30)))
        assert ["own-1"] == [one.item.about for one in plan(own=(OWN, OWN)).chosen]

    def test_a_kind_that_no_row_has_is_refused(self):
        """A misspelled kind would otherwise change nothing, and nobody would know."""
        with pytest.raises(ChartError, match="^addressed: "):
            plan(addressed={"medicine": ON})

    def test_a_table_that_lacks_a_kind_is_refused(self):
        with pytest.raises(PolicyError, match="reserve"):
            plan_visit([], minutes=15, policy=VisitPolicy.of(), on=ON)

    def test_no_row_of_a_site_moves_safety_or_the_patient(self):
        rows = {row.kind: row for row in read_table("visit_items", VisitRow)}
        own = [attrs.evolve(rows[kind], rank=99) for kind in ("safety", "own-item")]
        policy = VisitPolicy.of(*(row for kind, row in rows.items() if kind not in {"safety", "own-item"}), *own)
        given = [finding(), finding("competency.leaving", Weight.SAFETY)]
        made = plan_visit(given, minutes=15, policy=policy, on=ON, own=(OWN,))

        assert ["safety", "own-item"] == kinds(made.chosen)

    @pytest.mark.parametrize("rule", [rule.id for rule in RULES])
    def test_every_rule_has_a_kind(self, rule):
        """No rule of ours falls to the last row, but for a threat, which is about safety."""
        made = plan(finding(rule), minutes=60)

        assert "other" not in kinds((*made.chosen, *made.booked)) or rule == "invitations.threat"


class TestSilence:
    """What the patient brings is their own: none of its words stands in a plan, a repr or an error."""

    MARK = "planted-marker"

    def test_plan(self):
        own = OwnItem(id="own-1", text=self.MARK)
        visit = PlannedVisit(id="v", planned_on=date(2026, 12, 1), minutes=60, purpose=self.MARK)
        made = plan(finding("consent.discussion"), own=(own,), visits=(visit,))

        assert self.MARK not in json.dumps(attrs.asdict(made), default=str)
        assert self.MARK not in "".join(map(repr, (own, visit, made, made.chosen[0], made.chosen[0].item)))

    def test_error(self):
        """An error names the field and the rule, and no id: an id may be a name."""
        with pytest.raises(ChartError) as caught:
            plan(own=(OwnItem(id=self.MARK), OwnItem(id=self.MARK, minutes=5)), addressed={})
        with pytest.raises(ChartError) as other:
            plan(addressed={self.MARK: ON})

        assert self.MARK not in f"{caught.value!r}{caught.value}{other.value}"
        assert (None, True) == (caught.value.__cause__, caught.value.__context__ is None)


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
    st.builds(OwnItem, id=st.sampled_from(("x", "y")), minutes=st.none() | st.integers(1, 70)),
    max_size=2,
    unique_by=lambda one: one.id,
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

        other = plan(*mixed, minutes=minutes, own=tuple(reversed(own)))

        assert plan(*findings, minutes=minutes, own=own) == other

    @given(FINDINGS, OWNS, st.sampled_from(MINUTES))
    def test_safety_first_and_nothing_else_before_the_patient(self, findings, own, minutes):
        made = plan(*findings, minutes=minutes, own=own)
        order = kinds(made.chosen)

        if any(one.is_open and one.weight is Weight.SAFETY for one in findings):
            assert "safety" == order[0]
        if "own-item" in order:
            assert set(order[: order.index("own-item")]) <= {"safety"}

    @given(FINDINGS, OWNS, st.sampled_from((1, 5, *MINUTES)), ADDRESSED)
    def test_a_visit_is_used(self, findings, own, minutes, addressed):
        """Where anything is open or brought, something is taken up; what the patient brings is, or is booked."""
        made = plan(*findings, minutes=minutes, own=own, addressed=addressed)

        assert bool(made.chosen) == (bool(own) or any(one.is_open for one in findings))
        first = [one.item.about for one in (*made.chosen, *made.booked) if one.item.kind == "own-item"]
        assert bool(first) == bool(own)

    @given(FINDINGS, OWNS, st.sampled_from(MINUTES))
    def test_more_time_takes_nothing_away(self, findings, own, minutes):
        """What is taken up whole in a visit is taken up in any longer one."""
        short = plan(*findings, minutes=minutes, own=own)
        long = plan(*findings, minutes=minutes * 2, own=own)
        whole = [one.item for one in short.chosen[:1] if one.because is not Because.BEGUN_TODAY]

        assert set(whole) <= {one.item for one in long.chosen}

    @given(FINDINGS, OWNS, st.sampled_from(MINUTES), ADDRESSED)
    def test_it_equals_brute_force(self, findings, own, minutes, addressed):
        """Of all choices that are allowed, the plan is the first by the stated order."""
        made = plan(*findings, minutes=minutes, own=own, addressed=addressed)
        items = [one.item for one in (*made.chosen, *made.booked, *made.deferred)]

        assert [one.item for one in made.chosen] == list(_best(items, minutes))


def _stated(one):
    """The order of the page: safety, the patient's own, rank, the longest unaddressed, the name."""
    before = {"safety": 0, "own-item": 1}.get(one.kind, 2)
    return before, one.rank, one.addressed_on or date.min, one.kind, one.about


def _best(items, minutes):
    """Look at every ordered choice of at most two, and keep the one whose items come first in the stated order."""
    ordered = sorted(items, key=_stated)
    allowed = [choice for size in range(3) for choice in permutations(ordered, size) if _is_allowed(choice, minutes)]
    best = min(allowed, key=lambda choice: [ordered.index(one) for one in choice] + [len(ordered)] * (2 - len(choice)))
    return best or ordered[:1]  # nothing fits whole: the first is begun


def _is_allowed(choice, minutes):
    """Each in what is left: of the visit less its reserve, or of all of it for what fills a visit of its own."""
    left = minutes
    for place, one in enumerate(choice):
        fits = one.minutes <= (left if one.booked else left - 3)
        if one.kind == "safety" and place:
            return False
        if one.kind != "safety" and not fits and (place or one.kind != "own-item"):
            return False
        left -= one.minutes
    return True
