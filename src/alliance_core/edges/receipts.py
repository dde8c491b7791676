"""
Receipts as JSON: what a host keeps of a review, and the review again from it and the chart, byte for byte.

A receipt holds digests, and no value of the record.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Final

import pydantic
from pydantic import StringConstraints

from alliance_core.base.findings import Audience
from alliance_core.base.kinds import fields_of, record
from alliance_core.chart import Chart
from alliance_core.edges.reviews import write_review
from alliance_core.edges.wire import read_record
from alliance_core.policy import Policy, load_policy, shipped_digest
from alliance_core.review import ChartReview, Receipt, review_chart

RECEIPT_SCHEMA: Final = "alliance-receipt/1"
#: What a replay can find changed, in the order in which it says so.
CHANGES: Final = ("code", "content", "policy", "chart")

_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Word = Annotated[str, StringConstraints(max_length=100)]
_Schema = Annotated[str, StringConstraints(pattern=rf"^{RECEIPT_SCHEMA}(\.[0-9]+)?$")]


@record
class StoredReceipt:
    """
    A receipt as it is kept, with what tells one kind of change from another.

    `tables` is the digest of all shipped rows, `choices` that of what a site chose, `review` that of the review's own
    bytes as this audience saw it, and `digest` the receipt's own. A receipt that was edited is refused; one beside
    which another digest was edited replays as changed.
    """

    schema: _Schema = RECEIPT_SCHEMA
    library: _Word
    content: _Word
    policy: _Digest
    chart: _Digest
    areas: tuple[_Word, ...]
    on: date
    valid_until: date | None
    signed_by: _Word = ""
    digest: _Digest
    jurisdiction: _Word
    overlays: tuple[_Word, ...]
    audience: Audience
    tables: _Digest
    choices: _Digest
    review: _Digest

    def __post_init__(self) -> None:
        if self.receipt.digest != self.digest:
            raise ValueError("does not fit its own digest; it was changed after it was written")

    @property
    def receipt(self) -> Receipt:
        """The receipt itself."""
        return Receipt(
            library=self.library,
            content=self.content,
            policy=self.policy,
            chart=self.chart,
            areas=self.areas,
            on=self.on,
            valid_until=self.valid_until,
            signed_by=self.signed_by,
        )


_STORED: Final = pydantic.TypeAdapter(StoredReceipt)


def store_receipt(review: ChartReview, *, audience: Audience = Audience.PORTAL) -> StoredReceipt:
    """Return what to keep of a review as this audience sees it: the most careful one unless the caller says who."""
    return _stored(review.for_audience(audience), write_review(review, audience=audience))


def _stored(seen: ChartReview, written: bytes) -> StoredReceipt:
    receipt = seen.receipt
    return StoredReceipt(
        **fields_of(receipt),  # type: ignore[arg-type]  # a receipt's fields, by name
        digest=receipt.digest,
        jurisdiction=seen.policy.jurisdiction,
        overlays=seen.policy.overlays,
        audience=seen.audience,
        tables=shipped_digest(),
        choices=seen.policy.choices,
        review=hashlib.sha256(written).hexdigest(),
    )


def write_receipt(review: ChartReview, *, audience: Audience = Audience.PORTAL) -> bytes:
    """Return the receipt of a review as one line of JSON."""
    return _STORED.dump_json(store_receipt(review, audience=audience))


def read_receipt(document: bytes | str | Mapping[str, object]) -> StoredReceipt:
    """Return the receipt that a document holds; raises `ChartError` naming paths and rules, and no value."""
    return read_record(document, _STORED, schema=RECEIPT_SCHEMA)


def replay_receipt(stored: StoredReceipt, chart: Chart, *, policy: Policy | None = None) -> bytes | tuple[str, ...]:
    """
    Return the review's own bytes again, or what has changed since: `code`, `content`, `policy`, `chart`.

    Without a policy, that of the receipt's place and overlays is loaded: a site that has rows, readings or products of
    its own hands in its own. Raises `PolicyError` if this library has no such place, overlay or area.
    """
    chosen = load_policy(stored.jurisdiction, stored.overlays) if policy is None else policy
    review = review_chart(chart, policy=chosen, on=stored.on, areas=stored.areas, audience=stored.audience)
    written = write_review(review, audience=stored.audience)
    return tuple(_changes(stored, _stored(review, written))) or written


def _changes(then: StoredReceipt, now: StoredReceipt) -> Iterator[str]:
    """Two reviews of one make that differ were made by different code, whatever its version says."""
    content = (then.content, then.tables) != (now.content, now.tables)
    policy, chart = then.choices != now.choices, then.chart != now.chart
    is_same_make = not (content or policy or chart)
    if then.library != now.library or (is_same_make and then.review != now.review):
        yield "code"
    yield from (name for name, differs in zip(CHANGES[1:], (content, policy, chart), strict=True) if differs)


__all__ = [
    "CHANGES",
    "RECEIPT_SCHEMA",
    "StoredReceipt",
    "read_receipt",
    "replay_receipt",
    "store_receipt",
    "write_receipt",
]
