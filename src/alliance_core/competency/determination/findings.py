"""The finding about the determination, and those on its grounds and on an objection to it."""

from typing import Final

from alliance_core.base.facts import Recorded, any_yes
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.sources import Basis
from alliance_core.competency.determination.evidence import Evidence, field_of
from alliance_core.competency.determination.outcome import Outcome
from alliance_core.records import NOT_RECORDED

YES, UNCLEAR = Recorded.YES, Recorded.UNCLEAR

DETERMINATION: Final = Rule(
    id="competency.determination",
    basis=Basis.SEED,
    source="seed",
    locator="Lack of Competency",
    says="Whether a lack of capacity is recorded for this decision, by whom, on what, and since when.",
)
GROUNDS: Final = Rule(
    id="competency.grounds",
    basis=Basis.EVIDENCE,
    source="ganzini-2004",
    locator="ten myths",
    says="A conclusion rests on what the person showed, not on a label, a refusal or an odd choice.",
)
OBJECTION: Final = Rule(
    id="competency.objection",
    basis=Basis.PRACTICE,
    source="practice",
    locator="patient objects to the finding",
    says="An objection to the finding or to the decider is taken up, and never read as part of a lack.",
)


def determination_findings(evidence: Evidence, outcome: Outcome) -> tuple[Finding, ...]:
    """Return the finding about the determination, and those that stand beside it."""
    record = evidence.record
    main = Finding(
        rule=DETERMINATION.id,
        about=record.id,
        item=record.decision or "",
        answer=outcome.answer,
        weight=outcome.weight,
        because=(("determination", outcome.determination.value), *_both_sides(evidence)),
        missing=outcome.missing,
        rows=evidence.rows,
    )
    return (main, *_grounds_finding(evidence), *_objection_finding(evidence))


def _both_sides(e: Evidence) -> tuple[tuple[str, str], ...]:
    """Return what was concluded, and beside it what was shown."""
    if e.latest is None:
        return (("concern", e.record.concern.value),)
    shown = tuple(
        (f"assessments.{field_of(name)}", fact.value) for name, fact in e.abilities if fact is not NOT_RECORDED
    )
    return (
        *(("assessments.conclusion", one.value) for one in sorted(set(e.conclusions), key=lambda c: c.value)),
        *shown,
    )


def _grounds_finding(e: Evidence) -> tuple[Finding, ...]:
    if not e.forbidden:
        return ()
    grounds = tuple(("assessments.grounds", row.ground) for row in e.forbidden)
    return (
        Finding(
            rule=GROUNDS.id,
            about=e.record.id,
            item=e.record.decision or "",
            answer=Answer.NOT_MET,
            weight=Weight.REQUIRED,
            because=grounds,
            rows=tuple(row.row_id for row in e.forbidden),
        ),
    )


def _objection_finding(e: Evidence) -> tuple[Finding, ...]:
    if e.objection not in {YES, UNCLEAR} and e.record.activation_objected not in {YES, UNCLEAR}:
        return ()
    return (
        Finding(
            rule=OBJECTION.id,
            about=e.record.id,
            item=e.record.decision or "",
            answer=Answer.JUDGEMENT,
            weight=Weight.REQUIRED,
            because=(("assessments.patient_objects", any_yes(e.objection, e.record.activation_objected).value),),
        ),
    )
