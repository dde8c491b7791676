"""Requests for a lower dose, schedules, plans and checks as JSON."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Any, Final, cast

import pydantic

from alliance_core.base.kinds import fields_of
from alliance_core.deprescribing.tapers import TaperCheck, TaperPlan, TaperRequest, TaperSchedule
from alliance_core.edges.wire import read_record

_REQUEST: Final = pydantic.TypeAdapter(TaperRequest)
_SCHEDULE: Final = pydantic.TypeAdapter(TaperSchedule)


def read_taper_request(document: bytes | str | Mapping[str, object]) -> TaperRequest:
    """Return the request that a JSON document holds; raises `ChartError` naming paths and rules, and no value."""
    return read_record(document, _REQUEST)


def read_taper_schedule(document: bytes | str | Mapping[str, object]) -> TaperSchedule:
    """Return the schedule that a JSON document holds; raises `ChartError` naming paths and rules, and no value."""
    return read_record(document, _SCHEDULE)


def write_taper_schedule(schedule: TaperSchedule) -> bytes:
    """Return a schedule as JSON: fields in declared order, and none that only says its default."""
    return _SCHEDULE.dump_json(schedule, exclude_defaults=True)


def write_taper(result: TaperPlan | TaperCheck) -> bytes:
    """Return a plan or a check as JSON: every field, amounts as text, so that no digit is lost."""
    return json.dumps(_plain(result)).encode()


def _plain(thing: object) -> Any:  # noqa: ANN401  # JSON
    match thing:
        case Enum():
            return thing.value
        case date():
            return thing.isoformat()
        case Decimal() | Fraction():
            return str(thing)
        case tuple():
            return [_plain(one) for one in cast("tuple[object, ...]", thing)]
        case None | str() | int():
            return thing
        case _:
            return {name: _plain(one) for name, one in fields_of(thing).items()}


__all__ = ["read_taper_request", "read_taper_schedule", "write_taper", "write_taper_schedule"]
