"""What the patient prefers, and what is written about the patient."""

from datetime import date
from enum import Enum
from typing import Annotated

from pydantic import Field

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import record
from alliance_core.records import NOT_RECORDED, Coding, Label, RecordId, Text


class Horizon(Enum):
    """Over which time an adverse effect is or is not acceptable."""

    SHORT_TERM = "short-term"
    LONG_TERM = "long-term"


@record
class Goal:
    """What the patient wants to reach, in their words, and how they would see it."""

    id: RecordId
    text: Label
    measure: Label | None = None
    rank: Annotated[int, Field(ge=1, le=100)] | None = None
    recorded_on: date | None = None


@record
class TreatmentOption:
    """A kind of treatment and the patient's order of preference; `acceptable` no = would not have it."""

    id: RecordId
    text: Label
    codes: tuple[Coding, ...] = ()
    rank: Annotated[int, Field(ge=1, le=100)] | None = None
    acceptable: Recorded = NOT_RECORDED
    reason: Label | None = None


@record
class EffectTolerance:
    """An adverse effect and whether the patient accepts it, short or long term."""

    effect: Label
    horizon: Horizon
    acceptable: Recorded = NOT_RECORDED


@record
class PreferenceRecord:
    """The patient as the expert on their goals, options and tolerable effects. None = not asked, `()` = none."""

    id: RecordId
    recorded_on: date | None = None
    goals: tuple[Goal, ...] | None = None
    options: tuple[TreatmentOption, ...] | None = None
    effects: tuple[EffectTolerance, ...] | None = None
    wants_fewer_medicines: Recorded = NOT_RECORDED


@record
class NoteSection:
    """A part of a note under its heading."""

    heading: Label | None = None
    codes: tuple[Coding, ...] = ()
    text: Text


@record
class Note:
    """A clinical note, in sections. `released_on` is the day from which the patient can read it."""

    id: RecordId
    written_on: date | None = None
    author: Label | None = None
    released_on: date | None = None
    codes: tuple[Coding, ...] = ()
    sections: tuple[NoteSection, ...] = ()
