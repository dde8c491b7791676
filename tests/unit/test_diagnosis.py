"""A revision of a diagnosis: what is asked about it, how much it matters, and what stays apart."""

from datetime import date, datetime

import pytest

from alliance_core import ChartError, Recorded, load_policy, review_diagnosis
from alliance_core.base.findings import Answer, Weight
from alliance_core.diagnosis import CASES, RULES, DiagnosisRevision, Stood, Telling
from alliance_core.edges.wire import read_chart

ON = date(2026, 11, 24)
POLICY = load_policy("US").diagnosis
YES, NO = Recorded.YES, Recorded.NO


def reviewed(on=ON, **facts):
    return review_diagnosis(DiagnosisRevision(id="r", **facts), policy=POLICY, on=on)


def test_nothing_recorded():
    """A revision that is only named is open in what the seed asks, and says what to record."""
    review = reviewed()

    assert (review.telling, review.reasons, review.valid_until) == (Telling.UNKNOWN, Recorded.NOT_RECORDED, None)
    assert {one.rule: (one.answer, one.missing) for one in review.findings} == {
        "diagnosis.told": (Answer.CANNOT_TELL, ("told",)),
        "diagnosis.reasons": (Answer.CANNOT_TELL, ("reasons_recorded",)),
        "diagnosis.fallibility": (Answer.CANNOT_TELL, ("fallibility_told",)),
    }
    assert review.not_applicable == ("diagnosis.release",)


def test_weights():
    """Telling and reasons are the seed's own words on a revision; what is asked of a new patient weighs little here."""
    review = reviewed(released_on=ON)

    assert {one.rule: one.weight for one in review.findings} == {
        "diagnosis.told": Weight.ESSENTIAL,
        "diagnosis.reasons": Weight.ESSENTIAL,
        "diagnosis.release": Weight.REQUIRED,
        "diagnosis.fallibility": Weight.RECOMMENDED,
    }


def test_heaviest_first():
    """What was not done stands before what is not known, within one weight."""
    review = reviewed(reasons_recorded=NO, fallibility_told=YES, released_on=ON)

    assert [one.rule for one in review.findings] == [
        "diagnosis.reasons",
        "diagnosis.told",
        "diagnosis.release",
        "diagnosis.fallibility",
    ]


def test_what_was_read_is_in_the_finding():
    """A plan that was not told yet names its day; any other finding about telling names the verdict alone."""
    plan, made = reviewed(planned_on=date(2026, 12, 1), told=NO), reviewed(revised_on=ON, told=NO)

    assert _told(plan).because == (("told", "planned-not-told-yet"), ("planned_on", "2026-12-01"))
    assert _told(made).because == (("told", "not-told"),)


def _told(review):
    return next(one for one in review.findings if one.rule == "diagnosis.told")


def test_verdicts_stay_apart():
    """A revision told in time without its reasons is both."""
    review = reviewed(revised_on=ON, told=YES, told_on=ON, reasons_recorded=NO)

    assert (review.telling, review.reasons) == (Telling.BEFORE_OR_WITH, NO)


MOMENT = datetime(2026, 11, 24, 8, 30)  # noqa: DTZ001  # a time of day is no day, with or without a zone


@pytest.mark.parametrize("on", [MOMENT, "2026-11-24", None])
def test_the_day_is_a_plain_date(on):
    """A time of day would let a time zone decide the day."""
    with pytest.raises(ChartError, match="^on: "):
        reviewed(on)


def test_a_plan_comes_before_what_is_made():
    """A record that says otherwise is refused, by field and without a value."""
    with pytest.raises(ChartError) as caught:
        DiagnosisRevision(id="r", planned_on=date(2026, 12, 1), revised_on=ON)

    assert str(caught.value) == "planned_on is after revised_on: a revision that was made is no longer planned"


def test_every_case_has_its_own_id_and_source():
    """A case is cited by its id; it comes from the seed, and the last always holds."""
    assert len({case.id for case in CASES}) == len(CASES)
    assert {(case.source, case.locator) for case in CASES} == {("seed", "Continued Treatment Evaluation")}
    assert [case.id for case in CASES] == [case.gives.case for case in CASES]
    assert CASES[-1].when(Stood(revision=DiagnosisRevision(id="r"), is_ahead=False))


def test_every_telling_is_given_by_a_case():
    """No verdict is out of reach."""
    assert {case.gives.telling for case in CASES} == set(Telling)


def test_rules_cite_their_source():
    """The seed asks three; the order of telling and opening a note is our own judgement."""
    assert [(rule.id, rule.source) for rule in RULES] == [
        ("diagnosis.told", "seed"),
        ("diagnosis.reasons", "seed"),
        ("diagnosis.fallibility", "seed"),
        ("diagnosis.release", "practice"),
    ]


def test_a_written_chart_is_read_alike():
    """The record as JSON is the record."""
    chart = read_chart(
        {
            "id": "c",
            "person": {"id": "p"},
            "revisions": [{"id": "r", "kind": "removed", "revised_on": "2026-11-20", "told": "no"}],
        }
    )

    assert review_diagnosis(chart.revisions[0], policy=POLICY, on=ON).telling is Telling.NOT_TOLD
