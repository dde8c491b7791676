"""What a trigger is, and the facts about the patient that rows ask."""

from collections.abc import Iterator
from datetime import date

from alliance_core.base.dates import CalendarDuration, latest
from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import value
from alliance_core.deprescribing.context import NO, SILENT, YES, Context
from alliance_core.deprescribing.episodes import Episode
from alliance_core.deprescribing.rows import CascadeRow, InteractionRow, TriggerRow, UnlessRow
from alliance_core.records import Circumstance, Problem, has_age, last_day

BOTHER, HARM, DURATION = "bother", "harm", "duration"
TOGETHER, ALONE, REPORTED, DUPLICATE, RENAMED, DOSE, DAILY = (
    "together",
    "alone",
    "reported",
    "duplicate",
    "renamed",
    "dose",
    "daily",
)


@value
class Fired:
    """
    One trigger that holds, or may hold: its row, the medicines it is about, since when, and what is not recorded.

    `applies` yes = on recorded facts alone; otherwise it is possible. `since` None = nobody can tell when it came to
    be. `beside` are medicines that it names without being about them; `candidates` those that may be lower.
    """

    trigger: str
    row: TriggerRow | InteractionRow | CascadeRow
    stage: str
    weight: Weight
    medicines: tuple[str, ...]
    candidates: tuple[str, ...]
    applies: Recorded
    since: date | None
    missing: tuple[str, ...] = ()
    undated: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    act: str = ""


@value
class Taken:
    """A medicine that is taken now, and by which words a row may pick it."""

    episode: Episode
    groups: frozenset[str]
    tags: frozenset[str]


@value
class Fact:
    """
    Whether something is so, since when, which facts of that are unknown, and which day would say since when.

    What has no day of its own has the first day of the calendar.
    """

    holds: Recorded
    since: date | None = date.min
    missing: tuple[str, ...] = ()
    undated: tuple[str, ...] = ()


def taken_now(episode: Episode, groups: frozenset[str]) -> Taken:
    """Return a medicine that is taken now, with the words by which rows pick it."""
    medicine = episode.medicine
    tags = {f"medicine:{medicine.name}", *(f"group:{group}" for group in groups)}
    if medicine.serotonergic:
        tags.add("mark:serotonergic")
    if medicine.cns_depressant:
        tags.add("mark:cns-depressant")
    tags |= {f"burden:{number + 1}" for number in range(medicine.anticholinergic_burden or 0)}
    return Taken(episode=episode, groups=groups, tags=frozenset(tags))


def weight(row: TriggerRow | InteractionRow | CascadeRow, context: Context) -> Weight:
    """What binds nobody here is a suggestion, however heavy; a matter of safety stays one."""
    binds = not isinstance(row, CascadeRow) and context.binds(row)
    return Weight.RECOMMENDED if row.weight is Weight.REQUIRED and not binds else row.weight


def joined(*facts: Fact) -> Fact:
    """All of them, since the last of them; nobody can tell since when, if one has no day."""
    days = [one.since for one in facts]
    return Fact(
        holds=all_yes(*(one.holds for one in facts)),
        since=latest(*days) if None not in days else None,
        missing=tuple(dict.fromkeys(path for one in facts if one.holds is not YES for path in one.missing)),
        undated=tuple(dict.fromkeys(path for one in facts if one.since is None for path in one.undated)),
    )


def age(row: TriggerRow, context: Context) -> Iterator[Fact]:
    """Return whether the age of a row is reached, and from which day."""
    if row.age_from is None:
        return
    person = context.regimen.person
    birthday = CalendarDuration(months=12 * row.age_from).after(last_day(person.born_on)) if person.born_on else None
    path = ("person.born_on",)
    yield Fact(holds=has_age(person, row.age_from, context.day), since=birthday, missing=path, undated=path)


def problem(kind: str, context: Context) -> Iterator[Fact]:
    """Return whether the patient has the problem of a row, since it was noted."""
    if kind:
        mine = [one for one in context.problems if kind in context.view.problems.kinds_of(one)]
        day = ("problems.recorded_on",)
        yield Fact(holds=context.has(kind), since=_noted(mine), missing=("problems",), undated=day)


def _noted(problems: list[Problem]) -> date | None:
    """The first day on which one of them was noted; None if one of them has no day."""
    days = [one.recorded_on or one.onset_on for one in problems]
    known = [one for one in days if one is not None]
    return min(known) if known and len(known) == len(days) else None


def circumstance(kind: str, context: Context) -> Iterator[Fact]:
    """Return whether the circumstance of a row is present."""
    if kind:
        yield present(context.present(kind), kind)


def present(mine: tuple[Circumstance, ...], kind: str) -> Fact:
    """The last one counts: what came up again is new."""
    if not mine:
        return Fact(holds=NO)
    days = [one.recorded_on for one in mine]
    return Fact(
        holds=any_yes(*(one.present for one in mine)),
        since=latest(*days) if None not in days else None,
        missing=(f"circumstances.{kind}",),
        undated=("circumstances.recorded_on",),
    )


def spared(row: TriggerRow, episode: Episode | None, context: Context) -> Iterator[Fact]:
    """What keeps the row from firing, turned round: yes = nothing of it is there. It has no day of its own."""
    for one in context.view.triggers.unless.get((row.trigger, row.drug_group), ()):
        fact, path = _exception(one, episode, context)
        negated = {YES: NO, NO: YES}.get(fact, SILENT)
        yield Fact(holds=negated, missing=(path,))


def _exception(one: UnlessRow, episode: Episode | None, context: Context) -> tuple[Recorded, str]:
    if one.medicine:
        return (YES if episode is not None and episode.medicine.name == one.medicine else NO), "medications"
    if one.circumstance:
        fact = present(context.present(one.circumstance), one.circumstance)
        return fact.holds, f"circumstances.{one.circumstance}"
    if one.feature:
        return _feature(one, context), f"problems.{one.feature}"
    return context.has(one.problem), "problems"


def _feature(one: UnlessRow, context: Context) -> Recorded:
    """Whether a problem of this kind is recurrent or severe: by its own fact, or by its code."""
    mine = [each for each in context.problems if one.problem in context.view.problems.kinds_of(each)]
    facts = [_is(one.feature, each, context) for each in mine]
    return any_yes(*facts, NO if context.problems_are_told else SILENT)


def _is(feature: str, problem: Problem, context: Context) -> Recorded:
    rows = [row for row in context.view.triggers.features if row.feature == feature]
    codes = [(one.system, one.code) for one in problem.codes]
    for row in rows:
        for system, code in codes:
            if system == row.system and (code == row.code or (row.match == "prefix" and code.startswith(row.code))):
                return YES
    return problem.recurrent if feature == "recurrent" else NO


def begun(one: Taken) -> Fact:
    """Return since when it is taken."""
    return Fact(holds=YES, since=one.episode.started_on, undated=("medications.started_on",))


def fired(
    row: TriggerRow | InteractionRow, stage: str, members: list[Taken], fact: Fact, context: Context
) -> Iterator[Fired]:
    """Return the trigger, unless it is known not to hold."""
    names = tuple(sorted({one.episode.id for one in members}))
    if fact.holds is not NO:
        yield Fired(
            trigger=row.trigger,
            row=row,
            stage=stage,
            weight=weight(row, context),
            medicines=names,
            candidates=names,
            applies=fact.holds,
            since=fact.since,
            missing=fact.missing,
            undated=fact.undated,
        )
