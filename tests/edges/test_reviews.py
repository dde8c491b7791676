"""Reviews as JSON: what was found comes back as it was written, and nothing else is taken."""

import json
from datetime import date
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from alliance_core import Audience, Chart, ChartError, Person, load_policy, review_chart
from alliance_core.edges.reviews import (
    canonical_json,
    encode_review,
    read_review,
    review_document,
    review_schema,
    write_review,
)
from alliance_core.review import AreaReview, ChartReview
from alliance_core.testing import charts_on_days

ON = date(2026, 11, 24)
MARKER = "Zebulon Quagmire"


def _review(chart: Chart | None = None, on: date = ON) -> ChartReview:
    return review_chart(chart or Chart(id="c-1", person=Person(id="p-1")), policy=load_policy("US"), on=on)


class TestRoundTrip:
    """`read_review(write_review(review))` is the review as JSON."""

    @given(charts_on_days())
    def test_any_chart(self, drawn):
        """What is written is read back as the same JSON, and written again as the same bytes."""
        chart, on = drawn
        written = write_review(_review(chart, on), audience=Audience.CLINICIAN)

        assert json.loads(written) == read_review(written)
        assert written == canonical_json(read_review(written))

    @given(charts_on_days())
    def test_everything_is_said(self, drawn):
        """Every finding, every verdict and the receipt are in the document."""
        chart, on = drawn
        review = _review(chart, on)
        made = review_document(review, audience=Audience.CLINICIAN)

        assert [list(one.key) for one in review.findings] == [
            [one["rule"], one["about"], one["item"]] for one in made["findings"]
        ]
        assert {area: len(found) for area, found in review.areas.items()} == {
            area: len(found) for area, found in made["areas"].items()
        }
        assert review.receipt.digest == made["receipt"]["digest"]
        assert review.valid_until == (date.fromisoformat(made["valid_until"]) if made["valid_until"] else None)

    @given(charts_on_days(), st.sampled_from(Audience))
    def test_batch_path(self, drawn, audience):
        """The batch path writes the same document, byte for byte, for every audience."""
        review = _review(*drawn)

        assert write_review(review, audience=audience) == encode_review(review, audience=audience)

    def test_batch_path_is_careful(self):
        """The batch path too is careful unless it is told who reads."""
        assert write_review(_review()) == encode_review(_review())

    @given(st.text())
    def test_batch_path_any_text(self, text):
        """Whatever characters a chart's id holds, both write them alike."""
        assume(text and len(text) <= 256)
        review = _review(Chart(id=text, person=Person(id=text)))

        assert write_review(review) == encode_review(review)

    def test_text_and_bytes(self):
        """A document may be text or bytes, with or without a byte order mark."""
        written = write_review(_review())

        assert read_review(written) == read_review(written.decode())
        assert read_review(written) == read_review(b"\xef\xbb\xbf" + written)

    def test_canonical(self):
        """Names stand in order and no white space is written."""
        written = write_review(_review())

        assert written == json.dumps(json.loads(written), sort_keys=True, separators=(",", ":")).encode()


class TestAudience:
    """A writer is careful unless it is told who reads."""

    def test_default(self):
        assert json.loads(write_review(_review()))["audience"] == "portal"

    def test_clinician(self):
        assert json.loads(write_review(_review(), audience=Audience.CLINICIAN))["audience"] == "clinician"


def _changed(**fields: object) -> bytes:
    return json.dumps({**review_document(_review()), **fields}).encode()


class TestRefusal:
    """What is not a review is refused by path and rule, and never by value."""

    @pytest.mark.parametrize(
        ("document", "path", "word"),
        [
            (b"", "", "JSON"),
            (b"\xff", "", "JSON"),
            (b"[" * 100_000, "", "JSON"),
            (b"[]", "", "object"),
            (b'{"on": NaN}', "", "NaN"),
            (b'{"on": "2026-11-24", "on": "2026-11-25"}', "", "twice"),
            (_changed(schema="alliance-review/2"), "schema", "pattern"),
            (_changed(schema="alliance-review/1.1\n"), "schema", "pattern"),
            (_changed(on="24 November 2026"), "on", "valid"),
            (_changed(audience=MARKER), "audience", "be"),
            (_changed(not_yet="3"), "not_yet", "integer"),
            (_changed(**{MARKER: 1}), "", "does not know"),
            (_changed(areas={MARKER: 3}), "areas.…", "array"),
            (_changed(areas={"competency": [{MARKER: 3}]}), "areas.…[0]", ""),
            (_changed(findings=[{"rule": MARKER}]), "findings[0].about", "required"),
        ],
    )
    def test_refused(self, document, path, word):
        with pytest.raises(ChartError) as caught:
            read_review(document)

        assert any(one.path.startswith(path) and word in one.reason for one in caught.value.problems)
        assert MARKER not in str(caught.value)
        assert caught.value.__context__ is None

    @given(st.binary(max_size=200) | st.text(max_size=200))
    def test_any_text(self, document):
        """Nothing but a review or a `ChartError` comes of any text."""
        with pytest.raises(ChartError):
            read_review(document)

    def test_minor_version(self):
        """A later minor version with the same fields is read."""
        assert read_review(_changed(schema="alliance-review/1.4"))["schema"] == "alliance-review/1.4"


class TestSchema:
    """The schema names every field that is written."""

    def test_fields(self):
        made = review_document(_review())
        schema = review_schema()

        assert set(made) == set(schema["properties"])
        assert set(made) == set(schema["required"])
        assert set(made["receipt"]) == set(schema["$defs"]["Receipt"]["properties"])

    def test_areas(self):
        """Every area's verdict has a schema, without what the review says once for all."""
        verdicts = [one for name, one in review_schema()["$defs"].items() if name.endswith("Review")]

        assert len(get_args(AreaReview)) == len(verdicts)
        assert all("findings" not in one["properties"] for one in verdicts)
