"""
What makes a medicine, or several together, worth a look: triggers, interactions and prescribing cascades.

Each fires on recorded facts alone and names them; a fact that nobody recorded leaves it possible. When it came to be is
a day of its own, so that a review held since then has answered it. There is no score. The QT category list is licensed
and is not used.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.dates import CalendarDuration, latest
from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.base.findings import Weight
from alliance_core.base.kinds import changed, value
from alliance_core.deprescribing.context import NO, SILENT, YES, Context, counted
from alliance_core.deprescribing.episodes import Episode, entries_now, first_cut, last_increase, runs_on
from alliance_core.deprescribing.phases import remission_of, responded_on
from alliance_core.deprescribing.policy import WHOLE_REGIMEN
from alliance_core.deprescribing.rows import CascadeRow, InteractionRow, TriggerRow, UnlessRow
from alliance_core.records import Circumstance, Evidence, Problem, has_age, last_day

BOTHER, HARM, DURATION = "bother", "harm", "duration"
TOGETHER, ALONE, REPORTED, DUPLICATE = "together", "alone", "reported", "duplicate"
_CIRCUMSTANCE: Final = "circumstance"
_REMISSION: Final = "remission"
_WISH: Final = "wants-fewer-medicines"
_CASCADE: Final = "T15"
_LOWERED: Final = "both"


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


def triggers_of(context: Context) -> tuple[Fired, ...]:
    """Return every trigger that holds or may hold, each once, in the order of rows and medicines."""
    taken = tuple([_taken(*one) for one in context.running()])
    if not taken:
        return ()
    found = [*_together(taken, context), *_alone(taken, context), *_reported(taken, context)]
    found += [*_duplicates(taken, context), *_interactions(taken, context), *_cascades(taken, context)]
    return tuple(sorted(found, key=lambda one: (one.trigger, one.row.row_id, one.medicines)))


def _taken(episode: Episode, groups: frozenset[str]) -> Taken:
    medicine = episode.medicine
    tags = {f"medicine:{medicine.name}", *(f"group:{group}" for group in groups)}
    if medicine.serotonergic:
        tags.add("mark:serotonergic")
    if medicine.cns_depressant:
        tags.add("mark:cns-depressant")
    tags |= {f"burden:{number + 1}" for number in range(medicine.anticholinergic_burden or 0)}
    return Taken(episode=episode, groups=groups, tags=frozenset(tags))


def _weight(row: TriggerRow | InteractionRow | CascadeRow, context: Context) -> Weight:
    """What binds nobody here is a suggestion, however heavy; a matter of safety stays one."""
    binds = not isinstance(row, CascadeRow) and context.binds(row)
    return Weight.RECOMMENDED if row.weight is Weight.REQUIRED and not binds else row.weight


# -- facts about the patient -----------------------------------------------------------------------------------------


def _joined(*facts: Fact) -> Fact:
    """All of them, since the last of them; nobody can tell since when, if one has no day."""
    days = [one.since for one in facts]
    return Fact(
        holds=all_yes(*(one.holds for one in facts)),
        since=latest(*days) if None not in days else None,
        missing=tuple(dict.fromkeys(path for one in facts if one.holds is not YES for path in one.missing)),
        undated=tuple(dict.fromkeys(path for one in facts if one.since is None for path in one.undated)),
    )


def _age(row: TriggerRow, context: Context) -> Iterator[Fact]:
    if row.age_from is None:
        return
    person = context.regimen.person
    birthday = CalendarDuration(months=12 * row.age_from).after(last_day(person.born_on)) if person.born_on else None
    path = ("person.born_on",)
    yield Fact(holds=has_age(person, row.age_from, context.day), since=birthday, missing=path, undated=path)


def _problem(kind: str, context: Context) -> Iterator[Fact]:
    if kind:
        mine = [one for one in context.problems if kind in context.view.problems.kinds_of(one)]
        day = ("problems.recorded_on",)
        yield Fact(holds=context.has(kind), since=_noted(mine), missing=("problems",), undated=day)


def _noted(problems: list[Problem]) -> date | None:
    """The first day on which one of them was noted; None if one of them has no day."""
    days = [one.recorded_on or one.onset_on for one in problems]
    known = [one for one in days if one is not None]
    return min(known) if known and len(known) == len(days) else None


def _circumstance(kind: str, context: Context) -> Iterator[Fact]:
    if kind:
        yield _present(context.present(kind), kind)


def _present(mine: tuple[Circumstance, ...], kind: str) -> Fact:
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


def _spared(row: TriggerRow, episode: Episode | None, context: Context) -> Iterator[Fact]:
    """What keeps the row from firing, turned round: yes = nothing of it is there. It has no day of its own."""
    for one in context.view.triggers.unless.get((row.trigger, row.drug_group), ()):
        fact, path = _exception(one, episode, context)
        negated = {YES: NO, NO: YES}.get(fact, SILENT)
        yield Fact(holds=negated, missing=(path,))


def _exception(one: UnlessRow, episode: Episode | None, context: Context) -> tuple[Recorded, str]:
    if one.medicine:
        return (YES if episode is not None and episode.medicine.name == one.medicine else NO), "medications"
    if one.circumstance:
        present = _present(context.present(one.circumstance), one.circumstance)
        return present.holds, f"circumstances.{one.circumstance}"
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


# -- several together ------------------------------------------------------------------------------------------------


def _together(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """Of rows of one trigger that fire on the same medicines the first is enough."""
    certain: set[tuple[str, tuple[str, ...]]] = set()
    for one in _counting(taken, context):
        what = (one.trigger, one.medicines)
        if what not in certain:
            yield one
        if one.applies is YES:
            certain.add(what)


def _counting(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    for row in context.view.triggers.triggers.get(TOGETHER, ()):
        mine = [one for one in taken if row.drug_group in {WHOLE_REGIMEN, *one.groups}]
        members = [(one, counted(row.count_of, one.episode, one.groups)) for one in mine]
        numbers = {one.episode.medicine.name: number for one, number in members if not _leaves(row, one, context)}
        if sum(numbers.values()) < (row.count_at_least or 1):
            continue
        counting = [one for one, number in members if number and one.episode.medicine.name in numbers]
        fact = _joined(
            *(_begun(one) for one in counting),
            *_age(row, context),
            *_problem(row.problem, context),
            *_spared(row, None, context),
        )
        yield from _fired(row, row.stage, counting, fact, context)


def _begun(one: Taken) -> Fact:
    return Fact(holds=YES, since=one.episode.started_on, undated=("medications.started_on",))


def _leaves(row: TriggerRow, one: Taken, context: Context) -> bool:
    """Whether it is on its way out: a taper of it is under way, with an end that is planned soon enough."""
    cut = first_cut(one.episode, context.day)
    if row.after is None or cut is None:
        return False
    ends = [entry.stops_on for entry in one.episode.entries if runs_on(entry, context.day)]
    until = row.after.after(cut)
    return bool(ends) and until is not None and all(end is not None and end <= until for end in ends)


def _fired(
    row: TriggerRow | InteractionRow, stage: str, members: list[Taken], fact: Fact, context: Context
) -> Iterator[Fired]:
    names = tuple(sorted({one.episode.id for one in members}))
    if fact.holds is not NO:
        yield Fired(
            trigger=row.trigger,
            row=row,
            stage=stage,
            weight=_weight(row, context),
            medicines=names,
            candidates=names,
            applies=fact.holds,
            since=fact.since,
            missing=fact.missing,
            undated=fact.undated,
        )


# -- one medicine ----------------------------------------------------------------------------------------------------


def _alone(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    for row in context.view.triggers.triggers.get(ALONE, ()):
        for one in taken:
            if row.drug_group in one.groups and not (row.lapses_if_working and _works(one.episode, context)):
                fact = _joined(
                    _long_enough(row, one.episode, context),
                    *_age(row, context),
                    *_problem(row.problem, context),
                    *_only_for(row.only_for, one.episode, context),
                    *_circumstance(row.circumstance, context),
                    *_spared(row, one.episode, context),
                )
                yield from _fired(row, row.stage, [one], fact, context)


def _works(episode: Episode, context: Context) -> bool:
    """Duration alone makes no candidate of a medicine that is recorded as working."""
    return responded_on(episode, context.day) is not None or remission_of(episode, context.day)[0] is YES


def _long_enough(row: TriggerRow, episode: Episode, context: Context) -> Fact:
    """The length counts from the start, or from remission; until it is over nothing fires."""
    length = row.after or CalendarDuration()
    if row.counted_from == _REMISSION:
        return _in_remission(length, episode, context)
    start, path = episode.started_on, ("medications.started_on",)
    if start is None:
        return Fact(holds=SILENT, since=None, missing=path, undated=path)
    until = length.after(start)
    return Fact(holds=YES if context.day.has_reached(until) else NO, since=until)


def _in_remission(length: CalendarDuration, episode: Episode, context: Context) -> Fact:
    fact, since = remission_of(episode, context.day)
    if since is not None:
        until = length.after(since)
        return Fact(holds=YES if context.day.has_reached(until) else NO, since=until)
    start, path = episode.started_on, ("medications.remission",)
    is_early = start is not None and not context.day.has_reached(length.after(start))
    return Fact(holds=NO if fact is NO or is_early else SILENT, since=None, missing=path, undated=path)


def _only_for(kind: str, episode: Episode, context: Context) -> Iterator[Fact]:
    """Whether it is taken for this and nothing else, as far as the record says what for."""
    if kind:
        now = entries_now(episode.entries, context.day)
        ids = [entry.indications for entry in now if entry.indications is not None]
        holds = _indicated(kind, ids, context) if ids else _perhaps_for(kind, context)
        yield Fact(holds=holds, missing=("medications.indications",))


def _perhaps_for(kind: str, context: Context) -> Recorded:
    return NO if context.has(kind) is NO else SILENT


def _indicated(kind: str, ids: list[tuple[str, ...]], context: Context) -> Recorded:
    wanted = {each for one in ids for each in one}
    found = [one for one in context.regimen.problems or () if one.id in wanted]
    kinds = [context.view.problems.kinds_of(one) for one in found]
    if any(each and kind not in each for each in kinds) or not wanted:
        return NO
    return YES if len({one.id for one in found}) == len(wanted) and all(kinds) else SILENT


# -- what the patient says -------------------------------------------------------------------------------------------


def _reported(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """What is put down to a medicine is about that one; what names none is about the regimen."""
    for row in context.view.triggers.triggers.get(REPORTED, ()):
        if row.circumstance == _WISH:
            yield from _wished(row, context)
            continue
        mine = context.present(row.circumstance)
        named = [(one, each) for each in taken for one in mine if _is_about(one, each.episode)]
        for episode_id in sorted({each.episode.id for _, each in named}):
            about = tuple([one for one, each in named if each.episode.id == episode_id])
            members = [each for _, each in named if each.episode.id == episode_id]
            yield from _fired(row, row.stage, members, _joined(_present(about, row.circumstance)), context)
        rest = tuple([one for one in mine if not any(_is_about(one, each.episode) for each in taken)])
        if rest:
            yield from _fired(row, row.stage, [], _joined(_present(rest, row.circumstance)), context)


def _is_about(one: Circumstance, episode: Episode) -> bool:
    return one.medicines is not None and not episode.entry_ids.isdisjoint(one.medicines)


def _wished(row: TriggerRow, context: Context) -> Iterator[Fired]:
    if context.regimen.wants_fewer_medicines is YES:
        wish = Fact(holds=YES, since=context.regimen.wish_recorded_on, undated=("preferences.recorded_on",))
        yield from _fired(row, row.stage, [], wish, context)


# -- one ingredient twice --------------------------------------------------------------------------------------------


def _duplicates(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    """Two orders of one ingredient that run at once, from different prescribers as recorded."""
    for row in context.view.triggers.triggers.get(DUPLICATE, ()):
        for one in taken:
            orders = [
                entry
                for entry in one.episode.entries
                if entry.evidence is Evidence.ORDER and runs_on(entry, context.day)
            ]
            names = {entry.prescriber for entry in orders}
            if len(names) > 1 or (len(orders) > 1 and None in names):
                days = [entry.started_on for entry in orders]
                fact = Fact(
                    holds=YES if len(names - {None}) > 1 else SILENT,
                    since=latest(*days) if None not in days else None,
                    missing=("medications.prescriber",),
                    undated=("medications.started_on",),
                )
                yield from _fired(row, row.stage, [one], _joined(fact), context)


# -- interactions and cascades ---------------------------------------------------------------------------------------


def _interactions(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    rows = context.view.triggers.interactions
    for tag in sorted({tag for one in taken for tag in one.tags} & rows.keys()):
        for row in rows[tag]:
            lefts = [one for one in taken if tag in one.tags and row.except_group not in one.groups]
            yield from _interaction(row, lefts, taken, context)


def _interaction(
    row: InteractionRow, lefts: list[Taken], taken: tuple[Taken, ...], context: Context
) -> Iterator[Fired]:
    kind, _, name = row.right.partition(":")
    if kind == _CIRCUMSTANCE:
        rights, beside = list[Taken](), _circumstance(name, context)
    else:
        rights = [one for one in taken if row.right in one.tags and row.except_group not in one.groups]
        beside = iter(())
    members = [*lefts, *(one for one in rights if one not in lefts)]
    if kind != _CIRCUMSTANCE and not _are_two(lefts, rights):
        return
    fact = _joined(*(_begun(one) for one in members), *beside, *_newly(row, members, context))
    for one in _fired(row, HARM, members, fact, context):
        lowered = members if row.candidate == _LOWERED else lefts if row.candidate == "left" else []
        yield changed(one, candidates=tuple(sorted({each.episode.id for each in lowered})), act=row.act)


def _are_two(lefts: list[Taken], rights: list[Taken]) -> bool:
    """Two sides of one ingredient are none: it does not stand beside itself."""
    names = {one.episode.medicine.name for one in rights}
    return any(names - {one.episode.medicine.name} for one in lefts)


def _newly(row: InteractionRow, members: list[Taken], context: Context) -> Iterator[Fact]:
    """Whether one of them was begun, or raised, so shortly ago."""
    if row.newly is None:
        return
    days = [latest(one.episode.started_on, last_increase(one.episode, context.day)) for one in members]
    ends = [row.newly.after(day) for day in days if day is not None]
    if any(end is not None and not context.day.has_reached(end) for end in ends):
        yield Fact(holds=YES)
        return
    unknown = any(one.episode.started_on is None for one in members)
    yield Fact(holds=SILENT if unknown else NO, missing=("medications.started_on",))


def _cascades(taken: tuple[Taken, ...], context: Context) -> Iterator[Fired]:
    rows = context.view.triggers.cascades
    for added in taken:
        for tag in sorted(added.tags & rows.keys()):
            for row in rows[tag]:
                causes = [one for one in taken if row.cause in one.tags and one is not added]
                yield from _cascade(row, added, causes, context)


def _cascade(row: CascadeRow, added: Taken, causes: list[Taken], context: Context) -> Iterator[Fired]:
    """It was begun after the other one, and within so long: that it treats an effect of it is only possible."""
    facts = [(one, _follows(row, one.episode, added.episode)) for one in causes]
    holding = [(one, fact) for one, fact in facts if fact is not NO]
    if holding:
        applies = any_yes(*(fact for _, fact in holding))
        yield Fired(
            trigger=_CASCADE,
            row=row,
            stage=HARM,
            weight=_weight(row, context),
            medicines=(added.episode.id,),
            candidates=(added.episode.id,),
            applies=applies,
            since=added.episode.started_on,
            missing=() if applies is YES else ("medications.started_on",),
            undated=("medications.started_on",),
            beside=tuple(sorted(one.episode.id for one, _ in holding)),
        )


def _follows(row: CascadeRow, cause: Episode, added: Episode) -> Recorded:
    if cause.started_on is None or added.started_on is None:
        return SILENT
    until = row.within.after(cause.started_on)
    is_within = until is None or added.started_on <= until
    return YES if cause.started_on < added.started_on and is_within else NO


__all__ = ["ALONE", "BOTHER", "DURATION", "HARM", "REPORTED", "TOGETHER", "Fact", "Fired", "triggers_of"]
