"""What speaks against a lower dose now: a review is held all the same, and nothing obstructs the patient's own wish."""

from collections.abc import Callable
from datetime import date
from typing import Final

from alliance_core.base.dates import latest
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import value
from alliance_core.deprescribing.context import NO, YES, Context, reviews_of, revisit_day
from alliance_core.deprescribing.episodes import Episode, first_cut
from alliance_core.deprescribing.phases import remission_of
from alliance_core.deprescribing.records import ReviewResult
from alliance_core.deprescribing.rows import HoldRow
from alliance_core.records import Setting, goes_on

#: Not against a lower dose, but to be looked at before one.
LOOK_FIRST: Final = "look-first"


@value
class Hold:
    """One reason against a lower dose of one medicine now, as recorded; `present` not recorded = it may be there."""

    reason: str
    medicine: str
    present: Recorded
    row: HoldRow


def holds_of(episode: Episode, context: Context) -> tuple[Hold, ...]:
    """Return every reason that is, or may be, there for one medicine, in the order of the table."""
    groups = context.view.groups_of(episode.medicine.drug_class)
    kinds = {"", *(one.kind.value for one in context.current())}
    found: list[Hold] = []
    for row in context.view.triggers.holds:
        if (
            row.circumstance not in kinds
            or (row.drug_group and row.drug_group not in groups)
            or row.medicine not in {"", episode.medicine.name}
        ):
            continue
        present = _HOLDS[row.kind](row, episode, groups, context)
        if present is not NO:
            found.append(Hold(reason=row.reason, medicine=episode.id, present=present, row=row))
    return tuple(found)


def hold_reasons_of(context: Context) -> tuple[Hold, ...]:
    """Return every reason for every medicine that is taken."""
    return tuple([hold for episode, _ in context.running() for hold in holds_of(episode, context)])


_Reads = Callable[[HoldRow, Episode, frozenset[str], Context], Recorded]


def _always(row: HoldRow, _: Episode, __: frozenset[str], context: Context) -> Recorded:
    return _problem(row, _, __, context) if row.problem else YES


def _circumstance(row: HoldRow, _: Episode, __: frozenset[str], context: Context) -> Recorded:
    mine = context.present(row.circumstance)
    return YES if any(one.present is YES for one in mine) else Recorded.UNCLEAR


def _problem(row: HoldRow, _: Episode, __: frozenset[str], context: Context) -> Recorded:
    """Only what is on the problem list counts: an unknown list is no reason against anything."""
    return YES if row.problem in context.problem_kinds else NO


def _in_hospital(row: HoldRow, _: Episode, __: frozenset[str], context: Context) -> Recorded:
    stays = [one for one in context.regimen.encounters if one.setting is Setting.INPATIENT]
    if any(goes_on(one, context.day) for one in stays):
        return YES
    ended = latest(*(one.ended_on or one.started_on for one in stays))
    return YES if ended is not None and _is_within(row, ended, context) else NO


def _fresh_remission(row: HoldRow, episode: Episode, __: frozenset[str], context: Context) -> Recorded:
    since = remission_of(episode, context.day)[1]
    is_new = since is not None and _is_within(row, since, context)
    return _problem(row, episode, __, context) if is_new else NO


def _is_within(row: HoldRow, since: date, context: Context) -> bool:
    return row.within is not None and not context.day.has_reached(row.within.after(since))


def _other_taper(_: HoldRow, episode: Episode, __: frozenset[str], context: Context) -> Recorded:
    others = (one for one, _ in context.running() if one is not episode)
    return YES if any(first_cut(one, context.day) is not None for one in others) else NO


def _declined(_: HoldRow, episode: Episode, groups: frozenset[str], context: Context) -> Recorded:
    """The patient declined a lower dose, and the day agreed has not come, nor anything new."""
    last = max(reviews_of(episode, context), key=lambda one: (one.completed_on, one.id), default=None)
    if last is None or last.result is not ReviewResult.DECLINED:
        return NO
    is_over = (
        context.day.has_reached(revisit_day(last, groups, context)) or context.news(last.completed_on, groups)[0] is YES
    )
    return NO if is_over else YES


_HOLDS: Final[dict[str, _Reads]] = {
    "circumstance": _circumstance,
    "declined": _declined,
    "hospital": _in_hospital,
    "medicine": _always,
    "other-taper": _other_taper,
    "problem": _problem,
    "remission": _fresh_remission,
}
