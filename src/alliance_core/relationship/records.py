"""What is written about the patient."""

from datetime import date

from alliance_core.base.kinds import record
from alliance_core.records import Coding, Label, RecordId, Text


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
