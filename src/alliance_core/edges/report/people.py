"""Whom and what a finding is about, in the record's own words: for the clinician, and nobody else."""

from collections.abc import Iterator
from typing import Final

from alliance_core.base.findings import Audience, Finding
from alliance_core.base.kinds import value
from alliance_core.chart import Chart
from alliance_core.competency.records import Decider
from alliance_core.edges.plain import harmless
from alliance_core.explanation import words
from alliance_core.invitations.records import InvitationProposal
from alliance_core.records import OtherPerson
from alliance_core.review import ChartReview

#: What is told in the record's words is cut here: it is there to be recognized, not to be read.
_LONGEST: Final = 200


@value
class Fact:
    """A name and what stands under it."""

    name: str
    text: str


@value
class People:
    """Who stands behind the ids of one chart."""

    nominees: dict[str, tuple[Fact, ...]]
    deciders: dict[str, tuple[Fact, ...]]
    revisions: dict[str, tuple[Fact, ...]]

    def of(self, finding: Finding) -> tuple[Fact, ...]:
        """Return whom or what a finding is about; empty where the record does not say, or the reader may not see."""
        area = finding.rule.partition(".")[0]
        if area == "invitations":
            return self.nominees.get(finding.about, ())
        if area in {"competency", "consent"}:
            return self.deciders.get(finding.about, ())
        if area == "diagnosis":
            return self.revisions.get(finding.about, ())
        return self.deciders.get(finding.about, ()) or self.revisions.get(finding.about, ())


def people_of(review: ChartReview) -> People:
    """Return the people of a reviewed chart; before a portal nobody, and no diagnosis that was not told yet."""
    if review.audience is not Audience.CLINICIAN:
        return People(nominees={}, deciders={}, revisions={})
    chart = review.reviewed
    known = {one.id: one for one in chart.people or ()}
    return People(
        nominees={one.id: tuple(_nominee(one, known)) for one in chart.invitations},
        deciders=dict(_deciders(chart, known)),
        revisions={one.id: tuple(_diagnosis(one.problem, chart)) for one in chart.revisions},
    )


def _say(key: str) -> str:
    return words()[f"report.who.{key}"]


def _fact(key: str, *parts: str | None) -> Iterator[Fact]:
    """Yield what is known, cut to a length and harmless; nothing if nothing is known."""
    told = ", ".join(_recognized(part) for part in parts if part and part.strip())
    if told:
        yield Fact(name=_say(key), text=told)


def _recognized(text: str) -> str:
    shown = harmless(text.strip())
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _nominee(proposal: InvitationProposal, known: dict[str, OtherPerson]) -> Iterator[Fact]:
    person = proposal.nominee_person or known.get(proposal.nominee or "")
    if person is None or not (person.relationship or person.name):
        yield from _fact("nominee", proposal.nominee)
    else:
        yield from _fact("nominee", person.relationship, person.name)
    yield from _fact("purpose", proposal.purpose)


def _deciders(chart: Chart, known: dict[str, OtherPerson]) -> Iterator[tuple[str, tuple[Fact, ...]]]:
    """Yield the record that each decider stands behind: a decision on capacity, or a consent that they gave."""
    by_id = {one.id: one for decision in chart.decisions for one in decision.deciders or ()}
    for decision in chart.decisions:
        yield decision.id, tuple(fact for one in decision.deciders or () for fact in _decider(one))
    for consent in chart.consents:
        if consent.decider in by_id:
            yield consent.id, tuple(_decider(by_id[consent.decider]))
        elif consent.decider in known:
            person = known[consent.decider]
            yield consent.id, tuple(_fact("decider", person.relationship, person.name))


def _decider(one: Decider) -> Iterator[Fact]:
    """A class that no table names is the record's own word, and is shown as one."""
    yield from _fact("decider", words().get(f"say.{one.decider_class}", one.decider_class), one.name)


def _diagnosis(problem: str | None, chart: Chart) -> Iterator[Fact]:
    found = next((one for one in chart.problems or () if one.id == problem), None)
    if found is not None:
        display = next((code.display for code in found.codes if code.display), None)
        yield from _fact("diagnosis", found.text or display)
