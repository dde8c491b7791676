"""
Whether a proposal fits what the patient said of it: options they would not have, effects they would not put up with.

The patient is the expert on both. Where nobody knows whether a medicine has the effect, nobody can tell; where the
effect was told and the patient still agreed, the patient has answered.
"""

from collections.abc import Iterator
from typing import Final

from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.findings import Answer
from alliance_core.base.kinds import value
from alliance_core.consent.context import Context
from alliance_core.consent.policy import RiskRow
from alliance_core.consent.records import ConsentDecision, DecidedBy, TreatmentKind
from alliance_core.consent.standing import ElementStatus, status
from alliance_core.records import NOT_RECORDED, EffectTolerance, MedicationStatement, TreatmentOption, plain_word

YES, NO = Recorded.YES, Recorded.NO
#: Only what brings something new can go against a preference.
_NEW: Final = frozenset({"start", "increase"})


@value
class Fit:
    """How one preference stands against the proposal: the effect or option by a word of ours, never the patient's."""

    about: str
    answer: Answer
    missing: str = ""
    rows: tuple[str, ...] = ()


def fits(context: Context) -> tuple[Fit, ...]:
    """Return how each preference stands against the proposal; empty where the event brings nothing new."""
    if not context.words & _NEW:
        return ()
    preferences = context.record.preferences
    if preferences is None:
        return (Fit(about="preferences", answer=Answer.CANNOT_TELL, missing="preferences"),)
    return (*_effects(preferences.effects, context), *_options(preferences.options, context))


def _effects(effects: tuple[EffectTolerance, ...] | None, context: Context) -> Iterator[Fit]:
    if effects is None:
        yield Fit(about="effects", answer=Answer.CANNOT_TELL, missing="preferences.effects")
    for one in effects or ():
        if one.acceptable is not YES:
            yield _effect(one, context)


def _effect(one: EffectTolerance, context: Context) -> Fit:
    known = plain_word(one.effect) in {row.effect for row in context.view.risks}
    about = f"effect.{plain_word(one.effect)}" if known else "effect"
    rows = tuple(row for row in context.view.risks if row.effect == plain_word(one.effect) and _is_caused(row, context))
    ids = tuple(row.row_id for row in rows)
    if not rows:
        return Fit(about=about, answer=Answer.CANNOT_TELL, missing="policy.consent_risks")
    if one.acceptable is not NO:
        return Fit(about=about, answer=Answer.CANNOT_TELL, missing="preferences.effects.acceptable", rows=ids)
    told = all(status(row.element, context) is ElementStatus.DONE for row in rows)
    return Fit(about=about, answer=Answer.MET if told and _patient_agreed(context) else Answer.NOT_MET, rows=ids)


def _is_caused(row: RiskRow, context: Context) -> bool:
    is_its = all_yes(context.is_of(row.drug_group, row.medicine), context.is_product(row))
    return context.treats(row.treatment) and is_its is YES


def _patient_agreed(context: Context) -> bool:
    d = context.discussion
    return d.decision is ConsentDecision.AGREED and d.decided_by is DecidedBy.PATIENT


def _options(options: tuple[TreatmentOption, ...] | None, context: Context) -> Iterator[Fit]:
    if options is None:
        yield Fit(about="options", answer=Answer.CANNOT_TELL, missing="preferences.options")
    for one in options or ():
        meant = _is_meant(one, context)
        if one.acceptable is not YES and meant is not NO:
            yield _option(one, meant, context)


def _option(one: TreatmentOption, meant: Recorded, context: Context) -> Fit:
    if meant is not YES:
        return Fit(about="option", answer=Answer.CANNOT_TELL, missing="preferences.options")
    if one.acceptable is not NO:
        return Fit(about="option", answer=Answer.CANNOT_TELL, missing="preferences.options.acceptable")
    return Fit(about="option", answer=Answer.MET if _patient_agreed(context) else Answer.NOT_MET)


def _is_meant(one: TreatmentOption, context: Context) -> Recorded:
    """Return whether an option is this treatment: by its words, its medicine, its class or kind; else nobody knows."""
    named = context.discussion.treatment or (context.record.medicine.text if context.record.medicine else None) or ""
    if plain_word(one.text) == plain_word(named):
        return YES
    found = context.medicines.resolve(MedicationStatement(id=one.id, codes=one.codes, text=one.text)).medicines
    if found:
        return context.is_medicine(found)
    if plain_word(one.text) in {kind.value for kind in TreatmentKind}:
        return context.is_kind(plain_word(one.text))
    words = frozenset(context.view.groups).union(*context.view.groups.values())
    return context.is_of(plain_word(one.text), "") if plain_word(one.text) in words else NOT_RECORDED
