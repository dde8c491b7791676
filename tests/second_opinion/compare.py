# ruff: noqa: T201
"""
Compare the rules with an independent implementation in CQL, over random charts written as FHIR.

    python tests/second_opinion/compare.py MODULES [CHARTS]

MODULES is a folder with `@cqframework/cql`, `cql-execution` and `cql-exec-fhir` installed. Prints how the answers are
spread and how often both sides agree, and each kind of difference with the charts that show it; ends with 1 if there
is one. The content (rows of tables) is shared; the logic of the two sides is not.
"""

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import charts

from alliance_core import load_policy, review_chart
from alliance_core.edges.fhir import read_bundle

Json = dict[str, Any]
HERE = Path(__file__).parent
PLACES = {"US": ("any", "US"), "US-NH": ("any", "US", "US-NH"), "GB-EAW": ("any", "GB", "GB-EAW")}
#: What no chart here records: rows that ask for it are left out on the side of the CQL.
NOT_DRAWN = ("with_drug_group",)
#: An answer that fewer charts than this share give proves little; the spread says so.
THIN = 0.05


# -- the tables, as parameters of the CQL ----------------------------------------------------------------------------


def rows(name: str, place: str) -> list[dict[str, str]]:
    """Return the rows of a table that hold in a place, without overlays."""
    text = files("alliance_core").joinpath("data", f"{name}.csv").read_text("utf-8")
    return [
        one for one in csv.DictReader(text.splitlines()) if one["jurisdiction"] in PLACES[place] and not one["overlay"]
    ]


def length(written: str) -> Json:
    match = re.fullmatch(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", written)
    if match is None:
        raise ValueError(written)
    years, months, weeks, days = (int(one or 0) for one in match.groups())
    return {"monthCount": 12 * years + months, "dayCount": 7 * weeks + days}


def months(years: str) -> int | None:
    return 12 * int(years) if years else None


def picked(row: dict[str, str], **names: str) -> Json:
    return {ours: row[theirs] or None for ours, theirs in names.items()}


def capacity(place: str) -> Json:
    (home,) = (one for one in rows("jurisdictions", place) if one["code"] == place)
    clocks = [one for one in rows("capacity_clocks", place) if one["subject"] == "capacity-assessment"]
    (window,) = (one for one in clocks if one["kind"] == "window")
    return {
        "Place": {
            "majorityMonths": months(home["majority_age"]),
            "staleReading": home["stale_lack_reading"],
            "activation": home["activation"],
            "nexusAsked": home["nexus_asked"] == "yes",
            "deciderList": home["decider_list"],
            "slidingScale": home["sliding_scale"] == "on",
        },
        "Abilities": [one["ability"] for one in rows("capacity_abilities", place)],
        "ForbiddenGrounds": [one["ground"] for one in rows("capacity_grounds", place)],
        "Decisions": [
            picked(one, decision="decision", routine="routine", regime="regime")
            for one in rows("capacity_decisions", place)
        ],
        "Events": [picked(one, trigger="trigger", kind="kind") for one in clocks if one["kind"].startswith("event")],
        "Rechecks": [
            picked(one, setting="setting", cause="cause", course="course", trigger="trigger") | length(one["interval"])
            for one in clocks
            if one["kind"] == "at-least-every"
        ],
        "WindowDays": length(window["interval"])["dayCount"],
        "MinorRules": [
            picked(one, decision="decision", setting="setting", rule="rule")
            | {"monthsFrom": months(one["age_from"]), "monthsBelow": months(one["age_below"])}
            for one in rows("minor_rules", place)
        ],
        "Classes": [
            picked(one, deciderClass="decider_class", kind="kind") | {"rank": int(one["rank"])}
            for one in rows("surrogate_order", place)
            if one["jurisdiction"] == place
        ],
    }


def medicines(place: str) -> list[Json]:
    groups: dict[str, list[str]] = defaultdict(list)
    for one in rows("drug_classes", place):
        groups[one["drug_class"]].append(one["drug_group"])
    return [
        {
            "code": one["rxnorm_ingredient"],
            "name": one["name"],
            "groups": groups[one["drug_class"]],
            "burden": int(one["anticholinergic_burden"] or 0),
        }
        for one in rows("medicines", place)
        if one["rxnorm_ingredient"] in charts.MEDICINES
    ]


def consent(place: str) -> Json:
    (until,) = (one for one in rows("consent_settings", place) if one["setting"] == "pregnancy-possible-until")
    return {
        "Elements": [
            picked(one, element="element", treatment="treatment", event="event", drugGroup="drug_group",
                   medicine="medicine", askedWhen="asked_when", weight="weight")
            for one in rows("consent_elements", place)
        ],
        "Risks": [
            picked(one, risk="risk", treatment="treatment", drugGroup="drug_group", medicine="medicine", sex="sex",
                   circumstance="circumstance", event="event")
            | {"monthsFrom": months(one["age_from"]), "monthsBelow": months(one["age_below"])}
            | {"doseRelated": one["dose_related"] == "yes"}
            for one in rows("consent_risks", place)
            if not any(one[name] for name in NOT_DRAWN)
        ],
        "Kinds": [picked(one, kind="kind", matrix="matrix") for one in rows("consent_treatments", place)],
        "Medicines": medicines(place),
        "PregnancyMonths": length(until["interval"])["monthCount"],
    }  # fmt: skip


def clocks(place: str) -> Json:
    return {
        "Medicines": medicines(place),
        "Intervals": [
            picked(one, kind="kind", drugGroup="drug_group", setting="setting", phase="phase", problem="problem",
                   circumstance="circumstance",
                   applies="applies", anchor="anchor", countOf="count_of")
            | {"countAtLeast": int(one["count_at_least"] or 0)}
            | length(one["interval"])
            | {"step": int(one["step"]) if one["step"] else None}
            | {"monthsFrom": months(one["age_from"]), "monthsBelow": months(one["age_below"])}
            for one in rows("review_intervals", place)
            if not any(one[name] for name in NOT_DRAWN) and one["interval"]
        ],
    }  # fmt: skip


# -- both sides ------------------------------------------------------------------------------------------------------


def second(given: Json, modules: str) -> list[Json]:
    """Return what the CQL answers, chart by chart; as many run at once as there are cores."""
    cores = os.cpu_count() or 1
    found: list[Json] = [{}] * len(given["charts"])
    with tempfile.TemporaryDirectory() as folder:
        running: list[tuple[int, Path, subprocess.Popen[bytes]]] = []
        for core in range(cores):
            into, out = Path(folder, f"in-{core}.json"), Path(folder, f"out-{core}.ndjson")
            into.write_text(json.dumps(given | {"charts": given["charts"][core::cores]}))
            command = ["node", str(HERE / "run.mjs"), modules, str(HERE), str(into), str(out)]
            running.append((core, out, subprocess.Popen(command)))
        for core, out, process in running:
            if process.wait():
                raise SystemExit("the CQL was not run")
            found[core::cores] = [json.loads(line)["answers"] for line in out.read_text().splitlines()]
    return found


Pair = tuple[str, str, object, object]


def _capacity(review: Any, chart: Any, cql: Json) -> Iterator[Pair]:
    (one,) = review["competency"]
    own = [f for f in review.findings if f.rule == "competency.determination"]
    answer = (own[0].answer.value, own[0].weight.value) if own else ("not-applicable", "required")
    yield (
        "competency.determination",
        cql["caseOfA"],
        (cql["determination"], cql["answer"], cql["weight"]),
        (one.determination.value, *answer),
    )
    word = chart.decisions[0].decision or ""
    ours = {
        ("" if f.item == word else f.item, f.answer.value) for f in review.findings if f.rule == "competency.escalation"
    }
    next_one = {("", cql["next"])} if cql["next"] != "not-applicable" else set()
    theirs = next_one | {tuple(each.split("=")) for each in cql["beside"]}
    yield "competency.escalation", cql["caseOfB"], (cql["step"], *sorted(theirs)), (one.step.value, *sorted(ours))


def _consent(review: Any, cql: Json) -> Iterator[Pair]:
    (one,) = (each for each in review["consent"] if each.about.endswith("talk"))
    ours = {f"{reason.element}|{reason.why.value}|{reason.weight.value}" for reason in one.reasons}
    ours, theirs = ({each for each in side if not each.startswith("beforehand|")} for side in (ours, set(cql["open"])))
    yield "consent.elements", "", tuple(sorted(theirs - ours)), tuple(sorted(ours - theirs))
    if any(reason.element == "beforehand" for reason in one.reasons):
        return  # when it began is told by more than these charts hold
    # Whether it is still fresh is another question, which the CQL is not asked.
    words = one.completeness.value
    yield "consent.completeness", "", cql["completeness"], "recorded" if words.endswith("stale") else words


def _clocks(review: Any, cql: Json) -> Iterator[Pair]:
    (regimen,) = review["deprescribing"]
    ours = {clock.medicine: (str(clock.possible_on), str(clock.due_on)) for clock in regimen.clocks}
    for due in cql["due"]:
        yield "deprescribing.review", due["name"], (due["possible"], due["certain"]), ours.get(due["name"])


def pairs(place: str, bundle: Json, cql: Json) -> Iterator[Pair]:
    (chart,) = read_bundle(json.dumps(bundle).encode()).charts
    review = review_chart(
        chart, policy=load_policy(place), on=charts.ON, areas=["competency", "consent", "deprescribing"]
    )
    yield from _capacity(review, chart, cql["Capacity"])
    yield from _consent(review, cql["Consent"])
    yield from _clocks(review, cql["Clocks"])


def spread(counted: Iterable[tuple[str, object]], number: int) -> None:
    by_rule: dict[str, Counter[object]] = defaultdict(Counter)
    for rule, answer in counted:
        by_rule[rule][answer] += 1
    for rule, answers in by_rule.items():
        print(f"\n{rule}: {len(answers)} different answers")
        for answer, times in answers.most_common(14):
            print(f"  {times / number:6.1%}{' thin' if times < THIN * number else ''}  {answer}")


def main() -> int:
    modules, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    words = sorted(
        {one["element"] for one in rows("consent_elements", "US") + rows("consent_elements", "GB-EAW")}
        | {f"risks.{one['risk']}" for one in rows("consent_risks", "US")}
    )
    made = [charts.chart(one, words) for one in range(number)]
    tables: Json = {}
    libraries: dict[str, Json] = {}
    for place in PLACES:
        libraries[place] = {}
        for name, parameters in (("Capacity", capacity(place)), ("Consent", consent(place)), ("Clocks", clocks(place))):
            libraries[place][name] = {one: f"table:{place} {name} {one}" for one in parameters}
            tables |= {f"{place} {name} {one}": value for one, value in parameters.items()}
    given = {
        "on": charts.ON.isoformat(),
        "tables": tables,
        "charts": [{"bundle": bundle, "libraries": libraries[place]} for place, bundle in made],
    }
    agreed: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    counted: list[tuple[str, object]] = []
    differ: dict[tuple[str, str, str, object, object], list[int]] = defaultdict(list)
    for index, ((place, bundle), cql) in enumerate(zip(made, second(given, modules), strict=True)):
        for rule, where, theirs, ours in pairs(place, bundle, cql):
            asked[rule] += 1
            same = theirs == ours
            agreed[rule] += same
            if rule == "consent.elements":
                same = not theirs and not ours
                agreed[rule] += same - (theirs == ours)
                counted.append((rule, len(cql["Consent"]["open"])))
            elif rule == "deprescribing.review":
                counted.append((rule, "certain" if theirs[0] == theirs[1] else "open"))
            else:
                counted.append((rule, ours))
            if not same:
                differ[rule, place, where, theirs, ours].append(index)
    spread(counted, number)
    print(f"\n{number} charts, {sum(asked.values())} comparisons")
    for rule in asked:
        print(f"  {rule}: {agreed[rule]} of {asked[rule]} alike")
    for (rule, place, where, theirs, ours), found in sorted(differ.items(), key=lambda one: -len(one[1]))[:60]:
        print(f"{len(found)} x {rule} {place} {where}\n    CQL  {theirs}\n    ours {ours}\n    charts {found[:4]}")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
