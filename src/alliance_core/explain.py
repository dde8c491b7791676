"""Findings into words. Everything a person reads comes from `words.csv`; a suggestion always shows its basis."""

import re
from datetime import date
from functools import cache
from typing import ClassVar, Final

from alliance_core.base.findings import Answer, Finding, Rule
from alliance_core.base.kinds import value
from alliance_core.base.sources import Basis, Seen, Source
from alliance_core.base.tables import SITE, Row, lineage, read_sources, read_table
from alliance_core.deprescribing.policy import IntervalRow
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
        return (
            f"{self.title}, {self.locator} ({self.basis}; {self.seen})"
            if self.locator
            else f"{self.title} ({self.basis}; {self.seen})"
        )


@value
class Explanation:
    """A finding in words: one line of at most 140 characters, the detail, and what it rests on."""

    summary: str
    detail: tuple[str, ...]
    sources: tuple[Citation, ...]

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
        summary=_short(_summary(finding)),
        detail=tuple(_detail(finding, rows, policy, on)),
        sources=_citations(finding, rows),
    )


def _short(text: str) -> str:
    return text if len(text) <= SUMMARY_LENGTH else text[: SUMMARY_LENGTH - 1].rstrip() + "…"


def _summary(finding: Finding) -> str:
    """The most particular phrase for what was found: by the verdict it rests on, else by the answer."""
    known = words()
    verdicts = [f"{finding.rule}.{said}" for path, said in finding.because if path in _VERDICTS]
    keys = [f"{verdict}.{finding.answer.value}" for verdict in verdicts] + verdicts
    key = next((one for one in (*keys, f"{finding.rule}.{finding.answer.value}") if one in known), finding.rule)
    return known[key].format(
        item=phrase(finding.item), medicine=finding.item, due_on=_day(finding.due_on), number=len(finding.because)
    )


_VERDICTS: Final = ("determination", "decider", "step", "next", "told")

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def phrase(word: str) -> str:
    """Return a word of the tables or a path of a record as a person would say it."""
    if _DAY.fullmatch(word):
        return word
    return words().get(f"say.{word}", word.replace("-", " ").replace("_", " "))


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else words()["say.no-day"]


def _detail(finding: Finding, rows: tuple[Row, ...], policy: Policy, on: date | None) -> list[str]:
    known = words()
    lines = [_rules()[finding.rule].says]
    if finding.due_on is not None:
        lines.append(_due(finding, rows, policy))
    read = [f"{phrase(path)}: {phrase(said)}" for path, said in finding.because if path != "medications"]
    if read:
        lines.append(known["detail.because"].format(facts="; ".join(read)))
    if finding.missing:
        lines.append(
            known[f"detail.missing.{_asks(finding)}"].format(facts="; ".join(phrase(path) for path in finding.missing))
        )
    lines += [
        known["detail.stale"].format(row=row.row_id, day=_day(row.review_by)) for row in rows if _is_stale(row, on)
    ]
    return lines


def _asks(finding: Finding) -> str:
    return "done" if finding.answer is Answer.NOT_MET else "recorded"


def _is_stale(row: Row, on: date | None) -> bool:
    return on is not None and row.review_by is not None and row.review_by <= on


def _due(finding: Finding, rows: tuple[Row, ...], policy: Policy) -> str:
    """A day that law or a guideline of this country sets is a due day; any other is our suggestion, and says so."""
    lane = "bound" if any(binds_here(row, policy) for row in rows) else "suggested"
    tense = "passed" if finding.answer is Answer.NOT_MET else "ahead" if finding.answer is Answer.MET else "open"
    text = words()[f"due.{lane}.{tense}"].format(day=_day(finding.due_on))
    after = [
        read_sources()[row.source_id].title for row in rows if lane == "suggested" and row.basis is Basis.GUIDELINE
    ]
    return words()["due.after"].format(due=text, guideline=after[0]) if after else text


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
