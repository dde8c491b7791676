"""What is due when: how each finding stands over the next months, drawn from the days on which a review may differ."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.findings import Answer, Finding
from alliance_core.base.kinds import value
from alliance_core.edges.plain import harmless
from alliance_core.edges.report.people import People
from alliance_core.explanation import explain, subject, words
from alliance_core.review import ChartReview, review_chart

#: How far ahead is looked, and how many lines are drawn; the table beside the drawing has them all.
AHEAD: Final = CalendarDuration(months=12)
LINES: Final = 12
#: A part that is narrower, as a share of the whole, has no room for a word.
_ROOM: Final = 8

Key = tuple[str, str, str]


# -- what changes ----------------------------------------------------------------------------------------------------


@value
class Turn:
    """How a finding stands from a day on; None where it is not asked."""

    on: date
    finding: Finding | None

    @property
    def answer(self) -> Answer:
        """Its answer; one that is not asked does not apply."""
        return self.finding.answer if self.finding is not None else Answer.NOT_APPLICABLE

    @property
    def word(self) -> str:
        """Its answer in words; what was asked before and is not any more says so."""
        return words()[f"answer.{self.answer.value}" if self.finding is not None else "report.no-longer-asked"]


@value
class Window:
    """The time that is looked at and drawn, from the review day until its last."""

    first: date
    last: date

    def share(self, day: date) -> float:
        """Return where a day lies in it, in percent."""
        return round(100 * (day - self.first).days / max((self.last - self.first).days, 1), 2)

    def span(self, day: date, end: date, word: str, style: str) -> "Span":
        """Return a part of a line."""
        left = self.share(day)
        return Span(left=left, width=round(self.share(end) - left, 2), word=word, style=style)


@value
class Outlook:
    """The reviews of one chart within a time, one for each day on which they may differ."""

    window: Window
    reviews: tuple[ChartReview, ...]
    turns: dict[Key, tuple[Turn, ...]]

    def after_today(self, finding: Finding) -> tuple[Turn, ...]:
        """Return the days on which the answer of a finding changes by itself."""
        return self.turns[finding.key][1:]


def look_ahead(review: ChartReview) -> Outlook:
    """Return how the findings of a review will stand within a year, if nothing else is recorded."""
    window = Window(first=review.on, last=AHEAD.after(review.on) or date.max)
    reviews = tuple(_reviews(review, window.last))
    keys = dict.fromkeys(finding.key for one in reviews for finding in one.findings)
    return Outlook(window=window, reviews=reviews, turns={key: tuple(_turns(key, reviews)) for key in keys})


def _reviews(review: ChartReview, last: date) -> Iterator[ChartReview]:
    """Ask the same again on each day on which the answer may differ: the same areas, for the same reader."""
    yield review
    while (following := review.valid_until) is not None and following <= last:
        review = review_chart(
            review.reviewed,
            policy=review.policy,
            on=following,
            areas=tuple(review.areas),
            audience=review.audience,
        )
        yield review


def _turns(key: Key, reviews: tuple[ChartReview, ...]) -> Iterator[Turn]:
    found = [Turn(on=one.on, finding=_finding(key, one)) for one in reviews]
    yield found[0]
    yield from (after for before, after in pairwise(found) if after.answer is not before.answer)


def _finding(key: Key, review: ChartReview) -> Finding | None:
    return next((one for one in review.findings if one.key == key), None)


# -- the table -------------------------------------------------------------------------------------------------------


@value
class Day:
    """One day and one thing: what it is about, how it stands from then on, and in a sentence."""

    on: date
    about: str
    who: str
    word: str
    style: str
    summary: str

    @property
    def day(self) -> str:
        """The day as it is written."""
        return self.on.isoformat()


def days_of(outlook: Outlook, people: People) -> tuple[Day, ...]:
    """Return every day given for what is open, and every day on which an answer changes, the first first."""
    found = [
        *(_day(turn, key, outlook, people) for key, turns in outlook.turns.items() for turn in turns[1:]),
        *(_day(turn, turn.finding.key, outlook, people) for turn in _given(outlook) if turn.finding is not None),
    ]
    return tuple(sorted(found, key=lambda one: (one.on, one.about, one.who, one.summary)))


def _given(outlook: Outlook) -> Iterator[Turn]:
    """Yield the day given for a finding, where nothing changes by itself on that day."""
    for one in outlook.reviews[0].findings:
        if one.due_on is not None and one.due_on <= outlook.window.last:
            turns = {turn.on for turn in outlook.after_today(one)}
            if one.due_on not in turns and (one.is_open or one.due_on > outlook.window.first):
                yield Turn(on=one.due_on, finding=one)


def _day(turn: Turn, key: Key, outlook: Outlook, people: People) -> Day:
    known = next(one.finding for one in (turn, *reversed(outlook.turns[key])) if one.finding is not None)
    summary = explain(turn.finding, policy=outlook.reviews[0].policy).summary if turn.finding is not None else ""
    return Day(
        on=turn.on,
        about=_about(known),
        who=_who(known, people),
        word=turn.word,
        style=turn.answer.value,
        summary=harmless(summary),
    )


def _about(finding: Finding) -> str:
    """Return what a line is about: the medicine; else the question, and of what it is asked."""
    name, asked = subject(finding), words()[f"short.{finding.rule}"]
    text = name if name == asked or finding.rule.startswith("deprescribing.") else f"{asked}: {name}"
    return harmless(text[:1].upper() + text[1:])


def _who(finding: Finding, people: People) -> str:
    return "; ".join(fact.text for fact in people.of(finding)[:1])


# -- the drawing -----------------------------------------------------------------------------------------------------


@value
class Span:
    """How something stands from a day until another, as a share of the time that is drawn."""

    left: float
    width: float
    word: str
    style: str

    @property
    def has_room(self) -> bool:
        """Whether a word can be read in it."""
        return self.width >= _ROOM


@value
class Lane:
    """One thing over time."""

    label: str
    who: str
    spans: tuple[Span, ...]


@value
class Tick:
    """The first of a month."""

    left: float
    label: str


@value
class Drawing:
    """Lines over the months, how many more there are, and which patterns are in it."""

    lanes: tuple[Lane, ...]
    more: int
    ticks: tuple[Tick, ...]
    legend: tuple[tuple[str, str], ...]


def draw(outlook: Outlook, people: People) -> Drawing | None:
    """Draw what changes by itself, and what is open with a day given; None if there is nothing of either."""
    firsts = {key: day for key, turns in outlook.turns.items() if (day := _first(turns)) is not None}
    keys = sorted(firsts, key=lambda key: firsts[key])
    return drawing([_lane(key, outlook, people) for key in keys], outlook.window, most=LINES)


def _first(turns: tuple[Turn, ...]) -> date | None:
    """Return the day that counts: the one given for what is open, or the first change; None if there is neither."""
    days = [turn.on for turn in turns[1:]]
    given = _given_on(turns[0])
    return min(days if given is None else [*days, given], default=None)


def _given_on(turn: Turn) -> date | None:
    """Return the day that is given for what is open."""
    return turn.finding.due_on if turn.finding is not None and turn.finding.is_open else None


def _lane(key: Key, outlook: Outlook, people: People) -> Lane:
    turns, window = outlook.turns[key], outlook.window
    known = next(turn.finding for turn in turns if turn.finding is not None)
    ends = [turn.on for turn in turns[1:]] + [window.last]
    return Lane(
        label=_about(known),
        who=_who(known, people),
        spans=tuple(
            window.span(turn.on, end, _word(turn, window), turn.answer.value)
            for turn, end in zip(turns, ends, strict=True)
        ),
    )


def _word(turn: Turn, window: Window) -> str:
    """What is not done since a day that has passed says so, and so does what is not asked yet."""
    if turn.finding is None and turn.on == window.first:
        return words()["report.not-yet-asked"]
    due = _given_on(turn) if turn.answer is Answer.NOT_MET else None
    if due is None or due >= window.first:
        return turn.word
    return words()["report.since"].format(word=turn.word, day=due)


def drawing(lanes: list[Lane], window: Window, *, most: int) -> Drawing | None:
    """Return the lines with the months below them, and what each pattern in them stands for."""
    if not lanes:
        return None
    shown = tuple(lanes[:most])
    styles = dict.fromkeys(one.style for lane in shown for one in lane.spans)
    return Drawing(
        lanes=shown,
        more=len(lanes) - len(shown),
        ticks=tuple(_ticks(window)),
        legend=tuple((style, words()[f"report.legend.{style}"]) for style in styles),
    )


def _ticks(window: Window) -> Iterator[Tick]:
    month = window.first.replace(day=1)
    while (following := CalendarDuration(months=1).after(month)) is not None and following <= window.last:
        month = following
        yield Tick(left=window.share(month), label=month.strftime("%Y-%m"))
