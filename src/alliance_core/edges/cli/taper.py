"""The options for a lower dose, or a schedule checked, as lines and a small chart for a clinician."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Final

from rich.text import Text

from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.base.errors import PolicyError
from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers import (
    REASSURING,
    DispensableProduct,
    Fault,
    OptionKind,
    Piece,
    ProductForm,
    Reason,
    Release,
    TakenFor,
    TaperCheck,
    TaperOption,
    TaperPlan,
    TaperReadiness,
    TaperRequest,
    TaperSchedule,
    TaperStep,
)
from alliance_core.edges.cli.blocks import policy_name, say
from alliance_core.edges.cli.screen import FAINT, HEAD, Cells, line
from alliance_core.edges.tapers import read_taper_request, read_taper_schedule
from alliance_core.explanation import cite, phrase, words
from alliance_core.policy import Policy
from alliance_core.records import MedicationStatement, Person

_BAR: Final = 24

# -- what was asked --------------------------------------------------------------------------------------------------


@value
class Flags:
    """A request in words of the command line; what is not said stays not recorded."""

    medicine: str
    dose: str | None
    since: date | None
    taken_for: TakenFor | None
    born: str | None
    products: tuple[str, ...]
    asked_none: bool


def read_asked(path: Path) -> TaperRequest | TaperSchedule:
    """Return the request or the schedule that a file holds: a schedule is what has steps."""
    data = path.read_bytes()
    try:
        top = json.loads(data)
    except ValueError:
        top = None
    is_schedule = isinstance(top, dict) and "steps" in top
    return read_taper_schedule(data) if is_schedule else read_taper_request(data)


def asked_by_flags(flags: Flags) -> TaperRequest:
    """Return the request that the flags say; raises `PolicyError` naming the flag, `ChartError` for a field."""
    fact = Recorded.NO if flags.asked_none else Recorded.NOT_RECORDED
    readiness = TaperReadiness(**{one.name: fact for one in dataclasses.fields(TaperReadiness)})
    amount = _amount(flags.dose, "--dose") if flags.dose is not None else None
    return TaperRequest(
        id="command",
        person=Person(id="command", born_on=flags.born),
        medication=MedicationStatement(
            id="command",
            text=flags.medicine,
            dose=Dose(amount=amount, unit=DoseUnit.MILLIGRAM) if amount is not None else None,
            started_on=flags.since,
            as_needed=Recorded.NO,
            route="oral",
        ),
        taken_for=flags.taken_for,
        products=tuple(_product(one) for one in flags.products) or None,
        readiness=readiness,
        check_ins=(),
    )


def _amount(text: str, flag: str) -> Decimal:
    try:
        return Decimal(text.removesuffix("mg").strip())
    except InvalidOperation:
        raise PolicyError(f"{flag}: is not an amount in milligrams; write it as 7.5") from None


def _product(text: str) -> DispensableProduct:
    """Return a product such as `scored tablet 5`; a score that is not named is not confirmed."""
    *kinds, strength = text.split() or [""]
    known = {one.value: one for one in (*ProductForm, *Release)}
    forms = [known[one] for one in kinds if one in known]
    form = next((one for one in forms if isinstance(one, ProductForm)), None)
    if form is None or not set(kinds) <= known.keys() | {"scored"}:
        raise PolicyError('--product: write it as "scored tablet 5", "extended capsule 37.5" or "liquid 1"')
    return DispensableProduct(
        form=form,
        strength=_amount(strength, "--product"),
        release=next((one for one in forms if isinstance(one, Release)), Release.IMMEDIATE),
        scored=Recorded.YES if "scored" in kinds else Recorded.NOT_RECORDED,
    )


# -- the options -----------------------------------------------------------------------------------------------------


def plan_lines(plan: TaperPlan, policy: Policy, on: date, *, everything: bool) -> Iterator[Text | Cells]:
    """Return the options, the reasons, and a chart of the first draft, or of every one."""
    until = plan.valid_until
    told = say("head.open-end") if until is None else say("head.until", day=until.isoformat())
    parts = {
        "medicine": plan.medicine or say("taper.no-medicine"),
        "verdict": words()[f"taper.verdict.{plan.verdict.value}"],
        "day": on,
        "policy": policy_name(policy),
        "until": told,
    }
    yield line((say("taper.head", **parts), HEAD))
    for number, option in enumerate(plan.options, 1):
        yield Cells(parts=(line(f"{number}."), line((option.id, "bold")), line(_option(option, policy))))
    yield from (line("  ", say("taper.reason", why=_reason(one))) for one in plan.reasons)
    yield from _missing(plan.missing)
    drafts = plan.drafts if everything else plan.drafts[:1]
    for option in drafts:
        yield from _chart(option)
    if plan.verdict in REASSURING:
        yield line((say("taper.note"), FAINT))


def _missing(paths: tuple[str, ...]) -> Iterator[Text]:
    if paths:
        yield line("  ", say("taper.missing", facts="; ".join(phrase(path) for path in paths)))


def _option(option: TaperOption, policy: Policy) -> str:
    match option.kind:
        case OptionKind.STAY:
            key = "taper.stay" if option.amount is not None else "taper.stay.unknown"
            return say(key, amount=option.amount)
        case OptionKind.STEP_BACK:
            return say("taper.step-back", amount=option.amount)
        case OptionKind.DRAFT:
            end = option.steps[-1].earliest_on
            key = "taper.draft" if end is not None else "taper.draft.open"
            told = say(key, steps=len(option.steps), days=option.interval_days, end=end)
        case OptionKind.REFUSED:
            told = say("taper.refused", why="; ".join(_reason(one) for one in option.reasons))
    return ". ".join((told, *_source(option, policy)))


def _source(option: TaperOption, policy: Policy) -> Iterator[str]:
    if option.rows:
        source = cite(policy.row(option.rows[0]))
        yield say("taper.source" if option.binds else "taper.elsewhere", source=source)


def _reason(reason: Reason) -> str:
    """A row says its own words; else those of the code, with the amounts that it names."""
    known = words()
    if reason.rows and reason.code != "no-method":
        until = reason.until or known["taper.until.no-schedule"]
        return say("taper.until", why=reason.says, until=until)
    code = "safety" if reason.code.startswith("safety.") else reason.code
    key = f"taper.until.{code}"
    until = known[key if reason.until or f"{key}.open" not in known else f"{key}.open"].format(until=reason.until)
    key = f"taper.reason.{code}"
    why = known[key if reason.says or f"{key}.open" not in known else f"{key}.open"].format(says=reason.says)
    return say("taper.until", why=why, until=until)


# -- the chart -------------------------------------------------------------------------------------------------------


def _chart(option: TaperOption) -> Iterator[Text | Cells]:
    yield line("")
    yield line((say("taper.chart", option=option.id), HEAD))
    top = Fraction(option.amount or 0)
    yield _bar("0", option.amount or Decimal(0), top, "", "")
    for step in option.steps:
        yield _bar(str(step.number), step.amount, top, _made_of(step), _when(step), step.every_days)


def _bar(number: str, amount: Decimal, top: Fraction, made_of: str, when: str, every_days: int = 1) -> Cells:
    size = round(Fraction(amount) / every_days / top * _BAR) if top else 0
    told = f"{amount} mg"
    dose = told if every_days == 1 else f"{told} {say('taper.every', days=every_days)}"
    bar = "#" * size + "." * (_BAR - size)
    return Cells(parts=(line(number), line((dose, "bold")), line((bar, FAINT)), line(when), line(made_of)))


def _when(step: TaperStep) -> str:
    if step.on is not None:
        return say("taper.on", day=step.on)
    return say("taper.earliest", day=step.earliest_on) if step.earliest_on is not None else say("taper.no-day")


def _made_of(step: TaperStep) -> str:
    return " + ".join(_piece(one) for one in step.pieces) or say("taper.nothing")


def _piece(piece: Piece) -> str:
    product = piece.product
    if product.form is ProductForm.LIQUID:
        return say("taper.liquid", count=piece.count, strength=product.strength)
    form = words()[f"taper.form.{product.form.value}"]
    return say("taper.piece", count=_count(piece.count), strength=product.strength, form=form)


def _count(count: Decimal) -> str:
    whole, rest = divmod(count, 1)
    half = say("taper.half") if rest else ""
    return f"{int(whole) or ''}{half}"


# -- a schedule checked ----------------------------------------------------------------------------------------------


def check_lines(check: TaperCheck, policy: Policy, on: date) -> Iterator[Text | Cells]:
    """Return each step with how it stands and what breaks which rule, then what is wrong with the whole."""
    known = words()
    standing = known[f"taper.standing.{check.standing.value}"]
    name = policy_name(policy)
    yield line((say("taper.check", schedule=check.about, standing=standing, day=on, policy=name), HEAD))
    for step in check.steps:
        told = "; ".join(_fault(one, policy) for one in step.faults)
        stands = known[f"taper.standing.{step.standing.value}"]
        yield Cells(parts=(line(f"{step.number}."), line((stands, "bold")), line(told)))
    yield from (line("  ", say("taper.reason", why=_fault(one, policy))) for one in check.faults)
    yield from _missing(check.missing)


def _fault(fault: Fault, policy: Policy) -> str:
    code = "hold" if fault.code.startswith("hold.") else fault.code
    parts = {"what": words()[f"taper.fault.{code}"].format(amount=fault.amount), "rows": _cited(fault.rows, policy)}
    if fault.allowed_by:
        return say("taper.fault.allowed", allowed=_cited(fault.allowed_by, policy), **parts)
    return say("taper.fault.rows" if fault.rows else "taper.fault", **parts)


def _cited(rows: tuple[str, ...], policy: Policy) -> str:
    """Return the rows by their ids with their sources' titles, each title once."""
    return ", ".join(f"{row_id}: {cite(policy.row(row_id)).title}" for row_id in rows)
