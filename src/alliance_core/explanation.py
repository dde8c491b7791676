"""Findings into words. Everything a person reads comes from `words.csv`; a suggestion always shows its basis."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import ClassVar, Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.findings import Answer, Finding, Rule
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis, Seen, Source
from alliance_core.base.tables import SITE, Row, lineage, read_sources, read_table
from alliance_core.consent.policy import ItemRow, RiskRow
from alliance_core.deprescribing.policy import IntervalRow
from alliance_core.deprescribing.rows import TRIGGER_TABLES
from alliance_core.medicines import MedicineRow
from alliance_core.policy import Policy
from alliance_core.review import RULES

#: A CDS card's summary has no more room than this.
SUMMARY_LENGTH: Final = 140


@value
class WordRow:
    """One phrase that a person reads."""

    KEY: ClassVar[tuple[str, ...]] = ("key", "language")

    key: str
    language: str
    text: str


def cited(title: str, locator: str) -> str:
    """Return a source and the place in it; once, if the title names just that place."""
    named = title.endswith(f" {locator}") and not title.endswith(f" to {locator}")
    return title if not locator or named else f"{title}, {locator}"


@value
class Citation:
    """A row or rule as the basis of a finding: what it says it is, where it stands, and who read it."""

    row: str
    basis: str
    seen: str
    title: str
    locator: str
    url: str
    note: str

    def __str__(self) -> str:
        return f"{cited(self.title, self.locator)} ({self.basis}; {self.seen})"


@value
class Explanation:
    """
    A finding in words: one line of at most 140 characters, the detail, and what it rests on.

    `says` is what is asked, `due` the day with its standing, `read` each fact that was read with what it says,
    `missing` what is to be recorded, `stale` what is to be looked at again. Empty where there is none.
    """

    summary: str
    says: str
    due: str
    read: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    is_to_do: bool
    stale: tuple[str, ...]
    sources: tuple[Citation, ...]

    @property
    def detail(self) -> tuple[str, ...]:
        """Return the parts as lines."""
        known = words()
        lines = [self.says, *([self.due] if self.due else [])]
        if self.read:
            facts = "; ".join(f"{what}: {said}" for what, said in self.read)
            lines.append(known["detail.because"].format(facts=facts))
        if self.missing:
            asked = known["detail.missing.done" if self.is_to_do else "detail.missing.recorded"]
            lines.append(asked.format(facts="; ".join(self.missing)))
        return (*lines, *self.stale)

    def __str__(self) -> str:
        return "\n".join(
            (self.summary, *(f"  {line}" for line in self.detail), *(f"  Basis: {one}" for one in self.sources))
        )


@cache
def words(language: str = "en") -> dict[str, str]:
    """Return every phrase of a language by its key."""
    return {row.key: row.text for row in read_table("words", WordRow) if row.language == language}


@cache
def _rules() -> dict[str, Rule]:
    return {rule.id: rule for rule in RULES}


def explain(finding: Finding, *, policy: Policy, on: date | None = None) -> Explanation:
    """
    Return the finding in words, with the sources it rests on.

    With `on`, a source that is past the day on which someone should have looked at it again is named as such.
    """
    rows = tuple(policy.row(row_id) for row_id in finding.rows)
    return Explanation(
        summary=_short(_summary(finding, rows)),
        says=_rules()[finding.rule].says,
        due=_due(finding, rows, policy, on) if finding.due_on is not None else "",
        read=_read(finding),
        missing=tuple(phrase(path) for path in finding.missing),
        is_to_do=finding.answer is Answer.NOT_MET,
        stale=tuple(_stale(row) for row in rows if _is_stale(row, on)),
        sources=_citations(finding, rows),
    )


def _short(text: str) -> str:
    return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 1].rstrip() + "…"


def _summary(finding: Finding, rows: tuple[Row, ...]) -> str:
    """The most particular phrase for what was found: by the verdict it rests on, else by the answer."""
    known = words()
    item = _item(finding)
    key = [one for one in _keys(finding, rows) if one in known][0]  # noqa: RUF015  # the rule itself is always known
    return known[key].format(
        item=item,
        medicine=item,
        due_on=_day(finding.due_on),
        number=sum(path == _LISTED for path, _ in finding.because),
    )


def _keys(finding: Finding, rows: tuple[Row, ...]) -> Iterator[str]:
    """Law is named as law only where a row of law that someone has read is among the rows."""
    said = [f"{finding.rule}.{verdict}" for verdict in verdicts(finding)]
    answered = f"{finding.rule}.{finding.answer.value}"
    for key in (*(f"{verdict}.{finding.answer.value}" for verdict in said), *said, answered, finding.rule):
        if any(row.lane is Basis.LAW for row in rows):
            yield f"{key}.law"
        yield key


def verdicts(finding: Finding) -> tuple[str, ...]:
    """Return the verdicts of its area that a finding rests on, as their words."""
    return tuple(said for path, said in finding.because if path in _VERDICTS)


_VERDICTS: Final = (
    "determination",
    "decider",
    "step",
    "next",
    "told",
    "authority",
    "completeness",
    "ceiling",
    "threat_disclosure",
    "stance",
    "ending",
    "order",
    "reduction",
    "act",
)
#: A path whose values are ids of entries: they are counted, and shown by whoever has the list.
_LISTED: Final = "medications"

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ROUTED: Final = re.compile(r"(?P<medicine>.+) \((?P<route>.*)\)", re.DOTALL)


def subject(finding: Finding) -> str:
    """Return in a few words what a finding is about: the medicine, decision, event or row, else the rule."""
    return _item(finding) if finding.item else words()[f"short.{finding.rule}"]


def _item(finding: Finding) -> str:
    """What the finding is about; a row of a site is called by its id, and a decision that no table has by none."""
    if finding.item in finding.rows:
        return words().get(f"say.{finding.item}") or _told().get(finding.item, finding.item)
    if finding.rule.startswith("competency.") and not _is_said(finding.item):
        return words()["say.decision.other" if finding.item else "say.decision.none"]
    if finding.rule.startswith("consent."):
        treatment, _, event = finding.item.rpartition(" ")
        return f"{phrase(treatment)} ({phrase(event)})"
    return phrase(finding.item)


def _is_said(word: str) -> bool:
    return f"say.{word}" in words()


def phrase(word: str) -> str:
    """
    Return a word of the tables, a path of a record or a day as a person would say it.

    Any other word may be the record's own text, and is never repeated.
    """
    if _DAY.fullmatch(word) or word in _medicines():
        return word
    if (told := _told().get(word)) is not None:
        return told
    if (routed := _ROUTED.fullmatch(word)) is not None:
        return _with_route(routed["medicine"], routed["route"])
    return words().get(f"say.{word}", words()["say.other"])


def _with_route(medicine: str, route: str) -> str:
    """A route is said if it is one of the usual words; anything else stands in the record."""
    known = words().get(f"say.route.{route}")
    return f"{phrase(medicine)} ({known})" if known is not None else phrase(medicine)


@cache
def _told() -> dict[str, str]:
    """Return what the tables say of an element or an effect of consent, and of a row of a regimen review."""
    risks = read_table("consent_risks", RiskRow)
    told = {f"discussed.{row.element}": row.says for row in reversed(risks)}
    told |= {f"effect.{row.effect}": row.effect.replace("-", " ") for row in risks}
    told |= {f"discussed.{row.element}": row.says for row in read_table("consent_items", ItemRow)}
    rows = (row for name in _SAYING for row in read_table(name, TRIGGER_TABLES[name]))
    return told | {row.row_id: str(getattr(row, "says")) for row in rows}  # noqa: B009  # each of these has the column


#: The tables of a regimen review whose rows say what they are about.
_SAYING: Final = ("regimen_triggers", "interactions", "cascades", "hold_reasons")


@cache
def _medicines() -> frozenset[str]:
    return frozenset(row.name for row in read_table("medicines", MedicineRow))


def _said(path: str, value: str) -> str:
    """Return one thing that was read; several words of which one holds are joined by *or*."""
    known = words()
    if path == "waived":
        return phrase(f"discussed.{value}")
    return known["say.or"].join(known.get(f"say.{path}.{one}") or phrase(one) for one in value.split("|"))


def length(duration: CalendarDuration) -> str:
    """Return a length of time in words: in the largest unit that it is a whole number of."""
    years, months = divmod(duration.months, 12)
    weeks, days = divmod(duration.days, 7)
    if duration.months:
        unit, number = ("month", duration.months) if months else ("year", years)
    elif duration.days:
        unit, number = ("day", duration.days) if days else ("week", weeks)
    else:
        unit, number = "hour", duration.hours
    return words()[f"length.{unit}" if number == 1 else f"length.{unit}s"].format(number=number)


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else words()["say.no-day"]


def _read(finding: Finding) -> tuple[tuple[str, str], ...]:
    """Return what was read, each thing once with all that it said."""
    read: dict[str, list[str]] = {}
    for path, said in finding.because:
        if path != _LISTED:
            read.setdefault(phrase(path), []).append(_said(path, said))
    return tuple((what, ", ".join(said)) for what, said in read.items())


def _stale(row: Row) -> str:
    return words()["detail.stale"].format(row=row.row_id, day=_day(row.review_by))


def _is_stale(row: Row, on: date | None) -> bool:
    return on is not None and row.review_by is not None and row.review_by <= on


def _due(finding: Finding, rows: tuple[Row, ...], policy: Policy, on: date | None) -> str:
    """A day that law or a guideline of this country sets is a due day; any other is our suggestion, and says so."""
    known = words()
    lane = "bound" if any(binds_here(row, policy) for row in rows) else "suggested"
    key = next(one for one in (f"due.{finding.rule}", f"due.{lane}.{_tense(finding, on)}") if one in known)
    text = known[key].format(day=_day(finding.due_on))
    after = [
        read_sources()[row.source_id].title for row in rows if lane == "suggested" and row.basis is Basis.GUIDELINE
    ]
    return known["due.after"].format(due=text, guideline=after[0]) if after else text


def _tense(finding: Finding, on: date | None) -> str:
    """A day has passed only if it has: an answer says so by itself where the rule goes by the day."""
    if finding.answer is Answer.CANNOT_TELL:
        return "open"
    if finding.answer is not Answer.NOT_MET or finding.due_on is None:
        return "ahead"
    if on is None:
        return "passed" if finding.rule.startswith("deprescribing.") else "ahead"
    return "ahead" if on < finding.due_on else "today" if on == finding.due_on else "passed"


def binds_here(row: Row, policy: Policy) -> bool:
    """Whether a row is more than our suggestion in this jurisdiction: read, and law or a guideline of this country."""
    if row.lane in {Basis.PRACTICE, Basis.SEED}:
        return False
    return not (isinstance(row, IntervalRow) and row.binds_in) or row.binds_in in lineage(policy.jurisdiction)


def _citations(finding: Finding, rows: tuple[Row, ...]) -> tuple[Citation, ...]:
    return (*(cite(row) for row in rows), *_rule_citation(finding)) if rows else _rule_citation(finding)


def _rule_citation(finding: Finding) -> tuple[Citation, ...]:
    rule = _rules()[finding.rule]
    source = read_sources()[rule.source]
    return (_citation("", rule.basis, Seen.PRIMARY, source, rule.locator, ""),)


def cite(row: Row) -> Citation:
    """Return a row as a citation: what nobody has read is called unverified and shown as practice."""
    return _citation(
        row.row_id, row.lane, row.seen, read_sources().get(row.source_id), row.locator, row.note, row.source_id
    )


def _citation(
    row_id: str, basis: Basis, seen: Seen, source: Source | None, locator: str, note: str, source_id: str = ""
) -> Citation:
    known = words()
    return Citation(
        row=row_id,
        basis=known[f"basis.{basis.value}"],
        seen=known[f"seen.{seen.value}"],
        title=source.title if source is not None else source_id.removeprefix(SITE),
        locator="" if locator == "none" else locator,
        url=source.url if source is not None else "",
        note=note,
    )
