"""The relationship: words, beliefs, risk, preferences, the first minute."""

from typing import Final

from alliance_core.base.findings import Rule
from alliance_core.relationship import boundaries, language, preferences, risky_behaviors
from alliance_core.relationship.boundaries import BoundaryReview, QuestionKind, review_belief_question
from alliance_core.relationship.ending_care import Ending
from alliance_core.relationship.first_contact import first_contact_prompts
from alliance_core.relationship.language import Marking, NoteReview, Span, Weighed, note_of, review_note
from alliance_core.relationship.policy import RELATIONSHIP_TABLES, RelationshipPolicy
from alliance_core.relationship.preferences import PreferenceReview, Skipping, review_preferences
from alliance_core.relationship.records import (
    Behavior,
    BehaviorPlan,
    BeliefQuestion,
    EndingCare,
    EndingReason,
    MissedVisits,
    Note,
    NoteSection,
    PreferenceQuestion,
    ProposedOption,
    Scale,
    ScreenTotal,
    SelfCheck,
    StageOfChange,
)
from alliance_core.relationship.risky_behaviors import BehaviorReview, Stance, review_behavior_plan

RULES: Final[tuple[Rule, ...]] = (*language.RULES, *boundaries.RULES, *risky_behaviors.RULES, *preferences.RULES)
REASSURING: Final = frozenset({Skipping.NONE, Skipping.WITH_REASON, Stance.WITHOUT_PUNISHMENT, Ending.PREPARED})

__all__ = [
    "REASSURING",
    "RELATIONSHIP_TABLES",
    "RULES",
    "Behavior",
    "BehaviorPlan",
    "BehaviorReview",
    "BeliefQuestion",
    "BoundaryReview",
    "Ending",
    "EndingCare",
    "EndingReason",
    "Marking",
    "MissedVisits",
    "Note",
    "NoteReview",
    "NoteSection",
    "PreferenceQuestion",
    "PreferenceReview",
    "ProposedOption",
    "QuestionKind",
    "RelationshipPolicy",
    "Scale",
    "ScreenTotal",
    "SelfCheck",
    "Skipping",
    "Span",
    "StageOfChange",
    "Stance",
    "Weighed",
    "first_contact_prompts",
    "note_of",
    "review_behavior_plan",
    "review_belief_question",
    "review_note",
    "review_preferences",
]
