"""What a discussion is asked to hold in one place: the element matrix, its own risks, when it is asked for again."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from rich.text import Text

from alliance_core.base.day import Day
from alliance_core.base.findings import Weight
from alliance_core.base.tables import ANYWHERE, R, Row
from alliance_core.consent.agenda import TOPICS
from alliance_core.consent.policy import ConsentView, ElementRow, FreshnessRow, RiskRow, SettingRow
from alliance_core.edges.cli.blocks import policy_name, say
from alliance_core.edges.cli.marks import Sources, dates, tally
from alliance_core.edges.cli.screen import HEAD, line
from alliance_core.explanation import length, words
from alliance_core.policy import Policy


def discussion(policy: Policy, on: date) -> Iterator[Text]:
    """Return what is asked of a discussion under a policy on a day, in the order of a conversation, with sources."""
    view = policy.consent.timeline.at(Day(on))
    risks = _in_order(row for row in view.risks if row.jurisdiction != ANYWHERE)
    again, settings = _in_order(view.freshness), _in_order(view.settings.values())
    rows = (*view.elements, *risks, *again, *settings)
    sources = Sources(rows)
    yield line((say("explain.discussion", policy=policy_name(policy), day=on), HEAD))
    yield tally(rows)
    yield line("  ", say("explain.discussion.read"))
    yield line("  ", say("explain.discussion.risks"))
    yield from _topics(view, sources)
    yield from _part("discussion.risks", (_told(row.says, _whose(row), row, sources) for row in risks))
    yield from _part("discussion.again", (_told(_lasts(row), _condition(row), row, sources) for row in again))
    yield from _part("discussion.settings", (_told(_lasts(row), "", row, sources) for row in settings))
    yield line((words()["discussion.sources"], HEAD))
    yield from sources.lines()


def _part(title: str, told: Iterable[str]) -> Iterator[Text]:
    lines = [line("  ", one) for one in told]
    if lines:
        yield line((words()[title], HEAD))
    yield from lines


def _in_order(rows: Iterable[R]) -> list[R]:
    """Return what holds everywhere first, then what a narrower code or an overlay adds, each as the table has it."""
    return sorted(rows, key=lambda row: (row.jurisdiction != ANYWHERE, row.jurisdiction.count("-"), bool(row.overlay)))


# -- the matrix ------------------------------------------------------------------------------------------------------


def _topics(view: ConsentView, sources: Sources) -> Iterator[Text]:
    rows: dict[str, list[ElementRow]] = {}
    for row in _in_order(view.elements):
        rows.setdefault(row.element, []).append(row)
    for topic in TOPICS:
        items = sorted((one for one in view.items.values() if one.topic == topic), key=lambda one: one.step)
        asked = [item for item in items if item.element in rows]
        if asked:
            yield line((words()[f"topic.{topic}"], HEAD))
        for item in asked:
            yield line("  ", say("explain.element", says=item.says, element=item.element))
            yield from (line("    ", told) for told in _asked(rows[item.element], sources))


def _asked(rows: list[ElementRow], sources: Sources) -> Iterator[str]:
    """Return who asks for an element, and when: what one source says alike, of several medicines too, on one line."""
    by_source: dict[tuple[str, tuple[str, str], str, str], list[ElementRow]] = {}
    for row in rows:
        key = (sources.ref(row), _medicine(row), _when(row), sources.note(row))
        by_source.setdefault(key, []).append(row)
    alike: dict[tuple[str, str, str, str], list[tuple[str, str]]] = {}
    for (ref, medicine, when, note), mine in by_source.items():
        weights = "; ".join(_weighed(weight, mine) for weight in Weight if any(row.weight is weight for row in mine))
        alike.setdefault((weights, when, note, ref), []).append(medicine)
    for (weights, when, note, ref), medicines in alike.items():
        only = _joined(_only(medicines), when, note)
        yield say("explain.told", says=weights, only=only, source=ref)


def _weighed(weight: Weight, rows: list[ElementRow]) -> str:
    events = ", ".join(_event(row) for row in rows if row.weight is weight)
    return say("explain.column", name=words()[f"weight.{weight.value}"], value=events)


def _event(row: ElementRow) -> str:
    told = words()[f"column.{row.treatment}.{row.event}" if row.event else f"column.{row.treatment}"]
    return say("explain.in-range", told=told) if row.in_range == "yes" else told


def _joined(*parts: str) -> str:
    """Return what limits a line, in brackets; nothing where nothing does."""
    told = "; ".join(part for part in parts if part)
    return f" ({told})" if told else ""


def _only(medicines: list[tuple[str, str]]) -> str:
    """Return which medicines a line is about: those of some groups, or some by their names; nothing where of all."""
    groups = ", ".join(group.replace("-", " ") for group, _ in medicines if group)
    names = ", ".join(name for _, name in medicines if name)
    if groups:
        return say("explain.only-groups", groups=groups)
    return say("explain.only", names=names) if names else ""


def _medicine(row: ElementRow | FreshnessRow | RiskRow) -> tuple[str, str]:
    return row.drug_group, row.medicine


def _when(row: ElementRow | FreshnessRow) -> str:
    """Return under which condition and since when a row asks; what its own words say is not said twice."""
    when = row.asked_when
    told = say("explain.below", below=when.removeprefix(_AGE)) if when.startswith(_AGE) else words().get(f"when.{when}")
    return "; ".join(part for part in (told, dates(row)) if part)


_AGE: Final = "age-below-"


# -- what else the place asks ----------------------------------------------------------------------------------------


def _told(says: str, only: str, row: Row, sources: Sources) -> str:
    return say("explain.told", says=says, only=_joined(only, sources.note(row)), source=sources.ref(row))


def _condition(row: FreshnessRow) -> str:
    """Return for which medicines, and under which condition, a row asks; nothing where it always does."""
    return "; ".join(part for part in (_only([_medicine(row)]), _when(row)) if part)


def _whose(row: RiskRow) -> str:
    """Return of which medicines or treatment, and in whom, a risk is one."""
    treatment = _only([_medicine(row)]) or words()[f"column.{row.treatment}"]
    sex = words()[f"sex.{row.sex}"] if row.sex else ""
    return "; ".join(part for part in (treatment, sex, dates(row)) if part)


def _lasts(row: FreshnessRow | SettingRow) -> str:
    return row.says if row.interval is None else say("explain.column", name=row.says, value=length(row.interval))


__all__ = ["discussion"]
