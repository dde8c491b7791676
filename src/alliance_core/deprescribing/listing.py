"""Whether the list of medicines is right, and whether it says what each is for: one line a regimen."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.dates import latest
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.sources import Basis
from alliance_core.deprescribing.context import YES, Context
from alliance_core.deprescribing.episodes import is_open_supply, runs_on
from alliance_core.deprescribing.records import ReviewKind
from alliance_core.deprescribing.rows import TriggerRow
from alliance_core.records import MedicationStatement, Origin, Setting

INDICATION: Final = Rule(
    id="deprescribing.indication",
    basis=Basis.PRACTICE,
    source="practice",
    locator="indications",
    says="Every medicine on the list says what it is taken for.",
)
RECONCILIATION: Final = Rule(
    id="deprescribing.reconciliation",
    basis=Basis.SEED,
    source="seed",
    locator="Continued Treatment Evaluation",
    says="The list covers what every prescriber gives, and was checked in time and after each change of place.",
)

_NO_INDICATION: Final = "no-indication"
_UNCHECKED: Final = "unchecked-list"
_SUPPLEMENT: Final = "supplement"
#: What is bought is asked about in a facility only.
_BOUGHT: Final = frozenset({Origin.OVER_THE_COUNTER, Origin.SUPPLEMENT, Origin.HERBAL})
#: Which reviews of the whole list checked it.
_CHECKS: Final = frozenset(
    {ReviewKind.RECONCILIATION, ReviewKind.REGIMEN, ReviewKind.COMPREHENSIVE, ReviewKind.PHARMACIST}
)


def indication_findings(context: Context) -> Iterator[Finding]:
    """Return one line for all medicines of which nobody wrote what for, or of which it was looked for and not found."""
    for row in context.view.triggers.triggers.get(_NO_INDICATION, ()):
        entries = [one for one in _asked(context) if not _says_what_for(one, context)]
        sure = [one for one in entries if context.setting is not None or not one[2]]
        none = [name for name, mine, _ in sure if any(one.indications == () for one in mine)]
        silent = [name for name, _, _ in entries if name not in none]
        if none or silent:
            only_bought = not none and not sure
            yield Finding(
                rule=INDICATION.id,
                about=context.regimen.id,
                answer=Answer.NOT_MET if none else Answer.CANNOT_TELL,
                weight=Weight.RECOMMENDED,
                because=tuple(("medications", name) for name in sorted(none or silent)),
                missing=(*(("encounters.setting",) if only_bought else ()), "medications.indications"),
                rows=(row.row_id,),
            )


#: An episode or entry, its entries, and whether it is bought.
_Named = tuple[str, tuple[MedicationStatement, ...], bool]


def _asked(context: Context) -> Iterator[_Named]:
    """What is bought is asked about in a facility; where nobody wrote the place, it may be one."""
    is_asked = context.setting in {Setting.NURSING_FACILITY, None}
    for episode, groups in context.running():
        is_bought = _SUPPLEMENT in groups or all(one.origin in _BOUGHT for one in episode.entries)
        if is_asked or not is_bought:
            yield episode.id, episode.entries, is_bought
    for entry in context.unknown:
        is_bought = entry.origin in _BOUGHT
        if is_asked or not is_bought:
            yield entry.id, (entry,), is_bought


def _says_what_for(one: _Named, context: Context) -> bool:
    """
    Whether the course that goes on says what it is for; what one entry says counts for others of one course only.

    What surely goes on speaks first. What was handed over for nobody knows how long may be over: then each that may go
    on has to say so, and one without its day speaks for no other.
    """
    entries = one[1]
    running = [entry for entry in entries if runs_on(entry, context.day)]
    sure = [entry for entry in running if not is_open_supply(entry)]
    if sure:
        return any(_says(entry) for entry in sure)
    is_said = all(_says(entry) for entry in running) if running else True
    dated = [entry for entry in running or entries if entry.started_on is not None]
    return is_said and (any(_says(entry) for entry in dated) or all(_says(entry) for entry in entries))


def _says(entry: MedicationStatement) -> bool:
    return bool(entry.indications or entry.indication_text)


def reconciliation_findings(context: Context) -> Iterator[Finding]:
    """Return one line on whether the list was checked: so long ago, before a change of place, or never as recorded."""
    rows = context.view.triggers.triggers.get(_UNCHECKED, ())
    ages = [row for row in rows if row.after is not None]
    if not ages or not (any(True for _ in context.running()) or any(runs_on(e, context.day) for e in context.unknown)):
        return
    checked_on = _checked_on(context)
    due_on = ages[0].after.after(checked_on) if checked_on is not None and ages[0].after is not None else None
    moved, undated = _moved_since(checked_on, rows, context)
    answer, missing = _answer(checked_on, due_on, (moved, undated), context)
    yield Finding(
        rule=RECONCILIATION.id,
        about=context.regimen.id,
        answer=answer,
        weight=Weight.RECOMMENDED,
        because=(("reviews.completed_on", checked_on.isoformat()),) if checked_on is not None else (),
        missing=missing,
        due_on=due_on,
        rows=(ages[0].row_id, *(row.row_id for row in rows if row.circumstance and (moved or undated))),
    )


def _answer(
    checked_on: date | None, due_on: date | None, moves: tuple[bool, bool], context: Context
) -> tuple[Answer, tuple[str, ...]]:
    moved, undated = moves
    if checked_on is None:
        return Answer.CANNOT_TELL, ("reviews",) if context.regimen.reviews is None else ("asked.asked_on",)
    if moved or context.day.has_passed(due_on):
        is_told = context.regimen.reviews is not None
        return (Answer.NOT_MET, ()) if is_told else (Answer.CANNOT_TELL, ("reviews",))
    return (Answer.CANNOT_TELL, ("circumstances.recorded_on",)) if undated else (Answer.MET, ())


def _checked_on(context: Context) -> date | None:
    asked = context.regimen.asked
    held = [one for one in context.regimen.reviews or () if one.kind in _CHECKS and one.medicines is None]
    return latest(asked.asked_on if asked is not None else None, *(one.completed_on for one in held))


def _moved_since(checked_on: date | None, rows: tuple[TriggerRow, ...], context: Context) -> tuple[bool, bool]:
    """Whether a change of place was recorded since the last check, and whether one is without its day or unclear."""
    kinds = {row.circumstance for row in rows if row.circumstance}
    mine = [one for kind in kinds for one in context.present(kind)]
    later = [one for one in mine if one.recorded_on is not None and checked_on and one.recorded_on > checked_on]
    moved = any(one.present is YES for one in later)
    undated = any(one.recorded_on is None for one in mine) or any(not one.present.known for one in later)
    return moved, undated
