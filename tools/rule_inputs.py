# ruff: noqa: ANN401  # records of every class
"""
What each rule reads, found out by changing one field at a time: `data/rule_inputs.csv` and `data/rule_tables.csv`.

Every review that the vignettes and the unit tests ask for is asked for again with one field of one record changed. A
rule whose findings differ reads that field. `python tools/rule_inputs.py` adds to both tables (minutes), with `--anew`
it replaces them; the suite does the same over a part of these reviews, and fails if a rule reads what they do not name.
"""

import csv
import dataclasses
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import redirect_stdout
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, NamedTuple, Union, get_args, get_origin, get_type_hints

import pytest

from alliance_core import competency, consent, deprescribing, diagnosis, invitations, links, relationship, review
from alliance_core.base.doses import Dose
from alliance_core.base.errors import AllianceError
from alliance_core.base.kinds import changed
from alliance_core.base.tables import read_table
from alliance_core.edges.wire import read_chart
from alliance_core.policy import TABLES, load_policy
from alliance_core.records import Coding

ROOT: Final = Path(__file__).resolve().parent.parent
DATA: Final = ROOT / "src" / "alliance_core" / "data"
CALLS: Final = (
    (competency, "review_capacity"),
    (consent, "review_consent"),
    (deprescribing, "review_regimen"),
    (diagnosis, "review_diagnosis"),
    (invitations, "review_invitation"),
    (links, "review_links"),
    (relationship, "review_note"),
    (relationship, "review_behavior_plan"),
    (relationship, "review_belief_question"),
    (relationship, "review_preferences"),
    (review, "review_chart"),
)
#: What an area is handed, made of a chart's records: their own fields are no fields of a chart.
MADE: Final = frozenset({"ConsentEvent", "PreferenceQuestion", "ProposedOption", "Regimen"})
#: What is one value, though it has fields.
WHOLE: Final = (Coding, Dose)
#: A field that names its record: whatever has another id is another record.
NAME: Final = "id"


class Asked(NamedTuple):
    """One review that somebody asked for."""

    review: Callable[..., Any]
    record: Any
    policy: Any
    on: date

    def of(self, record: Any) -> Any:
        """Return the review of another record."""
        return self.review(record, policy=self.policy, on=self.on)


class Reads(NamedTuple):
    """What rules read: fields of records, and tables whose rows their findings cite."""

    fields: set[tuple[str, str, str]]
    tables: set[tuple[str, str]]


# -- changing one field ----------------------------------------------------------------------------------------------


def variants(record: Any, on: date) -> Iterator[tuple[str, str, Any]]:
    """Return the record with one field of it, or of a record in it, changed: whose field, which, and the record."""
    for name, hint in hints(type(record)).items():
        now = getattr(record, name)
        if name != NAME and type(record).__name__ not in MADE:
            for other in others(hint, now, on):
                if (made := tried(record, name, other)) is not None:
                    yield type(record).__name__, name, made
        for kind, inner, other in within(now, on):
            if (made := tried(record, name, other)) is not None:
                yield kind, inner, made


def within(now: Any, on: date) -> Iterator[tuple[str, str, Any]]:
    """Return the value of a field with a field of a record in it changed."""
    if isinstance(now, tuple):
        for place, one in enumerate(now):
            for kind, inner, other in within(one, on):
                yield kind, inner, (*now[:place], other, *now[place + 1 :])
    elif is_record(now):
        yield from variants(now, on)


def is_record(thing: Any) -> bool:
    """Whether it is a record whose fields are changed one by one."""
    return dataclasses.is_dataclass(thing) and not isinstance(thing, WHOLE)


def tried(record: Any, name: str, other: Any) -> Any:
    """Return the record with a field changed; None if no such record can be."""
    try:
        return changed(record, **{name: other})
    except AllianceError:
        return None


@cache
def hints(kind: Any) -> dict[str, Any]:
    """Return the fields of a record class with their types."""
    return get_type_hints(kind)


def others(hint: Any, now: Any, on: date) -> Iterator[Any]:
    """Return other values that the field could have."""
    yield from (one for one in possible(hint, on) if one != now)
    if isinstance(now, tuple) and len(now) > 1:
        yield now[1:]


@cache
def possible(hint: Any, on: date) -> tuple[Any, ...]:
    """Return a few values of a type: none, each member of an enum, days on both sides of the day."""
    if get_origin(hint) is Annotated:
        return possible(get_args(hint)[0], on)
    if get_origin(hint) in {Union, UnionType}:
        return tuple(value for kind in get_args(hint) for value in possible(kind, on))
    if get_origin(hint) is tuple:
        return ((), *((one,) for one in possible(get_args(hint)[0], on)))
    if hint is NoneType:
        return (None,)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return tuple(hint)
    return VALUES.get(hint, lambda _: ())(on)


VALUES: Final[dict[Any, Callable[[date], tuple[Any, ...]]]] = {
    str: lambda on: ("another", str(on.year - 90), str(on.year - 10)),
    date: lambda on: tuple(on + timedelta(days=days) for days in (-4000, -400, -45, -1, 0, 40)),
    Decimal: lambda _: (Decimal(0), Decimal(3), Decimal(10_000)),
    int: lambda _: (0, 1, 60),
    bool: lambda _: (False, True),
}


# -- what differs ----------------------------------------------------------------------------------------------------


def by_rule(made: Any) -> dict[str, frozenset[Any]]:
    """Return a review's findings by rule."""
    found: dict[str, set[Any]] = {}
    for one in made.findings:
        found.setdefault(one.rule, set()).add(one)
    return {rule: frozenset(findings) for rule, findings in found.items()}


def differing(was: dict[str, frozenset[Any]], now: dict[str, frozenset[Any]]) -> Iterator[str]:
    """Return the rules that found something else."""
    yield from (rule for rule in was.keys() | now.keys() if was.get(rule) != now.get(rule))


def reads_of(asked: Iterable[Asked]) -> Reads:
    """Return what rules read in these reviews."""
    reads = Reads(set(), set())
    for one in asked:
        was = by_rule(one.of(one.record))
        reads.tables.update(cited(was))
        for kind, name, other in variants(one.record, one.on):
            now = by_rule(one.of(other))
            reads.fields.update((rule, kind, name) for rule in differing(was, now))
            reads.tables.update(cited(now))
    return reads


def cited(found: dict[str, frozenset[Any]]) -> Iterator[tuple[str, str]]:
    """Return each rule with the tables of the rows that its findings cite."""
    tables = table_of_row()
    for rule, findings in found.items():
        yield from ((rule, tables[row]) for one in findings for row in one.rows if row in tables)


@cache
def table_of_row() -> dict[str, str]:
    """Return the table of every shipped row."""
    return {row.row_id: name for name, kind in TABLES.items() for row in read_table(name, kind)}


# -- the reviews to change -------------------------------------------------------------------------------------------


ASKED: Final = {(module, name): getattr(module, name) for module, name in CALLS}


class Listener:
    """A plugin of pytest that keeps every review that a test asks for."""

    def __init__(self) -> None:
        self.asked: dict[Any, Asked] = {}
        for (module, name), asked in ASKED.items():
            setattr(module, name, partial(self._listen, asked))

    def _listen(self, asked: Callable[..., Any], record: Any, **how: Any) -> Any:
        made = asked(record, **how)
        if set(how) == {"policy", "on"} and date(2000, 1, 1) < how["on"] < date(2100, 1, 1):
            one = Asked(review=asked, record=record, **how)
            self.asked.setdefault((asked.__name__, record, id(how["policy"]), how["on"]), one)
        return made


def heard(*words: str) -> tuple[Asked, ...]:
    """Return every review that the tests which these words of a command line choose ask for."""
    for name in [name for name, one in sys.modules.items() if _is_test(one)]:
        del sys.modules[name]  # so that it asks this listener
    listener = Listener()
    with redirect_stdout(sys.stderr):
        if pytest.main(["-q", "-p", "no:cacheprovider", *words], plugins=[listener]) != 0:
            raise SystemExit("the tests do not pass: mend them first")
    return tuple(listener.asked.values())


def _is_test(module: Any) -> bool:
    return str(getattr(module, "__file__", "")).startswith(str(ROOT / "tests"))


def shown() -> Iterator[Asked]:
    """Return the reviews of the example charts."""
    ask = review.review_chart
    for path in sorted((ROOT / "examples" / "native").glob("*.json")):
        for place in ("US", "GB-EAW"):
            yield Asked(ask, read_chart(path.read_bytes()), load_policy(place), date(2026, 11, 24))


def some(asked: Iterable[Asked], most: int) -> Iterator[Asked]:
    """Return at most so many reviews of each kind, from all over."""
    kinds: dict[str, list[Asked]] = {}
    for one in asked:
        kinds.setdefault(one.review.__name__, []).append(one)
    for of_kind in kinds.values():
        yield from of_kind[:: -(-len(of_kind) // max(most // DEAR.get(of_kind[0].review.__name__, 1), 1))]


#: How many times fewer reviews of a kind are asked for, because one of a whole chart is many.
DEAR: Final = {"review_chart": 50, "review_consent": 2}


# -- the tables ------------------------------------------------------------------------------------------------------


def written(name: str) -> set[tuple[str, ...]]:
    """Return the rows of a table."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {tuple(row) for row in csv.reader(file)} - {HEADERS[name]}


HEADERS: Final = {"rule_inputs": ("rule", "record", "field"), "rule_tables": ("rule", "table")}


def write(name: str, rows: Iterable[tuple[str, ...]]) -> None:
    """Write a table, its rows in order."""
    with (DATA / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows((HEADERS[name], *sorted(rows)))


def whole() -> Reads:
    """Return what rules read in as many reviews as minutes allow, those of `part` among them."""
    reads, also = reads_of((*shown(), *some(heard("tests/vignettes", "tests/unit"), 1000))), part()
    return Reads(reads.fields | also.fields, reads.tables | also.tables)


def part() -> Reads:
    """Return what rules read in as many reviews as a test may take."""
    return reads_of((*list(shown())[::14], *some(heard("tests/vignettes", "-k", ANSWERS), 24)))


#: The tests that ask for the review of each vignette once.
ANSWERS: Final = "answers_as or answer_as"


def main(word: str = "") -> int:
    """Add to the tables, or with `--anew` replace them; with `--check` or `--whole` say what they do not name."""
    reads = part() if word == "--check" else whole()
    found = {"rule_inputs": reads.fields, "rule_tables": reads.tables}
    if word in {"", "--anew"}:
        for name, rows in found.items():
            write(name, rows if word else rows | written(name))
        return 0
    lines = [f"{name}: {' '.join(row)} is read, and not named" for name in found for row in found[name] - written(name)]
    sys.stdout.write("".join(f"{line}\n" for line in sorted(lines)))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
