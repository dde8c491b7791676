"""The finding about who decides, and the emergency route, which never holds up care."""

from typing import Final

from alliance_core.base.facts import Recorded
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.sources import Basis
from alliance_core.competency.deciders.kinds import DeciderKind, Decides
from alliance_core.competency.deciders.questions import stands
from alliance_core.competency.determination import Determination, Evidence
from alliance_core.competency.records import DecisionCapacity, PriorWishes, ReservedFacts

YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR

DECIDER: Final = Rule(
    id="competency.decider",
    basis=Basis.SEED,
    source="seed",
    locator="Lack of Competency",
    says="Who lawfully decides this decision now, as a class, and which proof of it is recorded.",
)
EMERGENCY: Final = Rule(
    id="competency.emergency",
    basis=Basis.EVIDENCE,
    source="ama-2-1-1",
    locator="2.1.1",
    says="Urgent care with nobody to decide in time is never held up; the least needed is given, then told.",
)


def decider_finding(evidence: Evidence, decides: Decides) -> Finding:
    """Return the finding about who decides: MET names the class, anything else what is open."""
    answer = Answer.NOT_APPLICABLE if _is_plain(evidence, decides) else decides.answer
    return Finding(
        rule=DECIDER.id,
        about=evidence.record.id,
        item=evidence.record.decision or "",
        answer=answer,
        weight=decides.weight,
        because=(
            ("decider", decides.kind.value),
            *((("decider_class", decides.decider_class),) if decides.decider_class else ()),
        ),
        missing=decides.missing,
        rows=decides.rows,
    )


def _is_plain(evidence: Evidence, decides: Decides) -> bool:
    """Return whether the patient decides and nobody ever assessed it: there is nothing to say."""
    return decides.kind is DeciderKind.PATIENT and evidence.latest is None


def emergency_finding(evidence: Evidence, *, determination: Determination) -> tuple[Finding, ...]:
    """
    Return the emergency route when care is urgent and nobody is known who may lawfully decide in time.

    It never holds up care.
    """
    record = evidence.record
    wishes = record.prior_wishes or PriorWishes()
    decided = determination in {Determination.PRESUMED, Determination.CAPACITY_RECORDED} or stands(wishes)
    if record.urgent is NO or decided or record.decider_reachable is YES:
        return ()
    urgent = record.urgent is YES
    before = _before_the_least(record, wishes, determination) if urgent else ""
    return (
        Finding(
            rule=EMERGENCY.id,
            about=record.id,
            item=record.decision or "",
            answer=Answer.JUDGEMENT if urgent else Answer.CANNOT_TELL,
            weight=_weight_in_emergency(record, wishes),
            because=(
                ("urgent", record.urgent.value),
                ("decider_reachable", record.decider_reachable.value),
                *((("step", before),) if before else ()),
            ),
            missing=_unknown_of_emergency(record),
        ),
    )


def _weight_in_emergency(record: DecisionCapacity, wishes: PriorWishes) -> Weight:
    if record.urgent is not YES:
        return Weight.RECOMMENDED
    return Weight.ESSENTIAL if _may_have_refused(wishes) else Weight.REQUIRED


def _before_the_least(record: DecisionCapacity, wishes: PriorWishes, determination: Determination) -> str:
    """Return what comes first: a directive that may apply, or an objection by someone in whom nobody found a lack."""
    if _may_have_refused(wishes):
        return "directive-first"
    objects = (record.reserved or ReservedFacts()).over_objection in {YES, UNCLEAR}
    return "capacity-first" if objects and determination in _NO_LACK else ""


#: Nobody has found a lack: who objects now may well be able to.
_NO_LACK: Final = frozenset({Determination.NOT_ESTABLISHED, Determination.REASSESS, Determination.CONTESTED})


def _may_have_refused(wishes: PriorWishes) -> bool:
    """Return whether a refusal is known to apply, and not known to be void or displaced."""
    return wishes.exist is YES and wishes.apply is YES and wishes.valid is not NO and wishes.displaced is not YES


def _unknown_of_emergency(record: DecisionCapacity) -> tuple[str, ...]:
    facts = (("urgent", record.urgent), ("decider_reachable", record.decider_reachable))
    return tuple(path for path, fact in facts if not fact.known)
