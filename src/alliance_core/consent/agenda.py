"""What is left to say, as a talk of half an hour: topic by topic, with what else there would be."""

from typing import Final

from alliance_core.base.kinds import value
from alliance_core.consent.context import Context
from alliance_core.consent.elements import Reason
from alliance_core.records import MedicationStatement

#: The order of a conversation.
TOPICS: Final = (
    "assessment",
    "goals",
    "treatment",
    "risks",
    "alternatives",
    "choice",
    "follow-up",
    "research",
    "record",
)


@value
class Topic:
    """One part of the talk: what is left to say in it, element by element, with the rows that ask for it."""

    name: str
    elements: tuple[str, ...]
    says: tuple[str, ...]
    rows: tuple[str, ...]


@value
class Agenda:
    """
    What is left to say about one treatment, as suggestions in the order of a conversation.

    `within_class` are other members of the medicine's class, `other_classes` other classes for the same purpose, by
    their names in the medicines table: what there is, never what to take.
    """

    topics: tuple[Topic, ...]
    within_class: tuple[str, ...]
    other_classes: tuple[str, ...]


def agenda_of(context: Context, reasons: tuple[Reason, ...]) -> Agenda:
    """Return what is left to say, grouped by topic."""
    by_topic: dict[str, list[Reason]] = {}
    for one in reasons:
        if one.element:
            by_topic.setdefault(_topic(one.element, context), []).append(one)
    return Agenda(
        topics=tuple(_made(name, by_topic[name], context) for name in TOPICS if name in by_topic),
        within_class=_within_class(context),
        other_classes=_other_classes(context),
    )


def _topic(element: str, context: Context) -> str:
    item = context.view.items.get(element)
    return item.topic if item is not None else "risks"


def _made(name: str, reasons: list[Reason], context: Context) -> Topic:
    first = {one.element: one for one in reversed(reasons)}
    ordered = sorted(first.values(), key=lambda one: (_place(one.element, context), one.element))
    return Topic(
        name=name,
        elements=tuple(one.element for one in ordered),
        says=tuple(_says(one.element, context) for one in ordered),
        rows=tuple(dict.fromkeys(row for one in ordered for row in one.rows)),
    )


def _place(element: str, context: Context) -> int:
    item = context.view.items.get(element)
    return item.step if item is not None else len(context.view.items)


def _says(element: str, context: Context) -> str:
    item = context.view.items.get(element)
    if item is not None:
        return item.says
    return next(row.says for row in context.view.risks if row.element == element)


def _within_class(context: Context) -> tuple[str, ...]:
    mine = context.medicine
    if mine is None or "start" not in context.words:
        return ()
    rows = {row.name for row in context.medicines.by_name.values() if row.drug_class == mine.drug_class}
    return tuple(sorted(rows - {mine.name} - _taken(context)))


def _other_classes(context: Context) -> tuple[str, ...]:
    """Return the other classes of the narrowest group that the medicine's class shares with others."""
    mine = context.medicine
    if mine is None or "start" not in context.words:
        return ()
    members: dict[str, set[str]] = {}
    for drug_class, groups in context.view.groups.items():
        for group in groups:
            members.setdefault(group, set()).add(drug_class)
    shared = [members[group] for group in context.view.groups.get(mine.drug_class, ()) if len(members[group]) > 1]
    return tuple(sorted(min(shared, key=lambda one: (len(one), sorted(one)), default=set[str]()) - {mine.drug_class}))


def _taken(context: Context) -> set[str]:
    others: tuple[MedicationStatement, ...] = context.record.others or ()
    return {row.name for entry in others for row in context.medicines.resolve(entry).medicines}
