"""Charts reviewed one after the other, and shown as lines, as one document, or as a line each."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum
from typing import Any, Final

import attrs

from alliance_core.base.findings import Audience, Weight
from alliance_core.base.kinds import fields_of, value
from alliance_core.chart import Chart
from alliance_core.edges.cli.blocks import account_lines, full_block, policy_name, say, short_block
from alliance_core.edges.cli.inputs import Reading, Source, read, sentence
from alliance_core.edges.cli.screen import FAINT, Screen, complain, line, write
from alliance_core.edges.fhir import Read
from alliance_core.edges.receipts import write_receipt
from alliance_core.edges.report import write_report
from alliance_core.edges.reviews import review_document
from alliance_core.policy import CONTENT_EDITION, Policy
from alliance_core.review import ChartReview, review_chart

REVIEWS_SCHEMA: Final = "alliance-reviews/1"
#: Fewer are read before a bar could be seen.
_LONG_WORK: Final = 20


class Format(Enum):
    """How reviews are written."""

    TEXT = "text"
    JSON = "json"
    NDJSON = "ndjson"
    HTML = "html"
    RECEIPT = "receipt"


@value
class Question:
    """What was asked of every chart."""

    on: date
    policy: Policy
    areas: tuple[str, ...]
    audience: Audience
    full: bool = False
    fail_on: Weight | None = None

    def review(self, chart: Chart) -> ChartReview:
        """Return the review as its audience may see it."""
        return review_chart(chart, policy=self.policy, on=self.on, areas=self.areas).for_audience(self.audience)

    @property
    def is_for_clinician(self) -> bool:
        """Whether the reader may see what was read besides the review."""
        return self.audience is Audience.CLINICIAN


@value
class Failure:
    """Something that could not be read or reviewed: where, and why in words that hold no value."""

    label: str
    why: str


@attrs.define
class Tally:
    """How far a run came."""

    charts: int = 0
    open: int = 0
    failures: list[Failure] = attrs.field(factory=list[Failure])
    heaviest: int = len(Weight)

    def count(self, review: ChartReview) -> None:
        """Count a review."""
        self.charts += 1
        self.open += bool(review.open)
        self.heaviest = min((self.heaviest, *(one.weight.rank for one in review.open)))

    def exit_code(self, fail_on: Weight | None) -> int:
        """Return 2 if something was not reviewed, 1 if a finding of that weight or a heavier one is open, else 0."""
        if self.failures or not self.charts:
            return 2
        return 1 if fail_on is not None and self.heaviest <= fail_on.rank else 0


class Sink(ABC):
    """Where reviews go."""

    def __init__(self, question: Question) -> None:
        self.question: Final = question

    @abstractmethod
    def take(self, reading: Reading, reviews: tuple[ChartReview, ...], failures: tuple[Failure, ...]) -> None:
        """Show what came of one reading."""

    @abstractmethod
    def close(self, tally: Tally) -> None:
        """Show what comes after the last."""


class Lines(Sink):
    """Blocks of lines for a clinician."""

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self._screen = Screen()

    def take(self, reading: Reading, reviews: tuple[ChartReview, ...], failures: tuple[Failure, ...]) -> None:
        """Show a block a chart, then what of the resources was not understood."""
        block = full_block if self.question.full else short_block
        for review in reviews:
            self._screen.show(block(review, reading.label))
        if reading.account is not None and reviews and self.question.is_for_clinician:
            self._screen.show(account_lines(reading.account, full=self.question.full))
        if not reading.charts and not failures:
            self._screen.show([line(say("no-chart", file=reading.label, why=self._why_none(reading.account)))])
        for failure in failures:
            complain(say("not-readable", file=failure.label, why=failure.why))

    def _why_none(self, account: Read | None) -> str:
        lost = account.not_understood if account is not None and self.question.is_for_clinician else ()
        return str(lost[0]) if lost else say("no-chart.empty")

    def close(self, tally: Tally) -> None:
        """Sum up, where there was more than one."""
        if tally.charts + len(tally.failures) > 1:
            numbers = {"charts": tally.charts, "open": tally.open, "failed": len(tally.failures)}
            self._screen.show([line(say("clinic", day=self.question.on, **numbers))])
        if tally.charts:
            self._screen.show([line((say("unsigned", edition=CONTENT_EDITION), FAINT))])


class Document(Sink):
    """One JSON document of all reviews."""

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self._reviews: list[dict[str, Any]] = []
        self._read: list[dict[str, Any]] = []

    def take(self, reading: Reading, reviews: tuple[ChartReview, ...], failures: tuple[Failure, ...]) -> None:
        """Keep the reviews, and the account of what was read."""
        del failures  # told at the end, from the tally
        self._reviews += (_document(one, self.question) for one in reviews)
        self._read.append(_account(reading))

    def close(self, tally: Tally) -> None:
        """Write the document."""
        made: dict[str, Any] = {
            "schema": REVIEWS_SCHEMA,
            "on": self.question.on.isoformat(),
            "policy": self.question.policy.jurisdiction,
            "overlays": list(self.question.policy.overlays),
            "audience": self.question.audience.value,
            "reviews": self._reviews,
            "not_readable": [{"file": one.label, "reason": one.why} for one in tally.failures],
        }
        write(json.dumps(made | ({"read": self._read} if self.question.is_for_clinician else {})))


def _account(reading: Reading) -> dict[str, Any]:
    """Return what became of the resources; a native chart is read whole or not at all."""
    made: dict[str, Any] = {"file": reading.label, "charts": [one.id for one in reading.charts]}
    account = reading.account
    if account is None:
        return made
    return made | {
        "resources": account.resources,
        "used": account.used,
        "not_needed": [dict(fields_of(one)) for one in account.not_needed],
        "not_understood": [dict(fields_of(one)) for one in account.not_understood],
        "elements": [dict(fields_of(one)) for one in account.elements],
    }


class Stream(Sink):
    """A line of JSON for each review, as soon as it is made."""

    def take(self, reading: Reading, reviews: tuple[ChartReview, ...], failures: tuple[Failure, ...]) -> None:
        """Write the reviews; what failed goes to standard error."""
        del reading
        for review in reviews:
            write(self._line(review))
        for failure in failures:
            complain(say("not-readable", file=failure.label, why=failure.why))

    def close(self, tally: Tally) -> None:
        """Nothing comes after the last line."""

    def _line(self, review: ChartReview) -> str:
        return json.dumps(_document(review, self.question))


class Receipts(Stream):
    """A line for each review that holds what a host keeps of it: digests, and nothing that was found."""

    def _line(self, review: ChartReview) -> str:
        return write_receipt(review, audience=self.question.audience).decode()


class Page(Sink):
    """One HTML page of all reviews."""

    def __init__(self, question: Question) -> None:
        super().__init__(question)
        self._reviews: list[ChartReview] = []
        self._remarks: list[str] = []

    def take(self, reading: Reading, reviews: tuple[ChartReview, ...], failures: tuple[Failure, ...]) -> None:
        """Keep the reviews, and what was not understood; what failed goes to standard error, too."""
        self._reviews += reviews
        told = [say("not-readable", file=one.label, why=one.why) for one in failures]
        for one in told:
            complain(one)
        self._remarks += told
        account = reading.account
        if account is not None and (account.not_understood_count or account.elements):
            lines = account_lines(account, full=True)
            self._remarks += (f"{reading.label}: {line.plain.strip()}" for line in lines)

    def close(self, tally: Tally) -> None:
        """Write the page in ASCII, so that no terminal or file changes a letter of it."""
        del tally  # the page counts for itself
        page = write_report(self._reviews, audience=self.question.audience, remarks=self._remarks)
        write(page.encode("ascii", "xmlcharrefreplace").decode())


def _document(review: ChartReview, question: Question) -> dict[str, Any]:
    return review_document(review, audience=question.audience)


SINKS: Final[dict[Format, type[Sink]]] = {
    Format.TEXT: Lines,
    Format.JSON: Document,
    Format.NDJSON: Stream,
    Format.HTML: Page,
    Format.RECEIPT: Receipts,
}


def review_all(sources: tuple[Source, ...], question: Question, form: Format) -> Tally:
    """Review every chart of the sources, show each, and return how far it came."""
    sink, tally = SINKS[form](question), Tally()
    for source in watched(sources, is_quiet=form in {Format.JSON, Format.HTML}):
        for reading in read(source):
            _take(reading, question, sink, tally)
    sink.close(tally)
    return tally


def _take(reading: Reading, question: Question, sink: Sink, tally: Tally) -> None:
    made = [_reviewed(chart, question, reading.label) for chart in reading.charts]
    reviews = tuple(one for one in made if isinstance(one, ChartReview))
    failures = [one for one in made if isinstance(one, Failure)]
    if reading.problem:
        failures.append(Failure(label=reading.label, why=reading.problem))
    tally.failures += failures
    for review in reviews:
        tally.count(review)
    try:
        sink.take(reading, reviews, tuple(failures))
    except OSError:
        raise  # nobody reads what is written: there is no use in going on
    except Exception as error:  # noqa: BLE001  # one chart that cannot be shown must not keep the others from it
        tally.failures.append(Failure(label=reading.label, why=sentence(error)))
        complain(say("not-readable", file=reading.label, why=sentence(error)))


def _reviewed(chart: Chart, question: Question, label: str) -> ChartReview | Failure:
    try:
        return question.review(chart)
    except Exception as error:  # noqa: BLE001  # one chart that cannot be reviewed must not keep the others from it
        return Failure(label=label, why=sentence(error))


def watched(sources: tuple[Source, ...], *, is_quiet: bool) -> Iterable[Source]:
    """Return the sources, with a bar on standard error where somebody waits and nothing else tells how far it is."""
    if len(sources) <= _LONG_WORK:
        return sources
    return _with_bar(sources, is_quiet=is_quiet)


def _with_bar(sources: tuple[Source, ...], *, is_quiet: bool) -> Iterator[Source]:
    from rich.console import Console  # noqa: PLC0415  # needed on long work only
    from rich.progress import track  # noqa: PLC0415

    bar = Console(stderr=True)
    shown = bar.is_terminal and (is_quiet or not Screen().is_terminal)
    yield from track(sources, description="", console=bar, disable=not shown, transient=True)


__all__ = ["REVIEWS_SCHEMA", "Format", "Question", "Tally", "policy_name", "review_all", "watched"]
