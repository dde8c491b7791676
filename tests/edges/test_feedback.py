"""Feedback: what became of a finding comes back as it was written, and no value of a record goes along."""

import csv
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance_core import ChartError, load_policy, read_chart, review_chart
from alliance_core.edges.feedback import (
    Feedback,
    Outcome,
    feedback_on,
    mark,
    override_reasons,
    read_feedback,
    write_feedback,
    write_feedback_csv,
)
from alliance_core.policy import CONTENT_EDITION
from alliance_core.review import RULES

ON = date(2026, 11, 24)
OMAR = read_chart((Path(__file__).parents[2] / "examples" / "native" / "omar.json").read_bytes())
REVIEW = review_chart(OMAR, policy=load_policy("US"), on=ON)
MARKER = "Zebulon Quagmire"
GOOD = {
    "rule": "deprescribing.review",
    "finding": "0" * 64,
    "outcome": Outcome.OVERRIDDEN,
    "policy": "1" * 64,
    "content": CONTENT_EDITION,
}

IDS = st.from_regex(r"[A-Za-z0-9._:/-]{1,64}", fullmatch=True)
OPEN = st.sampled_from([Outcome.OVERRIDDEN, Outcome.DISMISSED])
FEEDBACK = st.builds(
    lambda outcome, **more: Feedback(**{**GOOD, **more, "outcome": outcome}),
    outcome=OPEN,
    rule=st.sampled_from([rule.id for rule in RULES]),
    reason=st.none() | st.sampled_from(sorted(override_reasons())),
    on=st.none() | st.dates(),
    user=st.none() | IDS,
    place=st.none() | IDS,
)


class TestRoundTrip:
    """`read_feedback(write_feedback(told))` is what was told."""

    @given(st.lists(FEEDBACK, max_size=5).map(tuple))
    def test_any(self, told):
        assert told == read_feedback(write_feedback(told))
        assert told == read_feedback(write_feedback(told).decode())

    @given(st.lists(FEEDBACK, max_size=5))
    def test_csv_has_every_field(self, told):
        rows = list(csv.DictReader(StringIO(write_feedback_csv(told))))

        assert [(one.rule, one.finding, one.outcome.value, one.reason or "") for one in told] == [
            (row["rule"], row["finding"], row["outcome"], row["reason"]) for row in rows
        ]
        assert [(one.user or "", one.place or "", str(one.on or "")) for one in told] == [
            (row["user"], row["place"], row["on"]) for row in rows
        ]


class TestOfAReview:
    """A line names a finding by a digest that a host finds again, with the editions that it was made of."""

    @pytest.mark.parametrize("finding", REVIEW.findings, ids=lambda one: "/".join(one.key))
    def test_no_value_goes_along(self, finding):
        """Neither the record's id nor the medicine: who has the key can make the digest again."""
        told = feedback_on(finding, REVIEW, Outcome.DISMISSED, reason="not-now", on=ON)
        written = write_feedback([told]).decode() + write_feedback_csv([told])

        assert mark(finding) == told.finding
        assert (REVIEW.policy.digest, CONTENT_EDITION) == (told.policy, told.content)
        assert not any(part in written for part in (finding.about, finding.item) if part)

    def test_two_findings_have_two_marks(self):
        assert len(REVIEW.findings) == len({mark(one) for one in REVIEW.findings})

    def test_the_mark_is_the_same_on_another_day_and_under_another_policy(self):
        later = review_chart(OMAR, policy=load_policy("GB-EAW"), on=date(2026, 11, 25))
        marks = {one.key: mark(one) for one in later.findings}

        assert {one.key: mark(one) for one in REVIEW.findings if one.key in marks}.items() <= marks.items()


class TestRefused:
    """One typed error names each line and rule, and no value."""

    @pytest.mark.parametrize(
        "more",
        [
            {"rule": MARKER},
            {"rule": "competency.none-such"},
            {"finding": MARKER},
            {"outcome": Outcome.ACCEPTED, "reason": "not-now"},
            {"reason": MARKER},
            {"reason": "because"},
            {"user": MARKER},
            {"place": f"{MARKER}\n"},
            {"content": MARKER},
            {"policy": "f" * 63},
            {"note": MARKER},
        ],
        ids=str,
    )
    def test_what_is_none(self, more):
        with pytest.raises(ChartError) as raised:
            Feedback(**{**GOOD, **more})

        assert MARKER not in str(raised.value)

    @pytest.mark.parametrize(
        "line",
        [
            "[]",
            "null",
            "{",
            "{}",
            '{"schema":"alliance-feedback/2"}',
            f'{{"{MARKER}":"{MARKER}"}}',
            '{"on":NaN}',
            "\udcff",
        ],
    )
    def test_a_bad_line_is_named(self, line):
        """The good ones beside it are not taken by themselves: half a file is no file."""
        good = write_feedback([Feedback(**GOOD)]).decode()
        with pytest.raises(ChartError) as raised:
            read_feedback(f"{good}\n{line}\n{good}")

        assert {"line 3"} == {one.path.partition(".")[0] for one in raised.value.problems}
        assert MARKER not in str(raised.value)

    def test_its_repr_is_its_name(self):
        assert "Feedback(…)" == repr(Feedback(**GOOD))
