"""What breaks a rule of every schedule, step by step: sums, halves, order, check-ins. Sources come in the verifier."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from alliance_core.base.facts import Recorded
from alliance_core.base.kinds import value
from alliance_core.deprescribing.tapers.dispensing import may_be_halved, plain
from alliance_core.deprescribing.tapers.policy import TaperView
from alliance_core.deprescribing.tapers.records import (
    DispensableProduct,
    ProductForm,
    Release,
    ScheduledPiece,
    ScheduledStep,
)


@value
class Fault:
    """
    What breaks which rule: a stable word, the rows that it breaks, and those that allow it.

    `amount` is what the pieces add up to, in milligrams, where they do not make the step.
    """

    code: str
    amount: Decimal | None = None
    rows: tuple[str, ...] = ()
    allowed_by: tuple[str, ...] = ()


@value
class Before:
    """What a step follows: its dose a day, its day, the longest interval so far, its check-in."""

    dose: Fraction
    on: date | None
    longest: int | None
    check_in_on: date | None


@value
class Rules:
    """What every step is held to: the products at hand, the numbers in force, and the wait before a dose is judged."""

    products: tuple[DispensableProduct, ...] | None
    view: TaperView
    wait: int
    every_days: frozenset[int]


def a_day(step: ScheduledStep) -> Fraction:
    """Return the milligrams of a step on the mean day."""
    return Fraction(step.amount) / step.every_days


def step_faults(step: ScheduledStep, before: Before, rules: Rules) -> Iterator[Fault]:
    """Return what of this step breaks a rule of every schedule."""
    dose = a_day(step)
    if dose > before.dose:
        yield Fault(code="dose-rises")
    elif dose == before.dose:
        yield Fault(code="dose-does-not-fall")
    if step.every_days > 1 and step.every_days not in rules.every_days:
        yield Fault(code="alternate-days", rows=(rules.view.settings["alternate-days"].row_id,))
    yield from _order(step, before, rules)
    yield from _check_in(step, rules)
    if step.pieces is not None:
        yield from _pieces(step, step.pieces, rules)


def _order(step: ScheduledStep, before: Before, rules: Rules) -> Iterator[Fault]:
    if before.on is None:
        return
    interval = (step.starts_on - before.on).days
    if interval <= 0:
        yield Fault(code="out-of-order")
        return
    if interval < rules.wait:
        yield Fault(code="step-before-judged", rows=(rules.view.settings["half-lives"].row_id,))
    if before.longest is not None and interval < before.longest:
        yield Fault(code="speeds-up")
    if step.only_earliest is Recorded.NO:
        yield Fault(code="dated-ahead")
    if before.check_in_on is not None and step.starts_on < before.check_in_on:
        yield Fault(code="step-before-check-in")


def _check_in(step: ScheduledStep, rules: Rules) -> Iterator[Fault]:
    if step.check_in_on is not None and (step.check_in_on - step.starts_on).days < rules.wait:
        yield Fault(code="check-in-too-early", rows=(rules.view.settings["half-lives"].row_id,))


# -- what a step is made of ------------------------------------------------------------------------------------------


def _pieces(step: ScheduledStep, pieces: tuple[ScheduledPiece, ...], rules: Rules) -> Iterator[Fault]:
    total = sum((Fraction(one.product.strength) * Fraction(one.count) for one in pieces), Fraction(0))
    if total != Fraction(step.amount):
        yield Fault(code="pieces-do-not-add-up", amount=plain(total))
    codes = [code for one in pieces for code in _piece(one, rules)]
    solids = [one for one in pieces if one.product.form is not ProductForm.LIQUID]
    if len({one.product.release for one in solids}) > 1:
        codes.append("mixed-release")
    view = rules.view
    if sum((Fraction(one.count).__ceil__() for one in solids), 0) > view.amount("most-pieces"):
        codes.append("too-many-pieces")
    liquids = [one.count for one in pieces if one.product.form is ProductForm.LIQUID]
    if sum(liquids, Decimal(0)) > view.amount("most-volume"):
        codes.append("too-much-volume")
    yield from (Fault(code=code) for code in dict.fromkeys(codes))


def _piece(piece: ScheduledPiece, rules: Rules) -> Iterator[str]:
    product = _at_hand(piece.product, rules)
    if product is None:
        yield "not-at-hand"
        product = piece.product
    if product.form is ProductForm.LIQUID:
        if (Fraction(piece.count) / Fraction(rules.view.amount("least-volume"))).denominator != 1:
            yield "finer-than-measured"
    elif (Fraction(piece.count) * 2).denominator != 1:
        yield "finer-than-half"
    elif Fraction(piece.count).denominator != 1 and not may_be_halved(product):
        yield _halved(product)


def _halved(product: DispensableProduct) -> str:
    if product.form is ProductForm.CAPSULE:
        return "halved-capsule"
    slow = product.release in {Release.EXTENDED, Release.DELAYED}
    return "halved-extended-release" if slow else "halved-unscored"


def _at_hand(asked: DispensableProduct, rules: Rules) -> DispensableProduct | None:
    """Return the product at hand that is meant; what a schedule says of its score does not confirm it."""
    if rules.products is None:
        return asked
    same = (asked.form, asked.strength, asked.release)
    return next((one for one in rules.products if (one.form, one.strength, one.release) == same), None)
