"""The page that a clinician sees: all that is open, no request, and what comes from a chart stays text."""

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

from alliance_core import Audience, Chart, Person, load_policy, read_chart, review_chart
from alliance_core.edges.cli.app import app
from alliance_core.edges.report import write_report
from alliance_core.explanation import explain
from alliance_core.testing import charts

ON = date(2026, 11, 24)
POLICY = load_policy("US")
NATIVE = Path(__file__).parents[2] / "examples" / "native"
HOSTILE = "<script>alert(1)</script>\"'&\u202eevil\u0301\x1b[31m</style>"


def reviewed(name):
    return review_chart(read_chart((NATIVE / f"{name}.json").read_bytes()), policy=POLICY, on=ON)


class Reader(HTMLParser):
    """The text, the tags and the addresses of a page."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.addresses, self.ids, self.open, self.texts = set(), [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.open += [] if tag == "meta" else [tag]
        fields = dict(attrs)
        self.addresses += [fields[name] for name in ("href", "src", "action", "data") if name in fields]
        self.ids += [fields["id"]] if "id" in fields else []

    def handle_endtag(self, tag):
        assert tag == self.open.pop()

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


def page(*reviews, audience=Audience.CLINICIAN):
    return write_report(reviews, audience=audience)


class TestContent:
    """Everything that is open stands there, with its basis and what would change it."""

    @pytest.mark.parametrize("name", ["walter", "marcus", "omar", "nina-silent", "edith"])
    def test_every_finding(self, name):
        review = reviewed(name)
        text = Reader(page(review)).text

        for finding in review.findings:
            assert " ".join(explain(finding, policy=POLICY).summary.split()) in text
        for finding in review.open:
            for source in explain(finding, policy=POLICY).sources:
                assert str(source) in text

    def test_missing_is_what_would_change_it(self):
        assert "What would change it" in Reader(page(reviewed("walter"))).text
        assert "recorded: past reviews" in Reader(page(reviewed("walter-silent"))).text

    def test_timeline(self):
        """Each day on which an answer changes by itself within a year stands in a table, too."""
        text = Reader(page(reviewed("nina-resolved"))).text

        assert "escitalopram 2026-11-24 recorded 2026-12-21 cannot tell 2027-03-21 not done" in text

    def test_nothing_changes(self):
        assert "<table" not in page(review_chart(Chart(id="c", person=Person(id="p")), policy=POLICY, on=ON))

    def test_a_clinic(self):
        """Several charts have a list of contents, each with its first finding."""
        made = page(reviewed("omar"), reviewed("nina-resolved"))

        assert 'href="#c2"' in made
        assert "omar 3 Tell the patient about the revised diagnosis" in Reader(made).text

    def test_audience(self):
        """Without a word about who reads, the page is written for the most careful reader."""
        assert "anyone beside the patient" in Reader(write_report([reviewed("omar")])).text
        assert "Written for the clinician" in Reader(page(reviewed("omar"))).text


class TestRim:
    """The page runs nothing, asks for nothing, and nothing of a chart is more than text."""

    def test_no_request(self):
        found = Reader(page(reviewed("omar"), reviewed("marcus")))

        assert {"script", "link", "img", "iframe", "object", "form", "svg"}.isdisjoint(found.tags)
        assert all(one.startswith("#") for one in found.addresses)
        assert "url(" not in page(reviewed("omar"))

    def test_hostile(self):
        """A name made of markup, of turned and of combining letters stays a name."""
        made = page(review_chart(Chart(id=HOSTILE, person=Person(id="p")), policy=POLICY, on=ON))
        found = Reader(made)

        assert "script" not in found.tags
        assert "<script>alert(1)</script>" in found.text
        assert not re.search("[\u202a-\u202e\u2066-\u2069\x1b]", made)

    @settings(max_examples=20)
    @given(charts())
    def test_any_chart(self, chart):
        """Any chart gives a well-formed page whose ids are its own."""
        found = Reader(page(review_chart(chart, policy=POLICY, on=ON)))

        assert [] == found.open
        assert len(set(found.ids)) == len(found.ids)

    def test_command(self):
        """`--format html` writes the page in ASCII, and what could not be read to standard error."""
        done = CliRunner().invoke(app, ["review", str(NATIVE), "--on", ON.isoformat(), "--format", "html"])

        assert (0, True) == (done.exit_code, done.stdout.isascii())
        assert len(list(NATIVE.glob("*.json"))) == Reader(done.stdout).text.count("Reviewed on 2026-11-24")

    def test_command_with_a_failure(self, tmp_path):
        (tmp_path / "bad.json").write_text("{")
        done = CliRunner().invoke(app, ["review", str(tmp_path), "--on", ON.isoformat(), "--format", "html"])

        assert (2, True) == (done.exit_code, "not readable" in done.stderr)
