"""Findings as cards: three at most, heaviest first, each with its source; the rest behind the last one's detail."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from typing import Final
from uuid import UUID, uuid5

from alliance_core.base.findings import Answer, Finding, Weight
from alliance_core.edges.cds_hooks.models import Card, Coding, Indicator, Source
from alliance_core.explanation import Citation, Explanation, cited, explain, words
from alliance_core.policy import Policy

#: What a person can take in at once.
MOST: Final = 3
#: The specification asks for fewer than 140 characters.
SUMMARY_LENGTH: Final = 139
AREA_SYSTEM: Final = "urn:alliance-core:area"
#: The codes of the ballot of CDS Hooks 3.0; the words for them are ours.
REASON_SYSTEM: Final = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes"
_NAMESPACE: Final = UUID("6f6c7cd2-6a8e-5b0e-9b53-2f6f6f1d3a53")
_OVERRIDE: Final = "override."


def cards_of(
    findings: Sequence[Finding], *, chart: str, policy: Policy, on: date, notes: Sequence[str] = ()
) -> tuple[Card, ...]:
    """
    Return the cards for findings that stand in the order in which they are to be seen.

    `notes` are sentences about what could not be used; they stand with the last card, or on one of their own, for a
    patient about whom nothing could be read is not a patient about whom nothing is open.
    """
    shown, behind = findings[:MOST], findings[MOST:]
    cards = [_card(one, explain(one, policy=policy, on=on), chart) for one in shown]
    told = [*_rest(behind, policy), *notes]
    if not told:
        return tuple(cards)
    if not cards:
        return (_bare(notes, chart),)
    last = cards[-1].model_copy(update={"detail": f"{cards[-1].detail}\n\n{_lines(told)}"})
    return (*cards[:-1], last)


def card_uuid(chart: str, key: tuple[str, str, str]) -> str:
    """
    Return the uuid of the card for a finding: the same in every service, on every day and under every policy.

    So a client sees that it has shown a card before, and feedback finds its finding. It names nothing of the record.
    """
    return str(uuid5(_NAMESPACE, json.dumps([chart, *key])))


@cache
def override_reasons() -> tuple[Coding, ...]:
    """Return the six reasons that a person may give for setting a card aside."""
    return tuple(
        Coding(code=key.removeprefix(_OVERRIDE), system=REASON_SYSTEM, display=text)
        for key, text in words().items()
        if key.startswith(_OVERRIDE)
    )


def _card(finding: Finding, told: Explanation, chart: str) -> Card:
    area = finding.rule.partition(".")[0]
    return Card(
        uuid=card_uuid(chart, finding.key),
        summary=_short(told.summary),
        detail=_lines([*told.detail, *(words()["hook.basis"].format(source=one) for one in told.sources)]),
        indicator=indicator_of(finding),
        source=_source(told.sources[-1], area),  # the rule's own; a row may be of another country, for practice here
        overrideReasons=override_reasons(),
    )


def indicator_of(finding: Finding) -> Indicator:
    """Return how urgent a card looks: critical only where a rule found something about safety, never for silence."""
    match finding.weight:
        case Weight.SAFETY:
            return "warning" if finding.answer is Answer.CANNOT_TELL else "critical"
        case Weight.ESSENTIAL:
            return "warning"
        case _:
            return "info"


def _source(basis: Citation, area: str) -> Source:
    label = cited(basis.title, basis.locator)
    topic = Coding(system=AREA_SYSTEM, code=area, display=words()[f"hook.area.{area}"])
    if basis.url.startswith(("https://", "http://")):
        return Source(label=label, url=basis.url, topic=topic)
    return Source(label=label, topic=topic)


def _rest(behind: Sequence[Finding], policy: Policy) -> Iterable[str]:
    if behind:
        yield words()["hook.more"].format(number=len(behind))
        yield from (_short(explain(one, policy=policy).summary) for one in behind)


def _bare(notes: Sequence[str], chart: str) -> Card:
    return Card(
        uuid=card_uuid(chart, ("", "", "")),
        summary=words()["hook.unread"],
        detail=_lines(notes),
        indicator="info",
        source=Source(label=words()["hook.label"]),
    )


def _short(text: str) -> str:
    return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 1].rstrip("… ") + "…"


def _lines(told: Iterable[str]) -> str:
    return "\n".join(f"- {_plain(one)}" for one in dict.fromkeys(told))


def _plain(text: str) -> str:
    """Markdown that says just the text: nothing in it is obeyed."""
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", " ".join(text.split()))


__all__ = ["MOST", "card_uuid", "cards_of", "indicator_of", "override_reasons"]
