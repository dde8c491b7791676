"""
Write the generated parts of the documentation: `python tools/decision_tables.py`.

Between `<!-- generated: NAME -->` and `<!-- end -->` a page holds what the code and the tables say: decision tables
from their cases, intervals from their rows, how much of the content was read by whom. A test holds the two together.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Final

from alliance_core import diagnosis, explanation
from alliance_core.base.cases import Case
from alliance_core.base.sources import Basis, Seen
from alliance_core.base.tables import Row, read_sources, read_table
from alliance_core.competency import deciders, determination, escalation, leaving, minors
from alliance_core.consent import authority
from alliance_core.consent.policy import ElementRow, FreshnessRow, ItemRow
from alliance_core.deprescribing import candidates, reductions
from alliance_core.deprescribing.policy import IntervalRow
from alliance_core.deprescribing.rows import CascadeRow, InteractionRow, MonitoringRow, TriggerRow
from alliance_core.deprescribing.rows import HoldRow as HoldReasonRow
from alliance_core.deprescribing.tapers import course, plans
from alliance_core.deprescribing.tapers.policy import HoldRow, NeverAbruptRow, Role, TaperRow, TaperSettingRow
from alliance_core.diagnosis import DiagnosisRow
from alliance_core.jurisdictions import JurisdictionRow
from alliance_core.policy import TABLES, OverlayRow
from alliance_core.relationship import boundaries, ending_care, language, preferences, risky_behaviors
from alliance_core.relationship.policy import GuideRow, MenuRow, ScaleRow, StageRow
from alliance_core.review import RULES

sys.path.insert(0, str(Path(__file__).resolve().parent))
import language_accuracy
import non_negotiables

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
BLOCK: Final = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
Cells = tuple[str, ...]


def table(header: Cells, lines: Iterable[Cells]) -> Iterator[str]:
    """Return the lines of a Markdown table."""
    for cells in (header, ("---",) * len(header), *lines):
        yield f"| {' | '.join(map(_in_cell, cells))} |"


def _in_cell(text: str) -> str:
    return text.replace("|", r"\|")


def cited(source_id: str, locator: str) -> str:
    """Return a source's title and the place in it."""
    return explanation.cited(read_sources()[source_id].title, "" if locator == "none" else locator)


def code(text: str) -> str:
    """Return a word of the code, set as one."""
    return f"`{text}`" if text else ""


# -- decision tables -------------------------------------------------------------------------------------------------


def _verdicts(gives: object, *names: str) -> Cells:
    words = (getattr(gives, name) for name in names)
    return tuple(code(word.value) if isinstance(word, Enum) else str(word) for word in words)


def cases(rows: tuple[Case[Any, Any], ...], *names: str) -> Iterator[str]:
    """Return a decision table: its cases in their order, what each gives, and where it is from."""
    return table(
        ("case", "when", *names, "source"),
        ((code(one.id), one.says, *_verdicts(one.gives, *names), cited(one.source, one.locator)) for one in rows),
    )


def _steps() -> Iterator[str]:
    def line(one: Case[Any, escalation.Escalates]) -> Cells:
        gives = one.gives
        return (code(one.id), one.says, code(gives.step.value), _closes(gives), cited(one.source, one.locator))

    return table(("case", "when", "step", "answer", "source"), (line(one) for one in escalation.CASES))


def _closes(gives: escalation.Escalates) -> str:
    """Return what answers a step: that it was done, the determination, or nothing where there is no step."""
    if gives.done is not None:
        return f"`{gives.when_done.value}` once done"
    return "`not-applicable`" if gives.step is escalation.Step.NONE else "as the determination"


def _elements() -> Iterator[str]:
    return table(
        ("row", "element", "question", "weight", "basis", "seen"),
        (
            (code(row.row_id), code(row.element), row.question, code(row.weight.value), *_authority(row))
            for row in read_table("diagnosis_elements", DiagnosisRow)
        ),
    )


# -- consent ---------------------------------------------------------------------------------------------------------

#: The columns of the matrix: their heads, and the treatment and event of the rows in each.
COLUMNS: Final = {
    "start": ("medication", "start"),
    "increase": ("medication", "increase"),
    "decrease, taper, stop": ("medication", "reduce"),
    "psychotherapy": ("psychotherapy", ""),
    "lifestyle, self-help": ("lifestyle", ""),
    "procedure": ("procedure", ""),
}


def _matrix() -> Iterator[str]:
    """Return what is asked everywhere and of everyone, element by element, by the treatment and the event."""
    weights = {
        (row.element, row.treatment, row.event): row.weight.value
        for row in read_table("consent_elements", ElementRow)
        if row.jurisdiction == "any" and not (row.drug_group or row.medicine or row.asked_when)
    }
    elements = [row.element for row in read_table("consent_items", ItemRow)]
    lines = ((code(one), *(weights.get((one, *column), "-") for column in COLUMNS.values())) for one in elements)
    return table(("element", *COLUMNS), (line for line in lines if set(line[1:]) != {"-"}))


def _freshness() -> Iterator[str]:
    return table(
        ("row", "where", "after", "asked again when", "basis", "seen", "source"),
        (
            (
                code(row.row_id),
                ", ".join(part for part in (row.jurisdiction, row.overlay) if part),
                explanation.length(row.interval) if row.interval is not None else "-",
                row.says,
                *_authority(row),
                cited(row.source_id, row.locator),
            )
            for row in read_table("consent_freshness", FreshnessRow)
        ),
    )


# -- intervals -------------------------------------------------------------------------------------------------------

PHASES: Final = ("initiation", "acute", "stabilization", "maintenance", "taper", "post-taper")


def _authority(row: Row) -> Cells:
    return row.basis.value, row.seen.value


def _rows(*kinds: str) -> tuple[IntervalRow, ...]:
    return tuple(row for row in read_table("review_intervals", IntervalRow) if row.kind in kinds)


def _base() -> Iterator[str]:
    groups = dict.fromkeys((row.drug_group, row.setting) for row in _rows("base"))
    return table(
        ("group", "where", *PHASES, "basis", "seen"), (_base_line(group, setting) for group, setting in groups)
    )


def _base_line(group: str, setting: str) -> Cells:
    mine = [row for row in _rows("base") if (row.drug_group, row.setting) == (group, setting)]
    cells = (", then ".join(_steps_of(mine, phase)) or "-" for phase in PHASES)
    authority = (", ".join(dict.fromkeys(words)) for words in zip(*(_authority(row) for row in mine), strict=True))
    return ("whole regimen" if group == "any" else group, setting or "anywhere", *cells, *authority)


def _steps_of(rows: list[IntervalRow], phase: str) -> Iterator[str]:
    """Return the intervals of one phase; several are the steps of a sequence."""
    return (
        explanation.length(row.interval) for row in sorted(rows, key=lambda row: row.step or 0) if row.phase == phase
    )


def _applied(*kinds: str) -> Iterator[str]:
    return table(
        ("row", "where it holds", "for", "interval", "counted from", "basis", "seen", "source"),
        (
            (
                code(row.row_id),
                _place(row),
                "; ".join(_asks(row)) or "every medicine",
                _span(row),
                row.anchor.replace("-", " ") or "-",
                *_authority(row),
                cited(row.source_id, row.locator),
            )
            for row in _rows(*kinds)
        ),
    )


def _place(row: IntervalRow) -> str:
    where = (row.jurisdiction, row.overlay, row.setting, f"binds in {row.binds_in}" if row.binds_in else "")
    return ", ".join(part for part in where if part)


def _span(row: IntervalRow) -> str:
    shortest = f"{explanation.length(row.interval_lower)} to " if row.interval_lower is not None else ""
    return shortest + explanation.length(row.interval)


def _asks(row: IntervalRow) -> Iterator[str]:
    """Return what a row asks about the medicine and the patient; an empty cell asks nothing."""
    told = {
        "": "" if row.drug_group == "any" else row.drug_group,
        "with": row.with_drug_group,
        "phase": row.phase,
        "step": str(row.step or ""),
        "age": _ages(row),
        "problem": row.problem,
        "circumstance": row.circumstance,
        "count of": f"{row.count_of} >= {row.count_at_least}" if row.count_of else "",
        "applies": row.applies,
    }
    return (f"{name} {said}".strip() for name, said in told.items() if said)


def _ages(row: IntervalRow) -> str:
    parts = (
        f"from {row.age_from}" if row.age_from is not None else "",
        f"below {row.age_below}" if row.age_below is not None else "",
    )
    return " ".join(part for part in parts if part)


# -- lower doses -----------------------------------------------------------------------------------------------------


def _methods(*roles: Role) -> Iterator[str]:
    return table(
        ("row", "about", "what it says", "binds in", "basis", "seen", "source"),
        (
            (
                code(row.row_id),
                row.scope,
                row.says,
                row.binds_in or "-",
                *_authority(row),
                cited(row.source_id, row.locator),
            )
            for row in read_table("tapers", TaperRow)
            if row.role in roles
        ),
    )


def _holds() -> Iterator[str]:
    return table(
        ("row", "about", "what speaks for staying", "until", "basis", "seen"),
        (
            (
                code(row.row_id),
                ", ".join(part for part in (row.scope, row.taken_for) if part) or "every medicine",
                row.says,
                row.until,
                *_authority(row),
            )
            for row in read_table("taper_holds", HoldRow)
        ),
    )


def _never_abrupt() -> Iterator[str]:
    return table(
        ("row", "about", "basis", "seen", "source", "note"),
        (
            (code(row.row_id), row.scope, *_authority(row), cited(row.source_id, row.locator), row.note)
            for row in read_table("never_abrupt", NeverAbruptRow)
        ),
    )


def _taper_settings() -> Iterator[str]:
    return table(
        ("row", "value", "what for", "basis", "seen"),
        (
            (
                code(row.row_id),
                explanation.length(row.interval) if row.interval is not None else str(row.amount),
                row.says,
                *_authority(row),
            )
            for row in read_table("taper_settings", TaperSettingRow)
        ),
    )


# -- a regimen review ------------------------------------------------------------------------------------------------


def _triggers() -> Iterator[str]:
    return table(
        ("row", "trigger", "fires on", "order", "weight", "basis", "seen", "source"),
        (
            (code(row.row_id), row.trigger, row.says, row.stage, row.weight.value, *_authority(row), _source(row))
            for row in read_table("regimen_triggers", TriggerRow)
        ),
    )


def _interactions() -> Iterator[str]:
    return table(
        ("row", "trigger", "fires on", "may be lower", "weight", "basis", "seen", "source"),
        (
            (code(row.row_id), row.trigger, row.says, row.candidate, row.weight.value, *_authority(row), _source(row))
            for row in read_table("interactions", InteractionRow)
        ),
    )


def _cascades() -> Iterator[str]:
    return table(
        ("row", "fires on", "for", "begun within", "basis", "seen"),
        (
            (code(row.row_id), row.says, row.effect.replace("-", " "), explanation.length(row.within), *_authority(row))
            for row in read_table("cascades", CascadeRow)
        ),
    )


def _hold_reasons() -> Iterator[str]:
    return table(
        ("row", "what speaks against a lower dose now", "of", "basis", "seen", "source"),
        (
            (code(row.row_id), row.says, row.drug_group or row.medicine or "any", *_authority(row), _source(row))
            for row in read_table("hold_reasons", HoldReasonRow)
        ),
    )


def _monitoring() -> Iterator[str]:
    return table(
        ("row", "measure", "medicine", "of whom", "when", "binds in", "basis", "seen", "source"),
        (
            (
                code(row.row_id),
                row.measure.replace("-", " "),
                row.drug_group or row.medicine,
                "; ".join(_of_whom(row)) or "everyone",
                _when(row),
                row.binds_in,
                *_authority(row),
                _source(row),
            )
            for row in read_table("monitoring", MonitoringRow)
        ),
    )


def _of_whom(row: MonitoringRow) -> Iterator[str]:
    ages = " ".join(
        f"{word} {age}" for word, age in (("from", row.age_from), ("below", row.age_below)) if age is not None
    )
    high = f"last at least {row.last_at_least}" if row.last_at_least is not None else ""
    return (one for one in (f"age {ages}" if ages else "", row.problem, row.circumstance, high) if one)


def _when(row: MonitoringRow) -> str:
    if row.step is not None:
        since = "the start or a change" if row.counted_from == "start-or-change" else "the start"
        return f"measurement {row.step} by {explanation.length(row.interval)} after {since}"
    since = f" from {explanation.length(row.since)}" if row.since is not None else ""
    until = f" until {explanation.length(row.until)}" if row.until is not None else ""
    return f"every {explanation.length(row.interval)}{since}{until}"


def _source(row: Row) -> str:
    return cited(row.source_id, row.locator)


# -- the content as a whole ------------------------------------------------------------------------------------------


def _jurisdictions() -> Iterator[str]:
    return table(
        ("code", "place", "list of deciders", "an agent's activation", "an old finding of a lack", "source", "seen"),
        (
            (
                code(row.code),
                row.name,
                row.decider_list,
                row.activation,
                row.stale_lack_reading,
                cited(row.source_id, row.locator),
                row.seen.value,
            )
            for row in read_table("jurisdictions", JurisdictionRow)
        ),
    )


def _overlays() -> Iterator[str]:
    return table(
        ("overlay", "where", "what it is", "rows"),
        (
            (code(row.name), row.jurisdiction, row.says, str(_counts_of(row.name)))
            for row in read_table("overlays", OverlayRow)
        ),
    )


def _counts_of(overlay: str) -> int:
    return sum(row.overlay == overlay for row in every_row())


def every_row() -> tuple[Row, ...]:
    """Return every shipped row that has a basis."""
    return tuple(row for name, kind in TABLES.items() for row in read_table(name, kind))


def _marks() -> Iterator[str]:
    counts = Counter((row.basis, row.seen) for row in every_row())
    lines = (
        (basis.value, *(str(counts[basis, seen]) for seen in Seen))
        for basis in Basis
        if any(counts[basis, seen] for seen in Seen)
    )
    yield from table(("basis", *(seen.value for seen in Seen)), lines)
    yield ""
    signed = sum(bool(row.reviewed_by) for row in every_row())
    yield f"Rows signed by a named clinician: {signed} of {len(every_row())}."


def _rules() -> Iterator[str]:
    return table(
        ("rule", "what it asks", "basis", "source"),
        ((code(rule.id), rule.says, rule.basis.value, cited(rule.source, rule.locator)) for rule in RULES),
    )


# -- the relationship ------------------------------------------------------------------------------------------------


def _guides() -> Iterator[str]:
    return table(
        ("row", "where", "question", "step", "basis", "seen"),
        (
            (code(row.row_id), row.jurisdiction, code(row.kind), row.says, *_authority(row))
            for row in read_table("boundary_guides", GuideRow)
        ),
    )


def _stages() -> Iterator[str]:
    return table(
        ("row", "stage", "what fits", "basis", "seen"),
        ((code(row.row_id), row.stage, row.says, *_authority(row)) for row in read_table("change_stages", StageRow)),
    )


def _menus() -> Iterator[str]:
    return table(
        ("row", "behavior", "option", "basis", "seen"),
        ((code(row.row_id), row.behavior, row.says, *_authority(row)) for row in read_table("harm_reduction", MenuRow)),
    )


def _screens() -> Iterator[str]:
    return table(
        ("row", "screen", "for", "total", "band", "talked about", "seen", "licence"),
        (
            (
                code(row.row_id),
                row.scale,
                row.sex or "anyone",
                f"{row.lower} to {row.upper}" if row.upper is not None else f"{row.lower} or more",
                row.band,
                "yes" if row.positive else "no",
                row.seen.value,
                row.licence,
            )
            for row in read_table("behavior_screens", ScaleRow)
        ),
    )


def _accuracy() -> Iterator[str]:
    for half in ("seen", "unseen"):
        scored = language_accuracy.score(half)
        yield f"The {half} half: precision {scored.precision:.2f}, recall {scored.recall:.2f}."
        yield ""
        yield from table(
            ("marked as", "marked", "found as such", "precision", "recall", "else"),
            language_accuracy.categories(scored),
        )
        yield ""


def _errors() -> Iterator[str]:
    return table(
        ("sentence", "half", "marked as", "found as", "words"),
        (
            (name, half, gold, found, words)
            for half in ("seen", "unseen")
            for name, gold, found, words in language_accuracy.score(half).errors
        ),
    )


PARTS: Final[dict[str, Callable[[], Iterator[str]]]] = {
    "determination": lambda: cases(determination.CASES, "determination", "answer", "weight"),
    "decider": lambda: cases(deciders.CASES, "kind", "answer", "weight"),
    "escalation": _steps,
    "leaving": lambda: cases(leaving.CASES, "next", "answer", "weight"),
    "minors": lambda: cases(minors.CASES, "decides", "answer", "weight"),
    "consent-authority": lambda: cases(authority.CASES, "authority", "answer", "weight"),
    "consent-matrix": _matrix,
    "consent-freshness": _freshness,
    "telling": lambda: cases(diagnosis.CASES, "telling", "answer"),
    "diagnosis-elements": _elements,
    "base-intervals": _base,
    "guidelines": lambda: _applied("guideline"),
    "caps": lambda: _applied("cap"),
    "law": lambda: _applied("law", "limit"),
    "bounds": lambda: _applied("floor", "ceiling", "revisit"),
    "phases": lambda: _applied("phase-end", "episode-gap"),
    "taper-verdicts": lambda: cases(plans.CASES, "verdict"),
    "taper-moves": lambda: cases(course.CASES, "move"),
    "taper-methods": lambda: _methods(Role.PLAN),
    "taper-caps": lambda: _methods(Role.CEILING, Role.TOTAL),
    "taper-none": lambda: _methods(Role.NONE),
    "taper-holds": _holds,
    "never-abrupt": _never_abrupt,
    "taper-settings": _taper_settings,
    "triggers": _triggers,
    "interactions": _interactions,
    "cascades": _cascades,
    "holds": _hold_reasons,
    "monitoring": _monitoring,
    "candidates": lambda: cases(candidates.CASES, "answer"),
    "gradual-reduction": lambda: cases(reductions.CASES, "state", "answer"),
    "jurisdictions": _jurisdictions,
    "overlays": _overlays,
    "marks": _marks,
    "rules": _rules,
    "weighing": lambda: cases(language.CASES, "weighed", "marking"),
    "language-accuracy": _accuracy,
    "language-errors": _errors,
    "belief-questions": lambda: cases(boundaries.CASES, "kind"),
    "boundary-guides": _guides,
    "punishment": lambda: cases(risky_behaviors.CASES, "stance", "answer"),
    "stages": _stages,
    "menus": _menus,
    "screens": _screens,
    "ending-care": lambda: cases(ending_care.CASES, "ending", "answer"),
    "order-of-options": lambda: cases(preferences.CASES, "skipping", "answer"),
    "non-negotiables": lambda: table(non_negotiables.HEADER, non_negotiables.lines()),
}


def filled(page: str) -> str:
    """Return a page with its generated parts as the code and the tables say today."""
    return BLOCK.sub(lambda found: "\n".join((found[1], *PARTS[found[2]](), "", found[3])), page)


def pages() -> tuple[Path, ...]:
    """Return every page of the documentation."""
    return tuple(sorted(DOCS.glob("*.md")))


if __name__ == "__main__":
    for path in pages():
        path.write_text(filled(path.read_text("utf-8")), "utf-8")
