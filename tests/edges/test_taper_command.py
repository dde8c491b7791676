"""The command for a lower dose says all options, every reason in words, and lets no value of the record slip out."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alliance_core import ChartError, Recorded, load_policy, plan_taper, verify_taper
from alliance_core.base.kinds import changed
from alliance_core.deprescribing.tapers import (
    CheckIn,
    SafetyReason,
    StepStanding,
    TaperReadiness,
    TaperVerdict,
    Withdrawal,
    as_schedule,
    course,
)
from alliance_core.deprescribing.tapers.policy import HoldRow
from alliance_core.edges.cli.app import app
from alliance_core.edges.cli.taper import check_lines, plan_lines
from alliance_core.edges.tapers import read_taper_request, read_taper_schedule, write_taper, write_taper_schedule
from alliance_core.explanation import words

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "tapers"
POLICY = load_policy("US")
ON = date(2026, 11, 24)


def run(*args, code=0):
    done = CliRunner().invoke(app, ["taper", *args])
    assert (code, args) == (done.exit_code, args)
    return done.stdout


def request(name="diazepam", **fields):
    return changed(read_taper_request((EXAMPLES / f"{name}.json").read_bytes()), **fields)


def said(asked, on=ON, *, everything=False):
    plan = plan_taper(asked, policy=POLICY.tapers, on=on)
    return "\n".join(
        " ".join(str(one) for one in getattr(line, "parts", (line,)))
        for line in plan_lines(plan, POLICY, on, everything=everything)
    )


FLAGS = ("--medicine", "diazepam", "--dose", "10mg", "--since", "2020-01-01", "--for", "anxiety", "--born", "1980")


class TestCommand:
    """Options, charts and checks in the terminal, or the same as JSON."""

    def test_flags_make_the_same_request_as_a_file(self):
        products = ("--product", "scored tablet 2", "--product", "scored tablet 5", "--product", "liquid 1")
        told = run(*FLAGS, *products, "--asked-none", "--on", "2026-11-24")

        assert "benzodiazepine-joint.slower" in told
        assert "1 x 5 mg tablet" in told

    def test_what_no_flag_says_is_asked_for(self):
        told = run("--medicine", "diazepam", "--on", "2026-11-24")

        assert "stay on the current dose" in told
        assert "what it is taken for; the products at hand" in told

    def test_extended_release_products(self):
        args = (
            "--medicine",
            "guanfacine",
            "--dose",
            "4",
            "--for",
            "attention-deficit-disorder",
            "--since",
            "2020-01-01",
        )
        told = run(*args, "--product", "extended tablet 1", "--asked-none", "--on", "2026-11-24")

        assert "guanfacine-extended.slower" in told

    @pytest.mark.parametrize(
        ("args", "says"),
        [
            ((), "one of the two"),
            (("x.json", "--medicine", "diazepam"), "one of the two"),
            (("--medicine", "diazepam", "--dose", "much"), "--dose"),
            (("--medicine", "diazepam", "--product", "powder 5"), "--product"),
            (("--medicine", "diazepam", "--product", ""), "--product"),
            (("--medicine", "diazepam", "--since", "spring"), "--since"),
        ],
    )
    def test_a_wrong_option_is_named(self, args, says):
        done = CliRunner().invoke(app, ["taper", *args])

        assert (3, True) == (done.exit_code, says in done.stderr)

    @pytest.mark.parametrize("text", [b"nothing", b"[]", b'{"id": 1}', b'{"steps": []}'])
    def test_a_file_that_is_neither(self, text, tmp_path):
        (tmp_path / "x.json").write_bytes(text)

        run(str(tmp_path / "x.json"), code=2)

    def test_json(self):
        plan = json.loads(run(str(EXAMPLES / "diazepam.json"), "--on", "2026-11-24", "--format", "json"))
        check = json.loads(run(str(EXAMPLES / "schedule-wrong-sum.json"), "--on", "2026-11-24", "--format", "json"))

        assert ("stay", "11.4") == (plan["options"][0]["id"], plan["options"][1]["steps"][0]["amount"])
        assert {"code": "pieces-do-not-add-up", "amount": "3", "rows": [], "allowed_by": []} in check["steps"][0][
            "faults"
        ]

    def test_a_schedule_is_checked(self):
        told = run(str(EXAMPLES / "schedule-wrong-sum.json"), "--on", "2026-11-24")

        assert "the pieces add up to 3 mg and not to the step" in told

    def test_all_drafts(self):
        told = run(str(EXAMPLES / "diazepam.json"), "--on", "2026-11-24", "--all")

        assert told.count("\n  0 ") == 4


class TestWords:
    """Every reason and every fault has words, and a row its own."""

    @pytest.mark.parametrize("case", course.CASES, ids=lambda case: case.id)
    def test_moves(self, case):
        known = words()
        goes_on = case.gives.move in {course.Move.FIRST_STEP, course.Move.NEXT_STEP, course.Move.CANNOT_TELL}

        assert goes_on or {f"taper.reason.move.{case.id}", f"taper.until.move.{case.id}"} <= known.keys()

    @pytest.mark.parametrize("one", [*TaperVerdict, *StepStanding], ids=str)
    def test_verdicts(self, one):
        kind = "verdict" if isinstance(one, TaperVerdict) else "standing"

        assert f"taper.{kind}.{one.value}" in words()

    def test_holds_are_said_and_asked(self):
        rows = [row for row in POLICY.tapers.timeline.rows if isinstance(row, HoldRow)]

        assert [] == [row.fact for row in rows if f"say.{row.fact}" not in words()]
        assert [] == [row.row_id for row in rows if not row.says or not row.until]

    def test_a_step_back(self):
        severe = CheckIn(id="c", held_on=ON, withdrawal=Withdrawal.SEVERE)
        asked = request(check_ins=(severe,), original_dose=request().medication.dose)

        assert "back to 12 mg a day, the dose before" in said(asked)

    def test_a_danger(self):
        told = said(request(safety_reason=SafetyReason.OVERDOSE))

        assert "urgent, and not planned here" in told
        assert "nothing here holds up urgent care" in told

    def test_the_dead(self):
        told = said(request(person=changed(request().person, deceased=Recorded.YES)))

        assert "the person has died" in told

    def test_no_medicine(self):
        told = said(request(medication=changed(request().medication, text="sugar")))

        assert "a medicine that no row knows" in told

    def test_a_medicine_without_a_step(self):
        propranolol = request(medication=changed(request().medication, text="propranolol"))
        stimulant = request(medication=changed(request().medication, text="methylphenidate"))

        assert "no step is given" in said(propranolol)
        assert "no source of the table has a method" in said(stimulant)

    def test_no_schedule(self):
        assert "a specialist plans it" in said(request(medication=changed(request().medication, text="phenobarbital")))

    def test_refused_options(self):
        tablets = request(products=request().products[:2])
        insomnia = request(person=changed(request().person, born_on=None), taken_for=type(request().taken_for).INSOMNIA)

        assert "differs by at most 0.333 mg" in said(tablets)
        assert "it is not recorded whether this source is about this person" in said(insomnia)

    def test_a_refusal_without_a_size(self):
        lithium = request("lithium", products=request("lithium").products[1:])
        told = said(changed(lithium, original_dose=None))

        assert "a liquid or a compounded strength" in told

    def test_every_other_day(self):
        fluoxetine = changed(
            request().medication, text="fluoxetine", dose=changed(request().medication.dose, amount=Decimal(20))
        )
        hand = (changed(request().products[0], strength=Decimal(20)),)
        told = said(request(medication=fluoxetine, products=hand), everything=True)

        assert "20 mg every 2 days" in told

    def test_past_the_calendar(self):
        told = said(request(planned_on=date(9999, 12, 1)))

        assert "later than the calendar" in told

    def test_held(self):
        told = said(request(readiness=changed(request().readiness, acute_crisis=Recorded.YES)))

        assert "an acute crisis or suicidal thoughts; what would change it: the crisis is over" in told

    def test_faults_name_their_rows(self):
        asked = request(products=None, readiness=changed(request().readiness, acute_crisis=Recorded.YES))
        draft = plan_taper(request(), policy=POLICY.tapers, on=ON).drafts[1]
        schedule = changed(as_schedule(draft, request()), request=asked)
        steps = tuple(changed(one, amount=one.amount * Decimal("0.9"), pieces=None) for one in schedule.steps)
        check = verify_taper(changed(schedule, steps=steps, method=None), policy=POLICY.tapers, on=ON)
        told = "\n".join(
            " ".join(str(one) for one in getattr(line, "parts", (line,))) for line in check_lines(check, POLICY, ON)
        )

        assert "THD-crisis" in told
        assert "allowed by TPR-benzodiazepine-joint: Joint guideline on benzodiazepine tapering" in told


class TestDocuments:
    """Requests and schedules as JSON; what is refused is named without its value."""

    def test_a_schedule_there_and_back(self):
        draft = plan_taper(request(), policy=POLICY.tapers, on=ON).drafts[0]
        schedule = as_schedule(draft, request())

        assert schedule == read_taper_schedule(write_taper_schedule(schedule))

    def test_no_value_in_an_error(self):
        with pytest.raises(ChartError) as caught:
            read_taper_request(b'{"id": "r", "person": {"id": "p"}, "medication": {"id": "m", "dose": "secret-dose"}}')

        assert "medication.dose" in str(caught.value)
        assert "secret" not in str(caught.value)

    def test_a_duplicate_name_is_refused(self):
        with pytest.raises(ChartError, match="twice"):
            read_taper_request(b'{"id": "r", "id": "s"}')

    def test_everything_is_written(self):
        plan = plan_taper(request(readiness=TaperReadiness()), policy=POLICY.tapers, on=ON)

        assert plan.missing == tuple(json.loads(write_taper(plan))["missing"])
