"""What stands beside the decision tables of competency: its small findings, its policy, its days."""

from datetime import date, datetime, timedelta

import pytest

from alliance_core import ChartError, Recorded, load_policy
from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import changed
from alliance_core.base.sources import Basis, Seen
from alliance_core.base.tables import read_table
from alliance_core.competency import (
    CapacityAssessment,
    CapacityEvent,
    CompetencyPolicy,
    Decider,
    DecisionCapacity,
    Determination,
    LeavingRequest,
    LegalStatus,
    PriorWishes,
    Step,
    review_capacity,
)
from alliance_core.competency.policy import COMPETENCY_TABLES, AbilityRow, SurrogateRow, own_profile
from alliance_core.records import Consultation, ConsultedRole, Person, Setting

ON = date(2026, 11, 24)
YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR
ADULT = Person(id="person", born_on="1980-05-05")
ABILITIES = dict.fromkeys(("understands", "appreciates", "reasons", "communicates"), YES)
LACK = CapacityAssessment(
    id="assessment",
    assessed_on=ON,
    assessed_by="Dr. A",
    conclusion=NO,
    information_given=YES,
    support_given=YES,
    patient_objects=NO,
    **(ABILITIES | {"understands": NO}),
)
CAPABLE = changed(LACK, conclusion=YES, understands=YES)
RECORD = DecisionCapacity(id="record", decision="medication", person=ADULT, assessments=(LACK,))


def reviewed(record=RECORD, place="US", on=ON, **fields):
    return review_capacity(changed(record, **fields), policy=load_policy(place).competency, on=on)


def of_rule(review, rule):
    return [one for one in review.findings if one.rule == f"competency.{rule}"]


def stands(word, **differences):
    good = ("authority_seen", "in_force", "covers_decision", "is_adult", "available", "willing", "able")
    bad = ("disqualified", "conflicted", "patient_objects")
    facts = dict.fromkeys(good, YES) | dict.fromkeys(bad, NO) | differences
    return Decider(id=word, decider_class=word, **facts)


# -- beside the determination ----------------------------------------------------------------------------------------


def test_a_ground_that_is_no_evidence_is_named_beside_a_lack_that_stands():
    """A forbidden ground never helps and never takes away what was shown."""
    review = reviewed(assessments=(changed(LACK, grounds=("diagnosis-alone", "own-words")),))
    [grounds] = of_rule(review, "grounds")

    assert review.determination is Determination.LACK_RECORDED
    assert (Answer.NOT_MET, Weight.REQUIRED) == (grounds.answer, grounds.weight)
    assert (("assessments.grounds", "diagnosis-alone"),) == grounds.because
    assert ("GRD-diagnosis-alone",) == grounds.rows


@pytest.mark.parametrize("objects", [YES, UNCLEAR])
def test_an_objection_opens_a_question_of_its_own(objects):
    """Whatever the determination, an objection is taken up."""
    [to_finding] = of_rule(reviewed(assessments=(changed(CAPABLE, patient_objects=objects),)), "objection")
    active = {"activated": YES, "activation_in_force": YES, "activation_objected": objects}
    [to_agent] = of_rule(reviewed(assessments=None, deciders=(stands("agent"),), **active), "objection")

    assert [Answer.JUDGEMENT] * 2 == [to_finding.answer, to_agent.answer]


def test_no_objection_asks_nothing():
    assert [] == of_rule(reviewed(), "objection")


def test_both_sides_are_shown():
    """A finding about the determination shows what was concluded and what was shown."""
    other = changed(CAPABLE, id="other", assessed_by="Dr. B")
    [found] = of_rule(reviewed(assessments=(LACK, other)), "determination")

    assert [("determination", "contested"), ("assessments.conclusion", "no"), ("assessments.conclusion", "yes")] == [
        *found.because[:3]
    ]
    assert ("assessments.understands", "no") in found.because


def test_the_review_names_the_rows_that_it_read():
    """The abilities, the recheck clock and the window for assessors who differ are cited."""
    other = changed(LACK, id="other", assessed_by="Dr. B")
    [found] = of_rule(reviewed(assessments=(LACK, other), setting=Setting.INPATIENT), "determination")

    assert (
        "DEC-medication",
        "JUR-US",
        "ABL-US-understands",
        "ABL-US-appreciates",
        "ABL-US-reasons",
        "ABL-US-communicates",
        "CLK-PR-3",
        "CLK-PR-7",
    ) == found.rows


# -- urgent care -----------------------------------------------------------------------------------------------------


def emergency(**fields):
    return of_rule(reviewed(urgent=YES, **fields), "emergency")


def test_urgent_and_nobody_to_decide_in_time():
    """The least needed is given, then told: a judgement, and the first step."""
    [found] = emergency(decider_reachable=NO)

    assert (Answer.JUDGEMENT, Weight.REQUIRED, ()) == (found.answer, found.weight, found.missing)
    assert Step.EMERGENCY is reviewed(urgent=YES, decider_reachable=NO).step


def test_a_known_refusal_weighs_heavier():
    """A refusal that applies stands unless it is void, displaced, or in real doubt: care is still a judgement."""
    refused = PriorWishes(exist=YES, apply=YES)
    weights = [
        emergency(prior_wishes=one)[0].weight
        for one in (refused, changed(refused, valid=NO), changed(refused, displaced=YES), changed(refused, apply=NO))
    ]

    assert [Weight.ESSENTIAL, Weight.REQUIRED, Weight.REQUIRED, Weight.REQUIRED] == weights


def test_whether_it_is_urgent_is_not_recorded():
    [found] = of_rule(reviewed(), "emergency")

    assert (Answer.CANNOT_TELL, Weight.RECOMMENDED) == (found.answer, found.weight)
    assert ("urgent", "decider_reachable") == found.missing


@pytest.mark.parametrize(
    "fields",
    [
        {"urgent": NO},
        {"urgent": YES, "decider_reachable": YES},
        {"urgent": YES, "assessments": (CAPABLE,)},
        {"urgent": YES, "assessments": None, "concern": NO},
    ],
)
def test_the_emergency_path_is_not_for(fields):
    """What is not urgent, a decider who is reached in time, and a patient who decides."""
    assert [] == of_rule(reviewed(**fields), "emergency")


# -- the next step ---------------------------------------------------------------------------------------------------

LEAVES = LeavingRequest(
    requested=YES,
    legal_status=LegalStatus.VOLUNTARY,
    danger=NO,
    recompensating=YES,
    foreseeable_relapse=YES,
    **dict.fromkeys(("team_consulted", "outside_support_consulted", "consultation_documented"), YES),
)


def test_a_gray_case_of_leaving_is_for_everyone():
    """The team and the outside support are consulted, unless counsel first names who decides."""
    gray = {"decision": "leaving-against-advice", "leaving": LEAVES, "assessments": (CAPABLE,)}
    unclear = {"assessments": (changed(LACK, conclusion=UNCLEAR),), "decider_dispute": YES}

    assert Step.CONSULT_EVERYONE is reviewed(**gray).step
    assert Step.COUNSEL is reviewed(**(gray | unclear)).step


def test_an_activation_serves_leaving_whatever_the_record_is_about():
    """A certified authority serves every decision: the decider is heard about leaving."""
    active = {"activated": YES, "activation_in_force": YES, "activation_objected": NO}
    review = reviewed(place="US-NH", assessments=None, deciders=(stands("agent"),), leaving=LEAVES, **active)
    [found] = of_rule(review, "leaving")

    assert ("next", "hear-decider") == found.because[0]


def test_a_step_that_was_taken_has_no_day():
    """A step names the day by which it is due, until it was taken."""
    consulted = Consultation(id="c", role=ConsultedRole.COLLEAGUE, held=YES, held_on=ON, by="Dr. C", documented=YES)
    contested = {"assessments": (changed(LACK, conclusion=UNCLEAR),), "setting": Setting.OUTPATIENT}
    [open_] = of_rule(reviewed(**contested), "escalation")
    [done] = of_rule(reviewed(consultations=(consulted,), **contested), "escalation")

    assert (ON + timedelta(days=7), ("CLK-CN-2",)) == (open_.due_on, open_.rows)
    assert (None, ()) == (done.due_on, done.rows)


# -- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "until"),
    [
        ({}, date(2026, 11, 25)),  # tomorrow someone has to say whether anything changed
        ({"assessments": None}, None),
        ({"assessments": (changed(LACK, assessed_on=date(2026, 12, 1)),)}, date(2026, 12, 1)),
        ({"assessments": None, "person": Person(id="p", born_on="2008-12-24")}, date(2026, 12, 24)),
        (
            {"assessments": (changed(LACK, assessed_on=date(2026, 11, 20)),), "setting": Setting.INPATIENT},
            date(2026, 11, 28),
        ),
        (
            {
                "assessments": (changed(LACK, assessed_on=date(2026, 11, 20)),),
                "events": (CapacityEvent(id="e", trigger="transfer", occurred_on=date(2026, 11, 26)),),
            },
            date(2026, 11, 26),
        ),
    ],
)
def test_a_review_knows_until_when_it_holds(fields, until):
    """The first day on which the answer may differ: a recheck, a birthday, a record still to come."""
    assert until == reviewed(**fields).valid_until


def test_the_order_of_events_changes_no_day():
    """An event of today does not hide one of tomorrow, whichever was written first."""
    held = tuple(CapacityEvent(id=str(n), trigger="transfer", occurred_on=ON + timedelta(days=n)) for n in (0, 1))
    yesterday = {"assessments": (changed(LACK, assessed_on=ON - timedelta(days=1)),)}

    assert reviewed(events=held, **yesterday) == reviewed(events=held[::-1], **yesterday)
    assert ON + timedelta(days=1) == reviewed(events=held, **yesterday).valid_until


def test_a_running_notice_ends_on_its_day():
    """Massachusetts: three days; a review made before them is made again."""
    leaving = changed(LEAVES, notice_given=YES, notice_on=date(2026, 11, 23))
    review = reviewed(place="US-MA", assessments=None, concern=NO, leaving=leaving)

    assert date(2026, 11, 26) == of_rule(review, "leaving")[0].due_on == review.valid_until


def test_a_request_to_come_bounds_the_review():
    review = reviewed(assessments=None, leaving=changed(LEAVES, requested_on=date(2026, 11, 25)))

    assert ([], date(2026, 11, 25)) == (of_rule(review, "leaving"), review.valid_until)


def test_a_moment_is_no_day():
    """A time zone would decide the day."""
    with pytest.raises(ChartError, match="datetime"):
        reviewed(on=datetime(2026, 11, 24))  # noqa: DTZ001


# -- policy ----------------------------------------------------------------------------------------------------------


def test_a_policy_without_rows_finds_no_lack():
    """Where no row says what to ask, nothing is established; no window means that every assessment counts."""
    older = changed(CAPABLE, id="older", assessed_by="Dr. B", assessed_on=date(2026, 1, 1))
    record = changed(RECORD, assessments=(LACK, older), leaving=LEAVES, deciders=(stands("agent"),))
    review = review_capacity(record, policy=CompetencyPolicy.of(), on=ON)

    assert Determination.LACK_RECORDED is not review.determination
    assert {()} == {one.rows for one in review.findings}


def test_without_a_window_every_assessment_counts():
    """The conflict window is a row: without it two assessors differ however far apart."""
    rows = [row for row in _rows("US") if row.row_id != "CLK-PR-7"]
    older = changed(CAPABLE, id="older", assessed_by="Dr. B", assessed_on=date(2026, 1, 1))
    record = changed(RECORD, assessments=(LACK, older))

    assert Determination.CONTESTED is review_capacity(record, policy=CompetencyPolicy.of(*rows), on=ON).determination
    assert Determination.LACK_RECORDED is reviewed(record).determination


def _rows(place):
    return load_policy(place).competency.timeline.rows


def test_an_hour_has_no_day():
    """A site's clock in hours names no day by which a step is due."""
    [clock] = [row for row in _rows("US") if row.row_id == "CLK-GE-1"]
    rows = [row for row in _rows("US") if row.row_id != "CLK-GE-1"]
    policy = CompetencyPolicy.of(*rows, changed(clock, interval=CalendarDuration(hours=24)))
    [found] = of_rule(review_capacity(RECORD, policy=policy, on=ON), "escalation")

    assert None is found.due_on
    assert date(2026, 11, 25) == of_rule(reviewed(), "escalation")[0].due_on


def test_a_site_may_ask_for_one_more_ability():
    """A site adds and never removes."""
    row = AbilityRow(
        row_id="SITE-1",
        jurisdiction="US",
        basis=Basis.PRACTICE,
        seen=Seen.PRIMARY,
        source_id="site:a",
        locator="",
        ability="retains",
    )
    policy = load_policy("US").with_rows([row]).competency
    found = of_rule(review_capacity(changed(RECORD, assessments=(CAPABLE,)), policy=policy, on=ON), "determination")

    assert ("assessments.retains",) == found[0].missing


def test_one_order_is_never_completed_from_another():
    """Law stands alone; a model act that a site switched on stands before the suggestion, and is not mixed with it."""
    every = read_table("surrogate_order", SurrogateRow)
    suggestion = [row for row in every if row.jurisdiction == "US"]
    model = [row for row in every if row.overlay == "uhcda-1993"]
    law = [row for row in every if row.jurisdiction == "US-NH"]

    assert tuple(model) == own_profile([*suggestion, *model])
    assert tuple(law) == own_profile([*suggestion, *model, *law])
    assert () == own_profile([])


def test_a_suggestion_is_made_only_while_no_state_is_set():
    """Michigan's own list was not looked for, so there is none; the usual order of no state is no help."""
    assert () == load_policy("US-MI").competency.timeline.at(Day(ON)).ranks
    assert 9 == len(load_policy("US").competency.timeline.at(Day(ON)).ranks)


@pytest.mark.parametrize(
    ("place", "word", "row"),
    [
        ("US-NH", "spouse-partner", "SUR-NH-3"),
        ("US-NH", "spouse", "SUR-NH-3"),
        ("US-TX", "guardian", "SUR-TX-1"),
        ("US-TX", "agent", "SUR-TX-1"),
        ("US-UT", "parent", "SUR-UT-5"),
        ("US-NH", "cousin", None),
    ],
)
def test_a_class_is_found_also_where_a_list_joins_several(place, word, row):
    found = load_policy(place).competency.timeline.at(Day(ON)).row_of(word)

    assert row == (found.row_id if found else None)


def test_who_is_named_by_a_court_and_who_by_the_patient():
    """A class means the same person wherever a list ranks it; a joined class may be either."""
    policy = load_policy("US-NY").competency

    assert {"guardian", "deputy", "court-order", "guardian-or-agent"} <= policy.court_classes
    assert {"agent", "lpa-hw", "patient-designee", "guardian-or-agent"} <= policy.appointed_classes
    assert set() == policy.court_classes & {"agent", "spouse", "estate-guardian"}


def test_a_list_changes_on_its_day():
    """Delaware: until September 2025 the old list, from then the new one."""
    record = changed(
        RECORD,
        activated=NO,
        prior_wishes=PriorWishes(exist=NO),
        deciders=(stands("spouse-partner"),),
        no_one_in=("agent", "guardian", "patient-designee"),
    )
    day = date(2025, 9, 29)
    old = reviewed(record, "US-DE", day, assessments=(changed(LACK, assessed_on=day),))
    new = reviewed(record, "US-DE", date(2025, 9, 30), assessments=(changed(LACK, assessed_on=date(2025, 9, 30)),))

    assert ("open", "spouse") == (old.decider.value, old.decider_class)
    assert ("named-class", "spouse-partner") == (new.decider.value, new.decider_class)
    assert date(2025, 9, 30) == old.valid_until


def test_every_table_of_the_area_is_read():
    """Each table has a class of rows, and each class is in some policy."""
    kinds = {type(row) for place in ("US-NH", "GB-EAW") for row in _rows(place)}

    assert set(COMPETENCY_TABLES.values()) == kinds


# -- deciders --------------------------------------------------------------------------------------------------------

ASKED_ALL = ("agent", "guardian", "patient-designee", "court-order")


def who(place, *deciders, **fields):
    review = reviewed(
        place=place,
        deciders=deciders,
        prior_wishes=PriorWishes(exist=NO),
        no_one_in=ASKED_ALL,
        **({"activated": NO} | fields),
    )
    return review.decider.value, review.decider_class


def test_of_several_agents_the_one_who_leaves_something_open_counts():
    """Two agents: an open question about one of them keeps who decides open."""
    open_ = changed(stands("agent", willing=Recorded.NOT_RECORDED), id="other")

    assert ("named-class", "agent") == who("US-FL", stands("agent"))
    assert ("open", "agent") == who("US-FL", stands("agent"), open_)


def test_a_guardian_of_another_jurisdictions_word_is_not_passed_over():
    """England and Wales has no row for a guardian: a court's word is asked about and never ignored."""
    fields = {"detained": NO, "consultees_heard": YES, "decider_dispute": NO}
    facts = dict.fromkeys(("retains", "impairment", "caused_by_impairment"), YES)
    fields |= {"assessments": (changed(LACK, **facts),)}

    assert ("open", "") == who("GB-EAW", stands("guardian"), **fields)
    assert ("open", "deputy") == who("GB-EAW", stands("lpa-hw", covers_decision=NO), **fields)


def test_a_model_act_is_not_law():
    """Under a model act that a site switched on, a place in the order is still only a suggestion."""
    policy = load_policy("US", ("uhcda-1993",)).competency
    record = changed(RECORD, deciders=(stands("agent"),), activated=NO, prior_wishes=PriorWishes(exist=NO))
    review = review_capacity(record, policy=policy, on=ON)

    assert ("suggestion", "agent") == (review.decider.value, review.decider_class)


def test_a_court_that_left_the_agent_in_place_makes_no_law_of_a_suggestion():
    """No state is set: beside an order that covers the decision, the agent's place is still a suggestion."""
    both = (stands("agent"), stands("guardian"))

    assert ("suggestion", "agent") == who("US", *both, assessments=None, order_suspends_agent=NO)
    assert ("named-class", "guardian") == who("US", *both, assessments=None, order_suspends_agent=YES)
