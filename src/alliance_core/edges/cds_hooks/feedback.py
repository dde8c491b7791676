"""What people did with cards, joined to the findings that the cards were made of."""

from collections.abc import Iterable
from datetime import date

from alliance_core.base.findings import Finding
from alliance_core.base.kinds import value
from alliance_core.edges.cds_hooks.cards import card_uuid
from alliance_core.edges.cds_hooks.models import FeedbackBody, Outcome


@value
class CardOutcome:
    """
    One outcome: the finding's key, what was done, the code of the reason if one was chosen, and the day.

    Words of the person's own are not among it: they may say anything about a patient.
    """

    key: tuple[str, str, str]
    outcome: Outcome
    override_code: str | None
    on: date


def outcomes(body: FeedbackBody, findings: Iterable[Finding], *, chart: str) -> tuple[tuple[CardOutcome, ...], int]:
    """
    Return the outcomes of cards that were made of these findings of a chart, and how many are of other cards.

    A card's uuid does not say which finding it is of: the host joins them where it has both.
    """
    keys = {card_uuid(chart, one.key): one.key for one in findings}
    found = tuple(
        CardOutcome(
            key=keys[one.card],
            outcome=one.outcome,
            override_code=one.overrideReason.reason.code if one.overrideReason and one.overrideReason.reason else None,
            on=one.day,
        )
        for one in body.feedback
        if one.card in keys
    )
    return found, len(body.feedback) - len(found)
