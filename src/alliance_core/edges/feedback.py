"""
What became of findings: accepted, overridden or dismissed, and why, as NDJSON or CSV for whoever looks after the rules.

A line holds no value of the record and no free text. It names a finding by a digest of its key: a host that has the
key finds it again. A digest of an id that can be guessed can be guessed too, so an export is still a host's own.
"""

import csv
import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum
from functools import cache
from io import StringIO
from typing import Annotated, ClassVar, Final

import pydantic
from pydantic import StringConstraints

from alliance_core.base.errors import ChartError, Problem
from alliance_core.base.findings import Finding
from alliance_core.base.kinds import fields_of, record, value
from alliance_core.base.tables import Row, read_table
from alliance_core.edges.wire import read_record
from alliance_core.review import RULES, ChartReview

FEEDBACK_SCHEMA: Final = "alliance-feedback/1"

_Schema = Annotated[str, StringConstraints(pattern=rf"^{FEEDBACK_SCHEMA}(\.[0-9]+)?$")]
_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z.-]{0,63}$")]
_Edition = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}\.[0-9]{2}\.[0-9]+$")]
#: An id of a host for a user or a place: no white space, so that no sentence fits.
_Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/-]{1,64}$")]


class Outcome(Enum):
    """What became of a finding."""

    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"
    DISMISSED = "dismissed"


@value
class OverrideReason(Row):
    """Why a finding was overridden or dismissed, as a code."""

    KEY: ClassVar = ("code",)

    code: str
    says: str


OVERRIDE_TABLES: Final = {"override_reasons": OverrideReason}


@cache
def override_reasons() -> dict[str, OverrideReason]:
    """Return the reasons by code."""
    return {row.code: row for row in read_table("override_reasons", OverrideReason)}


@record
class Feedback:
    """
    What became of one finding.

    `finding` is the digest of its key, `user` and `place` a host's own ids for staff and location: never a patient's.
    A reason goes with what was overridden or dismissed, and with nothing that was accepted.
    """

    schema: _Schema = FEEDBACK_SCHEMA
    rule: _Word
    finding: _Digest
    outcome: Outcome
    reason: _Word | None = None
    on: date | None = None
    user: _Id | None = None
    place: _Id | None = None
    policy: _Digest
    content: _Edition

    def __post_init__(self) -> None:
        if self.rule not in _rules():
            raise ValueError("rule is no rule of this library")
        if self.reason is not None and self.reason not in override_reasons():
            raise ValueError("reason is no code of the table `override_reasons`")
        if self.reason is not None and self.outcome is Outcome.ACCEPTED:
            raise ValueError("reason goes with what was overridden or dismissed")


@cache
def _rules() -> frozenset[str]:
    return frozenset(rule.id for rule in RULES)


_FEEDBACK: Final = pydantic.TypeAdapter(Feedback)
_COLUMNS: Final = tuple(Feedback.__annotations__)


def mark(finding: Finding) -> str:
    """Return the SHA-256 of a finding's key: the same on every day, in every version and under every policy."""
    return hashlib.sha256(json.dumps(finding.key).encode()).hexdigest()


def feedback_on(
    finding: Finding,
    review: ChartReview,
    outcome: Outcome,
    *,
    reason: str | None = None,
    on: date | None = None,
    user: str | None = None,
    place: str | None = None,
) -> Feedback:
    """Return what became of a finding of a review; raises `ChartError` for a reason that is no code of the table."""
    return Feedback(
        rule=finding.rule,
        finding=mark(finding),
        outcome=outcome,
        reason=reason,
        on=on,
        user=user,
        place=place,
        policy=review.policy.digest,
        content=review.receipt.content,
    )


def write_feedback(told: Iterable[Feedback]) -> bytes:
    """Return feedback as NDJSON, one line each; what was not recorded is left out."""
    return b"".join(_FEEDBACK.dump_json(one, exclude_none=True) + b"\n" for one in told)


def write_feedback_csv(told: Iterable[Feedback]) -> str:
    """Return feedback as CSV; an empty cell is not recorded."""
    text = StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(_COLUMNS)
    lines.writerows([_cell(one) for one in fields_of(each).values()] for each in told)
    return text.getvalue()


def _cell(one: object) -> str:
    if one is None:
        return ""
    return str(one.value) if isinstance(one, Enum) else str(one)


def read_feedback(lines: bytes | str) -> tuple[Feedback, ...]:
    """Return the feedback that NDJSON holds; raises one `ChartError` naming each bad line and rule, and no value."""
    texts = lines.splitlines() if isinstance(lines, bytes) else lines.encode("utf-8", "surrogatepass").splitlines()
    return _all(enumerate(texts, 1))


def _all(texts: Iterable[tuple[int, bytes]]) -> tuple[Feedback, ...]:
    read: list[Feedback] = []
    problems: list[Problem] = []
    for number, text in texts:
        one = _line(text) if text.strip() else None
        if isinstance(one, Feedback):
            read.append(one)
        elif one is not None:
            problems += _placed(number, one)
    if problems:
        raise ChartError(tuple(problems))
    return tuple(read)


def _line(text: bytes) -> Feedback | tuple[Problem, ...]:
    try:
        return read_record(text, _FEEDBACK, schema=FEEDBACK_SCHEMA)
    except ChartError as error:
        return error.problems


def _placed(number: int, problems: tuple[Problem, ...]) -> Iterator[Problem]:
    for one in problems:
        path = f"line {number}.{one.path}" if one.path else f"line {number}"
        yield Problem(path=path, reason=one.reason)


__all__ = [
    "FEEDBACK_SCHEMA",
    "OVERRIDE_TABLES",
    "Feedback",
    "Outcome",
    "OverrideReason",
    "feedback_on",
    "mark",
    "override_reasons",
    "read_feedback",
    "write_feedback",
    "write_feedback_csv",
]
