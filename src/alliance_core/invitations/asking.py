"""Asking the patient: the finding about it, the private check before it, and a draft of the words."""

from datetime import date
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.invitations.advice import Advice, Outcome
from alliance_core.invitations.facts import Situation
from alliance_core.invitations.policy import WordingRow

ASKED: Final = Rule(
    id="invitations.asked",
    basis=Basis.SEED,
    source="seed",
    locator="Significant Others",
    says="When another view could help, or others advise against the treatment, the patient is asked to consider "
    "inviting someone they choose.",
)
GATE: Final = Rule(
    id="invitations.gate",
    basis=Basis.PRACTICE,
    source="practice",
    locator="safety gate",
    says="Before any invitation the patient is asked alone whether they are at ease and free to speak with this "
    "person in the room; cautions are talked over first.",
)


# -- the private check -----------------------------------------------------------------------------------------------


def gate_finding(s: Situation) -> Finding:
    """Return what the private check and the cautions show. A low total on a scale never makes it met by itself."""
    answer, weight, shown, missing = _gate(s)
    rep = s.view.topic("representative-exception") if s.gate.stops and s.representative.is_nominee.known else ()
    return Finding(
        rule=GATE.id,
        about=s.record.id,
        answer=answer,
        weight=weight,
        because=tuple((path, "yes") for path in shown),
        missing=missing,
        rows=(*s.view.gate_rows(*(shown or _asked_of(missing))), *rep, *_screen_rows(s, shown)),
    )


def _gate(s: Situation) -> tuple[Answer, Weight, tuple[str, ...], tuple[str, ...]]:
    if s.gate.stops:
        return Answer.JUDGEMENT, Weight.SAFETY, s.gate.stops, ()
    if s.gate.missing:
        asked = s.record.gate is None or not s.record.gate.asked_alone.known
        is_undone = not asked and "gate.asked_alone" in s.gate.missing
        return Answer.NOT_MET if is_undone else Answer.CANNOT_TELL, Weight.ESSENTIAL, s.cautions, s.gate.missing
    if s.cautions:
        return Answer.JUDGEMENT, Weight.REQUIRED, s.cautions, s.cautions_open
    return Answer.CANNOT_TELL if s.cautions_open else Answer.MET, Weight.REQUIRED, (), s.cautions_open


def _asked_of(missing: tuple[str, ...]) -> tuple[str, ...]:
    """Return the facts whose rows a finding about silence rests on; met rests on the check itself."""
    return ("gate.asked_alone",) if missing in {(), ("gate",)} else missing


def _screen_rows(s: Situation, shown: tuple[str, ...]) -> tuple[str, ...]:
    """Return the rows of the scales that were used, where a total counts."""
    gate = s.record.gate
    if gate is None or "gate.screens" not in shown:
        return ()
    scales = sorted({one.scale.value for one in gate.screens or () if one.scale is not None})
    return tuple(s.view.screens[scale].row_id for scale in scales if scale in s.view.screens)


# -- asking ----------------------------------------------------------------------------------------------------------


@value
class Revisit:
    """The day on which an answer may be taken up again, whether it has come, and the row if the day is ours."""

    on: date | None
    has_come: bool
    rows: tuple[str, ...]


_NEVER: Final = Revisit(on=None, has_come=False, rows=())


def revisit_of(s: Situation, outcome: Outcome, day: Day) -> Revisit:
    """Return when the patient's answer may be taken up again: on the agreed day, else after our interval."""
    if not outcome.clock:
        return _NEVER
    if s.record.revisit_on is not None:
        return Revisit(on=s.record.revisit_on, has_come=day.has_reached(s.record.revisit_on), rows=())
    row = s.view.clocks.get(outcome.clock)
    if row is None or s.said.on is None:
        return _NEVER
    due = row.interval.after(s.said.on)
    return Revisit(on=due, has_come=day.has_reached(due), rows=(row.row_id,))


def asked_finding(s: Situation, outcome: Outcome, revisit: Revisit) -> Finding:
    """Return whether the patient was asked, as the case has it. The patient's own answer closes the question."""
    answer, missing = _asked(s, outcome, revisit)
    triggers = [row for row in s.view.triggers if row.trigger in s.triggers]
    topics = tuple(row_id for topic in outcome.topics for row_id in s.view.topic(topic))
    return Finding(
        rule=ASKED.id,
        about=s.record.id,
        answer=answer,
        weight=_weight(outcome, [row.weight for row in triggers]),
        because=(
            ("next", outcome.advice.value),
            *((row.fact, "yes") for row in triggers),
            *((("capacity", "presumed"),) if s.is_presumed and not s.is_minor else ()),
        ),
        missing=missing,
        due_on=revisit.on,
        rows=(*(row.row_id for row in triggers), *topics, *revisit.rows),
    )


def _weight(outcome: Outcome, triggers: list[Weight]) -> Weight:
    """Where a reason is why the patient is to be asked, it weighs what its row says."""
    if outcome.answer is Answer.NOT_MET and triggers:
        return min(triggers, key=lambda weight: weight.rank)
    return outcome.weight


def _asked(s: Situation, outcome: Outcome, revisit: Revisit) -> tuple[Answer, tuple[str, ...]]:
    missing = outcome.asks(s)
    if outcome.clock and revisit.on is None:
        return Answer.CANNOT_TELL, ("revisit_on",)
    if revisit.has_come:
        return Answer.JUDGEMENT, missing
    if outcome.answer is Answer.NOT_APPLICABLE and missing:
        return Answer.CANNOT_TELL, missing
    return outcome.answer, missing


# -- a draft ---------------------------------------------------------------------------------------------------------


@value
class InvitationDraft:
    """Words for asking the patient, to be changed freely: the table's sentences in order, and their rows."""

    lines: tuple[str, ...]
    rows: tuple[str, ...]


def draft_of(s: Situation, outcome: Outcome) -> InvitationDraft | None:
    """Return a draft only where the patient may be asked and answers for themselves."""
    if outcome.advice is not Advice.INVITE or s.is_represented:
        return None
    chosen = [row for row in s.view.wording if _is_said(row, s.triggers or ("",))]
    return InvitationDraft(lines=tuple(row.says for row in chosen), rows=tuple(row.row_id for row in chosen))


def _is_said(row: WordingRow, reasons: tuple[str, ...]) -> bool:
    return row.part != "reason" or row.trigger in reasons
