"""What speaks for staying on the dose now, and for which medicines no schedule is made at all."""

from collections.abc import Iterator

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers.fitting import Subject, is_taken_for, rows_for
from alliance_core.deprescribing.tapers.policy import HoldRow, Role
from alliance_core.deprescribing.tapers.records import TaperReadiness

#: A fact that is no word of the readiness but a day of the medication.
_REMISSION = "medication.remission_on"


@value
class Reason:
    """
    Why something is not proposed. `code` is a stable word, `rows` what it rests on.

    `says` and `until` are the row's own words; where they are empty, the code's words are said.
    """

    code: str
    rows: tuple[str, ...] = ()
    says: str = ""
    until: str = ""


def no_schedule(subject: Subject) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    """Return why no schedule is made for this medicine at all, and what would tell whether that is so."""
    rows = rows_for(subject, Role.NONE)
    told = tuple(Reason(code="no-schedule", rows=(row.row_id,), says=row.says) for row, open_ in rows if not open_)
    return told, tuple(path for _, open_ in rows for path in open_)


def holds_of(readiness: TaperReadiness, subject: Subject) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
    """Return what speaks for staying on the dose now, and which of the facts that are asked nobody recorded."""
    reasons: list[Reason] = []
    missing: list[str] = []
    for row in _asked(subject):
        fact = _fact(row, readiness, subject)
        if fact is Recorded.YES:
            reasons.append(Reason(code=f"hold.{row.name}", rows=(row.row_id,), says=row.says, until=row.until))
        elif fact is not Recorded.NO:
            missing.append(row.fact)
    return tuple(reasons), tuple(dict.fromkeys(missing))


def _asked(subject: Subject) -> Iterator[HoldRow]:
    """Return the holds that are, or may be, asked of this medicine and use."""
    for row in subject.view.holds:
        about = not row.scope or row.scope in subject.scopes
        if about and (not row.taken_for or is_taken_for(subject.taken_for, row.taken_for) is not Recorded.NO):
            yield row


def _fact(row: HoldRow, readiness: TaperReadiness, subject: Subject) -> Recorded:
    if row.fact != _REMISSION:
        fact: Recorded = getattr(readiness, row.fact.rpartition(".")[2])
        return fact
    since = subject.medication.remission_on
    if since is None or row.interval is None:
        return Recorded.YES if subject.medication.remission is Recorded.NO else Recorded.NOT_RECORDED
    return Recorded.NO if subject.day.has_reached(row.interval.after(since)) else Recorded.YES
