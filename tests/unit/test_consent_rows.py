"""Each row on what is said asks in the smallest record where it applies, and in none where it does not."""

from datetime import date
from functools import cache

import pytest

from alliance_core import load_policy
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.consent import (
    ConsentDecision,
    ConsentDiscussion,
    ConsentEvent,
    TreatmentEvent,
    TreatmentKind,
    review_consent,
)
from alliance_core.consent.policy import ElementRow, RiskRow
from alliance_core.records import (
    Circumstance,
    CircumstanceKind,
    Coding,
    MedicationStatement,
    Person,
    Problem,
    Sex,
)

ON = date(2026, 11, 24)
YES, NO = Recorded.YES, Recorded.NO
ELEMENTS = {row.row_id: row for row in read_table("consent_elements", ElementRow)}
RISKS = {row.row_id: row for row in read_table("consent_risks", RiskRow)}
EVERY = {**ELEMENTS, **RISKS}
#: A treatment of each column, and one that belongs to another.
KINDS = {
    "any": (TreatmentKind.MEDICATION, None),
    "medication": (TreatmentKind.MEDICATION, TreatmentKind.PSYCHOTHERAPY),
    "psychotherapy": (TreatmentKind.PSYCHOTHERAPY, TreatmentKind.MEDICATION),
    "lifestyle": (TreatmentKind.EXERCISE, TreatmentKind.PSYCHOTHERAPY),
    "procedure": (TreatmentKind.TMS, TreatmentKind.EXERCISE),
    "ect": (TreatmentKind.ECT, TreatmentKind.TMS),
    "tms": (TreatmentKind.TMS, TreatmentKind.ECT),
    "substance-reduction": (TreatmentKind.SUBSTANCE_REDUCTION, TreatmentKind.EXERCISE),
    "research": (TreatmentKind.RESEARCH, TreatmentKind.EXERCISE),
}
#: A discussion for each word of the matrix, and one for another.
SAID = {
    "": ({"event": TreatmentEvent.START}, {"event": TreatmentEvent.EARLY_EDUCATION}),
    "start": ({"event": TreatmentEvent.START}, {"event": TreatmentEvent.DECREASE}),
    "increase": ({"event": TreatmentEvent.INCREASE}, {"event": TreatmentEvent.START}),
    "reduce": ({"event": TreatmentEvent.TAPER}, {"event": TreatmentEvent.START}),
    "early-education": ({"event": TreatmentEvent.EARLY_EDUCATION}, {"event": TreatmentEvent.START}),
    "refusal": ({"decision": ConsentDecision.REFUSED}, {"decision": ConsentDecision.WITHDRAWN}),
    "withdrawal": ({"decision": ConsentDecision.WITHDRAWN}, {"decision": ConsentDecision.REFUSED}),
    "emergency": ({"emergency": YES}, {"emergency": NO, "event": TreatmentEvent.START}),
}
#: What makes each condition hold, and what makes it fail: of the discussion, of the patient, or the medicine.
WHEN = {
    "": ({}, None),
    "interpreter-needed": ({"interpreter_needed": YES}, {"interpreter_needed": NO}),
    "telehealth": ({"by_telehealth": YES}, {"by_telehealth": NO}),
    "not-by-prescriber": ({"explained_by_prescriber": NO}, {"explained_by_prescriber": YES}),
    "no-signature": ({"written_form": NO}, {"written_form": YES}),
    "able-to-conceive": ({"sex": Sex.FEMALE, "born_on": "1990-01-01"}, {"sex": Sex.MALE}),
    "age-below-55": ({"born_on": "1971-11-25"}, {"born_on": "1971-11-24"}),
    "not-antidepressant": ({"medicine": "lorazepam"}, {"medicine": "sertraline"}),
    "begun-before-talk": (
        {"occurred_on": date(2026, 11, 10), "discussed_on": date(2026, 11, 20)},
        {"occurred_on": date(2026, 11, 20), "discussed_on": date(2026, 11, 20)},
    ),
}
NO_GROUP = "propranolol"
OF_PERSON = ("interpreter_needed", "sex", "born_on")


@cache
def _policy(place, overlay):
    return load_policy(place, (overlay,) if overlay else ()).consent


@cache
def _member(group):
    """Return the name of some medicine of a group or class."""
    policy = _policy("any", "")
    view = policy.timeline.at(Day(ON))
    names = sorted(name for name, row in policy.medicines.by_name.items() if group in view.groups_of(row))
    return names[0]


def _medicine(row):
    if row.medicine:
        return row.medicine
    if getattr(row, "asked_when", "") == "not-antidepressant":
        return "lorazepam"
    return _member(row.drug_group) if row.drug_group else NO_GROUP


def _asked(row, facts, *, place=None, overlay=None):
    """Return the rows that ask in a record of these facts."""
    facts = {**facts}
    person = Person(id="p", **{name: facts.pop(name) for name in OF_PERSON if name in facts})
    kind, name = facts.pop("kind"), facts.pop("medicine", _medicine(row))
    event = ConsentEvent(
        id="event",
        kind=kind,
        medicine=MedicationStatement(id="m", text=name) if kind is TreatmentKind.MEDICATION else None,
        person=person,
        occurred_on=facts.pop("occurred_on", None),
        others=facts.pop("others", None),
        problems=facts.pop("problems", None),
        circumstances=facts.pop("circumstances", ()),
        discussion=ConsentDiscussion(id="discussion", **facts),
    )
    policy = _policy(row.jurisdiction if place is None else place, row.overlay if overlay is None else overlay)
    review = review_consent(event, policy=policy, on=ON)
    return {row_id for reason in review.reasons for row_id in reason.rows}


# -- elements --------------------------------------------------------------------------------------------------------


def _where_it_applies(row):
    return {"kind": KINDS[row.treatment][0], **SAID[row.event][0], **WHEN[row.asked_when][0]}


def _where_it_does_not(row):
    """Return records that differ in one thing: the event, the kind, the medicine, the condition."""
    here = _where_it_applies(row)
    if row.event or row.treatment != "research":
        yield {**{name: fact for name, fact in here.items() if name not in SAID[row.event][0]}, **SAID[row.event][1]}
    if KINDS[row.treatment][1] is not None:
        yield {**here, "kind": KINDS[row.treatment][1]}
    if row.drug_group or row.medicine:
        yield {**here, "medicine": NO_GROUP}
    if WHEN[row.asked_when][1] is not None:
        yield {**here, **WHEN[row.asked_when][1]}


class TestElements:
    """An element is asked for by every row that applies, and by no other."""

    @pytest.mark.parametrize("row_id", ELEMENTS)
    def test_where_it_applies(self, row_id):
        row = ELEMENTS[row_id]

        assert row_id in _asked(row, _where_it_applies(row))

    @pytest.mark.parametrize("row_id", ELEMENTS)
    def test_where_it_does_not(self, row_id):
        row = ELEMENTS[row_id]

        assert [facts for facts in _where_it_does_not(row) if row_id in _asked(row, facts)] == []


# -- risks -----------------------------------------------------------------------------------------------------------

DEMENTIA = Problem(id="problem", codes=(Coding(system="http://hl7.org/fhir/sid/icd-10-cm", code="F03.90"),))


def _circumstance(row, present):
    kind = CircumstanceKind(row.circumstance)
    return (Circumstance(id="c", kind=kind, present=present, recorded_on=date(2026, 1, 1)),)


def _born(age):
    return f"{2026 - age}-06-01"


def _whose_it_is(row):
    facts = {"kind": KINDS[row.treatment][0], **SAID[row.event or "start"][0]}
    if row.salt:
        facts["medicine"] = f"{row.medicine} {row.salt}"
    if row.age_from is not None or row.age_below is not None:
        facts["born_on"] = _born(row.age_from or row.age_below - 1)
    if row.sex:
        facts["sex"] = Sex(row.sex)
    if row.problem:
        facts["problems"] = (DEMENTIA,)
    if row.circumstance:
        facts["circumstances"] = _circumstance(row, YES)
    if row.with_drug_group:
        facts["others"] = (MedicationStatement(id="other", text=_member(row.with_drug_group)),)
    return facts


def _whose_it_is_not(row):
    """Return records of patients who differ in one thing from those whose risk it is."""
    here = _whose_it_is(row)
    yield (
        {**here, **SAID[row.event or "start"][1]}
        if row.treatment == "medication"
        else {**here, "kind": KINDS[row.treatment][1]}
    )
    if row.drug_group or row.medicine:
        yield {**here, "medicine": NO_GROUP}
    if row.salt:
        yield {**here, "medicine": f"{row.medicine} {row.not_route}"}
    if row.age_from is not None:
        yield {**here, "born_on": _born(row.age_from - 1)}
    if row.age_below is not None:
        yield {**here, "born_on": _born(row.age_below)}
    if row.sex:
        yield {**here, "sex": Sex.MALE if row.sex == "female" else Sex.FEMALE}
    if row.problem:
        yield {**here, "problems": ()}
    if row.circumstance:
        yield {**here, "circumstances": _circumstance(row, NO)}
    if row.with_drug_group:
        yield {**here, "others": ()}


class TestRisks:
    """A risk is told to a patient whose it is, or not known not to be; one in whom it cannot be is not told."""

    @pytest.mark.parametrize("row_id", RISKS)
    def test_whose_it_is(self, row_id):
        row = RISKS[row_id]

        assert row_id in _asked(row, _whose_it_is(row))

    @pytest.mark.parametrize("row_id", RISKS)
    def test_whose_it_may_be(self, row_id):
        """Of a patient of whom nothing is recorded it cannot be ruled out."""
        row = RISKS[row_id]
        known = {name: fact for name, fact in _whose_it_is(row).items() if name in {"kind", "event"}}

        assert row_id in _asked(row, known)

    @pytest.mark.parametrize("row_id", RISKS)
    def test_whose_it_is_not(self, row_id):
        row = RISKS[row_id]

        assert [facts for facts in _whose_it_is_not(row) if row_id in _asked(row, facts)] == []

    @pytest.mark.parametrize("row_id", [row_id for row_id, row in RISKS.items() if row.dose_related and not row.event])
    def test_what_goes_with_the_dose_is_asked_at_an_increase(self, row_id):
        row = RISKS[row_id]

        assert row_id in _asked(row, {**_whose_it_is(row), "event": TreatmentEvent.INCREASE})

    @pytest.mark.parametrize("row_id", [row_id for row_id, row in RISKS.items() if row.treatment in {"ect", "tms"}])
    def test_each_treatment_of_a_procedure_brings_its_risks(self, row_id):
        """Whatever is done about it, but to end it."""
        row = RISKS[row_id]
        here = _whose_it_is(row)

        assert row_id in _asked(row, {**here, "event": TreatmentEvent.INCREASE})
        assert row_id not in _asked(row, {**here, "event": TreatmentEvent.STOP})

    @pytest.mark.parametrize("row_id", [row_id for row_id, row in RISKS.items() if row.renewing])
    def test_what_raises_a_risk_is_a_word_of_the_medicines(self, row_id):
        """A group, a name or a mark that no medicine has would never ask again."""
        policy = _policy("any", "")
        view = policy.timeline.at(Day(ON))
        known = {word for row in policy.medicines.by_name.values() for word in view.words_of(row)}

        assert RISKS[row_id].renewing - known == set()

    def test_windows_of_two_sources_stay_two_rows(self):
        """The same word of one class has a window for children and one for young adults, and they never merge."""
        row = RISKS["CNR-AD-suicidality-child"]
        young = RISKS["CNR-AD-suicidality-young-adult"]
        at = {age: _asked(row, {**_whose_it_is(row), "born_on": _born(age)}) for age in (17, 18, 24, 25)}

        assert [row.row_id in at[age] for age in at] == [True, False, False, False]
        assert [young.row_id in at[age] for age in at] == [False, True, True, False]
        assert row.element == young.element


class TestPlaces:
    """A row of a place or an overlay asks there and nowhere else."""

    @pytest.mark.parametrize("row_id", [row_id for row_id, row in EVERY.items() if row.jurisdiction != "any"])
    def test_elsewhere(self, row_id):
        row = EVERY[row_id]
        here = _where_it_applies(row) if row_id in ELEMENTS else _whose_it_is(row)

        assert row_id in _asked(row, here)
        assert row_id not in _asked(row, here, place="AU", overlay="")

    @pytest.mark.parametrize("row_id", [row_id for row_id, row in EVERY.items() if row.overlay])
    def test_without_its_overlay(self, row_id):
        row = EVERY[row_id]
        here = _where_it_applies(row) if row_id in ELEMENTS else _whose_it_is(row)

        assert row_id not in _asked(row, here, overlay="")


def test_every_condition_of_the_table_is_one_that_is_asked():
    """A word that no rule knows would ask always: each word of the table has its two sides here."""
    assert {row.asked_when for row in ELEMENTS.values()} == set(WHEN)


def test_a_row_that_does_not_apply_for_sure_weighs_least():
    """Where nobody knows whether the condition holds, the element is asked about as recommended."""
    row = ELEMENTS["CA2290-telehealth"]
    event = ConsentEvent(
        id="event",
        kind=TreatmentKind.PSYCHOTHERAPY,
        event=TreatmentEvent.START,
        discussion=ConsentDiscussion(id="discussion"),
    )
    weights = {}
    for fact in Recorded:
        said = changed(event, discussion=changed(event.discussion, by_telehealth=fact))
        review = review_consent(said, policy=_policy(row.jurisdiction, ""), on=ON)
        weights[fact.value] = [one.weight.value for one in review.reasons if one.element == "telehealth"]

    assert weights == {"yes": ["essential"], "no": [], "unclear": ["recommended"], "not-recorded": ["recommended"]}
