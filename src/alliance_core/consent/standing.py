"""How one element stands in the record: as a fact of it, or as something said in part, in full, or not at all."""

from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final

from alliance_core.base.dates import working_days_after
from alliance_core.base.facts import Recorded, all_yes
from alliance_core.consent.context import Context, rests_on
from alliance_core.consent.records import ConsentDecision, DecidedBy, EmergencyBasis

YES, NO = Recorded.YES, Recorded.NO


class ElementStatus(Enum):
    """How an element stands in the record."""

    DONE = "done"
    PARTIAL = "partial"
    DECLINED = "declined-by-patient"
    NOT_DONE = "not-done"
    NOT_RECORDED = "not-recorded"


_OF_FACT: Final = {
    YES: ElementStatus.DONE,
    NO: ElementStatus.NOT_DONE,
    Recorded.UNCLEAR: ElementStatus.PARTIAL,
    Recorded.NOT_RECORDED: ElementStatus.NOT_RECORDED,
}
#: The field that holds an element which is a fact of the record, not a part of the talk.
PATHS: Final = {
    "decider": "decided_by",
    "decision": "decision",
    "discussed-by": "discussed_by",
    "discussed-on": "discussed_on",
    "voluntary": "voluntary",
    "language": "interpreter_used",
    "written-form": "written_form",
    "witness": "witnessed",
    "second-specialist": "second_specialist",
    "prescriber-confirmation": "prescriber_confirmed_on",
    "waiting-period": "signed_on",
    "post-emergency-disclosure": "emergency_basis.told_afterwards",
    "beforehand": "occurred_on",
}


def path_of(element: str) -> str:
    """Return where an element is recorded."""
    return PATHS.get(element, f"discussed.{element}")


def status(element: str, context: Context) -> ElementStatus:
    """Return how an element stands: as a fact of the record, or as something said."""
    return _fact(element, context) if element in PATHS else _said(element, context)


def _said(element: str, context: Context) -> ElementStatus:
    d = context.discussion
    done, partly = frozenset(d.discussed or ()), frozenset(d.partly or ())
    if element in done:
        return ElementStatus.DONE
    if element in partly or _general(element, context) & (done | partly):
        return ElementStatus.PARTIAL
    return ElementStatus.DECLINED if element in (d.declined_by_patient or ()) else ElementStatus.NOT_RECORDED


def _general(element: str, context: Context) -> frozenset[str]:
    """Return the general words of which an element is a part: they say something of it, and not all."""
    names = {element.rpartition(".")[0]} - context.view.items.keys()
    return frozenset(names - {""}) | (frozenset({"risks.class"}) if element.startswith("risks.") else frozenset[str]())


def _fact(element: str, context: Context) -> ElementStatus:
    d = context.discussion
    match element:
        case "decider":
            return _decider(context)
        case "decision":
            is_made = d.decision not in {None, ConsentDecision.UNDECIDED}
            return ElementStatus.DONE if is_made else ElementStatus.NOT_RECORDED
        case "discussed-by" | "discussed-on":
            written = d.discussed_by if element == "discussed-by" else _reached(d.discussed_on, context)
            return ElementStatus.DONE if written else ElementStatus.NOT_RECORDED
        case "language":
            return _language(context)
        case "prescriber-confirmation":
            return _confirmation(context)
        case "beforehand":
            return _beforehand(context)
        case "waiting-period":
            return _waiting(context)
        case "post-emergency-disclosure":
            return _OF_FACT[(d.emergency_basis or EmergencyBasis()).told_afterwards]
        case _:
            fact: Recorded = getattr(d, PATHS[element])
            return _OF_FACT[fact]


def _reached(written: date | None, context: Context) -> date | None:
    """Return a day that has come; one that lies ahead has not happened yet."""
    return written if context.day.has_reached(written) else None


def _decider(context: Context) -> ElementStatus:
    d = context.discussion
    if d.decided_by is DecidedBy.LAWFUL_DECIDER:
        return _OF_FACT[d.authority_seen]
    if d.decided_by is None:
        return ElementStatus.NOT_RECORDED
    return ElementStatus.DONE if d.decided_by is DecidedBy.PATIENT else ElementStatus.NOT_DONE


def _beforehand(context: Context) -> ElementStatus:
    """Asked of what began before the talk, or may have; an emergency whose basis is recorded in full does."""
    d = context.discussion
    if context.record.occurred_on is None or context.talked_on is None:
        return ElementStatus.NOT_RECORDED
    return ElementStatus.DONE if all_yes(d.emergency, rests_on(d)) is YES else ElementStatus.NOT_DONE


def _language(context: Context) -> ElementStatus:
    """Held in the patient's language, or with an interpreter; needed and not used is not done, whatever was said."""
    d, needed = context.discussion, context.person.interpreter_needed
    if d.interpreter_used is YES or needed is NO:
        return ElementStatus.DONE
    if needed is YES:
        return _OF_FACT[d.interpreter_used]
    return _said("language", context)


def _confirmation(context: Context) -> ElementStatus:
    """Return whether the prescriber confirmed within so many working days; public holidays are not known here."""
    d, allowed = context.discussion, context.view.interval("prescriber-confirmation")
    confirmed = _reached(d.prescriber_confirmed_on, context)
    if confirmed is None or d.discussed_on is None or allowed is None:
        return ElementStatus.NOT_RECORDED
    is_in_time = d.discussed_on <= confirmed <= working_days_after(d.discussed_on, allowed.days)
    return ElementStatus.DONE if is_in_time else ElementStatus.NOT_DONE


_DAY_IN_HOURS: Final = 24


def _waiting(context: Context) -> ElementStatus:
    """Hours count from the times if both are written; from days alone, one day apart may be too short."""
    needed = context.view.interval("waiting-period")
    begun, signed = _begun(context), _signed(context)
    if needed is None or begun is None or signed is None:
        return ElementStatus.NOT_RECORDED
    hours = _hours_between(context.discussion.discussed_at, context.discussion.signed_at)
    if hours is not None:
        return ElementStatus.DONE if hours >= timedelta(hours=needed.hours) else ElementStatus.NOT_DONE
    least = needed.hours // _DAY_IN_HOURS
    if (signed - begun).days > least:
        return ElementStatus.DONE
    return ElementStatus.NOT_DONE if (signed - begun).days < least else ElementStatus.NOT_RECORDED


def _begun(context: Context) -> date | None:
    d = context.discussion
    return d.discussed_on or (d.discussed_at.date() if d.discussed_at else None)


def _signed(context: Context) -> date | None:
    d = context.discussion
    return _reached(d.signed_on or (d.signed_at.date() if d.signed_at else None), context)


def _hours_between(begun: datetime | None, ended: datetime | None) -> timedelta | None:
    """Return the time between two moments; None unless both are written, and both with their zone or both without."""
    if begun is None or ended is None or (begun.tzinfo is None) is not (ended.tzinfo is None):
        return None
    return ended - begun
