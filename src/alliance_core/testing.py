"""
Hypothesis strategies for everything this library reads: days, facts, doses, records, charts, bundles and policies.

The one module that needs Hypothesis. What is drawn always passes the record's own checks; dates lie around the review
day and close to where an answer may change; a fact that is left out is *not recorded*, and many are.
"""

import calendar
import csv
import dataclasses
import itertools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib.resources import files
from io import StringIO
from types import NoneType
from typing import Annotated, Any, Final, TypeGuard, TypeVar, cast, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.doses import Amount, Dose, DoseUnit
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import changed, fields_of
from alliance_core.base.sources import Basis
from alliance_core.base.tables import Row
from alliance_core.chart import Chart
from alliance_core.competency.records import Code, Decider, DecisionCapacity
from alliance_core.consent.records import ConsentDiscussion
from alliance_core.deprescribing.policy import (
    ApartReading,
    FirstDayReading,
    LaterYearsReading,
    MonthReading,
    QuarterReading,
)
from alliance_core.diagnosis import DiagnosisRevision
from alliance_core.policy import Policy, load_policy
from alliance_core.records import (
    Coding,
    Encounter,
    Label,
    Measure,
    MedicationStatement,
    OtherPerson,
    PartialDate,
    Problem,
    RecordId,
    Text,
)

T = TypeVar("T")
R = TypeVar("R", bound=Row)

#: The day around which dates lie when a test names none.
REVIEW_DAY: Final = date(2026, 11, 24)
FIRST_DAY: Final = date(2015, 1, 1)
LAST_DAY: Final = date(2030, 12, 31)

# -- days, durations, facts, doses -----------------------------------------------------------------------------------


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _near_month_end(year: int, month: int, shift: int) -> date:
    return min(max(_month_end(year, month) + timedelta(days=shift), FIRST_DAY), LAST_DAY)


_YEARS: Final = st.integers(FIRST_DAY.year, LAST_DAY.year)


def days() -> st.SearchStrategy[date]:
    """Draw a day from 2015 to 2030, every other one within three days of the end of a month."""
    near_ends = st.builds(_near_month_end, _YEARS, st.integers(1, 12), st.integers(-3, 3))
    return st.dates(FIRST_DAY, LAST_DAY) | near_ends


#: Distances in days at which clocks of this field turn, each also missed by a day.
_TURNS: Final = (0, 1, 7, 14, 28, 30, 42, 84, 90, 92, 180, 183, 365, 730)
_DISTANCES: Final = st.sampled_from(sorted({t + d for t in _TURNS for d in (-1, 0, 1)})) | st.integers(0, 1200)
#: A record mostly lies behind; a plan or a late entry lies ahead.
_OFFSETS: Final = st.one_of(_DISTANCES.map(lambda n: -n), _DISTANCES.map(lambda n: -n), _DISTANCES)


def days_around(on: date) -> st.SearchStrategy[date]:
    """Draw a day behind or ahead of `on`, often where a clock of days or of months turns."""
    in_months = st.builds(_months_from, st.just(on), st.sampled_from(_MONTHS), st.integers(-1, 1))
    return _OFFSETS.map(lambda n: on + timedelta(days=n)) | in_months


_MONTHS: Final = (-24, -12, -6, -3, -1, 1, 3, 6, 12)


def _months_from(on: date, months: int, shift: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    same_day = min(_month_end(year, month + 1), date(year, month + 1, 1) + timedelta(days=on.day - 1))
    return same_day + timedelta(days=shift)


def durations(*, hours: bool = False) -> st.SearchStrategy[CalendarDuration]:
    """Draw a duration of up to four years, half of them whole months or whole weeks; with hours only if asked."""
    counts = st.integers(0, 48)
    if hours:
        return st.builds(CalendarDuration, months=counts, days=st.integers(0, 400), hours=st.integers(0, 200))
    return st.one_of(
        st.builds(CalendarDuration, months=counts),
        counts.map(lambda weeks: CalendarDuration(days=7 * weeks)),
        st.builds(CalendarDuration, months=counts, days=st.integers(0, 400)),
    )


def recorded() -> st.SearchStrategy[Recorded]:
    """Draw any of the four values of a fact."""
    return st.sampled_from(Recorded)


_USUAL_AMOUNTS: Final = tuple(
    Decimal(text) for text in ("0.125", "0.25", "0.5", "1", "2.5", "5", "10", "12.5", "20", "25", "37.5", "75", "300")
)


def amounts() -> st.SearchStrategy[Decimal]:
    """Draw an amount that a dose may have: mostly a usual one, else any up to the bounds."""
    anything = st.integers(1, 999_999_999_999).map(lambda n: Decimal(n).scaleb(-6))
    return st.sampled_from(_USUAL_AMOUNTS) | anything


def doses(*, unit: DoseUnit | None = None) -> st.SearchStrategy[Dose]:
    """Draw a dose in `unit`, or in any; mostly one a day, else a depot's."""
    units = st.sampled_from(DoseUnit) if unit is None else st.just(unit)
    return st.builds(Dose, amount=amounts(), unit=units, every_days=st.sampled_from((1, 1, 7, 14, 28, 30, 84)))


# -- words that the tables know --------------------------------------------------------------------------------------


@cache
def _table(name: str) -> tuple[Mapping[str, str], ...]:
    """Return a shipped table as it stands, so that no row class is needed to draw its words."""
    text = (files("alliance_core") / "data" / f"{name}.csv").read_text("utf-8")
    return tuple(csv.DictReader(StringIO(text, newline="")))


@cache
def words(table: str, column: str) -> st.SearchStrategy[str]:
    """Draw one of the words that stand in a column of a shipped table."""
    return st.sampled_from(sorted({row[column] for row in _table(table) if row[column]}))


#: For each field that holds a word of a table: the table and the column.
_COLUMN_OF: Final = {
    "decision": ("capacity_decisions", "decision"),
    "concern_reasons": ("capacity_grounds", "ground"),
    "grounds": ("capacity_grounds", "ground"),
    "trigger": ("capacity_clocks", "trigger"),
    "cause": ("capacity_clocks", "cause"),
    "decider_class": ("surrogate_order", "decider_class"),
    "no_one_in": ("surrogate_order", "decider_class"),
}

RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"


@cache
def _medicine_codes() -> tuple[tuple[str, str], ...]:
    """Return (name, RxNorm code) of every shipped medicine and every shipped strength."""
    whole = ((row["name"], row["rxnorm_ingredient"]) for row in _table("medicines"))
    parts = ((row["medicine"], row["rxnorm_clinical_drug"]) for row in _table("strengths"))
    return tuple((name, code) for name, code in (*whole, *parts) if code)


def medicine_codings() -> st.SearchStrategy[Coding]:
    """Draw a coding of a medicine that the shipped tables know: an ingredient or a clinical drug."""
    pairs = st.deferred(lambda: st.sampled_from(_medicine_codes()))
    return pairs.map(lambda pair: Coding(system=RXNORM, code=pair[1], display=pair[0]))


def problem_codings() -> st.SearchStrategy[Coding]:
    """Draw a coding of a problem that the shipped tables know."""
    rows = st.deferred(lambda: st.sampled_from(_table("problem_kinds")))
    return rows.map(lambda row: Coding(system=row["system"], code=row["code"], display=row["problem"]))


# -- records ---------------------------------------------------------------------------------------------------------

_TEXTS: Final = st.sampled_from(
    ("as before", "sertraline", "50 mg in the morning", "sister", "Dr. Ng", "worse at night", "purpose", "naïve, 5 °C")
)
#: Ages in years that a rule may ask for, and some between.
_AGES: Final = st.sampled_from((10, 15, 17, 18, 25, 26, 40, 64, 65, 66, 85))


@attrs.define(kw_only=True)
class _Scene:
    """What the parts of one drawn example share: its day, its texts, and the ids given so far."""

    draw: st.DrawFn
    on: date
    texts: st.SearchStrategy[str]
    numbers: "itertools.count[int]"
    known: dict[str, list[str]] = attrs.field(factory=dict[str, list[str]])

    def name(self, kind: type[Any]) -> str:
        """Give an id that nothing else in this example has."""
        made = f"{kind.__name__.lower()}-{next(self.numbers)}"
        self.known.setdefault(kind.__name__, []).append(made)
        return made


Drawer = Callable[[_Scene], object]

#: For each field that points at another record: what kind of record that is.
_POINTS_AT: Final[Mapping[str, type[Any]]] = {
    "medication": MedicationStatement,
    "medicines": MedicationStatement,
    "indications": Problem,
    "problem": Problem,
    "for_problem": Problem,
    "decider": Decider,
    "nominee": OtherPerson,
}


def _reference(kind: type[Any]) -> Drawer:
    """Point at a record drawn before, or now and then at one that is not there."""
    return lambda scene: scene.draw(st.sampled_from((*scene.known.get(kind.__name__, ()), "not-in-this-chart")))


def _born_on(scene: _Scene) -> str:
    """Write a birth date near a birthday that matters, whole or in part."""
    near = scene.on + timedelta(days=scene.draw(st.integers(-2, 2)))
    whole = near.replace(year=near.year - scene.draw(_AGES), day=min(near.day, 28)).isoformat()
    return whole[: scene.draw(st.sampled_from((10, 10, 7, 4)))]


def _day(scene: _Scene) -> date:
    return scene.draw(_days_around(scene.on))


@cache
def _days_around(on: date) -> st.SearchStrategy[date]:
    return days_around(on)


def _moment(scene: _Scene) -> datetime:
    """Draw a local time of day: a record says it as the clock on the wall did."""
    day = _day(scene)
    return datetime(day.year, day.month, day.day, *scene.draw(_CLOCK))  # noqa: DTZ001  # local by design


_CLOCK: Final = st.sampled_from(((0, 0), (8, 30), (23, 59)))
_MEASURES: Final = st.integers(-1_000, 1_000_000).map(lambda n: Decimal(n).scaleb(-2))


def _coding(scene: _Scene) -> Coding:
    """Draw a code of no table, in the form that codes have."""
    code = scene.draw(st.integers(1, 99))
    return Coding(system="urn:example:codes", code=f"code-{code}", display=scene.draw(st.none() | scene.texts))


def _drawn(strategy: st.SearchStrategy[Any]) -> Drawer:
    return lambda scene: scene.draw(strategy)


def _text(scene: _Scene) -> str:
    return scene.draw(scene.texts)


def _code(name: str) -> Drawer:
    if name not in _COLUMN_OF:
        return _drawn(st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8})?", fullmatch=True))
    return _drawn(words(*_COLUMN_OF[name]))


def _plain(kind: object) -> Drawer | None:
    """Return how a value is drawn whose annotation alone says what it is."""
    known: tuple[tuple[object, Drawer], ...] = (
        (date, _day),
        (datetime, _moment),
        (Label, _text),
        (Text, _text),
        (PartialDate, _born_on),
        (Amount, _drawn(amounts())),
        (Measure, _drawn(_MEASURES)),
        (int, _drawn(st.integers(0, 200))),
        (Dose, _drawn(doses())),
        (Coding, _coding),
    )
    return next((drawer for annotation, drawer in known if annotation == kind), None)


def _drawer(kind: Any, name: str, owner: type[Any]) -> Drawer:  # noqa: ANN401  # an annotation may be any object
    """Return how a value for the field `name` of `owner` is drawn; raises `TypeError` for a kind nobody foresaw."""
    if kind == RecordId:
        return _reference(_POINTS_AT[name]) if name in _POINTS_AT else lambda scene: scene.name(owner)
    if kind == Code:
        return _code(name)
    if (plain := _plain(kind)) is not None:
        return plain
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _drawn(st.sampled_from(kind))
    if isinstance(kind, type) and dataclasses.is_dataclass(cast("object", kind)):
        return _inner(cast("type[Any]", kind))
    return _compound(kind, name, owner)


def _inner(kind: type[Any]) -> Drawer:
    return lambda scene: _draw_record(scene, kind)


def _compound(kind: Any, name: str, owner: type[Any]) -> Drawer:  # noqa: ANN401
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return _several(_codes_of(owner, name) or _drawer(inner[0], name, owner))
    if NoneType in inner:
        return _perhaps(_drawer(next(one for one in inner if one is not NoneType), name, owner))
    if origin is Annotated and inner[0] is int:
        return _drawn(_whole_numbers(kind))
    if origin is Annotated and inner[0] is Decimal:
        return _drawn(_USUAL)
    if origin is Annotated and get_origin(inner[0]) is tuple:
        one = _drawer(get_args(inner[0])[0], name, owner)
        return lambda scene: tuple(one(scene) for _ in range(scene.draw(_SOME)))
    raise TypeError(f"{owner.__name__}.{name} is of a kind that alliance_core.testing cannot draw yet: teach it there")


def _codes_of(owner: type[Any], name: str) -> Drawer | None:
    if (owner, name) in {(MedicationStatement, "codes"), (ConsentDiscussion, "treatment_codes")}:
        return _drawn(medicine_codings())
    return _drawn(problem_codings()) if (owner, name) == (Problem, "codes") else None


def _whole_numbers(kind: Any) -> st.SearchStrategy[int]:  # noqa: ANN401
    """Draw from the bounds that the annotation itself names."""
    bounds = [bound for field in kind.__metadata__ for bound in field.metadata]
    least = next(bound.ge for bound in bounds if hasattr(bound, "ge"))
    most = next(bound.le for bound in bounds if hasattr(bound, "le"))
    return st.integers(least, most)


def _perhaps(drawer: Drawer) -> Drawer:
    return lambda scene: drawer(scene) if scene.draw(_THREE_IN_FOUR) else None


#: Amounts that any bounded decimal may have.
_USUAL: Final = st.sampled_from(_USUAL_AMOUNTS)
_SOME: Final = st.sampled_from((1, 2, 3))
_THREE_IN_FOUR: Final = st.sampled_from((True, True, True, False))
_HOW_MANY: Final = st.sampled_from((1, 0, 1, 2))


def _several(drawer: Drawer) -> Drawer:
    return lambda scene: tuple(drawer(scene) for _ in range(scene.draw(_HOW_MANY)))


@attrs.frozen
class _Slot:
    """One field of a record: its name, whether it may be left out, and how its value is drawn."""

    name: str
    optional: bool
    drawer: Drawer


def _settled(draw: st.DrawFn, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Draw what is a strategy, and keep what is a value."""
    return {name: draw(one) if _is_strategy(one) else one for name, one in overrides.items()}


def _is_strategy(one: object) -> TypeGuard[st.SearchStrategy[Any]]:
    return isinstance(one, st.SearchStrategy)


@cache
def _slots(cls: Any) -> tuple[_Slot, ...]:  # noqa: ANN401  # the cache cannot carry a type variable
    hints = get_type_hints(cls, include_extras=True)
    return tuple(
        _Slot(
            field.name,
            field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING,
            _drawer(hints[field.name], field.name, cls),
        )
        for field in dataclasses.fields(cls)
        if field.name != "schema"
    )


def _chosen(scene: _Scene, optional: Sequence[str]) -> frozenset[str]:
    """Choose which optional fields are recorded: a few, or all of them."""
    if not optional or scene.draw(st.booleans()):
        return frozenset(optional)
    return frozenset(scene.draw(st.sets(st.sampled_from(optional), max_size=5)))


def _draw_record(scene: _Scene, cls: type[T], overrides: Mapping[str, Any] | None = None) -> T:
    given = dict(overrides or {})
    slots = [slot for slot in _slots(cast("Any", cls)) if slot.name not in given]
    chosen = _chosen(scene, [slot.name for slot in slots if slot.optional])
    data = {slot.name: slot.drawer(scene) for slot in slots if not slot.optional or slot.name in chosen}
    data |= _settled(scene.draw, given)
    return cls(**_mended(cls, data, given))


def _mended(cls: type[Any], data: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Make drawn fields agree where the record checks one against another; what the test gave stays as it is."""
    for mend in _MENDS.get(cls, ()):
        data |= {name: one for name, one in mend(data).items() if name not in given}
    return data


def _in_order(first: str, second: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    def mend(data: Mapping[str, Any]) -> dict[str, Any]:
        start, end = data.get(first), data.get(second)
        return {first: min(start, end), second: max(start, end)} if start and end else {}

    return mend


def _activated_only_with_deciders(data: Mapping[str, Any]) -> dict[str, Any]:
    return {} if data.get("deciders") else {"activated": Recorded.NOT_RECORDED}


#: For each record that checks one field against another: how a drawn example is made to agree.
_MENDS: Final[Mapping[type[Any], tuple[Callable[[Mapping[str, Any]], dict[str, Any]], ...]]] = {
    Encounter: (_in_order("started_on", "ended_on"),),
    MedicationStatement: (_in_order("started_on", "stopped_on"),),
    DiagnosisRevision: (_in_order("planned_on", "revised_on"),),
    DecisionCapacity: (_activated_only_with_deciders,),
}


@st.composite
def _one_record(
    draw: st.DrawFn, cls: type[T], on: date, texts: st.SearchStrategy[str], overrides: Mapping[str, Any]
) -> T:
    start = 1000 * draw(st.integers(1, 9999))  # so that two records drawn apart seldom share an id
    return _draw_record(_Scene(draw=draw, on=on, texts=texts, numbers=itertools.count(start)), cls, overrides)


def records(
    cls: type[T],
    *,
    on: date = REVIEW_DAY,
    texts: st.SearchStrategy[str] = _TEXTS,
    **overrides: Any,  # noqa: ANN401  # a value or a strategy
) -> st.SearchStrategy[T]:
    """
    Draw a record of `cls`: a few of its fields, or all; an override is a value or a strategy.

    Dates lie around `on`. A field that is left out has its default, so mostly it is *not recorded*.
    """
    return _one_record(cls, on, texts, overrides)


# -- charts ----------------------------------------------------------------------------------------------------------

#: The order in which lists are drawn, so that a record can point at one drawn before.
_FIRST: Final = ("person", "problems", "people", "medications", "decisions")


@st.composite
def _one_chart(draw: st.DrawFn, on: date, texts: st.SearchStrategy[str], overrides: Mapping[str, Any]) -> Chart:
    scene = _Scene(draw=draw, on=on, texts=texts, numbers=itertools.count(1))
    by_name = {slot.name: slot for slot in _slots(Chart)}
    ordered = [*_FIRST, *(name for name in by_name if name not in _FIRST)]
    data = {name: by_name[name].drawer(scene) for name in ordered if name not in overrides}
    data |= _settled(draw, overrides)
    return Chart(**data)  # type: ignore[arg-type]  # each value was drawn from its own field's annotation


def charts(
    *,
    on: date = REVIEW_DAY,
    texts: st.SearchStrategy[str] = _TEXTS,
    **overrides: Any,  # noqa: ANN401  # a value or a strategy
) -> st.SearchStrategy[Chart]:
    """
    Draw a small, rich chart whose ids are unique and whose dates lie around `on`.

    Records point at one another (an indication at a problem, a discussion at a medicine), now and then at nothing.
    An override is a value or a strategy; keeping ids unique is then the test's own part.
    """
    return _one_chart(on, texts, overrides)


def charts_on_days() -> st.SearchStrategy[tuple[Chart, date]]:
    """Draw a day, and a chart whose dates lie around it."""
    return days().flatmap(lambda on: st.tuples(charts(on=on), st.just(on)))


@st.composite
def permuted(draw: st.DrawFn, chart: Chart) -> Chart:
    """Draw the same chart with the records of each list in another order."""
    lists = {name: one for name, one in fields_of(chart).items() if _is_list(one)}
    return changed(chart, **{name: tuple(draw(st.permutations(one))) for name, one in lists.items()})


def _is_list(one: object) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(one, tuple)


# -- FHIR -----------------------------------------------------------------------------------------------------------

_SNOMED: Final = "http://snomed.info/sct"
_QUESTIONS: Final = "urn:alliance-core:questionnaire:medication-history"
_ASKED: Final = ("other_prescribers", "over_the_counter", "supplements", "herbals")
#: A kind of resource, and what makes one of them.
_Maker = Callable[[st.DrawFn, date], dict[str, Any]]


def _request(draw: st.DrawFn, on: date) -> dict[str, Any]:
    coding = draw(medicine_codings())
    return {
        "resourceType": "MedicationRequest",
        "status": draw(st.sampled_from(("active", "completed", "stopped", "on-hold", "cancelled", "draft"))),
        "intent": draw(st.sampled_from(("order", "order", "plan", "proposal"))),
        "medicationCodeableConcept": {"coding": [{"system": coding.system, "code": coding.code}]},
        "authoredOn": draw(_days_around(on)).isoformat(),
    }


def _dispense(draw: st.DrawFn, on: date) -> dict[str, Any]:
    coding = draw(medicine_codings())
    return {
        "resourceType": "MedicationDispense",
        "status": "completed",
        "medicationCodeableConcept": {"coding": [{"system": coding.system, "code": coding.code}]},
        "whenHandedOver": draw(_days_around(on)).isoformat(),
        "daysSupply": {"value": draw(st.sampled_from((7, 28, 30, 90))), "unit": "d"},
    }


def _condition(draw: st.DrawFn, on: date) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "code": {"coding": [{"system": _SNOMED, "code": draw(st.sampled_from(("370143000", "26929004", "13746004")))}]},
        "recordedDate": draw(_days_around(on)).isoformat(),
    }


def _encounter(draw: st.DrawFn, on: date) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "status": "finished",
        "class": {"code": draw(st.sampled_from(("AMB", "IMP", "EMER", "VR")))},
        "period": {"start": draw(_days_around(on)).isoformat()},
    }


def _history(draw: st.DrawFn, on: date) -> dict[str, Any]:
    answers = {name: draw(st.booleans()) for name in draw(st.sets(st.sampled_from(_ASKED), min_size=1))}
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": _QUESTIONS,
        "authored": draw(_days_around(on)).isoformat(),
        "item": [{"linkId": name, "answer": [{"valueBoolean": one}]} for name, one in answers.items()],
    }


def _not_read(draw: st.DrawFn, on: date) -> dict[str, Any]:
    return {"resourceType": draw(st.sampled_from(("Immunization", "Claim"))), "status": "x", "created": on.isoformat()}


_MAKERS: Final[tuple[_Maker, ...]] = (_request, _dispense, _condition, _encounter, _history, _not_read)


@st.composite
def bundles(draw: st.DrawFn, *, on: date = REVIEW_DAY, patients: int = 1) -> bytes:
    """Draw a FHIR R4 Bundle of a few patients as bytes: resources that rules read, and some that none does."""
    numbers, found = itertools.count(1), list[dict[str, Any]]()
    for number in range(1, patients + 1):
        who = {"reference": f"Patient/patient-{number}"}
        born = on.replace(year=on.year - draw(_AGES), day=min(on.day, _IN_EVERY_MONTH)).isoformat()
        found.append({"resourceType": "Patient", "id": f"patient-{number}", "birthDate": born})
        for maker in draw(st.lists(st.sampled_from(_MAKERS), max_size=6)):
            found.append({**maker(draw, on), "id": f"r{next(numbers)}", "subject": who})
    entries = [{"resource": one} for one in draw(st.permutations(found))]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


_IN_EVERY_MONTH: Final = 28


# -- policy ----------------------------------------------------------------------------------------------------------

_JURISDICTIONS: Final = ("any", "US", "US-NH", "US-CA", "GB", "GB-EAW")
_WORDS: Final = st.sampled_from(("", "any", "guardian", "medication", "benzodiazepine", "assessed"))
_CELLS: Final[Mapping[object, st.SearchStrategy[Any]]] = {
    str: _WORDS,
    int: st.integers(0, 100),
    bool: st.booleans(),
    Decimal: amounts(),
    date: days(),
    CalendarDuration: durations(),
}
_FRAME: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "row_id": st.integers(1, 99_999).map(lambda n: f"ROW-{n}"),
    "jurisdiction": st.sampled_from(_JURISDICTIONS),
    "overlay": st.sampled_from(("", "", "", "nursing-facility", "site-a")),
    "source_id": st.sampled_from(("seed", "practice", "site:example")),
    "locator": st.just("section 1"),
}


def _cell(annotation: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401  # an annotation may be any object
    if annotation in _CELLS:
        return _CELLS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    inner = next(kind for kind in get_args(annotation) if kind is not NoneType)
    return st.none() | _cell(inner)


@cache
def _cells(kind: Any) -> Mapping[str, st.SearchStrategy[Any]]:  # noqa: ANN401
    hints = get_type_hints(kind)
    return {name: _FRAME[name] if name in _FRAME else _cell(hints[name]) for name in attrs.fields_dict(kind)}


@st.composite
def _one_row(draw: st.DrawFn, kind: type[R], overrides: Mapping[str, Any]) -> R:
    data = _settled(draw, {**_cells(cast("Any", kind)), **overrides})
    start, end = data["effective_from"], data["effective_to"]
    if start is not None and end is not None and not {"effective_from", "effective_to"} & overrides.keys():
        data |= {"effective_from": min(start, end), "effective_to": max(start, end)}
    return kind(**data)


def rows(kind: type[R], **overrides: Any) -> st.SearchStrategy[R]:  # noqa: ANN401
    """Draw a row of any table, its dates in order; an override is a value or a strategy."""
    return _one_row(kind, overrides)


def row_sets(kind: type[R], *, most: int = 6, **overrides: Any) -> st.SearchStrategy[tuple[R, ...]]:  # noqa: ANN401
    """Draw rows of one table with different row ids; they may claim one key, and then a view of them is an error."""
    return st.lists(rows(kind, **overrides), max_size=most, unique_by=lambda row: row.row_id).map(tuple)


def policies() -> st.SearchStrategy[Policy]:
    """Draw a shipped policy: any jurisdiction, with none, one or several overlays, under any reading of the law."""
    places = st.deferred(lambda: st.sampled_from([row["code"] for row in _table("jurisdictions")]))
    names = st.deferred(lambda: st.sampled_from([row["name"] for row in _table("overlays")]))
    overlays = st.sets(names, max_size=3).map(lambda chosen: chosen - _OLD_ACT if _NEW_ACT in chosen else chosen)
    readings = st.fixed_dictionaries({name: st.sampled_from(kind) for name, kind in _READINGS.items()})
    return st.builds(_policy, places, overlays, readings)


#: Two editions of one act cannot both be in force.
_OLD_ACT: Final = frozenset({"uhcda-1993"})
_NEW_ACT: Final = "uhcda-2023"


_READINGS: Final[Mapping[str, type[Enum]]] = {
    "month": MonthReading,
    "first_day": FirstDayReading,
    "quarter": QuarterReading,
    "apart": ApartReading,
    "later_years": LaterYearsReading,
}


def _policy(place: str, overlays: set[str], readings: Mapping[str, Any]) -> Policy:
    return load_policy(place, overlays).with_readings(**readings)


def unlike_law(bases: Iterable[Basis] = Basis) -> st.SearchStrategy[Basis]:
    """Draw any basis but law."""
    return st.sampled_from([basis for basis in bases if basis is not Basis.LAW])


__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "REVIEW_DAY",
    "RXNORM",
    "amounts",
    "bundles",
    "charts",
    "charts_on_days",
    "days",
    "days_around",
    "doses",
    "durations",
    "medicine_codings",
    "permuted",
    "policies",
    "problem_codings",
    "recorded",
    "records",
    "row_sets",
    "rows",
    "unlike_law",
    "words",
]
