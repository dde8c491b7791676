"""Receipts: the same review again in another process, byte for byte, or what has changed since."""

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import alliance_core
from alliance_core import Audience, ChartError, Person, PolicyError, load_policy, read_chart, review_chart, write_chart
from alliance_core.base.kinds import changed
from alliance_core.deprescribing import Product
from alliance_core.edges.cli.app import app
from alliance_core.edges.receipts import CHANGES, read_receipt, replay_receipt, store_receipt, write_receipt
from alliance_core.edges.reviews import write_review
from alliance_core.policy import CONTENT_EDITION
from alliance_core.testing import charts_on_days

NATIVE = Path(__file__).parents[2] / "examples" / "native"
PACKAGE = Path(alliance_core.__file__).parent
ON = date(2026, 11, 24)
MARKER = "Zebulon Quagmire"
PROGRAM = "from alliance_core.edges.cli import main; main()"


def _chart(name):
    return read_chart((NATIVE / f"{name}.json").read_bytes())


def _receipt(name, *, audience=Audience.CLINICIAN, policy=None):
    review = review_chart(_chart(name), policy=policy or load_policy("US"), on=ON)
    return write_receipt(review, audience=audience)


def _reversed(thing):
    """Return JSON in which every list stands the other way round."""
    if isinstance(thing, list):
        return [_reversed(one) for one in reversed(thing)]
    if isinstance(thing, dict):
        return {name: _reversed(one) for name, one in reversed(thing.items())}
    return thing


def _turned(chart):
    """Return the chart's document with its records in another order; what a note says stays as it was written."""
    document = json.loads(write_chart(chart))
    return {name: part if name == "notes" else _reversed(part) for name, part in document.items()}


class TestSameBytes:
    """The receipt and the chart give the review's own bytes again."""

    @given(charts_on_days(), st.sampled_from(Audience))
    def test_any_chart(self, drawn, audience):
        chart, on = drawn
        review = review_chart(chart, policy=load_policy("US"), on=on)
        stored = read_receipt(write_receipt(review, audience=audience))

        assert store_receipt(review, audience=audience) == stored
        assert write_review(review, audience=audience) == replay_receipt(stored, chart)

    @given(charts_on_days())
    def test_in_any_order(self, drawn):
        """Where a record stands in its list says nothing."""
        chart, on = drawn
        review = review_chart(chart, policy=load_policy("US"), on=on)
        turned = read_chart(_turned(chart))

        assert write_review(review) == replay_receipt(store_receipt(review), turned)

    def test_with_a_policy_of_its_own(self):
        """What a site chose is not in the receipt: it hands its policy in."""
        own = load_policy("US").with_products([Product(system="urn:ours", code="1", medicine="sertraline")])
        stored = read_receipt(_receipt("nina", policy=own))

        assert isinstance(replay_receipt(stored, _chart("nina"), policy=own), bytes)
        assert ("policy",) == replay_receipt(stored, _chart("nina"))

    def test_a_portal_receipt_does_not_tell_what_was_said_alone(self):
        """It is that of the chart in which nobody was asked, gate or no gate."""
        names = ("marcus", "marcus-silent")
        told = [json.loads(_receipt(name, audience=Audience.PORTAL)) for name in names]

        assert "portal" == told[0]["audience"]
        for name in names:
            stored = read_receipt(_receipt(name, audience=Audience.PORTAL))
            assert isinstance(replay_receipt(stored, _chart(name)), bytes)

    def test_it_holds_no_value_of_the_record(self):
        """Digests, days of reviews, and words of the library."""
        chart = changed(_chart("nina"), id=MARKER, person=Person(id=MARKER, languages=(MARKER,)))
        written = write_receipt(review_chart(chart, policy=load_policy("US"), on=ON), audience=Audience.CLINICIAN)

        assert MARKER not in written.decode()


class TestWhatChanged:
    """Each kind of change is named as what it is, and several are all named."""

    STORED = read_receipt(_receipt("omar"))

    @pytest.mark.parametrize(
        ("expected", "chart", "policy"),
        [
            (("chart",), "nina", "US"),
            (("policy",), "omar", "GB-EAW"),
            (("policy", "chart"), "nina", "GB-EAW"),
        ],
    )
    def test_chart_and_policy(self, expected, chart, policy):
        assert expected == replay_receipt(self.STORED, _chart(chart), policy=load_policy(policy))

    def test_one_edited_fact(self):
        """A chart in which one word was edited is another chart."""
        document = json.loads(write_chart(_chart("omar")))
        document["person"]["sex"] = "other"

        assert ("chart",) == replay_receipt(self.STORED, read_chart(document))

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("review", "code"), ("tables", "content"), ("choices", "policy"), ("jurisdiction", "policy")],
    )
    def test_what_is_beside_the_receipt_counts_too(self, name, expected):
        """A document in which one of these was edited never replays as the same bytes."""
        edited = changed(self.STORED, **{name: "GB-EAW" if name == "jurisdiction" else "0" * 64})

        assert (expected,) == replay_receipt(edited, _chart("omar"))

    def test_a_later_minor_version_of_the_document(self):
        written = json.dumps({**json.loads(_receipt("omar")), "schema": "alliance-receipt/1.3"})

        assert isinstance(replay_receipt(read_receipt(written), _chart("omar")), bytes)

    def test_a_place_that_this_library_does_not_have(self):
        with pytest.raises(PolicyError, match="no jurisdiction"):
            replay_receipt(changed(self.STORED, jurisdiction="XX"), _chart("omar"))


class TestBadReceipts:
    """What is no receipt is refused in one error, and no value of it is told."""

    GOOD = json.loads(_receipt("omar"))

    @pytest.mark.parametrize("name", sorted(set(GOOD) - {"schema", "signed_by"}))
    def test_a_part_is_missing(self, name):
        with pytest.raises(ChartError, match=name):
            read_receipt({key: one for key, one in self.GOOD.items() if key != name})

    @pytest.mark.parametrize(
        "more",
        [
            {"schema": "alliance-receipt/2"},
            {"schema": "alliance-chart/1"},
            {MARKER: MARKER},
            {"policy": MARKER},
            {"audience": MARKER},
            {"on": MARKER},
            {"areas": MARKER},
            {"on": "2026-11-25"},
            {"library": "another 1.0"},
            {"digest": "0" * 64},
        ],
        ids=str,
    )
    def test_a_part_is_another(self, more):
        """Also one that is well formed: it no longer fits its digest."""
        with pytest.raises(ChartError) as raised:
            read_receipt({**self.GOOD, **more})

        assert MARKER not in str(raised.value)

    @pytest.mark.parametrize("text", [b"", b"[]", b"\xff", b"{", b'{"on":1,"on":2}', b'{"on":NaN}', b"null"])
    def test_no_json_object(self, text):
        with pytest.raises(ChartError):
            read_receipt(text)


def _fresh(*words, path=None, seed="4"):
    """Run the command in a process of its own, with another hash seed; a path is a copy of the package."""
    program = f"import sys; sys.path.insert(0, {str(path)!r}); {PROGRAM}" if path else PROGRAM
    command = [sys.executable, "-B", "-c", program, *map(str, words)]
    environment = {"PYTHONHASHSEED": seed, "PATH": os.defpath}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def kept(tmp_path):
    """Return the files that a host keeps: a receipt, and the chart with its records in another order."""
    receipt, chart = tmp_path / "receipt.json", tmp_path / "chart.json"
    receipt.write_bytes(_receipt("omar"))
    chart.write_text(json.dumps(_turned(_chart("omar"))))
    return receipt, chart


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Return a folder with a copy of the package that a test may edit."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(PACKAGE, folder / "alliance_core", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _edited(elsewhere, name, old, new):
    file = elsewhere / "alliance_core" / name
    was = file.read_text("utf-8")
    assert 1 == was.count(old)
    file.write_text(was.replace(old, new), "utf-8")
    return lambda: file.write_text(was, "utf-8")


class TestInAFreshProcess:
    """Another process, another hash seed, another order of the records, and one thing changed at a time."""

    def test_the_same_bytes(self, kept):
        code, out, err = _fresh("replay", *kept)

        assert (0, "") == (code, err)
        assert json.loads(kept[0].read_bytes())["review"] in out

    def test_a_copy_of_the_package_gives_the_same_bytes(self, kept, elsewhere):
        """So that what the next tests find changed is what they changed."""
        assert 0 == _fresh("replay", *kept, path=elsewhere)[0]

    @pytest.mark.parametrize(
        ("what", "file", "old", "new"),
        [
            ("content", "data/review_intervals.csv", "ENG-antidepressant-maintenance,", "ENG-another-row,"),
            ("content", "policy.py", f'CONTENT_EDITION: Final = "{CONTENT_EDITION}"', 'CONTENT_EDITION: Final = "9"'),
            ("code", "deprescribing/__init__.py", 'id="deprescribing.whole-regimen"', 'id="deprescribing.whole"'),
        ],
    )
    def test_what_was_edited_is_named(self, kept, elsewhere, what, file, old, new):
        undo = _edited(elsewhere, file, old, new)
        try:
            code, out, _ = _fresh("replay", *kept, path=elsewhere)
        finally:
            undo()

        assert (1, 1) == (code, len(out.splitlines()))
        assert f"changed since: {what}" in out

    def test_another_version_of_the_library(self, kept, elsewhere):
        """Its name and version are read from what is installed."""
        told = elsewhere / "alliance_core-9.9.9.dist-info"
        told.mkdir()
        (told / "METADATA").write_text("Metadata-Version: 2.1\nName: alliance-core\nVersion: 9.9.9\n")
        try:
            code, out, _ = _fresh("replay", *kept, path=elsewhere)
        finally:
            shutil.rmtree(told)

        assert (1, 1) == (code, len(out.splitlines()))
        assert "changed since: code" in out


class TestCommand:
    """`alliance replay RECEIPT CHART` ends with 0, 1, 2 or 3, and says why in one line each."""

    def _run(self, *words):
        done = CliRunner().invoke(app, [*map(str, words)])
        return done.exit_code, done.stdout, done.stderr

    def test_what_the_review_command_writes_can_be_replayed(self, tmp_path):
        """Of a FHIR bundle too."""
        bundle = NATIVE.parent / "clinic" / "omar.json"
        _, receipt, _ = self._run("review", bundle, "--on", "2026-11-24", "--format", "receipt")
        (tmp_path / "r.json").write_text(receipt)

        assert 0 == self._run("replay", tmp_path / "r.json", bundle)[0]

    def test_another_overlay(self, kept):
        code, out, _ = self._run("replay", *kept, "--overlay", "nursing-facility")

        assert 1 == code
        assert "policy" in out

    def test_several_changes(self, kept):
        code, out, _ = self._run("replay", kept[0], NATIVE / "nina.json", "--policy", "GB-EAW")

        assert (1, 2) == (code, len(out.splitlines()))

    @pytest.mark.parametrize(
        ("expected", "more"),
        [(3, ("--policy", "XX")), (3, ("--overlay", "none-such")), (3, ("--such",))],
    )
    def test_a_wrong_option(self, kept, expected, more):
        assert expected == self._run("replay", *kept, *more)[0]

    @pytest.mark.parametrize("chart", [NATIVE, NATIVE / "none.json", Path(__file__)], ids=lambda path: path.name)
    def test_a_chart_that_is_not_one(self, kept, chart):
        code, out, err = self._run("replay", kept[0], chart)

        assert (2, "", 1) == (code, out, len(err.splitlines()))

    def test_a_receipt_that_is_none(self, kept):
        assert 2 == self._run("replay", kept[1], kept[1])[0]

    def test_every_kind_of_change_has_words(self):
        from alliance_core.explanation import words

        assert set() == {f"replay.{name}" for name in CHANGES} - set(words())
