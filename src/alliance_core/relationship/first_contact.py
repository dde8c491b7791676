"""
The first minute: a private look back at a greeting, in words only.

The tie begins at the greeting [seed: waiting room]. What comes out is a thought for the clinician who asked: nothing is
counted, nothing is kept with a patient, and how a patient looks or moves is never asked, for it may be respect,
autism or what happened to them.
"""

from datetime import date
from typing import Final

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded
from alliance_core.relationship.policy import RelationshipPolicy
from alliance_core.relationship.records import SelfCheck

#: What the clinician looks back at, in the order of a greeting.
CUES: Final = ("paused_first", "preferred_name", "followed_gaze", "relaxed", "said_how_long", "apologized_for_delay")


def first_contact_prompts(check: SelfCheck, *, policy: RelationshipPolicy, on: date) -> tuple[str, ...]:
    """
    Return a thought for each cue that was not there, in the order of a greeting; none for what was not looked at.

    Words only: no number, no finding, no record. An apology is a thought only if the visit began late. Raises
    `ChartError` only if `on` is not a plain date.
    """
    cues = policy.timeline.at(Day(on)).cues
    return tuple(cues[name].says for name in CUES if name in cues and _is_open(check, name))


def _is_open(check: SelfCheck, name: str) -> bool:
    if name == "apologized_for_delay" and check.was_late is not Recorded.YES:
        return False
    return getattr(check, name) is Recorded.NO


__all__ = ["CUES", "first_contact_prompts"]
