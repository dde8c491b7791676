"""Consent: what is left to say as a talk, and the corners that no vignette needs."""

from datetime import date

import pytest

from alliance_core import load_policy
from alliance_core.base.dates import CalendarDuration
from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.consent import (
    Authority,
    Completeness,
    ConsentDecision,
    ConsentDiscussion,
    ConsentEvent,
    ConsentPolicy,
    DecidedBy,
    TreatmentEvent,
    TreatmentKind,
    review_consent,
)
from alliance_core.consent.agenda import TOPICS
from alliance_core.consent.policy import ElementRow, FreshnessRow, ItemRow, RiskRow, SettingRow
from alliance_core.records import Coding, MedicationStatement

ON = date(2026, 11, 24)
POLICY = load_policy("any").consent
ITEMS = {row.element: row for row in read_table("consent_items", ItemRow)}


def start(medicine="sertraline", **fields):
    said = {"discussed_on": ON, **fields.pop("said", {})}
    return ConsentEvent(
        id="event",
        **{
            "event": TreatmentEvent.START,
            "kind": TreatmentKind.MEDICATION,
            "medicine": MedicationStatement(id="m", text=medicine),
            "discussion": ConsentDiscussion(id="discussion", **said),
            **fields,
        },
    )


def reviewed(event, policy=POLICY, on=ON):
    return review_consent(event, policy=policy, on=on)


class TestAgenda:
    """What is left to say comes as a talk: topic by topic, in order, with what else there would be."""

    def test_topics_in_the_order_of_a_conversation(self):
        agenda = reviewed(start()).agenda

        assert [topic.name for topic in agenda.topics] == [
            "assessment",
            "goals",
            "treatment",
            "risks",
            "alternatives",
            "choice",
            "follow-up",
            "record",
        ]

    def test_within_a_topic_as_the_table_has_it(self):
        """Each element is said in the words of its row, and names the rows that ask for it."""
        goals = next(topic for topic in reviewed(start()).agenda.topics if topic.name == "goals")
        names = ("goals", "preference-order", "tolerable-effects.short-term", "tolerable-effects.long-term")

        assert goals.elements == names
        assert goals.says == tuple(ITEMS[name].says for name in names)
        assert goals.rows == tuple(f"CNE-{name}-medication-start" for name in names)

    def test_a_risk_is_said_as_its_row_says_it(self):
        risks = next(topic for topic in reviewed(start()).agenda.topics if topic.name == "risks")
        row = next(row for row in read_table("consent_risks", RiskRow) if row.row_id == "CNR-AD-bleeding")

        assert dict(zip(risks.elements, risks.says, strict=True))["risks.bleeding"] == row.says

    def test_what_was_said_is_not_on_it(self):
        agenda = reviewed(start(said={"discussed": ("goals", "preference-order")})).agenda
        goals = next(topic for topic in agenda.topics if topic.name == "goals")

        assert goals.elements == ("tolerable-effects.short-term", "tolerable-effects.long-term")

    def test_other_members_of_the_class(self):
        """Starting often means talking about others of the same class; what is taken already is none of them."""
        agenda = reviewed(start(others=(MedicationStatement(id="o", text="fluoxetine"),))).agenda

        assert agenda.within_class == ("citalopram", "escitalopram", "fluvoxamine", "paroxetine")

    def test_other_classes(self):
        """Other classes are those that share the narrowest group with the medicine's own."""
        agenda = reviewed(start("zolpidem")).agenda

        assert "ssri" in reviewed(start("venlafaxine")).agenda.other_classes
        assert "snri" not in reviewed(start("venlafaxine")).agenda.other_classes
        assert "z-drug" not in agenda.other_classes

    @pytest.mark.parametrize("event", [TreatmentEvent.INCREASE, TreatmentEvent.TAPER])
    def test_only_a_start_compares(self, event):
        agenda = reviewed(start(event=event)).agenda

        assert (agenda.within_class, agenda.other_classes) == ((), ())

    def test_a_class_by_itself_has_no_other(self):
        assert reviewed(start("propranolol")).agenda.other_classes == ()

    def test_every_topic_of_the_table_is_one_of_the_talk(self):
        assert {row.topic for row in ITEMS.values()} == set(TOPICS)


class TestUndiscussed:
    """An event without a discussion is one finding, not a list of all that was not said."""

    def test_one_finding(self):
        review = reviewed(changed(start(), discussion=None, occurred_on=ON))
        (finding,) = review.findings

        assert (finding.rule, finding.item) == ("consent.discussion", "sertraline start")
        assert finding.because == (("occurred_on", "2026-11-24"),)
        assert finding.missing == ("discussion",)
        assert (review.reasons, review.agenda.topics) == ((), ())
        assert (review.authority, review.completeness) == (
            Authority.NO_VALID_DECISION_RECORDED,
            Completeness.NO_DISCUSSION,
        )

    def test_without_a_day(self):
        (finding,) = reviewed(changed(start(), discussion=None)).findings

        assert finding.because == ()

    def test_what_it_is_about_is_a_word_of_ours(self):
        """The medicine by the table's name, else the kind, else only that it is a treatment."""
        bare = changed(start("my own pills"), discussion=None)
        named = {
            "zzz": bare,
            "kind": changed(bare, kind=TreatmentKind.ROLE_PLAY, medicine=None),
            "none": changed(bare, kind=None, medicine=None, event=None),
        }

        assert [reviewed(one).findings[0].item for one in named.values()] == [
            "medication start",
            "role-play start",
            "treatment event-not-recorded",
        ]


class TestMedicine:
    """Which medicine it is: by the entry of the list, else by the discussion's own code or words."""

    @pytest.mark.parametrize(
        "said",
        [
            {"treatment": "Sertraline"},
            {"treatment_codes": (Coding(system="http://www.whocc.no/atc", code="N06AB06"),)},
        ],
    )
    def test_by_the_discussion(self, said):
        assert reviewed(_from(said)).treatment == "sertraline"

    def test_two_medicines_are_none(self):
        """A combination is not one of its parts."""
        assert reviewed(_from({"treatment": "sertraline / lithium"})).treatment == "medication"


def _from(said):
    return changed(start(), medicine=None, discussion=ConsentDiscussion(id="d", discussed_on=ON, **said))


class TestGapsOfATable:
    """Where the policy has no row, nobody can tell, and nothing is taken for granted."""

    def test_no_kinds(self):
        rows = [row for row in POLICY.timeline.rows if row.row_id != "CNT-medication"]
        policy = ConsentPolicy.of(*rows, medicines=POLICY.medicines)

        assert "policy.consent_treatments" in {one.missing for one in reviewed(start(), policy).reasons}

    def test_no_age_of_majority(self):
        """Without a place nobody knows who is of age."""
        policy = ConsentPolicy.of(*_like(ElementRow, SettingRow, ItemRow), medicines=POLICY.medicines)
        said = {"decision": ConsentDecision.AGREED, "decided_by": DecidedBy.PATIENT, "voluntary": Recorded.YES}
        review = reviewed(start(said=said), policy)

        assert review.authority is Authority.YES_TO_CONFIRM

    def test_no_length_of_waiting(self):
        """A form that asks for a wait and no row that says how long: nobody can tell."""
        policy = load_policy("US-CA", ("ect",)).consent
        rows = [row for row in policy.timeline.rows if row.row_id != "CNS-CAECT-wait"]
        event = changed(start(), kind=TreatmentKind.ECT, medicine=None)
        review = reviewed(event, ConsentPolicy.of(*rows, medicines=policy.medicines))

        assert "signed_on" in {one.missing for one in review.reasons}

    def test_no_interval(self):
        """A row of freshness without a length asks nothing of its own."""
        rows = [
            changed(row, interval=None) if isinstance(row, FreshnessRow) else row
            for row in load_policy("US-WI", ("mh-treatment",)).consent.timeline.rows
        ]
        review = reviewed(start(), ConsentPolicy.of(*rows, medicines=POLICY.medicines), date(2040, 1, 1))

        assert "CNF-WI-form" not in {row for one in review.findings for row in one.rows}

    def test_no_age_until_which_a_pregnancy_is_asked_about(self):
        rows = [row for row in POLICY.timeline.rows if row.row_id != "CNS-pregnancy"]
        review = reviewed(start(), ConsentPolicy.of(*rows, medicines=POLICY.medicines))

        assert "risks.neonatal-effects" in {one.element for one in review.reasons}


def _like(*kinds):
    return [row for row in POLICY.timeline.rows if isinstance(row, kinds)]


def test_a_setting_has_a_length_or_none():
    view = load_policy("GB").consent.timeline.at(Day(ON))

    assert view.interval("look-back") == CalendarDuration(months=3)
    assert view.interval("patient-may-waive") is None
    assert view.interval("no such setting") is None
