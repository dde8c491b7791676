"""Beliefs, behaviors and preferences: each vignette says what its source says; its twin differs in one fact."""

import csv
from datetime import date
from pathlib import Path

import pytest

from alliance_core import load_policy
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import changed
from alliance_core.records import EffectTolerance, Goal, Person, PreferenceRecord, Sex, TreatmentOption
from alliance_core.relationship import (
    Behavior,
    BehaviorPlan,
    BeliefQuestion,
    EndingCare,
    EndingReason,
    MissedVisits,
    PreferenceQuestion,
    ProposedOption,
    RelationshipPolicy,
    Scale,
    ScreenTotal,
    StageOfChange,
    boundaries,
    ending_care,
    preferences,
    review_behavior_plan,
    review_belief_question,
    review_preferences,
    risky_behaviors,
)
from alliance_core.relationship.policy import ClockRow, EndingRow, GuideRow, MenuRow, ScaleRow, StageRow

TABLES = {
    "boundaries": boundaries,
    "risky_behaviors": risky_behaviors,
    "ending_care": ending_care,
    "preferences": preferences,
}
RULES = (*boundaries.RULES, *risky_behaviors.RULES, *preferences.RULES)
POLICIES = {place: load_policy(place).relationship for place in ("US", "GB")}
KINDS = (GuideRow, StageRow, ScaleRow, EndingRow, ClockRow, MenuRow)
ROWS = [row for row in POLICIES["GB"].timeline.rows if isinstance(row, KINDS)]


def _read():
    with (Path(__file__).parent / "relationship.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


VIGNETTES = _read()


def _facts(row):
    return dict(one.split("=", 1) for one in row["facts"].split(";") if one)


def _parts(cell):
    return tuple(part for part in cell.replace("|", ",").split(",") if part)


def _number(text):
    return int(text) if text else None


def _day(text):
    return date.fromisoformat(text) if text else None


def _screen(text):
    scale, total, *day = text.split(":")
    return ScreenTotal(scale=Scale(scale), total=_number(total), taken_on=_day(day[0]) if day else None)


_READ = {
    "behavior": Behavior,
    "stage": StageOfChange,
    "draft": str,
    "options": _parts,
    "screens": lambda cell: tuple(_screen(one) for one in _parts(cell)),
    "reasons": lambda cell: tuple(EndingReason(one) for one in _parts(cell)),
    "referrals": int,
    "notice_on": _day,
    "ends_on": _day,
    "missed_on": _day,
    "sex": Sex,
}


def _one(name, text):
    return _READ.get(name, Recorded)(text)


def _within(facts, group, kind):
    mine = {name.partition(".")[2]: text for name, text in facts.items() if name.startswith(f"{group}.")}
    return kind(**{name: _one(name, text) for name, text in mine.items()}) if mine else None


def _plan(facts):
    sex = _within(facts, "person", dict)
    return BehaviorPlan(
        id="record",
        **{name: _one(name, text) for name, text in facts.items() if "." not in name},
        ending=_within(facts, "ending", EndingCare),
        missed_visits=_within(facts, "missed_visits", MissedVisits),
        person=Person(id="person", **sex) if sex else None,
    )


def _preferences(facts):
    def split(name):
        return None if name not in facts else tuple(one.split(":") for one in _parts(facts[name]))

    goals, options = split("goals"), split("options")
    asked = facts.keys() - {"proposed"}
    record = PreferenceRecord(
        id="preferences",
        recorded_on=_day(facts.get("recorded_on", "")),
        goals=None if goals is None else tuple(Goal(id=t, text=t, measure=m or None) for t, m in goals),
        options=None
        if options is None
        else tuple(
            TreatmentOption(id=t, text=t, rank=_number(r), acceptable=Recorded(a or "not-recorded"))
            for t, r, a in options
        ),
    )
    proposed = tuple(
        ProposedOption(id="proposed", text=t or None, reason_recorded=Recorded(r or "not-recorded"))
        for t, r in split("proposed") or ()
    )
    return PreferenceQuestion(id="record", preferences=record if asked else None, proposed=proposed)


def _reviewed(row, policy):
    on = _day(row["on"])
    match row["call"]:
        case "belief":
            question = BeliefQuestion(id="record", **{name: _one(name, text) for name, text in _facts(row).items()})
            review = review_belief_question(question, policy=policy, on=on)
            return review, review.kind.value
        case "plan":
            review = review_behavior_plan(_plan(_facts(row)), policy=policy, on=on)
            return review, review.stance.value
        case _:
            review = review_preferences(_preferences(_facts(row)), policy=policy, on=on)
            return review, dict(review.skipping).get("proposed")


def _answered(row, policy=None):
    """Return what the review says about the vignette's rule, in the words of its expected columns."""
    review, verdict = _reviewed(row, policy or POLICIES[row["place"]])
    found = {(one.rule, one.item): one for one in review.findings}.get((row["rule"], row["item"]))
    because = dict(found.because) if found else {}
    said = because.get("ending", verdict.value if hasattr(verdict, "value") else verdict or "")
    return {
        "=answer": found.answer.value if found else "not-applicable",
        "=verdict": said,
        "=missing": "|".join(found.missing) if found else "",
        "=rows": "|".join(found.rows) if found else "",
    }


@pytest.mark.parametrize("name", VIGNETTES)
def test_the_review_answers_as_its_source_says(name):
    row = VIGNETTES[name]

    assert {column: cell for column, cell in row.items() if column.startswith("=")} == _answered(row)


@pytest.mark.parametrize("name", VIGNETTES)
def test_twins_differ_in_one_fact_and_in_the_answer(name):
    """A pair shows which fact turned the answer."""
    row, twin = VIGNETTES[name], VIGNETTES[VIGNETTES[name]["twin"]]
    one, other = ({**_facts(each), "place": each["place"]} for each in (row, twin))

    assert len([name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]) == 1
    assert _answered(row) != _answered(twin)


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_every_rule_is_met_not_met_and_open_somewhere(rule):
    """Each rule has a vignette that meets it, one that does not, and one that cannot tell; a screen is never met."""
    answers = {row["=answer"] for row in VIGNETTES.values() if row["rule"] == rule}
    expected = {"judgement", "not-applicable"} if rule == "relationship.screen" else {"met", "not-met"}

    assert {*expected, "cannot-tell"} <= answers


@pytest.mark.parametrize(("table", "case"), [(name, one.id) for name, module in TABLES.items() for one in module.CASES])
def test_every_case_matters(table, case, monkeypatch):
    """Without any one case of a table, some vignette has another answer, or none."""
    module = TABLES[table]
    monkeypatch.setattr(module, "CASES", tuple(one for one in module.CASES if one.id != case))

    assert [name for name, row in VIGNETTES.items() if _differs(row)]
    assert case in {row["case"] for row in VIGNETTES.values()}


@pytest.mark.parametrize(
    "row_id", [row.row_id for row in ROWS if not isinstance(row, MenuRow) and row.row_id != "RCL-notes"]
)
def test_every_row_matters(row_id):
    """Without any one row, some vignette has another answer, or another row in it."""
    policy = RelationshipPolicy.of(*(row for row in POLICIES["GB"].timeline.rows if row.row_id != row_id))

    assert [name for name, row in VIGNETTES.items() if _differs(changed_place(row), policy)] or _is_low(row_id)


def changed_place(row):
    return {**row, "=rows": _answered({**row, "place": "GB"})["=rows"], "place": "GB"}


def _is_low(row_id):
    """A band that is not positive is there to be looked up: nothing is found about it."""
    row = next(one for one in ROWS if one.row_id == row_id)
    low = ScreenTotal(scale=Scale(row.scale), total=row.lower)

    return not row.positive and row in risky_behaviors.bands_of(low, sex=None, view=_view())


def _view():
    from alliance_core.base.day import Day

    return POLICIES["GB"].timeline.at(Day(date(2026, 11, 24)))


def _differs(row, policy=None):
    try:
        return any(row[column] != cell for column, cell in _answered(row, policy).items() if column in row)
    except (RuntimeError, StopIteration):  # no case holds
        return True


@pytest.mark.parametrize("behavior", Behavior)
def test_every_option_of_the_menu_is_offered(behavior):
    """The menu of a behavior is its own rows and those of each, no change for now among them."""
    menu = review_behavior_plan(
        BehaviorPlan(id="p", behavior=behavior), policy=POLICIES["US"], on=date(2026, 11, 24)
    ).menu
    expected = {row.row_id for row in ROWS if isinstance(row, MenuRow) and row.behavior in {behavior.value, "any"}}

    assert expected == {row.row_id for row in menu}
    assert "HRM-any-no-change-for-now" in expected


def test_effects_are_for_the_talk_about_consent():
    """What the patient would not put up with is answered by `consent.preference`; here it changes nothing."""
    effects = (EffectTolerance(effect="weight gain", horizon=next(iter(_horizons())), acceptable=Recorded.NO),)
    plain = PreferenceQuestion(id="q", preferences=PreferenceRecord(id="p"))
    other = PreferenceQuestion(id="q", preferences=changed(plain.preferences, effects=effects))
    on = date(2026, 11, 24)

    assert review_preferences(plain, policy=POLICIES["US"], on=on) == review_preferences(
        other, policy=POLICIES["US"], on=on
    )


def _horizons():
    from alliance_core.records import Horizon

    return Horizon


def test_a_screen_without_a_total_is_in_no_band():
    assert () == risky_behaviors.bands_of(ScreenTotal(scale=Scale.AUDIT), sex=None, view=_view())
