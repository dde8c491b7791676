"""Before a portal: what the patient said alone about safety leaves no trace anywhere, nor does its absence."""

import json

from hypothesis import given
from hypothesis import strategies as st

from alliance_core import Audience, load_policy, review_chart, write_review
from alliance_core.base.kinds import changed
from alliance_core.edges.report import write_report
from alliance_core.edges.reviews import encode_review
from alliance_core.invitations import is_hard_stop
from alliance_core.invitations.records import InvitationProposal, SafetyGate
from alliance_core.records import Recorded
from alliance_core.review import for_portal, review_table
from alliance_core.testing import REVIEW_DAY, charts, records

POLICIES = {name: load_policy(name) for name in ("US", "GB")}
#: What nobody said of any nominee, beside what somebody did.
NEVER_ASKED = {"gate": None}
FEARED = SafetyGate(asked_alone=Recorded.YES, fears_nominee=Recorded.YES, asked_on=REVIEW_DAY)


def invited(**fields):
    return charts(invitations=records(InvitationProposal, **fields).map(lambda one: (one,)))


def shown(chart, policy):
    """Everything that is written for a portal, as bytes and text."""
    review = review_chart(chart, policy=policy, on=REVIEW_DAY).for_audience(Audience.PORTAL)
    return (
        write_review(review),
        encode_review(review),
        write_report([review]),
        review.receipt.digest,
        review.findings,
        review.not_applicable,
        review.valid_until,
        dict(review.areas),
    )


class TestPortal:
    """For every chart, what a portal shows with a hard stop equals that of the chart whose gate was never asked."""

    @given(invited(gate=FEARED), st.sampled_from(sorted(POLICIES)))
    def test_hard_stop(self, chart, name):
        policy = POLICIES[name]
        silent = changed(chart, invitations=tuple(changed(one, **NEVER_ASKED) for one in chart.invitations))

        assert is_hard_stop(chart.invitations[0], policy=policy.invitations, on=REVIEW_DAY)
        assert shown(silent, policy) == shown(chart, policy)

    @given(invited(gate=st.none() | records(SafetyGate)), st.sampled_from(sorted(POLICIES)))
    def test_any_gate(self, chart, name):
        """Whatever was said alone, the output is that of a chart in which nothing was."""
        policy = POLICIES[name]
        silent = changed(chart, invitations=tuple(changed(one, **NEVER_ASKED) for one in chart.invitations))

        assert shown(silent, policy) == shown(chart, policy)

    @given(invited())
    def test_it_stays_for_a_portal(self, chart):
        """What was taken out is not in the review any more: it cannot be asked for again."""
        policy = POLICIES["US"]
        portal = review_chart(chart, policy=policy, on=REVIEW_DAY, audience=Audience.PORTAL)

        assert portal is portal.for_audience(Audience.CLINICIAN)
        assert for_portal(chart) == portal.reviewed
        assert portal == review_chart(chart, policy=policy, on=REVIEW_DAY).for_audience(Audience.PORTAL)

    @given(invited(gate=FEARED))
    def test_words(self, chart):
        """No word of the gate reaches the document."""
        review = review_chart(chart, policy=POLICIES["US"], on=REVIEW_DAY)
        document = json.loads(write_review(review))
        told = json.dumps([document["areas"].get("invitations"), document["findings"]])

        assert "fears" not in told
        assert "hard-stop" not in told

    @given(invited(gate=FEARED))
    def test_rows(self, chart):
        """A table is careful unless its caller says who reads it."""
        policy = POLICIES["US"]
        rows = list(review_table([chart], policy=policy, on=REVIEW_DAY))
        silent = changed(chart, invitations=tuple(changed(one, **NEVER_ASKED) for one in chart.invitations))

        assert rows == list(review_table([silent], policy=policy, on=REVIEW_DAY))
