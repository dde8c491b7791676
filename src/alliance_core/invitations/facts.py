"""What the record says on one day: the gate, the cautions, the patient's word, age, representative, program."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, any_yes, negate
from alliance_core.base.kinds import value
from alliance_core.invitations.policy import ConsentElementRow, InvitationView
from alliance_core.invitations.records import (
    Cautions,
    InvitationProposal,
    MinorCare,
    PatientChoice,
    Representative,
    SafetyGate,
    SafetyScreen,
    SubstanceUseConsent,
    ThreatJudgement,
)
from alliance_core.records import OtherPerson, Person, has_age

YES, NO, UNCLEAR, SILENT = Recorded.YES, Recorded.NO, Recorded.UNCLEAR, Recorded.NOT_RECORDED

REFUSALS: Final = frozenset({PatientChoice.NO, PatientChoice.WITHDRAWN, PatientChoice.NOT_TO_LISTEN})
#: The facts of the gate any one of which, recorded as yes, keeps everyone out.
_STOPS: Final = ("fears_nominee", "violence_or_control", "protective_order", "abuse_or_exploitation")
_CAUTIONS: Final = tuple(Cautions.__annotations__)
_ADULT: Final = "nominee_person.is_adult"
_SCREENS: Final = "gate.screens"


@value
class Gate:
    """What the private check showed: what stops, what is missing, and whether a total lies between two cuts."""

    stops: tuple[str, ...]
    missing: tuple[str, ...]
    screen_caution: bool


@value
class Said:
    """The patient's word about this person, and the day on which it was said."""

    choice: PatientChoice | None
    on: date | None


@value
class Situation:
    """One proposal as it stood on the day. Paths name fields of the proposal; no value of the patient's is kept."""

    record: InvitationProposal
    view: InvitationView
    gate: Gate
    cautions: tuple[str, ...]
    cautions_open: tuple[str, ...]
    said: Said
    agreed_in_force: bool
    agreed_before_recovery: bool
    threat: ThreatJudgement
    adult: Recorded
    minor_open: tuple[str, ...]
    minor_own_care: Recorded
    representative: Representative
    triggers: tuple[str, ...]
    triggers_open: tuple[str, ...]
    consent: Recorded
    barrier: Recorded
    telling_permitted: Recorded

    @property
    def is_refused(self) -> bool:
        """Whether the patient said no to this person in any place of the record."""
        return self.said.choice in REFUSALS

    @property
    def is_agreed(self) -> bool:
        """Whether the patient agreed, or did not object where that counts, on whatever day."""
        choice = self.said.choice
        if choice is PatientChoice.NO_OBJECTION:
            return bool(self.view.topic("no-objection"))
        return choice is PatientChoice.YES

    @property
    def is_minor(self) -> bool:
        """Whether the record shows a minor."""
        return self.adult is NO

    @property
    def is_represented(self) -> bool:
        """Whether someone else may stand for the patient: a minor, or a recorded lack of capacity for this."""
        return self.is_minor or self.record.lack_recorded is YES

    @property
    def is_presumed(self) -> bool:
        """Whether capacity is presumed, since nobody recorded a determination."""
        return not self.record.lack_recorded.known


def situate(record: InvitationProposal, view: InvitationView, day: Day) -> Situation:
    """Return what the record says on the day."""
    gate = gate_of(record, view, day)
    nominee = _described(record)
    cautions, cautions_open = _cautions(record.cautions or Cautions(), nominee, gate)
    said = _said(record, nominee, day)
    adult, minor_open = _age(record.person, view, day)
    triggers = [(row.trigger, row.fact, _fact(record, row.fact)) for row in view.triggers]
    consent = _consent(record.substance_consent, view.consent_elements, day)
    return Situation(
        record=record,
        view=view,
        gate=gate,
        cautions=cautions,
        cautions_open=cautions_open,
        said=said,
        agreed_in_force=day.has_reached(said.on) and not _is_before_recovery(said.on, record, day),
        agreed_before_recovery=_is_before_recovery(said.on, record, day),
        threat=record.threat or ThreatJudgement(),
        adult=adult,
        minor_open=minor_open,
        minor_own_care=_own_care(record.minor or MinorCare()),
        representative=record.representative or Representative(),
        triggers=tuple(name for name, _, fact in triggers if fact is YES),
        triggers_open=tuple(path for _, path, fact in triggers if not fact.known),
        consent=consent,
        barrier=_barrier(record, view, consent),
        telling_permitted=_permitted(nominee, record, day),
    )


def _described(record: InvitationProposal) -> OtherPerson | None:
    """Return what is known of the nominee: a description of someone else is not theirs."""
    person = record.nominee_person
    return person if person is not None and person.id == record.nominee else None


def _fact(record: object, name: str) -> Recorded:
    """Return a fact by its name; a word that is no fact of this record is not recorded."""
    found = getattr(record, name, SILENT)
    return found if isinstance(found, Recorded) else SILENT


# -- the gate --------------------------------------------------------------------------------------------------------


def gate_of(record: InvitationProposal, view: InvitationView, day: Day) -> Gate:
    """
    Return what the private check showed.

    A yes counts whenever it was said; a no counts only from a check that was held alone, by this day, and lately.
    """
    gate = record.gate or SafetyGate()
    screens = [_screen(one, view) for one in gate.screens or ()]
    stops = [f"gate.{name}" for name in _STOPS if _fact(gate, name) is YES]
    return Gate(
        stops=(*stops, *((_SCREENS,) if YES in screens else ())),
        missing=("gate",) if record.gate is None else tuple(_gate_missing(gate, screens, view, day)),
        screen_caution=UNCLEAR in screens,
    )


def _gate_missing(gate: SafetyGate, screens: list[Recorded], view: InvitationView, day: Day) -> Iterator[str]:
    if gate.asked_alone is not YES:
        yield "gate.asked_alone"
    yield from (f"gate.{name}" for name in _STOPS if not _fact(gate, name).known)
    if gate.screens is None or SILENT in screens:
        yield _SCREENS
    if (clock := view.clocks.get("gate")) is None:
        yield "policy.invitation_clocks"
    elif (
        gate.asked_on is None
        or not day.has_reached(gate.asked_on)
        or day.has_reached(clock.interval.after(gate.asked_on))
    ):
        yield "gate.asked_on"


def _screen(screen: SafetyScreen, view: InvitationView) -> Recorded:
    """Return YES for a positive total, UNCLEAR for a caution, NO for a low one; what cannot be read is not recorded."""
    row = view.screens.get(screen.scale.value) if screen.scale is not None else None
    if row is None or screen.total is None or (row.lower is not None and screen.total < row.lower):
        return SILENT
    if screen.total >= row.positive_at:
        return YES
    return UNCLEAR if row.caution_at is not None and screen.total >= row.caution_at else NO


def _cautions(recorded: Cautions, nominee: OtherPerson | None, gate: Gate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the cautions that are present, and those of which nobody knows."""
    facts = {f"cautions.{name}": _fact(recorded, name) for name in _CAUTIONS}
    facts[_ADULT] = negate(nominee.is_adult) if nominee is not None else SILENT
    present = [path for path, fact in facts.items() if fact is YES]
    return (
        (*present, *((_SCREENS,) if gate.screen_caution else ())),
        tuple(path for path, fact in facts.items() if not fact.known),
    )


# -- the patient's word ----------------------------------------------------------------------------------------------

_AS_CHOICE: Final = {YES: PatientChoice.YES, NO: PatientChoice.NO, UNCLEAR: PatientChoice.LATER}


def _said(record: InvitationProposal, person: OtherPerson | None, day: Day) -> Said:
    """Return the patient's word: a refusal in any place counts before anything else."""
    places = (
        Said(choice=record.patient_choice, on=record.asked_on),
        Said(choice=_AS_CHOICE.get(record.patient_agrees), on=record.asked_on),
        *((_standing(person, day),) if person is not None else ()),
    )
    refused = [one for one in places if one.choice in REFUSALS]
    spoken = [one for one in places if one.choice is not None]
    return next(iter((*refused, *spoken)), Said(choice=None, on=None))


def _standing(person: OtherPerson, day: Day) -> Said:
    """Return what the patient lets this person be asked at any time; a permission ends, a refusal does not."""
    fact = person.may_be_invited
    if fact is NO:
        return Said(choice=PatientChoice.NO, on=person.permission_recorded_on)
    if fact is YES and not day.has_passed(person.permission_ends_on):
        return Said(choice=PatientChoice.YES, on=person.permission_recorded_on)
    return Said(choice=None, on=None)


def _is_before_recovery(on: date | None, record: InvitationProposal, day: Day) -> bool:
    """Whether the word is older than the day on which capacity was regained, so that it no longer counts."""
    regained = record.capacity_regained_on
    return regained is not None and day.has_reached(regained) and on is not None and on < regained


def _permitted(person: OtherPerson | None, record: InvitationProposal, day: Day) -> Recorded:
    """Return whether the patient permits that this person is told: a permission with a day, in force, not overtaken."""
    if person is None:
        return SILENT
    if person.may_be_told is not YES:
        return person.may_be_told
    on = person.permission_recorded_on
    if not day.has_reached(on) or day.has_passed(person.permission_ends_on) or _is_before_recovery(on, record, day):
        return SILENT
    return YES


# -- who stands for the patient --------------------------------------------------------------------------------------


def _age(person: Person | None, view: InvitationView, day: Day) -> tuple[Recorded, tuple[str, ...]]:
    """Return whether the patient decides as an adult, and what is missing to know it."""
    if view.place is None:
        return SILENT, ()
    reached = has_age(person, view.place.majority_age, day) if person is not None else SILENT
    emancipated = person.emancipated if person is not None else SILENT
    if any_yes(reached, emancipated) is YES:
        return YES, ()
    if not reached.known:
        return SILENT, ("person.born_on",)
    return (NO, ()) if emancipated is NO else (SILENT, ("person.emancipated",))


def _own_care(minor: MinorCare) -> Recorded:
    return any_yes(minor.consents_alone, minor.other_consenter, minor.confidentiality_agreed)


# -- a substance use program -----------------------------------------------------------------------------------------


def _consent(consent: SubstanceUseConsent | None, rows: tuple[ConsentElementRow, ...], day: Day) -> Recorded:
    """Return whether a written consent holds every element that is asked for, and is in force."""
    if consent is None or not rows:
        return SILENT
    if day.has_passed(consent.expires_on):
        return NO
    return all_yes(consent.in_force, *(_element(consent, row.element, day) for row in rows))


def _element(consent: SubstanceUseConsent, name: str, day: Day) -> Recorded:
    if name == "signed_on":
        return YES if day.has_reached(consent.signed_on) else SILENT
    return _fact(consent, name)


def _barrier(record: InvitationProposal, view: InvitationView, consent: Recorded) -> Recorded:
    """Return whether even saying that the patient attends would disclose too much."""
    if "program-attendance" not in view.information or record.substance_program is NO or consent is YES:
        return NO
    return record.substance_program
