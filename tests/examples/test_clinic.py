"""The made-up clinic: what the command says of each patient, and that twins differ in one fact and in the answer."""

import csv
import json
import lzma
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alliance_core import load_policy, review_chart
from alliance_core.base.kinds import fields_of
from alliance_core.edges.cli.app import app
from alliance_core.edges.fhir import read_bundle
from alliance_core.edges.wire import read_chart

EXAMPLES = Path(__file__).parents[2] / "examples"
CLINIC = EXAMPLES / "clinic"
REAL = Path(__file__).parents[3] / "shared" / "realdata" / "synthea_r4"
ON = date(2026, 11, 24)
POLICY = load_policy("US")
PATIENTS = ("edith", "marcus", "nina", "omar", "rosa", "vera", "walter")
TWINS = [(patient, twin) for patient in PATIENTS for twin in ("resolved", "silent")]
#: For each silent twin, the fact that its chart lacks, as its findings name it.
SILENT_ABOUT = {
    "edith": "engagement.",
    "marcus": "consultations.",
    "nina": "reviews",
    "omar": "told",
    "rosa": "asked.",
    "vera": "reviews",
    "walter": "reviews",
}


def run(*args):
    return CliRunner().invoke(app, ["review", *map(str, args), "--on", ON.isoformat()])


def expected():
    with (CLINIC / "expected.csv").open(encoding="utf-8", newline="") as file:
        return [tuple(row.values()) for row in csv.DictReader(file)]


def test_the_command_says_what_is_expected():
    """`alliance review examples/clinic --format json` equals `expected.csv`, answer by answer."""
    made = json.loads(run(CLINIC, "--format", "json").stdout)["reviews"]
    got = [(one["chart"], f["rule"], f["item"], f["answer"]) for one in made for f in one["findings"]]

    assert sorted(expected()) == sorted(got)


def test_nothing_of_the_clinic_is_left_over():
    """Every resource of the examples is used, and every part of it understood."""
    for read in json.loads(run(CLINIC, "--format", "json").stdout)["read"]:
        assert (read["file"], read["used"], [], []) == (
            read["file"],
            read["resources"],
            read["not_understood"],
            read["elements"],
        )


@pytest.mark.parametrize("path", sorted(CLINIC.glob("*.json")), ids=lambda path: path.stem)
def test_native_and_fhir_say_the_same(path):
    """The chart in our own form gives the same findings as the bundle."""
    [chart] = read_bundle(path.read_bytes()).charts
    native = read_chart((EXAMPLES / "native" / path.name).read_bytes())

    assert review_chart(chart, policy=POLICY, on=ON).findings == review_chart(native, policy=POLICY, on=ON).findings


def leaves(thing, path=""):
    """Return every fact of a chart with its path; who the patient is and what a record is called do not count."""
    if hasattr(thing, "__dataclass_fields__"):
        for name, one in fields_of(thing).items():
            if name != "id":
                yield from leaves(one, f"{path}.{name}")
    elif isinstance(thing, tuple):
        for place, one in enumerate(thing):
            yield from leaves(one, f"{path}[{place}]")
    else:
        yield path, thing


def chart_of(name):
    return read_chart((EXAMPLES / "native" / f"{name}.json").read_bytes())


@pytest.mark.parametrize(("patient", "twin"), TWINS)
def test_twins_differ_in_one_fact_and_in_the_answer(patient, twin):
    """A resolved twin has one fact changed (or the facts of one act), a silent twin has it removed."""
    one, other = dict(leaves(chart_of(patient))), dict(leaves(chart_of(f"{patient}-{twin}")))
    differing = {path for path in one.keys() | other.keys() if one.get(path) != other.get(path)}
    places = {path.split(".")[1].split("[")[0] for path in differing}
    answers = {name: {row[1:] for row in expected() if row[0] == name} for name in (patient, f"{patient}-{twin}")}

    assert len(places) == 1
    assert answers[patient] != answers[f"{patient}-{twin}"]


@pytest.mark.parametrize("patient", PATIENTS)
def test_a_silent_twin_cannot_tell_and_names_what_is_missing(patient):
    """Not recorded is not no: the finding that was not met cannot be told, and names the fact."""
    spoken = review_chart(chart_of(patient), policy=POLICY, on=ON)
    silent = review_chart(chart_of(f"{patient}-silent"), policy=POLICY, on=ON)
    told = {one.key[0::2]: one.answer.value for one in spoken.findings}
    changed = [one for one in silent.findings if told.get(one.key[0::2]) != one.answer.value]

    assert changed
    assert {"cannot-tell"} == {one.answer.value for one in changed}
    assert all(any(path.startswith(SILENT_ABOUT[patient]) for path in one.missing) for one in changed)


def quiet_inputs():
    return [*sorted(CLINIC.glob("*.json")), *sorted(REAL.glob("*.json.xz"))]


@pytest.mark.parametrize("path", quiet_inputs(), ids=lambda path: path.stem)
def test_a_review_is_quiet(path, tmp_path):
    """Three findings at first sight, then how many more; at most forty lines in full; one line a medicine."""
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes())
    charts = read_bundle(bundle.read_bytes()).charts
    short, full = run(bundle), run(bundle, "--all")
    found = [one for line in short.stdout.splitlines() for one in [line.strip()] if line.startswith("  ")]

    assert len(full.stdout.splitlines()) <= 40
    assert len(found) <= 3 + 4  # how many more, what comes next, what lies after the day, what was not understood
    for chart in charts:
        items = [
            one.item for one in review_chart(chart, policy=POLICY, on=ON).open if one.rule == "deprescribing.review"
        ]
        assert len(items) == len(set(items))


def test_an_empty_chart_prints_five_lines_at_most(tmp_path):
    """Silence about everything is no alarm."""
    path = tmp_path / "empty.json"
    path.write_text('{"id": "empty", "person": {"id": "person"}, "schema": "alliance-chart/1"}')

    assert len(run(path).stdout.splitlines()) <= 5
    assert len(run(path, "--all").stdout.splitlines()) <= 12
