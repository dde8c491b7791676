"""Each vignette says what its source says, in one sentence, and differs from its twin in one fact and in the answer."""

import csv
from datetime import date
from pathlib import Path

import pytest

from alliance_core import Recorded, load_policy
from alliance_core.base.day import Day
from alliance_core.competency import (
    CapacityAssessment,
    CapacityEvent,
    Decider,
    DecisionCapacity,
    Engagement,
    LeavingRequest,
    LegalStatus,
    MinorFacts,
    PriorWishes,
    ReservedFacts,
    Stakes,
    deciders,
    determination,
    escalation,
    leaving,
    minors,
    review_capacity,
)
from alliance_core.records import Consultation, ConsultedRole, Person, Setting

YES = "yes"


def read(name):
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


# -- from cells to records -------------------------------------------------------------------------------------------


def fact(cell):
    return Recorded(cell or "not-recorded")


def facts(row, *names):
    return {name: fact(row[name]) for name in names}


def day(cell):
    return date.fromisoformat(cell) if cell else None


def words(cell):
    return tuple(cell.split("|")) if cell else ()


def whole(cell, **complete):
    """Return (word, facts): `agent willing=` is an agent of whom all is recorded and good, but not whether willing."""
    word, *differences = cell.split()
    return word, complete | dict(one.split("=") for one in differences)


STANDS = {
    **dict.fromkeys(("authority_seen", "in_force", "covers_decision", "is_adult", "available", "willing", "able"), YES),
    **dict.fromkeys(("disqualified", "conflicted", "patient_objects"), "no"),
    "identified_on": "2026-11-20",
}


def people(cell):
    """Return the deciders of a cell: empty is not recorded, `none` is asked and nobody."""
    if cell in {"", "none"}:
        return () if cell else None
    return tuple(_person(f"decider-{number}", one) for number, one in enumerate(cell.split("|")))


def _person(name, cell):
    word, told = whole(cell, **STANDS)
    reason, identified_on = told.pop("chosen_reason", None), day(told.pop("identified_on"))
    known = {fact_name: fact(one) for fact_name, one in told.items()}
    return Decider(id=name, decider_class=word, chosen_reason=reason, identified_on=identified_on, **known)


def consultations(cell, on):
    if cell in {"", "none"}:
        return () if cell else None
    return tuple(_consultation(one, on) for one in cell.split("|"))


def _consultation(cell, on):
    role, told = whole(cell, held=YES, documented=YES, by="Dr. C", held_on=on)
    return Consultation(
        id=role,
        role=ConsultedRole(role),
        held=fact(told["held"]),
        documented=fact(told["documented"]),
        by=told["by"] or None,
        held_on=day(told["held_on"]),
    )


def engagement(cell):
    if not cell:
        return None
    _, told = whole(cell, **dict.fromkeys(ENGAGED, YES))
    return Engagement(**{name: fact(one) for name, one in told.items()})


ENGAGED = (
    "identity_seen",
    "assessment_discussed",
    "options_discussed",
    "questions_answered",
    "decision_recorded",
    "patient_view_carried",
)
ABILITIES = ("understands", "retains", "appreciates", "reasons", "communicates")
SHOWN = (*ABILITIES, "information_given", "support_given", "impairment", "caused_by_impairment", "patient_objects")


def found(word, on):
    """
    Return the assessments that a word of the column `found` stands for; an empty cell is no assessment.

    `lack` is a lack with all that shows it, `capacity` the same for capacity, `unclear` an assessor who cannot say.
    """
    if not word:
        return None
    known = dict.fromkeys(SHOWN, Recorded.YES) | {"patient_objects": Recorded.NO}
    known |= {"understands": Recorded.NO} if word == "lack" else {}
    known |= {"information_given": Recorded.NOT_RECORDED} if word == "capacity-uninformed" else {}
    assessed_on = date(2026, 11, 17) if word.endswith("last-week") else day(on)
    return (
        CapacityAssessment(
            id="assessment", assessed_on=assessed_on, assessed_by="Dr. A", conclusion=CONCLUDED[word], **known
        ),
    )


CONCLUDED = {
    "lack": Recorded.NO,
    "capacity": Recorded.YES,
    "capacity-uninformed": Recorded.YES,
    "unclear": Recorded.UNCLEAR,
    "unclear-last-week": Recorded.UNCLEAR,
    "no-conclusion": Recorded.NOT_RECORDED,
}


def assessments(row):
    """Return the assessment of a row, and a second one that recorded the same but for what its own columns say."""
    own = {
        "assessed_on": day(row["assessed_on"]),
        "assessed_by": row["assessed_by"] or None,
        "conclusion": fact(row["conclusion"]),
        **facts(row, *SHOWN),
        "cause": row["cause"] or None,
        "grounds": words(row["grounds"]) or None,
        "supports": words(row["supports"]) or None,
    }
    if not any(row[name] for name in ("assessed_on", "assessed_by", "conclusion")):
        return () if row["assessments"] == "none" else None
    first = CapacityAssessment(id="assessment-1", **own)
    if not row["second_by"]:
        return (first,)
    second = own | {
        "assessed_on": day(row["second_on"]),
        "assessed_by": row["second_by"],
        "conclusion": fact(row["second_conclusion"]),
    }
    return (first, CapacityAssessment(id="assessment-2", **second))


def events(row):
    if not row["event"]:
        return ()
    return (CapacityEvent(id="event", trigger=row["event"], occurred_on=day(row["event_on"])),)


def determination_record(row):
    return DecisionCapacity(
        id="record",
        decision=row["decision"] or None,
        person=Person(
            id="person",
            born_on=row["born_on"] or None,
            emancipated=fact(row["emancipated"]),
            interpreter_needed=fact(row["interpreter_needed"]),
        ),
        stakes=Stakes(row["stakes"]) if row["stakes"] else None,
        setting=Setting(row["setting"]) if row["setting"] else None,
        assessments=assessments(row),
        changed_since_on=day(row["changed_since_on"]),
        events=events(row),
        deciders=people(row["deciders"]),
        **facts(row, "concern", "detained", "treats_mental_disorder", "changed_since", *ACTIVATION),
    )


ACTIVATION = ("activated", "activation_in_force", "activation_objected")


def decider_record(row):
    wishes = PriorWishes(**{name: fact(row[f"wishes_{name}"]) for name in ("exist", "valid", "apply", "displaced")})
    return DecisionCapacity(
        id="record",
        decision=row["decision"],
        person=Person(id="person", born_on=row["born_on"] or None),
        setting=Setting(row["setting"]) if row["setting"] else None,
        assessments=found(row["found"], row["on"]),
        detained=Recorded.NO,
        deciders=people(row["deciders"]),
        no_one_in=words(row["no_one_in"]),
        prior_wishes=wishes,
        reserved=ReservedFacts(**facts(row, *RESERVED)),
        **facts(row, "order_suspends_agent", "agreement", "majority", "decider_dispute", *HEARD, *ACTIVATION),
    )


RESERVED = ("court_authority", "granted_expressly", "antipsychotic", "over_objection", "refusing", "state_institution")
HEARD = ("consultees_heard", "finely_balanced", "serious_treatment", "nobody_to_consult", "advocate_instructed")


def escalation_record(row):
    return DecisionCapacity(
        id="record",
        decision=row["decision"],
        person=Person(id="person", born_on=row["born_on"]),
        setting=Setting(row["setting"]),
        assessments=found(row["found"], row["on"]),
        deciders=people(row["deciders"]),
        no_one_in=words(row["no_one_in"]),
        prior_wishes=PriorWishes(exist=fact(row["wishes_exist"])),
        consultations=consultations(row["consulted"], row["on"]),
        engagement=engagement(row["engagement"]),
        reserved=ReservedFacts(**facts(row, "over_objection", "court_authority", "antipsychotic")),
        minor=minor_facts(row["minor"]),
        **facts(row, "order_suspends_agent", "decider_dispute", "agreement", "majority", "activated"),
    )


def minor_facts(cell):
    """Return what is recorded about a minor: the facts that a cell names, and no other."""
    if not cell:
        return None
    return MinorFacts(**{name: fact(one) for name, one in (part.split("=") for part in cell.split())})


def minor_record(row):
    return DecisionCapacity(
        id="record",
        decision=row["decision"] or None,
        person=Person(id="person", born_on=row["born_on"]),
        setting=Setting(row["setting"]) if row["setting"] else None,
        assessments=() if row["assessments"] == "none" else found(row["found"], row["on"]),
        minor=MinorFacts(**facts(row, *MINOR)),
        **facts(row, "concern", "serious_treatment"),
    )


MINOR = (
    *("condition_met", "refuses", "parent_authority", "parents_agree", "parent_conflicted"),
    *("parent_decided", "child_view_recorded"),
)


def leaving_record(row):
    request = LeavingRequest(
        requested_on=day(row["requested_on"]),
        legal_status=LegalStatus(row["legal_status"]) if row["legal_status"] else None,
        notice_on=day(row["notice_on"]),
        **facts(row, *LEAVING_FACTS),
    )
    return DecisionCapacity(
        id="record",
        decision=row["decision"],
        person=Person(id="person", born_on=row["born_on"]),
        assessments=found(row["found"], row["on"]),
        concern=fact(row["concern"]),
        leaving=request,
    )


LEAVING_FACTS = (
    *("requested", "notice_given", "danger", "hold_considered", "recompensating", "foreseeable_relapse"),
    *("team_consulted", "outside_support_consulted", "support_permission_refused", "consultation_documented"),
    *("reason_asked", "capacity_assessed", "risk_assessed", "risks_told", "alternatives_offered"),
    *("follow_up_arranged", "medicines_arranged", "crisis_plan"),
)


# -- from reviews to cells -------------------------------------------------------------------------------------------


def cells(finding):
    """Return what is expected of a finding, as cells; a rule that did not apply has no finding."""
    if finding is None:
        return {"=answer": "not-applicable", "=weight": "", "=missing": "", "=due_on": ""}
    due = finding.due_on.isoformat() if finding.due_on else ""
    return {
        "=answer": finding.answer.value,
        "=weight": finding.weight.value,
        "=missing": "|".join(finding.missing),
        "=due_on": due,
    }


def reviewed(row, record):
    """Return the review of a record, and what each of its tables gave."""
    policy, on = load_policy(row["policy"]).competency, day(row["on"])
    review = review_capacity(record, policy=policy, on=on)
    seen = Day(on)
    view = policy.timeline.at(seen)
    evidence = determination.gather(record, view, seen, policy=policy)
    own = determination.determine(evidence)
    decides = deciders.decide(evidence, own, view, policy, seen)
    return review, {
        "determination": own,
        "decider": decides,
        "minor": evidence.minor,
        "escalation": escalation.escalate(evidence, own, decides, view, seen),
        "leaving": leaving.depart(evidence, own, view, seen),
    }


def of_rule(review, rule, item=None):
    return next((one for one in review.findings if one.rule == f"competency.{rule}" and item in {None, one.item}), None)


def determination_cells(row):
    review, gave = reviewed(row, determination_record(row))
    own = gave["determination"]
    return {
        "=case": own.case,
        "=determination": review.determination.value,
        "=answer": own.answer.value,
        "=weight": own.weight.value,
        "=missing": "|".join(own.missing),
    }


def decider_cells(row):
    review, gave = reviewed(row, decider_record(row))
    decides = gave["decider"]
    return {
        "=case": decides.case,
        "=decider": review.decider.value,
        "=class": review.decider_class,
        "=answer": decides.answer.value,
        "=weight": decides.weight.value,
        "=missing": "|".join(decides.missing),
    }


def minor_cells(row):
    review, gave = reviewed(row, minor_record(row))
    ruling, decides = gave["minor"], gave["decider"]
    return {
        "=case": ruling.case,
        "=determination": review.determination.value,
        "=decider": review.decider.value,
        "=answer": decides.answer.value,
        "=weight": decides.weight.value,
        "=missing": "|".join(decides.missing),
    }


def escalation_cells(row):
    review, gave = reviewed(row, escalation_record(row))
    beside = [one.id for one in escalation.BESIDE if one.gives.step.value == row["item"]]
    held = gave["escalation"].cases
    case = next((one for one in beside if one in held), "") if beside else held[-1]
    answered = cells(of_rule(review, "escalation", row["item"]))
    if not case:
        answered["=answer"] = ""
    return {"=case": case, "=step": review.step.value, **answered}


def leaving_cells(row):
    review, gave = reviewed(row, leaving_record(row))
    departure = gave["leaving"]
    if departure is None:
        return dict.fromkeys(LEAVING_EXPECTED, "")
    answered = cells(of_rule(review, "leaving"))
    return {"=case": departure.case, "=next": departure.next.value, **answered}


LEAVING_EXPECTED = ("=case", "=next", "=answer", "=weight", "=missing", "=due_on")

# -- the laws of every table -----------------------------------------------------------------------------------------

#: For each decision table: its vignettes, what answers them, and where its cases stand.
TABLES = {
    "determination": (read("competency_determination.csv"), determination_cells, determination, ("CASES",)),
    "deciders": (read("competency_deciders.csv"), decider_cells, deciders, ("CASES",)),
    "escalation": (read("competency_escalation.csv"), escalation_cells, escalation, ("BESIDE", "NEXT")),
    "minors": (read("competency_minors.csv"), minor_cells, minors, ("CASES",)),
    "leaving": (read("competency_leaving.csv"), leaving_cells, leaving, ("CASES",)),
}
EVERY = [pytest.param(table, name, id=name) for table, (rows, *_) in TABLES.items() for name in rows]
CASES = [(table, case.id) for table, (_, _, module, _) in TABLES.items() for case in module.CASES]


def expected(row):
    return {column: cell for column, cell in row.items() if column.startswith("=")}


def asked(row):
    return {column: cell for column, cell in row.items() if column not in LABELS and not column.startswith("=")}


LABELS = {"id", "basis", "sentence", "twin", "item"}


@pytest.mark.parametrize(("table", "name"), EVERY)
def test_the_review_answers_as_its_source_says(table, name):
    rows, answer, *_ = TABLES[table]

    assert expected(rows[name]) == answer(rows[name])


@pytest.mark.parametrize(("table", "name"), EVERY)
def test_twins_differ_in_one_fact_and_in_the_answer(table, name):
    """A pair shows which fact turned the answer."""
    row, twin = (TABLES[table][0][one] for one in (name, TABLES[table][0][name]["twin"]))

    assert 1 == sum(asked(row)[column] != asked(twin)[column] for column in asked(row))
    assert expected(row) != expected(twin)


def test_a_sentence_is_said_once():
    """No two vignettes say the same, and each says something."""
    for rows, *_ in TABLES.values():
        sentences = [row["sentence"] for row in rows.values()]

        assert len(sentences) == len({one for one in sentences if one})


@pytest.mark.parametrize(("table", "case"), CASES)
def test_every_case_is_reached(table, case):
    """Each case of a decision table has a vignette that it decides."""
    assert case in {row["=case"] for row in TABLES[table][0].values()}


@pytest.mark.parametrize(("table", "case"), CASES)
def test_every_case_matters(table, case, monkeypatch):
    """Without any one case of a decision table, some vignette has another answer, or none."""
    rows, answer, module, names = TABLES[table]
    for name in names:
        monkeypatch.setattr(module, name, tuple(one for one in getattr(module, name) if one.id != case))

    assert [name for name, row in rows.items() if _differs(row, answer)]


def _differs(row, answer):
    try:
        answered = answer(row)
    except StopIteration:  # no case holds
        return True
    return any(answered[column] != cell for column, cell in expected(row).items() if column != "=case")


@pytest.mark.parametrize("table", TABLES)
def test_the_last_case_always_holds(table):
    """A table never runs out: its last case asks nothing, and is not a good answer."""
    module = TABLES[table][2]
    last = module.CASES[-1]

    assert last.when(object())
    assert {case.id for case in module.CASES if not case.says} == set()
