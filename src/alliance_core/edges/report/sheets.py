"""One chart as a reader meets it: each finding with its basis, what is missing, and what would change the answer."""

from collections.abc import Iterable, Iterator

from alliance_core.base.findings import Answer, Finding
from alliance_core.base.kinds import value
from alliance_core.base.sources import Source
from alliance_core.base.tables import SITE, read_sources
from alliance_core.edges.plain import harmless
from alliance_core.edges.report.ahead import Day, Drawing, Outlook, Turn, days_of, draw, look_ahead
from alliance_core.edges.report.people import Fact, People, people_of
from alliance_core.explanation import Citation, explain, verdicts, words
from alliance_core.policy import Policy
from alliance_core.review import RULES, ChartReview


@value
class Cited:
    """A source of a finding: what authority it has, who read it, where it says so, and the rows that cite it."""

    basis: str
    seen: str
    is_read: bool
    text: str
    rows: str


@value
class Shown:
    """One finding as a reader meets it."""

    anchor: str
    weight: str
    answer: str
    style: str
    summary: str
    who: tuple[Fact, ...]
    due: str
    read: tuple[Fact, ...]
    missing: tuple[str, ...]
    is_to_do: bool
    changes: tuple[str, ...]
    says: str
    basis: tuple[Cited, ...]
    stale: tuple[str, ...]


@value
class Sheet:
    """One chart's part of the page."""

    chart: str
    number: int
    on: str
    policy: str
    valid_until: str
    open: tuple[Shown, ...]
    settled: tuple[Shown, ...]
    not_yet: int
    not_applicable: int
    outlook: Outlook
    drawing: Drawing | None
    days: tuple[Day, ...]
    sources: tuple[str, ...]
    weights: tuple[tuple[str, int], ...]

    @property
    def next_day(self) -> str:
        """The first day to come on which something is due or changes; empty if none is foreseen within a year."""
        return next((one.day for one in self.days if one.on > self.outlook.window.first), "")


def sheet_of(number: int, review: ChartReview) -> Sheet:
    """Return the part of the page that is about one review, made for its reader."""
    outlook, people = look_ahead(review), people_of(review)
    shown = [
        (one, _shown(f"c{number}f{place}", one, review, outlook, people))
        for place, one in enumerate(review.findings, 1)
    ]
    return Sheet(
        chart=harmless(review.chart),
        number=number,
        on=review.on.isoformat(),
        policy=", ".join((review.jurisdiction, *review.policy.overlays)),
        valid_until=review.valid_until.isoformat() if review.valid_until else "",
        open=tuple(each for one, each in shown if one.is_open),
        settled=tuple(each for one, each in shown if not one.is_open),
        not_yet=review.not_yet,
        not_applicable=len(review.not_applicable),
        outlook=outlook,
        drawing=draw(outlook, people),
        days=days_of(outlook, people),
        sources=tuple(dict.fromkeys(source for one in review.findings for source in _source_ids(one, review.policy))),
        weights=tuple(_weights(review)),
    )


def _shown(anchor: str, finding: Finding, review: ChartReview, outlook: Outlook, people: People) -> Shown:
    why = explain(finding, policy=review.policy, on=review.on)
    return Shown(
        anchor=anchor,
        weight=words()[f"weight.{finding.weight.value}"],
        answer=words()[f"answer.{finding.answer.value}"],
        style=finding.answer.value,
        summary=harmless(why.summary),
        who=people.of(finding),
        due=harmless(why.due),
        read=tuple(Fact(name=harmless(what), text=harmless(said)) for what, said in why.read),
        missing=tuple(map(harmless, why.missing)),
        is_to_do=why.is_to_do,
        changes=tuple(_changes(finding, outlook.after_today(finding))),
        says=harmless(why.says),
        basis=tuple(_basis(why.sources)),
        stale=tuple(map(harmless, why.stale)),
    )


def _weights(review: ChartReview) -> Iterator[tuple[str, int]]:
    """Yield how many are open of each weight, the heaviest first."""
    found = [one.weight for one in review.open]
    yield from ((words()[f"weight.{one.value}"], found.count(one)) for one in dict.fromkeys(found))


# -- what would change it --------------------------------------------------------------------------------------------


def _changes(finding: Finding, turns: tuple[Turn, ...]) -> Iterator[str]:
    """
    Yield what would change the answer: what the rule waits for, or what is missing, and then the days to come.

    A rule is a pure function of what was read: where it waits for nothing, the answer stays while the record does.
    """
    if finding.is_open or not turns:
        yield words()[next(key for key in _keys(finding) if key in words())]
    by_itself = words()["report.changes.by-itself"]
    yield from (by_itself.format(day=turn.on.isoformat(), word=turn.word) for turn in turns)


def _keys(finding: Finding) -> Iterator[str]:
    """Yield the phrases that may say it, the most particular first. What a person weighs is not settled by a fact."""
    answer = finding.answer.value
    yield from (f"report.changes.{finding.rule}.{verdict}.{answer}" for verdict in verdicts(finding))
    yield f"report.changes.{finding.rule}.{answer}"
    if finding.missing and finding.answer is not Answer.JUDGEMENT:
        yield f"report.changes.missing.{answer}"
    yield f"report.changes.{answer}"


# -- the basis -------------------------------------------------------------------------------------------------------


def _basis(sources: tuple[Citation, ...]) -> Iterator[Cited]:
    """Return each source once, with the rows that cite it."""
    rows: dict[Citation, list[str]] = {}
    for one in sources:
        bare = Citation(
            row="", basis=one.basis, seen=one.seen, title=one.title, locator=one.locator, url=one.url, note=""
        )
        rows.setdefault(bare, []).extend([one.row] if one.row else [])
    for one, names in rows.items():
        yield Cited(
            basis=one.basis,
            seen=one.seen,
            is_read=one.seen != words()["seen.not_read"],
            text=harmless(", ".join(part for part in (one.title, one.locator) if part)),
            rows=", ".join(map(harmless, names)),
        )


def _source_ids(finding: Finding, policy: Policy) -> Iterator[str]:
    yield from (policy.row(row).source_id for row in finding.rows)
    yield next(rule.source for rule in RULES if rule.id == finding.rule)


@value
class Listed:
    """A source as it stands in the list at the end of the page: what it is, and its address as text."""

    title: str
    about: str
    address: str


def listed(source_ids: Iterable[str]) -> tuple[Listed, ...]:
    """Return the sources of a page, by title; what a site cites is called by the site's own word."""
    found = (_listed(one, read_sources().get(one)) for one in dict.fromkeys(source_ids))
    return tuple(sorted(found, key=lambda one: (one.title, one.about, one.address)))


def _listed(source_id: str, source: Source | None) -> Listed:
    if source is None:
        return Listed(title=harmless(source_id.removeprefix(SITE)), about="", address="")
    published = [one for one in (source.publisher, source.edition, source.published_on) if one]
    checked = words()["report.checked"].format(day=source.checked_on) if source.checked_on else ""
    about = "; ".join(part for part in (", ".join(dict.fromkeys(published)), checked) if part)
    return Listed(title=source.title, about=about, address=source.url)


__all__ = ["Cited", "Fact", "Listed", "Sheet", "Shown", "listed", "sheet_of"]
