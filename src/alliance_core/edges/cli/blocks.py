"""A review as lines for a clinician: three findings and how many more, or all of them with their reasons."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from rich.text import Text

from alliance_core.base.findings import Finding, Weight
from alliance_core.edges.cli.screen import ANSWER_STYLES, FAINT, HEAD, WEIGHT_STYLES, Cells, line
from alliance_core.edges.fhir import ElementNote, NotUnderstood, Read
from alliance_core.explanation import Explanation, explain, subject, words
from alliance_core.policy import Policy
from alliance_core.review import ChartReview

#: What a clinician sees first.
FIRST: Final = 3
_NEXT: Final = 3
_KINDS_SHOWN: Final = 5


def say(key: str, **parts: object) -> str:
    """Return a phrase of the command."""
    return words()[f"cli.{key}"].format(**parts)


def policy_name(policy: Policy) -> str:
    """Return a policy as it was asked for."""
    if not policy.overlays:
        return policy.jurisdiction
    return say("policy", jurisdiction=policy.jurisdiction, overlays=", ".join(policy.overlays))


def head(review: ChartReview, label: str) -> Text:
    """Return the line that says which chart, which day, which policy, and until when it holds."""
    until = review.valid_until
    told = say("head.open-end") if until is None else say("head.until", day=until.isoformat())
    name = policy_name(review.policy)
    return line((say("head", file=label, chart=review.chart, day=review.on, policy=name, until=told), HEAD))


# -- at first sight --------------------------------------------------------------------------------------------------


def short_block(review: ChartReview, label: str) -> Iterator[Text | Cells]:
    """Return the lines to see first: three findings, how many more, and which day comes next."""
    yield head(review, label)
    shown = heaviest(review.open)
    yield from _table([(one, explain(one, policy=review.policy).summary, "") for one in shown])
    if not shown:
        yield line("  ", say("no-finding"))
    if len(review.open) > len(shown):
        yield line("  ", say("more", number=len(review.open) - len(shown)))
    yield from _ahead(review, most=_NEXT)
    yield from _not_yet(review)


def heaviest(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the first findings that ask for something new: what is missing is asked for once a record."""
    asked: dict[str, set[str]] = {}
    shown: list[Finding] = []
    for one in findings:
        known = asked.setdefault(one.about, set())
        if one.missing and known.issuperset(one.missing):
            continue
        known.update(one.missing)
        shown.append(one)
    return tuple(shown[:FIRST])


def _table(told: Sequence[tuple[Finding, str, str]]) -> Iterator[Cells]:
    """Return a line a finding: its weight and answer by word, what was found, where that is from."""
    known = words()
    for one, summary, refs in told:
        weight = line((known[f"weight.{one.weight.value}"], WEIGHT_STYLES[one.weight]))
        answer = line((known[f"answer.{one.answer.value}"], ANSWER_STYLES[one.answer]))
        yield Cells(parts=(weight, answer, line(summary, (refs, FAINT))))


def _ahead(review: ChartReview, *, most: int | None) -> Iterator[Text]:
    """Return one line of the days to come, the first first."""
    ahead = [one for one in review.findings if one.due_on is not None and one.due_on > review.on]
    coming = {(str(one.due_on), subject(one), _lane(one)) for one in ahead}
    days = [say(f"next.{lane}", item=item, day=day) for day, item, lane in sorted(coming)]
    if days:
        rest = len(days) - len(days[:most])
        more = [say("next.more", number=rest)] if rest else []
        yield line("  ", say("next", days="; ".join((*days[:most], *more))))


def _lane(finding: Finding) -> str:
    return "suggested" if finding.weight is Weight.RECOMMENDED else "asked"


def _not_yet(review: ChartReview) -> Iterator[Text]:
    if review.not_yet:
        yield line("  ", say("not-yet", number=review.not_yet))


# -- in full ---------------------------------------------------------------------------------------------------------


def full_block(review: ChartReview, label: str) -> Iterator[Text | Cells]:
    """Return every open finding with its reasons on one line, then each source once."""
    yield head(review, label)
    told = [(one, explain(one, policy=review.policy, on=review.on)) for one in review.open]
    sources = _Sources(told)
    yield from _table([(one, _reasons(why), sources.refs(why)) for one, why in told])
    if not told:
        yield line("  ", say("no-finding"))
    met = len(review.findings) - len(told)
    yield line("  ", say("met", number=met, rules=len(review.not_applicable)))
    yield from _ahead(review, most=None)
    yield from _not_yet(review)
    yield from sources.lines()


def _reasons(explanation: Explanation) -> str:
    """Leave out the first line of the detail: it is the rule itself, which `alliance explain` tells once for all."""
    why = "; ".join(explanation.detail[1:])
    return say("why", summary=explanation.summary, why=why) if why else explanation.summary


class _Sources:
    """The sources of a block, numbered in the order in which they are first cited."""

    def __init__(self, told: Iterable[tuple[Finding, Explanation]]) -> None:
        self._rows: dict[str, dict[str, None]] = {}
        for _, explanation in told:
            for citation in explanation.sources:
                rows = self._rows.setdefault(str(citation), {})
                rows |= {citation.row: None} if citation.row else {}

    def refs(self, explanation: Explanation) -> str:
        """Return the numbers of a finding's sources."""
        order = list(self._rows)
        return "".join(f" [{order.index(one) + 1}]" for one in dict.fromkeys(map(str, explanation.sources)))

    def lines(self) -> Iterator[Text]:
        """Return each source once, with the rows that cite it."""
        for number, (cited, rows) in enumerate(self._rows.items(), 1):
            key = "source.rows" if rows else "source"
            yield line(("  " + say(key, number=number, source=cited, rows=", ".join(rows)), FAINT))


# -- what was read ---------------------------------------------------------------------------------------------------


def account_lines(account: Read, *, full: bool) -> Iterator[Text]:
    """Return what the reader could not use: one line, or each kind of it with how often."""
    lost, parts = account.not_understood_count, len(account.elements)
    numbers = {"all": account.resources, "lost": lost, "parts": parts}
    if full:
        spare = account.not_needed_count
        yield line("  ", say("account.all", **numbers, used=account.used, spare=spare))
        yield from _kinds(account)
    elif lost or parts:
        yield line("  ", say("account", **numbers))


def _kinds(account: Read) -> Iterator[Text]:
    counted: Counter[str] = Counter()
    for lost in account.not_understood:
        counted[_what(lost)] += lost.count
    counted.update(_what(part) for part in account.elements)
    for what, number in counted.most_common(_KINDS_SHOWN):
        yield line("  ", say("account.lines" if number > 1 else "account.line", number=number, what=what))
    if len(counted) > _KINDS_SHOWN:
        yield line("  ", say("account.more", number=len(counted) - _KINDS_SHOWN))


def _what(one: NotUnderstood | ElementNote) -> str:
    """Return what was not understood without its place, so that the same is said once."""
    name = ".".join(part for part in (one.type, one.path) if part)
    return f"{name}: {one.reason}" if name else one.reason


__all__ = ["FIRST", "account_lines", "full_block", "head", "heaviest", "policy_name", "say", "short_block"]
