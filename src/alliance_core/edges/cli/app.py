"""The commands, their options, and what the process says in the end."""

import json
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer
from typer.core import TyperGroup

from alliance_core.base.dates import CalendarDuration
from alliance_core.base.errors import PolicyError
from alliance_core.base.findings import Audience, Weight
from alliance_core.base.tables import ANYWHERE
from alliance_core.deprescribing.tapers import TakenFor, TaperSchedule, plan_taper, verify_taper
from alliance_core.edges.cli import lookup
from alliance_core.edges.cli.ahead import Span, foresee
from alliance_core.edges.cli.inputs import find_sources, sentence
from alliance_core.edges.cli.replaying import one_chart, one_receipt, replayed
from alliance_core.edges.cli.reviewing import Format, Question, review_all
from alliance_core.edges.cli.screen import Screen, complain, write
from alliance_core.edges.cli.taper import Flags, asked_by_flags, check_lines, plan_lines, read_asked
from alliance_core.edges.cli.wording import as_document, read_note, underlined
from alliance_core.edges.plain import harmless
from alliance_core.edges.reviews import review_schema
from alliance_core.edges.tapers import write_taper
from alliance_core.edges.transparency import Maker, disclose, write_csv, write_json, write_markdown
from alliance_core.edges.wire import schemas
from alliance_core.policy import load_policy
from alliance_core.review import AREAS

NOT_READABLE: Final = 2
POLICY_WRONG: Final = 3
#: What a shell reports for a program whose reader has gone.
CLOSED: Final = 141
#: `date.fromisoformat` would take week dates too.
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_USAGE: Final = typer.BadParameter.__mro__[1]  # the base of every complaint about options, wherever it is kept


class _Group(TyperGroup):
    """The commands, at whose rim every error becomes one line without a value of the record."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # the library's own types differ between versions
        """Run one command; a reader that has gone is no error of ours."""
        try:
            done = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _turn_away()
            raise typer.Exit(CLOSED) from None
        return done

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002  # the library's signature
        windows_expand_args: bool = True,  # noqa: FBT001, FBT002
        **extra: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Run, and end the process with an exit code unless a caller wants it back."""
        try:
            done = super().main(_or_help(args), prog_name, complete_var, False, windows_expand_args, **extra)  # noqa: FBT003
        except Exception as error:  # noqa: BLE001  # a traceback could show a patient
            done = _told(error)
        code = done if isinstance(done, int) else 0
        if standalone_mode:
            sys.exit(code)
        return code


def _or_help(args: Sequence[str] | None) -> Sequence[str]:
    """Return the words of the command line; without any, help is what is asked for."""
    return list(sys.argv[1:] if args is None else args) or ["--help"]


def _told(error: Exception) -> int:
    """Say in one line what went wrong, and return the exit code."""
    if isinstance(error, _USAGE):
        complain(error.format_message())  # type: ignore[attr-defined]
        return POLICY_WRONG
    complain(sentence(error))
    return POLICY_WRONG if isinstance(error, PolicyError) else NOT_READABLE


def _turn_away() -> None:
    """Let what is left in the buffer go nowhere, so that the end of the process does not complain again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    complain("the output was closed before its end")


app = typer.Typer(
    name="alliance",
    cls=_Group,
    help="What is due, missing or contested in a chart, and why. It proposes and documents; a clinician decides.",
    add_completion=False,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
    rich_markup_mode=None,
)

_PATH_HELP: Final = "FHIR R4 bundle, chart, NDJSON file, or a folder of them."
_Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help=_PATH_HELP)]
_On = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="The review day, such as 2026-11-24; today if not given.")
]
_Place = Annotated[
    str, typer.Option("--policy", metavar="CODE", help="Whose rules: any, or a code such as US, US-NH, GB-EAW.")
]
_Overlays = Annotated[
    list[str],
    typer.Option(
        "--overlay",
        metavar="NAME",
        help="A further set of rules, such as nursing-facility.",
        default_factory=list,
        show_default=False,
    ),
]
_Areas = Annotated[
    list[str],
    typer.Option(
        "--area", metavar="NAME", help=f"Only this area: {', '.join(AREAS)}.", default_factory=list, show_default=False
    ),
]


def _day(text: str | None) -> date:
    """Return the review day; the clock is read here, at the rim, and nowhere else."""
    if text is None:
        return date.today()  # noqa: DTZ011, TID251  # the default is the reader's own day
    return _given_day(text, "--on")


def _given_day(text: str, option: str) -> date:
    with suppress(ValueError):
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    raise PolicyError(f"{option}: is not a day of the calendar; write it as 2026-11-24")


def _areas(names: list[str]) -> tuple[str, ...]:
    if not set(names) <= set(AREAS):
        raise PolicyError(f"--area: no area of this name; choose among {', '.join(AREAS)}")
    return tuple(names) or AREAS


@app.command()
def review(
    paths: _Paths,
    *,
    on: _On = None,
    policy: _Place = "US",
    overlay: _Overlays,
    form: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TEXT,
    everything: Annotated[bool, typer.Option("--all", help="Every open finding, with reasons and sources.")] = False,
    audience: Annotated[Audience, typer.Option(help="Who reads it.")] = Audience.CLINICIAN,
    fail_on: Annotated[
        Weight | None, typer.Option("--fail-on", help="End with 1 if a finding of this weight or heavier is open.")
    ] = None,
    area: _Areas,
) -> int:
    """
    Say what is due, missing or contested in each chart.

    Ends with 0: reviewed; 1: --fail-on reached; 2: something not readable; 3: policy, day or option wrong.
    """
    question = Question(
        on=_day(on),
        policy=load_policy(policy, overlay),
        areas=_areas(area),
        audience=audience,
        full=everything,
        fail_on=fail_on,
    )
    return review_all(find_sources(paths), question, form).exit_code(fail_on)


@app.command()
def replay(
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help="What `review --format receipt` wrote; one line.")],
    chart: Annotated[Path, typer.Argument(metavar="CHART", help="The chart as it was; FHIR R4 or native.")],
    *,
    policy: Annotated[
        str | None, typer.Option(metavar="CODE", help="Another policy than the one the receipt names.")
    ] = None,
    overlay: _Overlays,
) -> int:
    """
    Make the review of a receipt again: the same bytes, or what changed of code, content, policy and chart.

    Ends with 0: the same bytes; 1: something changed; 2: something not readable; 3: policy or option wrong.
    """
    stored = one_receipt(receipt)
    chosen = load_policy(policy or stored.jurisdiction, overlay) if policy is not None or overlay else None
    lines, code = replayed(stored, one_chart(chart), chosen)
    Screen().show(lines)
    return code


class _Plain(Enum):
    """How anything but a review is written."""

    TEXT = "text"
    JSON = "json"


@app.command()
def forecast(
    paths: _Paths,
    *,
    on: _On = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="The last day to look at.")] = None,
    months: Annotated[int, typer.Option(min=1, max=1200, help="How far to look, if no last day is given.")] = 12,
    policy: _Place = "US",
    overlay: _Overlays,
    form: Annotated[_Plain, typer.Option("--format", help="How to write it.")] = _Plain.TEXT,
) -> int:
    """Say on which days the review of each chart will change by itself, and what will."""
    day = _day(on)
    last = _given_day(until, "--until") if until is not None else CalendarDuration(months=months).after(day)
    if last is not None and last < day:
        raise PolicyError("--until: comes before the review day; name a later day")
    span = Span(on=day, until=last or date.max, policy=load_policy(policy, overlay))
    return foresee(find_sources(paths), span, as_json=form is _Plain.JSON)


@app.command()
def taper(
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", help="A request for a lower dose, or a schedule to check; JSON.")
    ] = None,
    *,
    medicine: Annotated[str | None, typer.Option(metavar="NAME", help="Instead of a request: which medicine.")] = None,
    dose: Annotated[str | None, typer.Option(metavar="MG", help="Milligrams a day.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="Since when it is taken.")] = None,
    taken_for: Annotated[TakenFor | None, typer.Option("--for", help="What it is taken for.")] = None,
    born: Annotated[str | None, typer.Option(metavar="DATE", help="The birth date, or its year.")] = None,
    product: Annotated[
        list[str],
        typer.Option(
            metavar="TEXT",
            help='A product at hand: "tablet 2", "scored tablet 5", "extended capsule 37.5", "liquid 1" (mg/mL); '
            "immediate release unless it says otherwise.",
            default_factory=list,
            show_default=False,
        ),
    ],
    asked_none: Annotated[
        bool, typer.Option("--asked-none", help="All that speaks for staying was asked about, and none is there.")
    ] = False,
    on: _On = None,
    policy: _Place = "US",
    overlay: _Overlays,
    form: Annotated[_Plain, typer.Option("--format", help="How to write it.")] = _Plain.TEXT,
    everything: Annotated[bool, typer.Option("--all", help="A chart of every draft.")] = False,
) -> int:
    """Say which options there are for a lower dose, the first of which is to stay; or check a schedule by anyone."""
    if (path is None) is (medicine is None):
        raise PolicyError("name a file, or a medicine with --medicine: one of the two")
    day, chosen = _day(on), load_policy(policy, overlay)
    if path is not None:
        asked = read_asked(path)
    else:
        asked = asked_by_flags(
            Flags(
                medicine=medicine or "",
                dose=dose,
                since=_given_day(since, "--since") if since is not None else None,
                taken_for=taken_for,
                born=born,
                products=tuple(product),
                asked_none=asked_none,
            )
        )
    if isinstance(asked, TaperSchedule):
        check = verify_taper(asked, policy=chosen.tapers, on=day)
        if form is _Plain.JSON:
            write(write_taper(check).decode())
        else:
            Screen().show(check_lines(check, chosen, day))
        return 0
    plan = plan_taper(asked, policy=chosen.tapers, on=day)
    if form is _Plain.JSON:
        write(write_taper(plan).decode())
    else:
        Screen().show(plan_lines(plan, chosen, day, everything=everything))
    return 0


@app.command()
def language(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A note as plain text in UTF-8.")],
    *,
    on: _On = None,
    policy: _Place = "US",
    overlay: _Overlays,
    form: Annotated[_Plain, typer.Option("--format", help="How to write it.")] = _Plain.TEXT,
    everything: Annotated[bool, typer.Option("--all", help="Also what is only noted, and why.")] = False,
) -> int:
    """Underline words of a note that could be more neutral or that may coerce, and say what else could be said."""
    note, found = read_note(file, load_policy(policy, overlay), _day(on))
    if form is _Plain.JSON:
        write(json.dumps(as_document(file.name, found), indent=2))
    else:
        Screen().show(underlined(file.name, note, found, everything=everything))
    return 0


@app.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A rule, area, row or table; decider; or profile.")],
    *,
    on: _On = None,
    policy: _Place = "US",
    overlay: _Overlays,
) -> int:
    """Say what a rule asks, what a row says, or who decides where, each with its source and who read it."""
    Screen().show(lookup.tell(name, load_policy(policy, overlay), _day(on)))
    return 0


class _Written(Enum):
    """How what is told about the rules is written."""

    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"


_WRITERS: Final = {_Written.MARKDOWN: write_markdown, _Written.JSON: write_json, _Written.CSV: write_csv}


@app.command()
def transparency(
    *,
    form: Annotated[_Written, typer.Option("--format", help="How to write it.")] = _Written.MARKDOWN,
    on: _On = None,
    policy: _Place = "US",
    overlay: _Overlays,
    developer: Annotated[str, typer.Option(metavar="TEXT", help="Who developed it, if not this library alone.")] = "",
    funding: Annotated[str, typer.Option(metavar="TEXT", help="Who paid for it.")] = "",
) -> int:
    """Tell of every rule its source attributes, logic, users, population, exclusions, limits, and what it reads."""
    told = disclose(
        load_policy(policy, overlay), on=_day(on), maker=Maker(developer=harmless(developer), funding=harmless(funding))
    )
    write(_WRITERS[form](told).rstrip("\n"))
    return 0


@app.command()
def sources(
    *,
    stale: Annotated[bool, typer.Option("--stale", help="Only rows that someone should look at again.")] = False,
    on: _On = None,
    policy: Annotated[str | None, typer.Option(metavar="CODE", help="Only what this policy uses.")] = None,
    overlay: _Overlays,
) -> int:
    """List the sources, or the rows that are past the day on which someone should have looked at them again."""
    chosen = load_policy(policy or ANYWHERE, overlay) if policy is not None or overlay else None
    Screen().show(lookup.list_stale(chosen, _day(on)) if stale else lookup.list_sources(chosen))
    return 0


@app.command()
def schema(
    document: Annotated[Literal["chart", "review"], typer.Argument(help="Which document.")] = "chart",
) -> int:
    """Write the JSON Schema of a chart or of a review."""
    made = review_schema() if document == "review" else schemas()[document]
    write(json.dumps(made, indent=2))
    return 0


__all__ = ["app"]
