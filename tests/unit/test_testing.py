"""The public strategies: what they draw, and that nothing else needs Hypothesis."""

import dataclasses
import subprocess
import sys
from datetime import date, timedelta
from typing import Annotated

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from alliance_core import testing
from alliance_core.base.doses import DoseUnit
from alliance_core.base.kinds import fields_of, record
from alliance_core.base.sources import Basis
from alliance_core.base.tables import Row
from alliance_core.chart import Chart
from alliance_core.competency.policy import COMPETENCY_TABLES
from alliance_core.edges.fhir import read_bundle
from alliance_core.records import MedicationStatement, Problem
from alliance_core.review import review_chart

ON = date(2026, 11, 24)
WITHOUT_HYPOTHESIS = """
import importlib, pkgutil, sys
sys.modules["hypothesis"] = None
import alliance_core
for found in pkgutil.walk_packages(alliance_core.__path__, "alliance_core."):
    if not found.name.endswith((".testing", ".__main__")):
        importlib.import_module(found.name)
"""


def test_nothing_else_needs_hypothesis():
    """The package imports without Hypothesis, all but this one module."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_HYPOTHESIS], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_public_names():
    """Every public name is there, and each strategy draws something."""
    assert all(hasattr(testing, name) for name in testing.__all__)


class TestDays:
    """Days lie between 2015 and 2030, dense around the ends of months."""

    @given(testing.days())
    def test_range(self, day):
        assert testing.FIRST_DAY <= day <= testing.LAST_DAY

    @pytest.mark.parametrize("wanted", [(2, 29), (2, 28), (12, 31), (1, 1), (4, 30)])
    def test_month_ends_are_common(self, wanted):
        found = find(testing.days(), lambda day: (day.month, day.day) == wanted, settings=thorough())

        assert wanted == (found.month, found.day)

    @pytest.mark.parametrize("away", [-366, -365, -90, -14, -1, 0, 1, 14, 365])
    def test_turns_of_clocks_are_common(self, away):
        wanted = ON + timedelta(days=away)

        assert wanted == find(testing.days_around(ON), lambda day: day == wanted, settings=thorough())


def thorough():
    return settings(max_examples=5000, derandomize=True, phases=[Phase.generate])


class TestOverrides:
    """An override is a value or a strategy, and stays as the test gave it."""

    @given(testing.records(MedicationStatement, started_on=ON, text=st.sampled_from(("a", "b"))))
    def test_record(self, statement):
        assert statement.started_on == ON
        assert statement.text in {"a", "b"}
        assert statement.stopped_on is None or statement.stopped_on >= ON

    @given(testing.charts(problems=(), notes=()))
    def test_chart(self, chart):
        assert (chart.problems, chart.notes) == ((), ())

    @given(testing.rows(Row, basis=Basis.LAW, effective_from=ON))
    def test_row(self, row):
        assert (row.basis, row.effective_from) == (Basis.LAW, ON)

    @given(testing.doses(unit=DoseUnit.TABLET))
    def test_dose(self, dose):
        assert dose.unit is DoseUnit.TABLET


class TestCharts:
    """Charts are small and rich: records of every kind, ids unique, pointing at one another."""

    @given(testing.charts())
    def test_ids_are_unique(self, chart):
        ids = [one.id for one in inside(chart)]

        assert len(ids) == len(set(ids))

    @pytest.mark.parametrize("name", [f.name for f in dataclasses.fields(Chart) if f.name not in {"schema", "id"}])
    def test_every_field_is_drawn(self, name):
        find(testing.charts(), lambda chart: bool(getattr(chart, name)), settings=thorough())

    def test_records_point_at_one_another(self):
        def points(chart):
            problems = {one.id for one in chart.problems or ()}
            return any(problems & set(one.indications or ()) for one in chart.medications or ())

        find(testing.charts(), points, settings=thorough())

    @given(testing.charts())
    def test_medicines_are_known(self, chart):
        for one in chart.medications or ():
            assert {code.system for code in one.codes} <= {testing.RXNORM}

    @given(testing.charts(), st.data())
    def test_permuted(self, chart, data):
        mixed = data.draw(testing.permuted(chart))

        for name, found in fields_of(chart).items():
            if isinstance(found, tuple):
                assert set(found) == set(getattr(mixed, name))
            else:
                assert found == getattr(mixed, name)


def inside(thing):
    """Return every record with an id, at any depth, but those that only repeat another."""
    if isinstance(thing, tuple):
        for one in thing:
            yield from inside(one)
    elif dataclasses.is_dataclass(thing):
        if hasattr(thing, "id"):
            yield thing
        for one in fields_of(thing).values():
            yield from inside(one)


class TestRows:
    """A row of any table can be drawn, its dates in order."""

    @pytest.mark.parametrize("kind", [Row, *COMPETENCY_TABLES.values()], ids=lambda kind: kind.__name__)
    @given(data=st.data())
    def test_any_kind(self, kind, data):
        row = data.draw(testing.rows(kind))

        assert type(row) is kind
        assert row.effective_from is None or row.effective_to is None or row.effective_from <= row.effective_to

    @given(testing.row_sets(Row))
    def test_ids_are_unique(self, rows):
        assert len(rows) == len({row.row_id for row in rows})


def test_teach_it():
    """A field of a kind that nobody foresaw says where to add it."""

    @record
    class Strange:
        odd: Annotated[bytes, "nobody foresaw this"]

    with pytest.raises(TypeError) as caught:
        find(testing.records(Strange), lambda _: True)

    assert str(caught.value) == ("Strange.odd is of a kind that alliance_core.testing cannot draw yet: teach it there")


def test_problems_are_known():
    """A drawn problem can carry a code that the shipped tables know."""
    find(testing.records(Problem), lambda one: bool(one.codes), settings=thorough())


class TestBundles:
    """A drawn bundle is read: every patient has a chart, and every resource is accounted for."""

    @given(testing.bundles(patients=2))
    def test_read(self, data):
        account = read_bundle(data)

        assert ["patient-1", "patient-2"] == sorted(chart.id for chart in account.charts)
        assert account.resources == account.used + account.not_needed_count + account.not_understood_count
        assert () == account.not_understood

    def test_medicines_are_common(self):
        """Most bundles hold something that a rule reads."""
        found = find(testing.bundles(), lambda data: bool(read_bundle(data).charts[0].medications), settings=thorough())

        assert b"medicationCodeableConcept" in found


class TestPolicies:
    """A drawn policy is a shipped one, and reviews any chart."""

    @given(testing.policies(), testing.charts())
    def test_review(self, policy, chart):
        assert policy.jurisdiction == review_chart(chart, policy=policy, on=ON).jurisdiction
