"""The command `alliance`: what it says, in which words, and with which exit code."""

import json
import re
import subprocess
import sys
import tempfile
from datetime import date
from importlib.resources import files
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from alliance_core import (
    Answer,
    Chart,
    Finding,
    MedicationStatement,
    Person,
    Recorded,
    Weight,
    load_policy,
    review_chart,
)
from alliance_core.chart import SCHEMA
from alliance_core.deprescribing import MedicationHistory, MedicationStatus
from alliance_core.edges.cli import app as cli
from alliance_core.edges.cli import inputs, reviewing
from alliance_core.edges.cli.ahead import Change
from alliance_core.edges.cli.app import app
from alliance_core.edges.cli.blocks import heaviest
from alliance_core.edges.cli.screen import Cells, Screen
from alliance_core.edges.plain import harmless
from alliance_core.edges.reviews import read_review
from alliance_core.edges.wire import read_chart, write_chart
from alliance_core.explanation import words
from alliance_core.records import Coding
from alliance_core.testing import charts

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ON = "2026-11-24"
DAY = date(2026, 11, 24)
MARKER = "Zebulon Quagmire"
REALDATA = Path(__file__).parents[3] / "shared" / "realdata" / "synthea_r4"
CLINIC = Path(__file__).parents[2] / "examples" / "clinic"
#: A terminal obeys the first, hides the second, turns the order of letters with the third.
HOSTILE = "\x1b[31mred\x1b[0m\u200b\u202egnirts\r\n\x07\x9b2J"

runner = CliRunner()


def run(*args: object) -> "Result":
    return Result(runner.invoke(app, [str(one) for one in args]))


class Result:
    """What a run wrote, and how it ended."""

    def __init__(self, result) -> None:
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        self.code, self.out, self.err = result.exit_code, result.stdout, result.stderr

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def document(self):
        return json.loads(self.out)


def medicine(number: int, name: str, started_on: date | None, **fields) -> MedicationStatement:
    return MedicationStatement(
        id=f"m-{number}", text=name, status=MedicationStatus.ACTIVE, started_on=started_on, **fields
    )


def _rosa(**fields) -> Chart:
    """Four medicines taken for years, none ever reviewed, and nobody asked about the shop."""
    named = ("lorazepam", "sertraline", "zolpidem", "quetiapine")
    return Chart(
        id="rosa",
        person=Person(id="p-rosa", born_on="1947-03-02"),
        **{
            "medications": tuple(medicine(n, name, date(2024, 1, 5)) for n, name in enumerate(named)),
            "reviews": (),
            "asked": MedicationHistory(other_prescribers=Recorded.YES, over_the_counter=Recorded.NO),
            **fields,
        },
    )


def _empty(name: str = "empty") -> Chart:
    return Chart(id=name, person=Person(id=f"p-{name}"))


def _bundle(*resources: dict, kind: str = "collection") -> dict:
    return {"resourceType": "Bundle", "type": kind, "entry": [{"resource": one} for one in resources]}


def _patient(name: str = "pat", **fields) -> dict:
    return {"resourceType": "Patient", "id": name, "birthDate": "1950-01-01", **fields}


def _condition(patient: str = "pat") -> dict:
    code = {"coding": [{"system": "http://snomed.info/sct", "code": "370143000"}]}
    subject = {"reference": f"Patient/{patient}"}
    return {"resourceType": "Condition", "id": f"c-{patient}", "code": code, "subject": subject}


def _write(folder: Path, name: str, content) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, Chart):
        path.write_bytes(write_chart(content))
    else:
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


@pytest.fixture
def rosa(tmp_path):
    return _write(tmp_path, "rosa.json", _rosa())


# -- review, for eyes ------------------------------------------------------------------------------------------------


class TestText:
    """A clinician sees three findings, how many more, and which day it is."""

    def test_three_findings(self, rosa):
        """A header with file, chart, day, policy and end, three findings, and how many more there are."""
        result = run("review", rosa, "--on", ON)
        review = review_chart(_rosa(), policy=load_policy("US"), on=DAY)

        assert result.code == 0
        assert f"{rosa}: chart rosa; on {ON}; policy US;" in result.lines[0]
        assert f"  {len(review.open) - 3} more: --all" == result.lines[4]
        assert words()[f"weight.{review.open[0].weight.value}"] in result.lines[1]
        assert words()[f"answer.{review.open[0].answer.value}"] in result.lines[1]

    def test_valid_until(self, tmp_path):
        """The header says until when the review holds."""
        chart = _rosa(medications=(medicine(1, "sertraline", date(2026, 11, 20)),))
        until = review_chart(chart, policy=load_policy("US"), on=DAY).valid_until
        result = run("review", _write(tmp_path, "a.json", chart), "--on", ON)

        assert until is not None
        assert result.lines[0].endswith(f"valid until {until}")

    def test_no_end(self, tmp_path):
        """A review that no day changes says so."""
        assert "no later day" in run("review", _write(tmp_path, "a.json", _empty()), "--on", ON).lines[0]

    def test_next(self, tmp_path):
        """The days to come are one line, with our own suggestions called so."""
        chart = _rosa(medications=(medicine(1, "sertraline", date(2026, 11, 20)),))
        (told,) = [one for one in run("review", _write(tmp_path, "a.json", chart), "--on", ON).lines if "next:" in one]

        assert re.search(r"next: .*sertraline by 202[67]-\d\d-\d\d", told)
        assert "(suggested)" in told

    def test_next_in_short(self, tmp_path):
        """Three days to come are told, and how many more."""
        named = ("lorazepam", "sertraline", "zolpidem", "quetiapine", "lithium")
        listed = tuple(medicine(n, name, date(2026, 11, 20)) for n, name in enumerate(named))
        path = _write(tmp_path, "a.json", _rosa(medications=listed))
        (short,) = [one for one in run("review", path, "--on", ON).lines if "next:" in one]
        (full,) = [one for one in run("review", path, "--on", ON, "--all").lines if "next:" in one]

        assert short.count(" by ") == 3
        assert re.search(r"; \d more$", short)
        assert full.count(" by ") >= 5

    def test_empty_chart(self, tmp_path):
        """An empty chart prints five lines at most."""
        result = run("review", _write(tmp_path, "empty.json", _empty()), "--on", ON)

        assert result.code == 0
        assert len(result.lines) <= 5

    def test_nothing_open(self, tmp_path):
        """A chart without an open finding says so, and what that does not show."""
        asked = MedicationHistory(
            **dict.fromkeys(("other_prescribers", "over_the_counter", "supplements", "herbals"), Recorded.YES)
        )
        chart = Chart(id="a", person=Person(id="p"), medications=(), asked=asked, reviews=(), problems=())
        path = _write(tmp_path, "a.json", chart)

        assert words()["cli.no-finding"] in run("review", path, "--on", ON).out
        assert words()["cli.no-finding"] in run("review", path, "--on", ON, "--all").out

    def test_not_yet(self, tmp_path):
        """Records dated after the day are counted."""
        chart = _rosa(medications=(medicine(1, "sertraline", date(2027, 1, 1)),))

        assert "1 dated after this day" in run("review", _write(tmp_path, "a.json", chart), "--on", ON).out

    def test_all(self, rosa):
        """With --all every open finding has its reasons on its line, and every source is told once."""
        result = run("review", rosa, "--on", ON, "--all")
        review = review_chart(_rosa(), policy=load_policy("US"), on=DAY)
        sources = [one for one in result.lines if re.match(r"  \[\d+\] ", one)]

        assert all(one.rows[0] in result.out for one in review.open if one.rows)
        assert len(sources) == len({re.sub(r"^  \[\d+\] ", "", one) for one in sources})
        assert all("source read" in one or "read" in one for one in sources)
        assert "recorded or in time: " in result.out
        assert "--all" not in result.out
        assert len(result.lines) <= 40

    def test_unsigned(self, rosa):
        """While no clinician has signed the content, the output says so."""
        assert "no named clinician has signed it yet" in run("review", rosa, "--on", ON).lines[-1]

    def test_several(self, tmp_path):
        """Several charts have a block each, and a line that sums up."""
        _write(tmp_path, "a.json", _rosa())
        _write(tmp_path, "b.json", _empty())
        _write(tmp_path, "c.json", b"{")
        _write(tmp_path, "expected.csv", b"id,answer\n")
        result = run("review", tmp_path, "--on", ON)

        assert result.code == 2
        assert len([one for one in result.lines if ": chart " in one]) == 2
        assert f"on {ON}: 2 reviewed; 2 with open findings; 1 not readable" in result.lines

    def test_today(self, rosa):
        """Without --on the day is today, and the output says which."""
        before, result, after = date.today(), run("review", rosa), date.today()  # noqa: DTZ011, TID251

        assert any(f"on {day};" in result.out for day in (before, after))

    def test_area(self, rosa):
        """One area alone can be asked for."""
        result = run("review", rosa, "--on", ON, "--area", "competency", "--format", "json")

        assert list(result.document["reviews"][0]["areas"]) == ["competency"]

    def test_overlays(self, rosa):
        """The overlays are named with the policy."""
        result = run("review", rosa, "--on", ON, "--overlay", "nursing-facility", "--overlay", "part-d-mtm")

        assert "policy US with nursing-facility, part-d-mtm;" in result.lines[0]

    def test_no_color_in_a_pipe(self, rosa):
        """Weight and answer are words: nothing is lost without color."""
        assert "\x1b" not in run("review", rosa, "--on", ON, "--all").out


class TestHeaviest:
    """What is missing is asked for once a record."""

    def _finding(self, item: str, *missing: str, about: str = "r") -> Finding:
        return Finding(
            rule="x", about=about, item=item, answer=Answer.CANNOT_TELL, weight=Weight.REQUIRED, missing=missing
        )

    def test_repeated(self):
        """Findings about one record that miss the same give way to what asks for something new."""
        first, same, other = self._finding("a", "x", "y"), self._finding("b", "y"), self._finding("c", "z")

        assert (first, other) == heaviest((first, same, other))

    def test_another_record(self):
        """What is missing in another record is another question."""
        first, other = self._finding("a", "x"), self._finding("a", "x", about="s")

        assert (first, other) == heaviest((first, other))

    def test_nothing_missing(self):
        """A finding that misses nothing is never folded away."""
        assert len(heaviest([self._finding(str(n)) for n in range(9)])) == 3


# -- review, for programs --------------------------------------------------------------------------------------------


class TestJson:
    """A document holds every review, and says what was not read."""

    def test_document(self, tmp_path):
        _write(tmp_path, "a.json", _rosa())
        _write(tmp_path, "b.json", b"[]")
        made = run("review", tmp_path, "--on", ON, "--format", "json").document

        assert (made["schema"], made["on"], made["policy"]) == ("alliance-reviews/1", ON, "US")
        assert [one["chart"] for one in made["reviews"]] == ["rosa"]
        assert [str(tmp_path / "b.json")] == [one["file"] for one in made["not_readable"]]
        assert made["reviews"][0] == read_review(json.dumps(made["reviews"][0]))

    def test_account(self, tmp_path):
        """The account of a bundle's resources is in the document."""
        path = _write(tmp_path, "a.json", _bundle(_patient(), _condition(), _condition("nobody")))
        (read,) = run("review", path, "--on", ON, "--format", "json").document["read"]

        assert read["resources"] == 3
        assert sum(one["count"] for one in read["not_understood"]) == 1
        assert read["charts"] == ["pat"]

    def test_lines(self, tmp_path):
        """NDJSON is a review a line; what failed goes to standard error."""
        _write(tmp_path, "a.json", _rosa())
        _write(tmp_path, "b.json", _empty())
        _write(tmp_path, "c.json", b"nothing")
        result = run("review", tmp_path, "--on", ON, "--format", "ndjson")

        assert [read_review(one)["chart"] for one in result.lines] == ["rosa", "empty"]
        assert result.code == 2
        assert "c.json: not readable: " in result.err

    def test_portal(self, tmp_path):
        """What was read is no matter for a portal."""
        path = _write(tmp_path, "a.json", _bundle(_patient(), _condition("nobody")))
        made = run("review", path, "--on", ON, "--format", "json", "--audience", "portal").document
        text = run("review", path, "--on", ON, "--audience", "portal")

        assert "read" not in made
        assert [one["audience"] for one in made["reviews"]] == ["portal"]
        assert "not understood" not in text.out


# -- reading ---------------------------------------------------------------------------------------------------------


def _charts_of(path: Path) -> list[str]:
    return sorted(one["chart"] for one in run("review", path, "--on", ON, "--format", "json").document["reviews"])


def _lines_of(*documents: dict) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in documents)


class TestReading:
    """Bundles, native charts, lines, and folders of them are all taken."""

    def test_bundle(self, tmp_path):
        assert _charts_of(_write(tmp_path, "a.json", _bundle(_patient()))) == ["pat"]

    def test_schema_later(self, tmp_path):
        """Names may stand in any order."""
        written = json.loads(write_chart(_empty()))
        path = _write(tmp_path, "a.json", {"id": written.pop("id"), **written})

        assert _charts_of(path) == ["empty"]

    def test_byte_order_mark(self, tmp_path):
        assert _charts_of(_write(tmp_path, "a.json", b"\xef\xbb\xbf" + write_chart(_empty()))) == ["empty"]

    def test_bulk_lines(self, tmp_path):
        assert _charts_of(_write(tmp_path, "a.ndjson", _lines_of(_patient("a"), _patient("b")))) == ["a", "b"]

    def test_lines_of_charts(self, tmp_path):
        """A line may be a chart; one that is not readable does not keep the others from it."""
        data = write_chart(_empty("a")) + b"\n\n{\n" + write_chart(_empty("b")) + b"\n"
        result = run("review", _write(tmp_path, "a.ndjson", data), "--on", ON)

        assert result.code == 2
        assert [int(one) for one in re.findall(r"a\.ndjson:(\d): chart", result.out)] == [1, 4]
        assert "a.ndjson:3: not readable" in result.err

    def test_lines_of_bundles(self, tmp_path):
        data = _lines_of(_bundle(_patient("a")), _bundle(_patient("b")))

        assert _charts_of(_write(tmp_path, "a.ndjson", data)) == ["a", "b"]

    def test_folder(self, tmp_path):
        """A folder is searched through; what belongs together is read together."""
        _write(tmp_path, "native/a.json", _empty("native"))
        _write(tmp_path, "fhir/b.json", _bundle(_patient("bundle")))
        _write(tmp_path, "bulk/Patient.ndjson", _lines_of(_patient("bulk")))
        _write(tmp_path, "bulk/Condition.ndjson", _lines_of(_condition("bulk")))
        _write(tmp_path, "single/Patient-one.json", _patient("single"))
        _write(tmp_path, "single/Condition-one.json", _condition("single"))
        _write(tmp_path, "types/Patient/1.json", _patient("types"))
        _write(tmp_path, "types/Condition/1.json", _condition("types"))
        _write(tmp_path, "expected.csv", b"")
        made = run("review", tmp_path, "--on", ON, "--format", "json").document

        assert sorted(one["chart"] for one in made["reviews"]) == ["bulk", "bundle", "native", "single", "types"]
        assert not [one for one in made["read"] if one.get("not_understood")]
        assert not made["not_readable"]

    def test_mixed_folder(self, tmp_path):
        """Single resources beside native charts belong to nobody; the charts are still reviewed."""
        _write(tmp_path, "a.json", _empty())
        _write(tmp_path, "b.json", _patient())
        result = run("review", tmp_path, "--on", ON)

        assert result.code == 2
        assert "chart empty" in result.out
        assert "folder of their own" in result.err

    def test_nothing_there(self, tmp_path):
        result = run("review", tmp_path, "--on", ON)

        assert result.code == 2
        assert "holds nothing to read" in result.err

    def test_no_patient(self, tmp_path):
        """A bundle without a patient gives no chart and one line."""
        path = _write(tmp_path, "a.json", _bundle(_condition()))
        result = run("review", path, "--on", ON)

        assert result.code == 2
        assert len(result.lines) == 1
        assert "no chart to review" in result.out

    def test_no_patient_for_a_portal(self, tmp_path):
        path = _write(tmp_path, "a.json", _bundle(_condition()))

        assert "it holds no patient" in run("review", path, "--on", ON, "--audience", "portal").out

    def test_no_patient_among_others(self, tmp_path):
        """A bundle of hospitals beside the patients is no failure."""
        _write(tmp_path, "a.json", _bundle(_patient()))
        _write(tmp_path, "b.json", _bundle({"resourceType": "Organization", "id": "o"}))

        assert run("review", tmp_path, "--on", ON).code == 0

    def test_lost_patient(self, tmp_path):
        """A patient that is not understood is a chart that was not reviewed."""
        path = _write(tmp_path, "a.json", _bundle(_patient("a"), _patient("b", implicitRules="http://example.org")))
        result = run("review", path, "--on", ON)

        assert result.code == 2
        assert "chart a;" in result.out
        assert "its chart was not reviewed" in result.err

    def test_account_lines(self, tmp_path):
        """What was not understood is one line of numbers; --all lists each kind of it once, and five at most."""
        lost = [{**_condition("nobody"), "id": f"c-{n}"} for n in range(3)]
        wrong = [
            {"resourceType": "Condition", "id": f"w-{name}", "subject": {"reference": "Patient/pat"}, name: 3}
            for name in ("onsetDateTime", "abatementDateTime", "recordedDate", "code", "clinicalStatus", "category")
        ]
        path = _write(tmp_path, "a.json", _bundle(_patient(), *lost, *wrong))
        short, full = run("review", path, "--on", ON), run("review", path, "--on", ON, "--all")

        assert len([one for one in short.lines if "not understood: resources" in one]) == 1
        assert "not understood (3 times): Condition" in full.out
        assert re.search(r"resources 10: used \d; not needed \d; not understood \d", full.out)
        assert full.out.count("  not understood") <= 5

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"", "JSON"),
            (b"\xff\xfe{}", ""),
            (b"null", ""),
            (b'{"schema": "alliance-chart/1", "id": "a", "id": "b"}', "twice"),
            (b'{"schema": "alliance-chart/9", "id": "a"}', "alliance-chart/1"),
            (b'{"schema": "alliance-chart/1", "id": "a", "person": {"id": "p", "born_on": "1947-02-31"}}', "born_on"),
            (b'{"a":' * 200 + b"1" + b"}" * 200, ""),
            (b'{"schema":"alliance-chart/1","notes":' + b"[" * 200 + b"]" * 200 + b"}", ""),
            (b'{"resourceType":"Bundle","type":"collection","entry":' + b"[" * 5000 + b"]" * 5000 + b"}", ""),
            (b'{"resourceType":"Bundle"', "JSON"),
        ],
    )
    def test_bad_input(self, tmp_path, data, word):
        """What is malformed is one line, and the other charts are still reviewed."""
        _write(tmp_path, "bad.json", data)
        _write(tmp_path, "good.json", _empty("good"))
        result = run("review", tmp_path, "--on", ON)

        assert result.code == 2
        assert "chart good;" in result.out
        assert len(result.err.splitlines()) == 1
        assert "bad.json: not readable: " in result.err
        assert word in result.err

    def test_many_problems(self, tmp_path):
        """Three problems are told, and how many more there are."""
        fields = {"schema": SCHEMA, "id": 1, "person": 2, "problems": 3, "medications": 4, "reviews": 5}
        result = run("review", _write(tmp_path, "a.json", fields), "--on", ON)

        assert "; and 2 more" in result.err

    def test_missing_file(self, tmp_path):
        result = run("review", tmp_path / "none.json", tmp_path / "none.ndjson", "--on", ON)

        assert result.code == 2
        assert result.err.count("No such file or directory") == 2

    def test_unreadable_folder(self, tmp_path, monkeypatch):
        """A folder that cannot be opened is one line."""

        def refuse(path: Path) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(inputs, "_inside", refuse)
        result = run("review", tmp_path, "--on", ON)

        assert result.code == 2
        assert f"{tmp_path}: not readable: Permission denied" in result.err

    def test_lines_that_vanish(self, tmp_path, monkeypatch):
        """A file that goes away while it is read is one line."""
        path = _write(tmp_path, "a.ndjson", write_chart(_empty()))
        monkeypatch.setattr(inputs, "_kind_of_file", lambda _: path.unlink())
        result = run("review", path, "--on", ON)

        assert result.code == 2
        assert "No such file or directory" in result.err


# -- exit codes ------------------------------------------------------------------------------------------------------


class TestExitCodes:
    """0 reviewed; 1 --fail-on reached; 2 something not readable; 3 policy, day or option wrong."""

    @pytest.mark.parametrize(("weight", "code"), [("recommended", 1), ("required", 1), ("safety", 0)])
    def test_fail_on(self, rosa, weight, code):
        """A finding of the weight or a heavier one ends with 1."""
        assert code == run("review", rosa, "--on", ON, "--fail-on", weight).code

    def test_not_readable_comes_first(self, tmp_path, rosa):
        assert run("review", rosa, tmp_path / "none.json", "--on", ON, "--fail-on", "required").code == 2

    @pytest.mark.parametrize(
        "args",
        [
            ("--policy", "XX"),
            ("--overlay", "none"),
            ("--area", "none"),
            ("--on", "2026-02-30"),
            ("--on", "2026-W48-2"),
            ("--on", "24 Nov 2026"),
            ("--format", "yaml"),
            ("--fail-on", "heavy"),
            ("--audience", "everyone"),
            ("--none",),
        ],
    )
    def test_wrong_policy_day_or_option(self, rosa, args):
        """What was asked for is wrong: one line, and nothing is reviewed."""
        result = run("review", rosa, *args)

        assert result.code == 3
        assert result.out == ""
        assert len(result.err.splitlines()) == 1

    @pytest.mark.parametrize("args", [("review",), ("nothing",), ("explain",), ("explain", "nothing"), ("schema", "x")])
    def test_wrong_command(self, args):
        assert (run(*args).code, len(run(*args).err.splitlines())) == (3, 1)

    def test_help(self):
        """Without a command, and with --help, help is shown."""
        assert (0, run("--help").out) == (run().code, run().out)

    def test_without_standalone(self, rosa):
        """A caller can have the exit code back."""
        command = cli.typer.main.get_command(app)

        assert command.main(["review", str(rosa), "--on", ON, "--fail-on", "required"], standalone_mode=False) == 1


class TestRim:
    """Never a traceback, never a value of the record in a message."""

    def test_defect_in_a_rule(self, rosa, tmp_path, monkeypatch):
        """A chart that breaks a rule is one line that names the kind of error alone."""

        def fail(*_: object, **__: object) -> None:
            raise KeyError(MARKER)

        monkeypatch.setattr(reviewing, "review_chart", fail)
        result = run("review", rosa, "--on", ON)

        assert result.code == 2
        assert "defect of this library (KeyError)" in result.err
        assert MARKER not in result.out + result.err

    @pytest.mark.parametrize("form", ["text", "json"])
    def test_defect_in_the_words(self, rosa, monkeypatch, form):
        """A review that cannot be shown is a failure, and the others are still shown."""

        def fail(*_: object, **__: object) -> None:
            raise KeyError(MARKER)

        monkeypatch.setattr(reviewing, "short_block", fail)
        monkeypatch.setattr(reviewing, "review_document", fail)
        result = run("review", rosa, "--on", ON, "--format", form)

        assert result.code == 2
        assert "defect of this library (KeyError)" in result.err
        assert MARKER not in result.out + result.err

    @pytest.mark.parametrize(
        ("error", "code", "word"),
        [
            (KeyError(MARKER), 2, "KeyError"),
            (UnicodeEncodeError("utf-8", MARKER, 0, 1, MARKER), 2, "UTF-8"),
            (OSError(28, "No space left on device", MARKER), 2, "No space left"),
            (OSError(), 2, "cannot be opened"),
        ],
    )
    def test_defect_anywhere(self, rosa, monkeypatch, error, code, word):
        def fail(*_: object, **__: object) -> None:
            raise error

        monkeypatch.setattr(cli, "review_all", fail)
        result = run("review", rosa, "--on", ON)

        assert code == result.code
        assert word in result.err
        assert MARKER not in result.out + result.err

    @pytest.mark.parametrize("name", ["a\x1b[2J.json", "a\u202e.json", "a\nb.json"])
    def test_hostile_file_name(self, tmp_path, name):
        """The name of a file does nothing to a terminal."""
        _write(tmp_path, name, _empty())
        _write(tmp_path, name.replace(".json", "-bad.json"), b"{")
        result = run("review", tmp_path, "--on", ON, "--all")

        assert result.code == 2
        assert all(one.isprintable() for one in (result.out + result.err).splitlines())
        assert len(result.err.splitlines()) == 1

    def test_hostile_values(self, tmp_path):
        """What a terminal would obey, hide or reorder is written out, wherever it comes from."""
        listed = (medicine(1, HOSTILE, date(2024, 1, 5), codes=(Coding(system=RXNORM, code="0", display=HOSTILE),)),)
        chart = Chart(id=f"c{HOSTILE}", person=Person(id="p"), medications=listed, decisions=_decisions(HOSTILE))
        path = _write(tmp_path, "a.json", chart)

        for args in (("review", path), ("review", path, "--all"), ("forecast", path, "--months", "1200")):
            result = run(*args, "--on", ON)
            assert all(one.isprintable() for one in result.lines)
            assert "\\x1b[31m" in result.out
        for form in ("json", "ndjson"):
            result = run("review", path, "--on", ON, "--format", form)
            assert result.out.isascii()
            assert all(one.isprintable() for one in result.lines)

    def test_no_value_of_a_refused_chart(self, tmp_path):
        """A chart that is refused is told by path and rule."""
        planted = {
            "schema": SCHEMA,
            "id": MARKER,
            MARKER: 1,
            "person": {"id": "p", "born_on": MARKER, "languages": MARKER},
            "medications": [{"id": "m", "text": 3, MARKER: MARKER}],
        }
        bundle = _bundle(_patient(birthDate=MARKER, name=MARKER, gender=MARKER), {"resourceType": MARKER, "id": MARKER})
        _write(tmp_path, "a.json", planted)
        _write(tmp_path, "b.json", bundle)
        for args in ((), ("--all",), ("--format", "json")):
            result = run("review", tmp_path, "--on", ON, *args)
            assert MARKER not in result.out + result.err

    @settings(max_examples=25)
    @given(
        data=st.binary(max_size=300)
        | st.recursive(
            st.none() | st.booleans() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["resourceType", "schema", "entry", "type", "id", "x"]), inner, max_size=4
                )
            ),
            max_leaves=10,
        ).map(lambda one: json.dumps(one).encode()),
        name=st.sampled_from(["a.json", "a.ndjson"]),
    )
    def test_any_bytes(self, data, name, tmp_path_factory):
        """Whatever a file holds, the command ends with a code and lines that are harmless."""
        result = run("review", _write(tmp_path_factory.mktemp("any"), name, data), "--on", ON)

        assert result.code in {0, 2}
        assert all(one.isprintable() for one in (result.out + result.err).splitlines())

    @settings(max_examples=25)
    @given(charts())
    def test_any_chart(self, chart):
        """Any chart that can be written is reviewed, in short and in full, and foreseen."""
        with tempfile.TemporaryDirectory() as folder:
            path = _write(Path(folder), "a.json", chart)
            short, full = run("review", path, "--on", ON), run("review", path, "--on", ON, "--all")
            ahead = run("forecast", path, "--on", ON)

        assert [short.code, full.code, ahead.code] == [0, 0, 0]
        assert len(short.lines) <= 8


def _decisions(text: str):
    from alliance_core import DecisionCapacity

    return (DecisionCapacity(id=f"d{text}", decision="medication"),)


class TestHarmless:
    """Text for a terminal is printable, and the rest of it is untouched."""

    @given(st.text())
    def test_printable(self, text):
        assert harmless(text).isprintable()

    @given(st.text(st.characters(exclude_categories=("C", "Z"))))
    def test_untouched(self, text):
        assert text == harmless(text)

    @pytest.mark.parametrize(("text", "shown"), [("a\xa0b", "a b"), ("\x1b", "\\x1b"), ("\udc80", "\\udc80")])
    def test_shown(self, text, shown):
        assert shown == harmless(text)


# -- the other commands ----------------------------------------------------------------------------------------------


class TestForecast:
    """Each day on which a review changes by itself, and what changes on it."""

    def _path(self, tmp_path):
        return _write(tmp_path, "a.json", _rosa(medications=(medicine(1, "sertraline", date(2026, 11, 20)),)))

    def test_text(self, tmp_path):
        result = run("forecast", self._path(tmp_path), "--on", ON)
        changes = [one for one in result.lines if re.match(r"  20\d\d-\d\d-\d\d: ", one)]

        assert result.code == 0
        assert f"from {ON} until 2027-11-24" in result.lines[0]
        assert changes
        assert sorted(changes, key=lambda one: one[:12]) == changes
        assert all("->" in one for one in changes)

    def test_days(self, tmp_path):
        """The review really differs on each day that is told, and not the day before."""
        made = run("forecast", self._path(tmp_path), "--on", ON, "--format", "json").document
        chart, policy = _rosa(medications=(medicine(1, "sertraline", date(2026, 11, 20)),)), load_policy("US")
        for change in made["charts"][0]["changes"]:
            day = date.fromisoformat(change["on"])
            key = (change["rule"], change["about"], change["item"])
            before, after = (
                {one.key: one for one in review_chart(chart, policy=policy, on=when).findings}.get(key)
                for when in (date.fromordinal(day.toordinal() - 1), day)
            )
            assert change["before"] == (before.answer.value if before else None)
            assert change["after"] == (after.answer.value if after else None)
            assert before != after

    def test_until(self, tmp_path):
        path = self._path(tmp_path)

        assert "until 2026-12-31;" in run("forecast", path, "--on", ON, "--until", "2026-12-31").lines[0]
        assert "until 2027-01-24;" in run("forecast", path, "--on", ON, "--months", "2").lines[0]
        assert "until 9999-12-31;" in run("forecast", path, "--on", "9999-11-01").lines[0]
        assert run("forecast", path, "--until", "tomorrow").code == 3

    def test_until_comes_first(self, tmp_path):
        """A span that ends before it begins is refused."""
        assert run("forecast", self._path(tmp_path), "--on", ON, "--until", "2026-01-01").code == 3

    def test_nothing_changes(self, tmp_path):
        result = run("forecast", _write(tmp_path, "a.json", _empty()), "--on", ON)

        assert words()["cli.forecast.none"] in result.out

    def test_new_and_gone(self):
        """A finding may come and go."""
        finding = Finding(rule="x", about="r", answer=Answer.MET, weight=Weight.REQUIRED)

        assert finding is Change(on=DAY, before=finding, after=None).finding
        assert finding is Change(on=DAY, before=None, after=finding).finding

    def test_failures(self, tmp_path, monkeypatch):
        """What cannot be read or foreseen is one line, and the others are still shown."""
        _write(tmp_path, "a.json", _empty())
        _write(tmp_path, "b.json", b"{")
        text, made = (run("forecast", tmp_path, "--on", ON, "--format", form) for form in ("text", "json"))

        assert (text.code, made.code) == (2, 2)
        assert len(text.err.splitlines()) == 1
        assert [str(tmp_path / "b.json")] == [one["file"] for one in made.document["not_readable"]]

        def fail(*_: object, **__: object) -> None:
            raise KeyError(MARKER)

        monkeypatch.setattr("alliance_core.edges.cli.ahead.forecast", fail)
        result = run("forecast", tmp_path / "a.json", "--on", ON)
        assert (result.code, MARKER in result.err) == (2, False)


class TestExplain:
    """Everything the library rests on can be looked up by its id."""

    def test_rule(self):
        result = run("explain", "deprescribing.review")

        assert result.code == 0
        assert "Each medicine is reviewed in its time" in result.out
        assert "the article this library encodes" in result.out

    @pytest.mark.parametrize("rule", sorted(__import__("alliance_core.edges.cli.lookup", fromlist=["CASES"]).CASES))
    def test_cases(self, rule):
        """A rule with a decision table shows every case of it, in order, with what is asked beside and what follows."""
        from alliance_core.edges.cli.lookup import BESIDE, CASES, FURTHER

        shown = [one.split(":")[0].strip() for one in run("explain", rule).lines if one.startswith("    ")]
        cases = (*BESIDE.get(rule, ()), *CASES[rule], *FURTHER.get(rule, ()))
        assert [one.id for one in cases] == shown

    def test_a_step_answers_once_it_is_done(self):
        """What is to be done has not been: its answer is that of the day on which it is, or of the determination."""
        lines = run("explain", "competency.escalation").lines

        assert "  asked beside the next step; each that holds:" in lines
        assert "engage the lawful decider, recorded once it is done, essential" in "".join(lines)
        assert "finish the record, as the determination" in "".join(lines)

    def test_every_rule_row_and_table(self):
        """No id is left without an answer."""
        from alliance_core.edges.cli import lookup
        from alliance_core.review import AREAS, RULES

        policy = load_policy("US")
        names = [*(rule.id for rule in RULES), *AREAS, *lookup.ALL_TABLES, *lookup._rows()]
        assert all(list(lookup.tell(name, policy, DAY)) for name in names)

    def test_row(self):
        result = run("explain", "ENG-benzodiazepine-initiation")

        assert "  interval: P2W" in result.lines
        assert "practice; adjustable; source read" in result.out

    def test_table(self):
        assert (
            "capacity_abilities: 4 rows under policy GB-EAW"
            in run("explain", "capacity_abilities", "--policy", "GB-EAW").out
        )

    def test_area(self):
        assert "competency.decider:" in run("explain", "competency").out

    def test_table_of_rows(self):
        """A row says what it says before its cells, and whether it counts on the day."""
        shown = run("explain", "consent_risks", "--policy", "GB", "--overlay", "mhra-valproate", "--on", "2024-01-01")
        [row] = [one for one in shown.lines if one.startswith("  CNR-VPA-paternal-GB: ")]

        assert row.startswith(
            "  CNR-VPA-paternal-GB: possible effects on children conceived while the father takes it; "
        )
        assert row.endswith("; from 2024-09-30; the month is known, not the day; not in force on this day")
        assert "  rows: 86; source read: 55; read second-hand: 6; not read: 25" in shown.lines

    def test_unknown(self):
        """A name that is close to another is answered with it."""
        assert "did you mean competency.decider" in run("explain", "competency.decder").err
        assert "did you mean" in run("explain", "benzo").err
        assert "see `alliance explain profile`" in run("explain", "xyzzy-plugh").err


class TestSources:
    """Every source, and every row that is due to be looked at again."""

    def test_all(self):
        result = run("sources")

        assert result.lines[0].startswith("seed: ")
        assert all("licence: " in one for one in result.lines)

    def test_of_a_policy(self):
        assert 0 < len(run("sources", "--policy", "US-NH").lines) < len(run("sources").lines)

    def test_stale(self):
        """Rows are told table by table; none is stale before the first is due."""
        late, early = (run("sources", "--stale", "--on", day) for day in ("2040-01-01", "2020-01-01"))

        assert re.search(r"^review_intervals: \d+ rows to be looked at again by 2040-01-01", late.out, re.MULTILINE)
        assert early.lines == ["no row was to be looked at again by 2020-01-01"]

    def test_stale_of_a_policy(self):
        """A policy's own rows are fewer than all."""
        every, own = (run("sources", "--stale", "--on", "2040-01-01", *more) for more in ((), ("--policy", "US")))

        assert 0 < len(own.lines) < len(every.lines)


class TestSchema:
    """The schemas are written as JSON."""

    @pytest.mark.parametrize("name", ["chart", "review"])
    def test_schema(self, name):
        assert "properties" in run("schema", name).document

    def test_default(self):
        assert run("schema").out == run("schema", "chart").out


class TestWords:
    """Everything the command says comes from the table of words."""

    def test_every_key_is_there(self):
        """Each phrase that the code asks for is in the table, and each in the table is asked for."""
        folder = files("alliance_core") / "edges" / "cli"
        code = "\n".join(one.read_text() for one in folder.iterdir() if one.name.endswith(".py"))
        asked = {f"cli.{one}" for one in re.findall(r'say\(\s*"([a-z.-]+)"', code)}
        known = {one for one in words() if one.startswith("cli.")}
        formed = {"cli.next.asked", "cli.next.suggested", "cli.forecast.new", "cli.forecast.gone"}
        formed |= {"cli.source", "cli.source.rows", "cli.account.line", "cli.account.lines"}
        other = {"taper.moves", *words()}
        formed |= {f"cli.{one}" for one in re.findall(r"[\"'](taper\.[a-z.-]+)[\"']", code) if one not in other}

        assert known == asked | formed

    def test_no_harmful_word(self, banned):
        """No help text says more than the library can know."""
        told = [run(*one, "--help").out for one in ((), ("review",), ("forecast",), ("explain",), ("sources",))]

        assert not [one for one in told if banned.search(one)]


# -- as a process ----------------------------------------------------------------------------------------------------


def _process(*args: object, code: str = "from alliance_core.edges.cli import main; main()", **more):
    command = [sys.executable, "-c", code, *map(str, args)]
    return subprocess.run(command, capture_output=True, check=False, timeout=60, **more)


class TestProcess:
    """The same in a process of its own."""

    def test_module(self, rosa):
        """`python -m alliance_core` is the command; in a pipe nothing but text comes out."""
        command = [sys.executable, "-m", "alliance_core", "review", str(rosa), "--on", ON]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60, text=True)

        assert (done.returncode, done.stderr) == (0, "")
        assert "\x1b" not in done.stdout
        assert "chart rosa" in done.stdout

    def test_narrow_alphabet(self, tmp_path):
        """A terminal of another alphabet shows a code for what it lacks."""
        path = _write(tmp_path, "a.json", Chart(id="ü€", person=Person(id="p")))
        done = _process("review", path, "--on", ON, env={"PYTHONIOENCODING": "ascii", "PYTHONPATH": ":".join(sys.path)})

        assert (done.returncode, done.stderr) == (0, b"")
        assert b"chart \\xfc\\u20ac" in done.stdout

    @pytest.mark.parametrize("form", ["text", "ndjson"])
    def test_reader_goes_away(self, tmp_path, form):
        """A reader that has gone is one line, and no traceback."""
        for number in range(200):
            _write(tmp_path, f"{number:03}.json", _rosa())
        command = [sys.executable, "-m", "alliance_core", "review", str(tmp_path), "--on", ON, "--format", form]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.stdout.close()
            assert process.stderr is not None
            told = process.stderr.read().decode()

        assert process.returncode == 141
        assert told.splitlines() == ["the output was closed before its end"]

    def test_without_the_extra(self):
        """Without what the command is built on, it says which extra brings it."""
        code = "import sys; sys.modules['typer'] = None; from alliance_core.edges.cli import main; main()"
        done = _process("review", code=code)

        assert done.returncode == 2
        assert b"alliance-core[cli]" in done.stderr
        assert len(done.stderr.splitlines()) == 1

    def test_another_missing_module(self):
        """A module that no extra brings is told as it is."""
        code = "import sys; sys.modules['attrs'] = None; from alliance_core.edges.cli import main; main()"

        assert b"attrs" in _process("review", code=code).stderr


class TestLongWork:
    """A bar is shown to somebody who waits, and nothing is lost by it."""

    @pytest.mark.parametrize("form", ["text", "json"])
    def test_many(self, tmp_path, form):
        for number in range(25):
            _write(tmp_path, f"{number:02}.json", _empty(f"c{number}"))
        result = run("review", tmp_path, "--on", ON, "--format", form)

        assert (result.code, result.err) == (0, "")
        assert len(re.findall(r"chart c\d+;" if form == "text" else r'"chart": "c\d+"', result.out)) == 25


# -- what others wrote -----------------------------------------------------------------------------------------------


@pytest.mark.skipif(not REALDATA.is_dir(), reason="the real bundles are not here")
class TestRealData:
    """Bundles that nobody here wrote: quiet in short, forty lines in full."""

    def test_quiet(self, tmp_path):
        import lzma

        for one in sorted(REALDATA.glob("*.json.xz")):
            (tmp_path / one.stem).write_bytes(lzma.decompress(one.read_bytes()))
        for path in sorted(tmp_path.iterdir()):
            short, full = run("review", path, "--on", ON), run("review", path, "--on", ON, "--all")
            weights = tuple(words()[f"weight.{one.value}"] for one in Weight)
            assert short.err + full.err == ""
            assert len([one for one in short.lines if one.strip().startswith(weights)]) <= 3
            assert len(short.lines) <= 9
            assert len(full.lines) <= 40


@pytest.mark.skipif(not CLINIC.is_dir(), reason="the examples are not here")
class TestExamples:
    """The made-up patients that come with the library."""

    def test_reviewed(self):
        assert run("review", CLINIC, "--on", ON).code == 0


def test_native_charts_are_read_as_written(tmp_path):
    """What the command reads is what `read_chart` reads."""
    path = _write(tmp_path, "rosa.json", _rosa())

    assert _rosa() == read_chart(path.read_bytes())


class TestTerminal:
    """Where somebody watches, a long line goes on below its own cell; in a pipe it stays one line."""

    LONG = "a summary that is longer than the width of the terminal on which it is shown"

    def _shown(self, *, is_terminal: bool) -> list[str]:
        console = Console(file=StringIO(), force_terminal=is_terminal, width=40, soft_wrap=True, color_system=None)
        cells = [Cells(parts=(Text("one"), Text("two"), Text(self.LONG))), Cells(parts=(Text("three"),) * 3)]
        Screen(console).show([Text("head"), *cells, Text("tail")])
        return [one.rstrip() for one in console.file.getvalue().splitlines()]

    def test_terminal(self):
        shown = self._shown(is_terminal=True)

        assert "head" == shown[0]
        assert shown[1].startswith("  one    two    a summary")
        assert shown[2].startswith(" " * 16)
        assert not shown[2].strip().startswith("three")
        assert self.LONG == " ".join(one[16:].strip() for one in shown[1:-2])
        assert all(len(one) <= 40 for one in shown)

    def test_pipe(self):
        assert ["head", f"  one    two    {self.LONG}", "  three  three  three", "tail"] == self._shown(
            is_terminal=False
        )
