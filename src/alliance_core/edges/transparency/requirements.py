"""
What each rule needs, as FHIR R4 DataRequirements: the fields that it reads, joined to the reader's own table.

Needs the extra `fhir`, as the reader does.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from alliance_core.base.kinds import value
from alliance_core.edges.fhir.questionnaire import FORMS, PREFIX, Field, fields_of
from alliance_core.edges.fhir.table import MAPPING
from alliance_core.edges.transparency.cards import reads
from alliance_core.edges.transparency.records import holders

RESPONSE: Final = "QuestionnaireResponse"
LINK: Final = "urn:alliance-core:link-id"
FORM: Final = "urn:alliance-core:questionnaire-of"
#: What a list of the chart needs is what its records need.
_LISTS: Final = "Chart."


@value
class Requirements:
    """What one rule needs by FHIR; `elsewhere`: fields that are not read from it. Nothing is left out."""

    rule: str
    fhir: tuple[Mapping[str, Any], ...]
    elsewhere: tuple[str, ...]


def requirements(rule: str) -> Requirements:
    """Return the DataRequirements of a rule by its id, one a resource type and one a questionnaire."""
    by_type: dict[str, set[str]] = {}
    by_form: dict[str, set[str]] = {}
    elsewhere: list[str] = []
    for path in (one for one in reads(rule) if not one.startswith(_LISTS)):
        elements, items = _filled_by(path), _items().get(path, ())
        for kind, element in elements:
            by_type.setdefault(kind, set()).add(element)
        for form, item in items:
            by_form.setdefault(form, set()).add(item)
        if not (elements or items):
            elsewhere.append(path)
    made = [{"type": kind, "mustSupport": sorted(found)} for kind, found in sorted(by_type.items())]
    made += [_of_form(form, items) for form, items in sorted(by_form.items())]
    return Requirements(rule=rule, fhir=tuple(made), elsewhere=tuple(elsewhere))


def _of_form(form: str, items: set[str]) -> dict[str, Any]:
    """R4 has no filter for which questionnaire or item: they stand in extensions of ours."""
    links = [{"url": LINK, "valueString": item} for item in sorted(items)]
    return {
        "extension": [{"url": FORM, "valueCanonical": f"{PREFIX}{form}"}, *links],
        "type": RESPONSE,
        "mustSupport": ["questionnaire", "item"],
    }


@cache
def _elements() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return the elements that fill each field."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in MAPPING:
        record, _, fields = line.to.partition(".")
        for field in filter(None, fields.split(", ")):
            found.setdefault(f"{record}.{field}", []).append((line.type, line.element.replace("[]", "")))
    return {path: tuple(elements) for path, elements in found.items()}


def _filled_by(path: str) -> tuple[tuple[str, str], ...]:
    """Return the elements that fill a field, or the field that holds its record."""
    known = _elements()
    held = [one for holder in holders(path.partition(".")[0]) for one in known.get(holder, ())]
    return known.get(path, tuple(held))


@cache
def _items() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Return the items of the questionnaires that fill each field, but for what a resource of its own fills."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, form in FORMS.items():
        for path, link, is_nested in _links(form.record, ""):
            if not (is_nested and path in _elements()):
                found.setdefault(path, []).append((name, link))
    return {path: tuple(items) for path, items in found.items()}


def _links(record: Any, before: str) -> Iterator[tuple[str, str, bool]]:  # noqa: ANN401  # a record class
    for name, field in fields_of(record).items():
        yield f"{record.__name__}.{name}", f"{before}{name}", bool(before)
        yield from _nested(field, f"{before}{name}.")


def _nested(field: Field, before: str) -> Iterator[tuple[str, str, bool]]:
    if field.nested:
        yield from _links(field.kind, before)


__all__ = ["Requirements", "requirements"]
