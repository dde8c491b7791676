"""
Charts that nobody here wrote: what the reader and the rules make of them, by hand-made expectation.

The data lies beside the repository, never in it; without it these tests are skipped.
"""

import csv
import hashlib
import json
import lzma
import tarfile
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from alliance_core import load_policy, review_chart
from alliance_core.base.day import Day
from alliance_core.deprescribing import Evidence
from alliance_core.deprescribing.episodes import find_episodes
from alliance_core.edges.fhir import read_bundle, read_folder
from alliance_core.edges.wire import write_chart
from alliance_core.medicines import RXNORM
from alliance_core.records import Recorded

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "realdata"
ON = date(2026, 11, 24)
POLICY = load_policy("US")
NO_CLOCK = {"ended", "deceased"}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real data is not beside this repository")


def bundle_files():
    return [pytest.param(path, id=path.name) for path in sorted((DATA / "synthea_r4").glob("*.json.xz"))]


def expected_rows():
    with (HERE / "realdata_expected.csv").open(encoding="utf-8", newline="") as file:
        return [pytest.param(row, id=f"{row['patient_file']}-{row['medicine']}") for row in csv.DictReader(file)]


@cache
def read(path):
    return read_bundle(lzma.decompress(path.read_bytes()))


@cache
def by_hash():
    found = {}
    for path in sorted((DATA / "synthea_r4").glob("*.json.xz")):
        found[hashlib.sha256(lzma.decompress(path.read_bytes())).hexdigest()] = path
    return found


@cache
def reviewed(path):
    [chart] = read(path).charts
    return review_chart(chart, policy=POLICY, on=ON)


def episodes(chart):
    gap = POLICY.deprescribing.timeline.at(Day(ON)).one("episode-gap").interval
    return find_episodes(chart.medications or (), medicines=POLICY.medicines, gap=gap, day=Day(ON))[0]


def days_of(chart, medicine):
    return {one.started_on for one in episodes(chart) if one.medicine.name == medicine}


@pytest.mark.parametrize("row", expected_rows())
def test_a_hand_made_row_is_met(row):
    """A medicine that runs has the clock that was worked out by hand; one that ended, or whose taker died, has none."""
    path = by_hash()[row["sha256"]]
    [chart] = read(path).charts
    [regimen] = reviewed(path)["deprescribing"]
    clocks = {clock.medicine.partition(" (")[0]: clock for clock in regimen.clocks}

    assert date.fromisoformat(row["started_on"]) in days_of(chart, row["medicine"])
    if row["phase"] in NO_CLOCK:
        assert row["medicine"] not in clocks
        assert not any(one.item.startswith(row["medicine"]) for one in regimen.findings)
        return
    clock = clocks[row["medicine"]]
    finding = next(one for one in regimen.findings if one.item == clock.medicine)
    got = (
        "|".join(clock.phases),
        str(clock.anchor_on),
        str(clock.due_on),
        finding.answer.value,
        "|".join(finding.missing),
    )

    assert (row["phase"], row["started_on"], row["due_on"], row["answer"], row["missing"]) == got


@pytest.mark.parametrize("path", bundle_files())
def test_the_dead_have_no_clock(path):
    """Whose death is recorded has nothing due; everyone else of this set is still asked about past reviews."""
    for chart in read(path).charts:
        [regimen] = reviewed(path)["deprescribing"]
        has_died = chart.person.deceased is Recorded.YES or chart.person.deceased_on is not None

        assert has_died == (regimen.clocks == () and regimen.findings == ())


@pytest.mark.parametrize("path", bundle_files())
def test_every_resource_is_accounted_for(path):
    """Used, not needed and not understood add up to what the bundle holds."""
    account = read(path)

    assert account.resources == account.used + account.not_needed_count + account.not_understood_count > 0


@pytest.mark.parametrize("path", bundle_files())
def test_a_known_code_resolves(path):
    """Every medicine whose RxNorm code stands in a table is found by it."""
    for chart in read(path).charts:
        for entry in chart.medications or ():
            known = [
                POLICY.medicines.by_code.get((one.system, one.code)) for one in entry.codes if one.system == RXNORM
            ]
            for row in filter(None, known):
                assert row in POLICY.medicines.resolve(entry).medicines


def test_some_medicines_are_known():
    """The test above is about something: most of the patients take a medicine that the table knows."""
    taking = [path for path in by_hash().values() for chart in read(path).charts if episodes(chart)]

    assert len(taking) >= len(by_hash()) - 4


def test_a_bundle_without_a_patient():
    """A bundle without a Patient gives no chart and one line that says so, with every resource counted."""
    [account] = [read(path) for path in by_hash().values() if not read(path).charts]

    [line] = account.not_understood
    assert ("Bundle", account.resources) == (line.type, line.count + account.not_needed_count)
    assert "Patient" in line.reason


@pytest.fixture(scope="module")
def measures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measures")
    with tarfile.open(DATA / "ecqm_qicore" / "tests.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return read_folder(folder)


def without_record_ids(chart):
    """Return a chart as plain values, its lists in one order, without the ids of its records."""

    def plain(value):
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items() if name != "id"}
        return sorted(map(plain, value), key=str) if isinstance(value, list) else value

    return str(plain(json.loads(write_chart(chart))))


def test_the_measures_are_accounted_for(measures):
    """
    Nothing is lost; and every patient lies there twice, alone and among the others, with the same chart.

    The two copies differ in what no rule reads: those who made the data gave nearly every resource a new id in one.
    """
    counted = measures.used + measures.not_needed_count + measures.not_understood_count
    charts = {(chart.id, without_record_ids(chart)) for chart in measures.charts}

    assert measures.resources == counted
    assert (90, 45, 45) == (len(measures.charts), len(charts), len({name for name, _ in charts}))
    assert () == measures.not_understood


def test_dispenses_make_episodes(measures):
    """Dispenses of one antidepressant within the gap are one course, with their days' supply as its end."""
    supplied = [
        one for one in measures.charts if any(each.evidence is Evidence.SUPPLY for each in one.medications or ())
    ]

    assert len(supplied) > 40
    for chart in supplied:
        found = [one for one in episodes(chart) if any(entry.evidence is Evidence.SUPPLY for entry in one.entries)]
        assert found
        for episode in found:
            assert episode.medicine.drug_class in {"tca", "ssri", "snri"}
            assert episode.started_on < episode.ended_on <= ON
            assert not episode.is_open


def test_a_documented_list_is_no_review(measures):
    """The measure's recorded list of medicines is a reconciliation: no medicine counts as reviewed by it."""
    documented = [one for one in measures.charts if one.reviews]

    assert documented
    for chart in documented:
        [regimen] = review_chart(chart, policy=POLICY, on=ON)["deprescribing"]
        assert not any(clock.anchored_at == "review" for clock in regimen.clocks)
