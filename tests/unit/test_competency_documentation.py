"""The documentation checklist: each element is asked for when its row says so, and closed by writing it down."""

from datetime import date

import pytest

from alliance_core import Recorded, load_policy
from alliance_core.base.findings import Answer, Weight
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.competency import (
    CapacityAssessment,
    Course,
    Decider,
    DecisionCapacity,
    Engagement,
    LeavingRequest,
    LegalStatus,
    PriorWishes,
    Stakes,
    documentation_gaps,
    review_capacity,
)
from alliance_core.competency.documentation import _WHEN, _WHERE
from alliance_core.competency.policy import DocumentationRow
from alliance_core.records import Consultation, ConsultedRole, Person, Setting

ON = date(2026, 11, 24)
YES, NO, UNCLEAR, SILENT = Recorded.YES, Recorded.NO, Recorded.UNCLEAR, Recorded.NOT_RECORDED
ROWS = {row.row_id: row for row in read_table("capacity_documentation", DocumentationRow)}

#: A record that says only what makes an element asked for, and nothing of the element itself.
LACK = CapacityAssessment(id="a", conclusion=NO, support_given=YES, understands=NO, expected_course=Course.TEMPORARY)
ADULT = Person(id="p", born_on="1980-05-05")
#: A lack with all that shows it, which another decides about.
SHOWN = CapacityAssessment(
    id="a",
    assessed_on=ON,
    assessed_by="Dr. A",
    conclusion=NO,
    understands=NO,
    **dict.fromkeys(("retains", "appreciates", "reasons", "communicates", "information_given", "support_given"), YES),
    **dict.fromkeys(("impairment", "caused_by_impairment"), YES),
    patient_objects=NO,
)
STANDS = {
    **dict.fromkeys(("in_force", "covers_decision", "is_adult", "available", "willing", "able"), YES),
    **dict.fromkeys(("disqualified", "patient_objects"), NO),
}
SPOUSE = Decider(id="d", decider_class="spouse-partner", **STANDS)
#: For each word of `asked_when`: what makes it hold.
ASKED = {
    "assessed": {"assessments": (CapacityAssessment(id="a"),)},
    "non-routine": {"decision": "placement"},
    "concern": {"concern": YES},
    "support-given": {"assessments": (CapacityAssessment(id="a", support_given=YES),)},
    "ability-not-shown": {"assessments": (CapacityAssessment(id="a", understands=UNCLEAR),)},
    "stakes-high": {"assessments": (CapacityAssessment(id="a"),), "stakes": Stakes.HIGH},
    "lack": {"assessments": (CapacityAssessment(id="a", conclusion=NO),)},
    "lack-can-return": {"assessments": (LACK,)},
    "contested": {"assessments": (changed(SHOWN, conclusion=UNCLEAR),)},
    "surrogate-acts": {"assessments": (SHOWN,), "deciders": (SPOUSE,)},
    "mental-illness-cause": {"assessments": (CapacityAssessment(id="a", conclusion=NO),)},
    "decider-not-patient": {"assessments": (SHOWN,), "deciders": (SPOUSE,)},
    "default-list": {"assessments": (SHOWN,), "prior_wishes": PriorWishes(exist=NO), "activated": NO},
    "decider-engaged": {"assessments": (SHOWN,)},
    "decider-conflict": {"deciders": (changed(SPOUSE, conflicted=YES),)},
    "unrepresented": {"assessments": (SHOWN,), "deciders": (), "prior_wishes": PriorWishes(exist=NO)},
    "consulted": {"consultations": (Consultation(id="c", role=ConsultedRole.ETHICS),)},
    "pressure": {"decider_dispute": YES},
    "leaving": {"leaving": LeavingRequest(requested=YES)},
    "leaving-danger": {"leaving": LeavingRequest(requested=YES, danger=YES)},
}


def place_of(row):
    """Return where a row holds; New York, where every decision is assessed afresh, is as good as any."""
    return {"any": "US-NY", "US": "US-NY"}.get(row.jurisdiction, row.jurisdiction)


def record_of(row):
    plain = DecisionCapacity(id="r", decision="medication", person=ADULT, detained=NO, setting=Setting.INPATIENT)
    return changed(plain, **ASKED[row.asked_when])


def gaps(record, place):
    return documentation_gaps(record, policy=load_policy(place).competency, on=ON)


def rows_of(record, place):
    return {gap.row for gap in gaps(record, place)}


def written(record, path):
    """Return the record with one fact written down, whatever it says."""
    owner, _, name = path.rpartition(".")
    if owner == "consultations":
        known = {"held": NO, "documented": NO}
        return changed(record, consultations=tuple(Consultation(id=one.value, role=one, **known) for one in ROLES))
    if not owner:
        return changed(record, **{name: WRITTEN.get(name, NO)})
    held = getattr(record, owner)
    if isinstance(held, tuple):
        return changed(record, **{owner: tuple(changed(one, **{name: WRITTEN.get(name, NO)}) for one in held)})
    return changed(record, **{owner: changed(held or EMPTY[owner], **{name: WRITTEN.get(name, NO)})})


ROLES = (ConsultedRole.COLLEAGUE, ConsultedRole.COUNSEL, ConsultedRole.ETHICS)
EMPTY = {"engagement": Engagement(), "leaving": LeavingRequest()}
WRITTEN = {
    "decision": "placement",
    "assessed_on": ON,
    "assessed_by": "Dr. A",
    "supports": ("a quiet room",),
    "grounds": ("own-words",),
    "concern_reasons": (),
    "expected_course": Course.UNCLEAR,
    "patient_view": "to stay at home",
    "legal_status": LegalStatus.VOLUNTARY,
}


def test_every_element_has_its_place_and_its_time():
    """No row of the checklist is one that nobody asks for, and none asks for what no record holds."""
    assert {row.element for row in ROWS.values()} == set(_WHERE)
    assert {row.asked_when for row in ROWS.values()} == set(_WHEN) == set(ASKED)


#: What no record holds by itself: silence about the classes above is asked about there.
OPEN = {"DOC-29"}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_an_element_that_nobody_wrote_down(row):
    """What the record does not hold is a gap, with the row's own weight, and one that was written down is not."""
    path = _WHERE[row.element][0]
    silent = _silent(record_of(row), path)
    found = {gap.element: gap for gap in gaps(silent, place_of(row))}

    assert row.element in found
    assert path == found[row.element].path
    assert min(one.weight.rank for one in _asked_alike(row, found)) == found[row.element].weight.rank
    if row.row_id not in OPEN:
        assert row.element not in {gap.element for gap in gaps(written(silent, path), place_of(row))}


def _asked_alike(row, found):
    return [one for one in ROWS.values() if one.element == row.element and one.row_id == found[row.element].row]


def _silent(record, path):
    """Return the record without the fact, unless the fact is what makes its own row asked for."""
    owner, _, name = path.rpartition(".")
    held = getattr(record, owner) if owner else None
    if owner == "assessments" and name != "conclusion":
        blank = None if name in WRITTEN else SILENT
        return changed(record, assessments=tuple(changed(one, **{name: blank}) for one in held))
    return changed(record, decision=None) if path == "decision" else record


@pytest.mark.parametrize("word", ASKED)
def test_what_is_not_asked_for(word):
    """A decision that nobody doubted, assessed or asked to leave about lacks nothing but what is asked of all."""
    plain = DecisionCapacity(id="r", decision="medication", person=ADULT, concern=NO, detained=NO)

    assert word not in {ROWS[row].asked_when for row in rows_of(plain, "US-NY")}


class TestWhoIsAsked:
    """What is asked depends on what was recorded, and never on silence about something else."""

    def test_a_psychiatrist_is_asked_about_where_law_says_so(self):
        """New York: unless the lack is not due to mental illness."""
        lack = {"assessments": (CapacityAssessment(id="a", conclusion=NO),)}
        other = {"assessments": (CapacityAssessment(id="a", conclusion=NO, due_to_mental_illness=NO),)}
        plain = DecisionCapacity(id="r", decision="medication", person=ADULT)

        assert "DOC-27" in rows_of(changed(plain, **lack), "US-NY")
        assert "DOC-27" not in rows_of(changed(plain, **other), "US-NY")
        assert "DOC-27" not in rows_of(changed(plain, **lack), "US-NH")

    def test_high_stakes_ask_for_what_shows_an_ability(self):
        """Where the scale is on: England and Wales has none."""
        high = DecisionCapacity(
            id="r", decision="medication", person=ADULT, stakes=Stakes.HIGH, assessments=(CapacityAssessment(id="a"),)
        )

        assert {"DOC-15-b", "DOC-25-a"} <= rows_of(high, "US")
        assert not {"DOC-15-b", "DOC-25-a"} & rows_of(high, "GB-EAW")

    def test_a_request_to_leave_that_lies_ahead(self):
        """What will be asked tomorrow is not documented today."""
        request = LeavingRequest(requested=YES, requested_on=date(2026, 11, 25))
        record = DecisionCapacity(id="r", decision="medication", person=ADULT, concern=NO, leaving=request)

        assert "DOC-43" not in rows_of(record, "US")
        assert "DOC-43" in rows_of(changed(record, leaving=changed(request, requested_on=ON)), "US")

    def test_support_that_the_patient_would_not_have_asked(self):
        """A permission that was refused answers whether the outside support was heard."""
        request = LeavingRequest(requested=YES, support_permission_refused=YES)
        record = DecisionCapacity(id="r", decision="medication", person=ADULT, concern=NO, leaving=request)

        assert "DOC-52" not in rows_of(record, "US")

    def test_a_consultation_of_someone_else(self):
        """That ethics was asked does not say whether a colleague was."""
        ethics = Consultation(id="c", role=ConsultedRole.ETHICS, held=YES, documented=YES)
        unclear = changed(record_of(ROWS["DOC-38"]), consultations=(ethics,))

        assert {"DOC-38", "DOC-39-a"} <= rows_of(unclear, "US-NY")
        assert not {"DOC-38", "DOC-39-a"} & rows_of(changed(unclear, consultations=()), "US-NY")

    def test_a_day_without_one_of_two(self):
        """Two assessors of one day: what one of them did not write is not in the record."""
        two = (changed(SHOWN, patient_view="stay"), changed(SHOWN, id="b", assessed_by="Dr. B"))
        record = DecisionCapacity(id="r", decision="medication", person=ADULT, assessments=two)

        assert "DOC-24" in rows_of(record, "US")
        assert "DOC-24" not in rows_of(changed(record, assessments=two[:1]), "US")


class TestFinding:
    """One finding at most, as heavy as its heaviest gap, and only about what nothing else asks."""

    def test_what_is_asked_elsewhere_is_not_asked_twice(self):
        record = DecisionCapacity(id="r", decision="medication", person=ADULT, assessments=(SHOWN,), activated=NO)
        review = review_capacity(record, policy=load_policy("US-NY").competency, on=ON)
        [found] = [one for one in review.findings if one.rule == "competency.documentation"]

        assert (Answer.CANNOT_TELL, Weight.ESSENTIAL) == (found.answer, found.weight)
        assert "assessments.grounds" in found.missing
        assert "engagement.options_discussed" not in found.missing
        assert "engagement.options_discussed" in {gap.path for gap in review.documentation}

    def test_none_without_an_assessment(self):
        record = DecisionCapacity(id="r", decision="placement", person=ADULT)
        review = review_capacity(record, policy=load_policy("US-NY").competency, on=ON)

        assert review.documentation
        assert [] == [one for one in review.findings if one.rule == "competency.documentation"]
