"""What the nominee may be told, and the threat rule beside it. Neither is derived from the advice to invite."""

from collections.abc import Iterator
from enum import Enum
from typing import Final

from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.findings import Answer, Finding, Rule, Weight
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis
from alliance_core.invitations.advice import Ceiling
from alliance_core.invitations.facts import Situation
from alliance_core.invitations.records import InformationKind, SubstanceUseConsent

YES, NO, SILENT = Recorded.YES, Recorded.NO, Recorded.NOT_RECORDED

TELLING: Final = Rule(
    id="invitations.telling",
    basis=Basis.PRACTICE,
    source="practice",
    locator="invitation table",
    says="What a nominee may be told has its own answer, apart from listening and from inviting; it is written down.",
)
OVERLAY: Final = Rule(
    id="invitations.overlay",
    basis=Basis.PRACTICE,
    source="practice",
    locator="invitation table",
    says="Psychotherapy notes and records of a substance use program are told only with their own written paper.",
)
THREAT: Final = Rule(
    id="invitations.threat",
    basis=Basis.PRACTICE,
    source="practice",
    locator="invitation table",
    says="A serious and imminent threat may be told to a person able to lessen it: permitted, not required; "
    "state duties are separate.",
)


class ThreatDisclosure(Enum):
    """Whether the rule on threats lets anyone be told. A permission, never a duty."""

    NONE = "no-threat-recorded"
    NOT_KNOWN = "not-known"
    NOT_NEEDED = "telling-not-needed"
    PERMITTED = "permitted-not-required"
    PERMITTED_TO_OTHERS = "permitted-not-required-to-others-only"


@value
class Grant:
    """The ceiling that holds, what may be told under it, what is missing for more, and the rows it rests on."""

    ceiling: Ceiling
    told: tuple[InformationKind, ...] = ()
    missing: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()


# -- the ceiling -----------------------------------------------------------------------------------------------------

_TOPICS: Final = {
    Ceiling.AGREED_SCOPE: "agreed-scope",
    Ceiling.BEST_INTEREST: "best-interest",
    Ceiling.THREAT_MINIMUM: "threat",
    Ceiling.AS_PATIENT: "representative",
}


def grant(s: Situation, most: Ceiling) -> Grant:
    """Return the ceiling that the record supports, which never exceeds that of the case."""
    if most is Ceiling.NOTHING:
        return Grant(ceiling=most)
    if most is Ceiling.GENERAL_EDUCATION:
        return Grant(ceiling=most, told=(InformationKind.GENERAL_EDUCATION,))
    rows = s.view.topic(_TOPICS[most])
    missing = tuple(path for path, fact in _conditions(s, most, rows) if fact is not YES)
    if missing:
        return Grant(ceiling=Ceiling.NOTHING, missing=missing, rows=rows)
    open_to = _open_to(s, most)
    told = tuple(kind for kind in open_to if not unmet(s, kind.value))
    if not told:
        return Grant(ceiling=Ceiling.NOTHING, missing=_stripped(s, open_to), rows=rows)
    return Grant(ceiling=most, told=told, rows=rows)


def _conditions(s: Situation, most: Ceiling, rows: tuple[str, ...]) -> Iterator[tuple[str, Recorded]]:
    record = s.record
    yield "policy.invitation_rules", YES if rows else SILENT
    if most is Ceiling.THREAT_MINIMUM:
        yield "threat.telling_necessary", s.threat.telling_necessary
        yield "threat.nominee_can_lessen", s.threat.nominee_can_lessen
        return
    if most is Ceiling.AGREED_SCOPE:
        yield permission(s)
        yield "scope_share", YES if record.scope_share else SILENT
    if most is Ceiling.BEST_INTEREST:
        yield "best_interest_judged", record.best_interest_judged
    if most is not Ceiling.AS_PATIENT:
        yield "scope_exclude", YES if record.scope_exclude is not None else SILENT
    yield "substance_consent" if s.barrier is YES else "substance_program", YES if s.barrier is NO else SILENT


def permission(s: Situation) -> tuple[str, Recorded]:
    """Return whose permission to tell counts, and whether it was given: the representative's where there is one."""
    if s.is_represented:
        return "representative.permits_telling", s.representative.permits_telling
    return "nominee_person.may_be_told", s.telling_permitted


def _open_to(s: Situation, most: Ceiling) -> tuple[InformationKind, ...]:
    """Return the kinds that a ceiling is open to, before any overlay. What the patient kept back stays back."""
    if most is Ceiling.THREAT_MINIMUM:
        return (InformationKind.THREAT,)
    kept = () if most is Ceiling.AS_PATIENT else s.record.scope_exclude or ()
    shared = (s.record.scope_share or ()) if most is Ceiling.AGREED_SCOPE else tuple(InformationKind)
    wanted = set(shared) - set(kept) - {InformationKind.THREAT}
    return tuple(kind for kind in InformationKind if kind in wanted)


def _stripped(s: Situation, kinds: tuple[InformationKind, ...]) -> tuple[str, ...]:
    """Return the papers that are missing, or that nothing of the agreed scope is left."""
    papers = [path for kind in kinds for path in unmet(s, kind.value)]
    return tuple(dict.fromkeys(papers)) or ("scope_share",)


# -- overlays --------------------------------------------------------------------------------------------------------


def unmet(s: Situation, category: str) -> tuple[str, ...]:
    """Return the papers that this kind of information needs and that are not there."""
    return tuple(dict.fromkeys(path for path, fact in _papers(s, category) if fact is not YES))


def _papers(s: Situation, category: str) -> Iterator[tuple[str, Recorded]]:
    """Yield where each paper is recorded and whether it is there; a paper that no field records is missing."""
    consent = s.record.substance_consent or SubstanceUseConsent()
    for row in s.view.information.get(category, ()):
        match row.needs:
            case "written-authorization":
                yield "psychotherapy_notes_authorized", s.record.psychotherapy_notes_authorized
            case "part-2-consent":
                yield "substance_consent", s.consent
            case "part-2-separate-consent":
                yield "substance_consent", s.consent
                yield "substance_consent.counseling_notes_apart", consent.counseling_notes_apart
            case _:
                yield "policy.invitation_overlays", SILENT


PROGRAM: Final = "program-attendance"


def overlay_findings(s: Situation) -> Iterator[Finding]:
    """Yield one finding for each kind of information that needs a paper of its own and that someone would share."""
    shared = [kind.value for kind in InformationKind if kind in (s.record.scope_share or ())]
    program = [PROGRAM] if s.record.substance_program is YES else []
    for category in (*shared, *program):
        if rows := s.view.information.get(category, ()):
            facts = [fact for _, fact in _papers(s, category)]
            yield Finding(
                rule=OVERLAY.id,
                about=s.record.id,
                item=category,
                answer=_ANSWERS.get(all_yes(*facts), Answer.CANNOT_TELL),
                weight=Weight.ESSENTIAL,
                missing=unmet(s, category),
                rows=tuple(row.row_id for row in rows),
            )


_ANSWERS: Final = {YES: Answer.MET, NO: Answer.NOT_MET}


# -- findings --------------------------------------------------------------------------------------------------------


def telling_finding(s: Situation, most: Ceiling, given: Grant) -> Finding:
    """Return whether what the nominee may be told is settled and written down."""
    answer, missing = _telling(s, most, given)
    stopped = s.view.topic("stopped-medicine") if s.record.told_not_to_take_medicine is YES else ()
    return Finding(
        rule=TELLING.id,
        about=s.record.id,
        answer=answer,
        weight=Weight.ESSENTIAL if given.ceiling.tells else Weight.REQUIRED,
        because=(("ceiling", given.ceiling.value),),
        missing=missing,
        rows=(*given.rows, *stopped),
    )


def _telling(s: Situation, most: Ceiling, given: Grant) -> tuple[Answer, tuple[str, ...]]:
    """Where nobody is to be told anything there is nothing to settle: the ceiling is its own answer."""
    if given.ceiling is Ceiling.THREAT_MINIMUM and s.threat.documented is not YES:
        return _ANSWERS.get(s.threat.documented, Answer.CANNOT_TELL), ("threat.documented",)
    if given.ceiling.tells:
        return Answer.MET, ()
    if not most.tells or _is_kept_back(s, most):
        return Answer.NOT_APPLICABLE, ()
    return Answer.CANNOT_TELL, given.missing


def _is_kept_back(s: Situation, most: Ceiling) -> bool:
    """Whether the one who may permit it said that nothing is told."""
    return most is Ceiling.AGREED_SCOPE and (permission(s)[1] is NO or s.record.scope_share == ())


def threat_disclosure(s: Situation) -> ThreatDisclosure:
    """Return whether the rule on threats lets someone be told; never the nominee under a hard stop."""
    threat = s.threat
    if threat.serious_and_imminent is NO:
        return ThreatDisclosure.NONE
    if threat.serious_and_imminent is not YES or not s.view.topic("threat"):
        return ThreatDisclosure.NOT_KNOWN
    if threat.telling_necessary is not YES:
        return ThreatDisclosure.NOT_NEEDED if threat.telling_necessary is NO else ThreatDisclosure.NOT_KNOWN
    if s.gate.stops or threat.nominee_can_lessen is not YES:
        return ThreatDisclosure.PERMITTED_TO_OTHERS
    return ThreatDisclosure.PERMITTED


def threat_finding(s: Situation, disclosure: ThreatDisclosure) -> Finding:
    """Return the finding about a threat: a person weighs it, and writes the judgement down."""
    is_found = s.threat.serious_and_imminent is YES
    return Finding(
        rule=THREAT.id,
        about=s.record.id,
        answer=_THREAT_ANSWERS.get(disclosure, Answer.JUDGEMENT),
        weight=Weight.SAFETY if is_found or s.threat.serious_and_imminent is Recorded.UNCLEAR else Weight.RECOMMENDED,
        because=(("threat_disclosure", disclosure.value),),
        missing=_threat_missing(s, disclosure),
        rows=s.view.topic("threat"),
    )


_THREAT_ANSWERS: Final = {
    ThreatDisclosure.NONE: Answer.NOT_APPLICABLE,
    ThreatDisclosure.NOT_KNOWN: Answer.CANNOT_TELL,
}


def _threat_missing(s: Situation, disclosure: ThreatDisclosure) -> tuple[str, ...]:
    if s.threat.serious_and_imminent is not YES:
        return () if disclosure is ThreatDisclosure.NONE else ("threat.serious_and_imminent",)
    if disclosure is ThreatDisclosure.NOT_KNOWN:
        rule = () if s.view.topic("threat") else ("policy.invitation_rules",)
        return (*rule, *(() if s.threat.telling_necessary.known else ("threat.telling_necessary",)))
    return () if s.threat.documented is YES else ("threat.documented",)
