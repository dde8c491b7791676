"""The decision tables by the rule whose answer they give, and what a case gives in words."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from alliance_core import consent, diagnosis, invitations
from alliance_core.base.cases import Case
from alliance_core.base.kinds import fields_of
from alliance_core.competency import deciders, determination, escalation, leaving, minors
from alliance_core.deprescribing import candidates, reductions
from alliance_core.explanation import words
from alliance_core.invitations.asking import ASKED
from alliance_core.relationship import boundaries, ending_care, language, preferences, risky_behaviors

#: The decision tables, by the rule whose answer they give.
CASES: Final[Mapping[str, tuple[Case[Any, Any], ...]]] = {
    determination.DETERMINATION.id: determination.CASES,
    deciders.DECIDER.id: deciders.CASES,
    escalation.ESCALATION.id: escalation.NEXT,
    leaving.LEAVING.id: leaving.CASES,
    diagnosis.TOLD.id: diagnosis.CASES,
    consent.AUTHORITY.id: consent.CASES,
    candidates.CANDIDATE.id: candidates.CASES,
    reductions.REDUCTION.id: reductions.CASES,
    ASKED.id: invitations.CASES,
    language.NEUTRAL.id: language.CASES,
    language.UNCOERCIVE.id: language.CASES,
    boundaries.REPLY.id: boundaries.CASES,
    risky_behaviors.PUNISHMENT.id: risky_behaviors.CASES,
    ending_care.ENDING.id: ending_care.CASES,
    preferences.ORDER.id: preferences.CASES,
}
#: What is asked beside the first case that holds: every one of these that holds.
BESIDE: Final[Mapping[str, tuple[Case[Any, Any], ...]]] = {escalation.ESCALATION.id: escalation.BESIDE}
#: A table to which a case of a rule's own leads.
FURTHER: Final[Mapping[str, tuple[Case[Any, Any], ...]]] = {deciders.DECIDER.id: minors.CASES}


def outcome(gives: object) -> str:
    """Return the words of an outcome: its verdict, then its answer and weight."""
    if isinstance(gives, escalation.Escalates):
        return _of_step(gives)
    return ", ".join(_word(name, one) for name, one in fields_of(gives).items() if isinstance(one, Enum))


def _of_step(gives: escalation.Escalates) -> str:
    """A step answers once it is done; one that is only to finish the record answers as the determination does."""
    told = [_word("step", gives.step)]
    if gives.done is not None:
        answer = words()["cases.once-done"].format(answer=_word("answer", gives.when_done))
        told += [answer, _word("weight", gives.weight)]
    elif gives.step is not escalation.Step.NONE:
        told.append(words()["cases.as-determined"])
    return ", ".join(told)


def _word(name: str, one: Enum) -> str:
    """Return a verdict, an answer or a weight as a person would say it."""
    keys = (f"{type(one).__name__.lower()}.{one.value}", f"say.{name}.{one.value}", f"say.{one.value}")
    return next((words()[key] for key in keys if key in words()), str(one.value))


__all__ = ["BESIDE", "CASES", "FURTHER", "outcome"]
