"""
Print how many times as long the planner takes as a greedy rounder: `python benchmarks/tapers.py`.

Fifty steps, four strengths and a liquid. The rounder does what simple tools do: five percent less, rounded to half a
milligram, tablets from the largest down. It checks no cap, no source, no product's score, and its tablets need not
add up. The planner drafts the same fifty steps exactly, with caps, days and pieces. The ratio is the median of ratios
taken in turn in one run.
"""

import statistics
import time
from dataclasses import fields
from datetime import date, timedelta
from decimal import Decimal

from alliance_core import Dose, DoseUnit, Recorded, load_policy
from alliance_core.base.tables import Row
from alliance_core.deprescribing.tapers import (
    DispensableProduct,
    ProductForm,
    Release,
    TakenFor,
    TaperPolicy,
    TaperReadiness,
    TaperRequest,
    as_schedule,
    plan_taper,
    verify_taper,
)
from alliance_core.deprescribing.tapers.policy import TaperRow
from alliance_core.records import MedicationStatement, Person

ON = date(2026, 11, 24)
TABLETS = (10.0, 5.0, 2.0, 1.0)
ROUNDS = 200


def greedy(dose, steps):
    """Return fifty steps as a simple tool does."""
    day, made = ON, []
    for _ in range(steps):
        dose = dose * 0.95
        rest = rounded = round(dose * 2) / 2
        pieces = []
        for strength in TABLETS:
            count = int(rest // strength)
            if count:
                pieces.append((strength, count))
                rest -= count * strength
        if rest:
            pieces.append(("liquid", rest))
        made.append((rounded, pieces, day))
        day += timedelta(days=28)
    return made


def request():
    """Return the same taper as a request: the slower end of one source's range."""
    none_there = TaperReadiness(**{one.name: Recorded.NO for one in fields(TaperReadiness)})
    tablets = [
        DispensableProduct(
            form=ProductForm.TABLET, strength=Decimal(str(one)), release=Release.IMMEDIATE, scored=Recorded.YES
        )
        for one in TABLETS
    ]
    return TaperRequest(
        id="request",
        person=Person(id="person", born_on="1980"),
        medication=MedicationStatement(
            id="medication",
            text="diazepam",
            route="oral",
            dose=Dose(amount=Decimal("13.5"), unit=DoseUnit.MILLIGRAM),
            as_needed=Recorded.NO,
            started_on=date(2020, 1, 1),
        ),
        taken_for=TakenFor.ANXIETY,
        products=(*tablets, DispensableProduct(form=ProductForm.LIQUID, strength=Decimal(1))),
        readiness=none_there,
        check_ins=(),
    )


def only(name):
    """Return the policy with one method alone, so that one draft is compared with one."""
    whole = load_policy("US").tapers
    rows: list[Row] = [row for row in whole.timeline.rows if not isinstance(row, TaperRow) or row.name == name]
    strengths = [row for group in whole.strengths.values() for row in group]
    return TaperPolicy.of(*rows, medicines=whole.medicines, strengths=strengths, jurisdiction="US")


def clock(work):
    """Return the seconds that one call takes, and its result."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def main():
    policy, asked = only("benzodiazepine-joint"), request()
    plan = plan_taper(asked, policy=policy, on=ON)
    slower = plan.drafts[0]
    steps = sum(len(one.steps) for one in plan.drafts)
    schedule = as_schedule(slower, asked)
    taken = []
    for _ in range(ROUNDS):
        hand, _ = clock(lambda: greedy(13.5, len(slower.steps)))
        both, _ = clock(lambda: plan_taper(asked, policy=policy, on=ON))
        check, _ = clock(lambda: verify_taper(schedule, policy=policy, on=ON))
        taken.append((hand, both, check))
    per_step = statistics.median(both / steps * len(slower.steps) / hand for hand, both, _ in taken)
    whole = statistics.median(both / hand for hand, both, _ in taken)
    checked = statistics.median(check / hand for hand, _, check in taken)
    micro = statistics.median(hand for hand, _, _ in taken) * 1e6
    print(f"greedy rounder: {len(slower.steps)} steps in {micro:.0f} microseconds; the planner, of its time:")
    print(f"  {per_step:6.1f} x  a draft of as many steps (at most 20)")
    print(f"  {whole:6.1f} x  the whole plan: {len(plan.drafts)} drafts, {steps} steps, holds and reasons")
    print(f"  {checked:6.1f} x  the verifier on the same {len(slower.steps)} steps")


if __name__ == "__main__":
    main()
