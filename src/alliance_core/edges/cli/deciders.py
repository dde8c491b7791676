"""Who decides in one place: the order of deciders, what is kept from them, and who decides for a minor."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from rich.text import Text

from alliance_core.base.day import Day
from alliance_core.base.tables import Row
from alliance_core.competency.policy import CompetencyView, MinorRow, ReservedRow, SurrogateRow
from alliance_core.edges.cli.blocks import policy_name, say
from alliance_core.edges.cli.marks import dates, marked, spans, tally
from alliance_core.edges.cli.screen import HEAD, line
from alliance_core.explanation import cite, phrase, words
from alliance_core.policy import Policy

Says = Callable[[SurrogateRow], str]


def deciders(policy: Policy, on: date) -> Iterator[Text]:
    """Return who decides under a policy on a day, in its order, each with its source and who read it."""
    view = policy.competency.timeline.at(Day(on))
    order = [(place, row) for place, rank in enumerate(view.ranks, 1) for row in rank]
    name = policy_name(policy)
    yield line((say("explain.decider", policy=name, day=on) if order else _none(name, on), HEAD))
    yield line("  ", _list_of(view, is_known=bool(order)))
    yield from _order(order)
    yield from _reserved(view)
    yield from _minors(view)


def _none(name: str, on: date) -> str:
    return say("explain.decider.none", policy=name, day=on)


def _list_of(view: CompetencyView, *, is_known: bool) -> str:
    """Return what kind of list it is; one that an overlay brings is no list of the place itself."""
    kind = view.jurisdiction.decider_list if view.jurisdiction is not None else _NOT_KNOWN
    return words()[f"list.{'overlay' if is_known and kind == _NOT_KNOWN else kind}"]


_NOT_KNOWN: Final = "not-known"


# -- the order -------------------------------------------------------------------------------------------------------


def _order(order: list[tuple[int, SurrogateRow]]) -> Iterator[Text]:
    if not order:
        return
    yield tally(row for _, row in order)
    for place, row in order:
        told = say("explain.decider.line", place=place, says=row.says, word=row.decider_class)
        yield line("  ", marked(told, row))
    for title, says in _FACTS.items():
        yield from _fact(words()[title], order, says)


def _fact(title: str, order: list[tuple[int, SurrogateRow]], says: Says) -> Iterator[Text]:
    """Return what the rows say on one question: each answer once, with the places in the order that have it."""
    told: dict[str, list[int]] = {}
    for place, row in order:
        told.setdefault(says(row), []).append(place)
    told.pop("", None)
    if told:
        yield line("  ", title)
    yield from (line("    ", say("explain.column", name=spans(places), value=text)) for text, places in told.items())


#: What is said of the classes below their order, each answer once: the title's word, and where it stands in a row.
_FACTS: Final[dict[str, Says]] = {
    "decider.named": lambda row: words()[f"named.{row.kind}"],
    "decider.conditions": lambda row: row.conditions,
    "decider.exclusions": lambda row: row.exclusions,
    "decider.differ": lambda row: words()[f"differ.{row.disagreement}"],
    "decider.dates": dates,
    "decider.sources": lambda row: str(cite(row)),
    "decider.notes": lambda row: row.note,
}


# -- what is kept from them, and minors ------------------------------------------------------------------------------


def _reserved(view: CompetencyView) -> Iterator[Text]:
    """Return the decisions that none of them makes alone, those with one text and source together."""
    if view.reserved:
        yield line(words()["decider.reserved"])
        yield tally(view.reserved)
    groups: dict[tuple[str, ...], list[ReservedRow]] = {}
    for row in view.reserved:
        groups.setdefault((row.says, row.needs, row.medicine, row.circumstance, str(cite(row)), row.note), []).append(
            row
        )
    for rows in groups.values():
        yield from _kept(rows)


def _kept(rows: list[ReservedRow]) -> Iterator[Text]:
    one = rows[0]
    besides = ", ".join(words()[f"besides.{word}"] for word in (one.medicine, one.circumstance) if word)
    who = words()["say.or"].join(dict.fromkeys(words()[f"who.{row.who}"] for row in rows))
    decisions = ", ".join(dict.fromkeys(_decision(row.decision) for row in rows))
    yield line("  ", say("explain.reserved", who=who, decisions=decisions, besides=f" ({besides})" if besides else ""))
    yield line("    ", say("explain.instead", needs=words()[f"needs.{one.needs}"], says=one.says))
    yield _source(one)


def _decision(word: str) -> str:
    return words()["decision.any"] if word == "any" else phrase(word)


def _source(row: Row) -> Text:
    note = f"; {row.note}" if row.note else ""
    return line("    ", say("explain.source", source=f"{cite(row)}{note}"))


def _minors(view: CompetencyView) -> Iterator[Text]:
    if view.minors:
        yield line(words()["decider.minors"])
        yield tally(view.minors)
    groups: dict[tuple[object, ...], list[MinorRow]] = {}
    for row in view.minors:
        groups.setdefault((row.age_from, row.age_below, row.setting, row.says, str(cite(row)), row.note), []).append(
            row
        )
    for rows in groups.values():
        yield line("  ", say("explain.minor", ages=_ages(rows[0]), decisions=_decisions(rows), says=rows[0].says))
        yield _source(rows[0])


def _ages(row: MinorRow) -> str:
    if row.age_from:
        return say("explain.ages", first=row.age_from, below=row.age_below)
    return say("explain.below", below=row.age_below)


def _decisions(rows: list[MinorRow]) -> str:
    told = ", ".join(dict.fromkeys(_decision(row.decision) for row in rows))
    return f"{told}, {phrase(rows[0].setting)}" if rows[0].setting else told


__all__ = ["deciders"]
