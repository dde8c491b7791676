"""JSON in and out: strict, silent about what was sent, and the same chart on the way back."""

import asyncio
import codecs
import json
import traceback
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated

import fastapi
import httpx
import pydantic
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from alliance_core.base import kinds
from alliance_core.base.doses import Dose, DoseUnit
from alliance_core.base.errors import ChartError
from alliance_core.base.facts import Recorded
from alliance_core.chart import SCHEMA, Chart
from alliance_core.edges import wire
from alliance_core.edges.wire import ChartBody, read_chart, schemas, write_chart
from alliance_core.records import MedicationStatement, Observation, Person, Sex
from alliance_core.testing import charts

MARK = "planted-marker"
LEAST = {"id": "c", "person": {"id": "p"}}
CHART = Chart(id="c", person=Person(id="p"))


def refused(document):
    with pytest.raises(ChartError) as caught:
        read_chart(document)
    return caught.value


def with_person(text):
    return '{"id":"c","person":' + text + "}"


# -- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document",
    [
        json.dumps(LEAST),
        json.dumps(LEAST).encode(),
        codecs.BOM_UTF8 + json.dumps(LEAST).encode(),
        json.dumps(LEAST | {"schema": SCHEMA}),
        LEAST,
        MappingProxyType({"id": "c", "person": MappingProxyType({"id": "p"})}),
        {"id": "c", "person": Person(id="p")},
    ],
)
def test_reads(document):
    """Text, bytes and mappings of one shape are one chart."""
    assert read_chart(document) == CHART


def test_reads_a_minor_version():
    """A later minor version is read as far as its fields are known."""
    assert read_chart(LEAST | {"schema": "alliance-chart/1.4"}).schema == "alliance-chart/1.4"


@pytest.mark.parametrize("written", ['"1.10"', "1.10", "1.1"])
def test_decimals(written):
    """An amount is read exactly, from text or from a number."""
    chart = read_chart('{"id":"c","person":{"id":"p"},"observations":[{"id":"o","amount":' + written + "}]}")

    assert [Decimal("1.1")] == [one.amount for one in chart.observations]


def test_a_mapping_may_hold_days_and_decimals():
    """What a parser has turned into Python's own kinds is taken."""
    observation = {"id": "o", "observed_on": date(2026, 1, 1), "amount": Decimal("1.10")}

    assert read_chart(LEAST | {"observations": [observation]}).observations == (
        Observation(id="o", observed_on=date(2026, 1, 1), amount=Decimal("1.10")),
    )


NESTED = {depth: "[" * depth + "]" * depth for depth in (199, 200, 201, 900, 100_000)}
NOT_JSON = "is not JSON; write one JSON object"
NOT_UTF8 = "is not UTF-8; write the document in UTF-8"
NO_OBJECT = "is not a JSON object; a chart is written as one object"
NOT_WRITABLE = "holds what JSON cannot; pass what a JSON parser returns, or the bytes"
NOT_TAKEN = "nests too deeply or has text that is not Unicode; a chart needs neither"
OTHER_SCHEMA = (
    "schema: this library reads alliance-chart/1; write the document in that version, or use a release for yours"
)
TWICE = "has one name twice; keep one of the two"
NO_NUMBER = "is NaN or Infinity, which JSON does not have; leave the field out"
UNKNOWN = "has a field that this schema does not know; remove it"


@pytest.mark.parametrize("document", ["", " ", "{", "{}{}", "{'id':1}", with_person("9" * 5000), '{"id":"a\nb"}'])
def test_refuses_what_is_not_json(document):
    """A document is one JSON text."""
    assert str(refused(document)) == NOT_JSON


@pytest.mark.parametrize("document", [b"\xff", b'{"id":"\xe9"}', json.dumps(LEAST).encode("utf-16"), "\ud800"])
def test_refuses_what_is_not_utf8(document):
    """Bytes are UTF-8, and text can be."""
    assert str(refused(document)) == NOT_UTF8


@pytest.mark.parametrize("document", ["[]", "null", '"x"', "1", [LEAST], None, 7, [("id", "c")], bytearray(b"{}")])
def test_refuses_what_is_no_object(document):
    """A chart is one JSON object."""
    assert str(refused(document)) == NO_OBJECT


@pytest.mark.parametrize("planted", [object(), {"x": {1, object()}}, b"\xff", "\ud800"])
def test_refuses_what_json_cannot_hold(planted):
    """A mapping holds what JSON can hold."""
    assert str(refused(LEAST | {"x": planted})) == NOT_WRITABLE


def test_refuses_a_circle():
    """A mapping that holds itself has no end."""
    circle = dict(LEAST)
    circle["person"] = circle

    assert str(refused(circle)) == NOT_WRITABLE


@pytest.mark.parametrize("depth", NESTED)
def test_refuses_depth(depth):
    """Two hundred levels, or a hundred thousand, are a ChartError and never a RecursionError."""
    assert str(refused(with_person(NESTED[depth]))) in {NOT_TAKEN, "person: Input should be an object"}


def test_refuses_depth_in_a_mapping():
    """A deep mapping is refused as a deep document is."""
    deep = {}
    for _ in range(5000):
        deep = {"person": deep}

    assert str(refused(deep)) == NOT_WRITABLE


def test_refuses_depth_behind_a_name_that_stands_twice():
    """The second reading goes no deeper than the first."""
    twice = with_person('{"id":1,"id":2}')
    assert str(refused(f"[{twice},{'[' * 100_000}{']' * 100_000}]")) == NOT_TAKEN
    assert str(refused(f"[{twice},{NESTED[900]}]")) == f"[0].person: {TWICE}"


def test_refuses_half_a_character():
    """An escape that is no character is refused."""
    assert str(refused('{"id":"\\ud800","person":{"id":"p"}}')) == NOT_TAKEN


@pytest.mark.parametrize(
    "schema", ["alliance-chart/2", "alliance-chart/0", "alliance-chart/11", "alliance-review/1", "", 1, None, [], {}]
)
def test_refuses_another_schema(schema):
    """Another major version is refused with the one sentence that says which is read, whatever else it holds."""
    assert str(refused({"schema": schema, MARK: MARK})) == OTHER_SCHEMA


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"id":"c","id":"c","person":{"id":"p"}}', TWICE),
        ('{"id":"c","\\u0069d":"d","person":{"id":"p"}}', TWICE),
        (with_person('{"id":"p","deceased":"no","deceased":"yes"}'), f"person: {TWICE}"),
        (
            '{"decisions":[{},{"assessments":[{"conclusion":"no","conclusion":"yes"}]}]}',
            f"decisions[1].assessments[0]: {TWICE}",
        ),
        ('{"' + MARK + '":{"a":1,"a":1}}', f"…: {TWICE}"),
        ('{"person":{"x":1,"x":2},"notes":[{"id":1,"id":2}]}', f"person: {TWICE}; notes[0]: {TWICE}"),
    ],
)
def test_refuses_a_name_twice(text, expected):
    """A name that stands twice in one object is refused at any depth: the last one must not silently win."""
    assert str(refused(text)) == expected


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_refuses_no_number(number):
    """NaN and Infinity are not JSON."""
    text = '{"id":"c","person":{"id":"p"},"observations":[{"id":"o","amount":' + number + "}]}"

    assert str(refused(text)) == f"observations[0].amount: {NO_NUMBER}"


def test_refuses_a_number_that_overflows():
    """A number too large for any field is refused, not made infinite."""
    text = '{"id":"c","person":{"id":"p"},"observations":[{"id":"o","amount":1e999}]}'

    assert [problem.path for problem in refused(text).problems] == ["observations[0].amount"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), Decimal("NaN")])
def test_refuses_no_number_in_a_mapping(number):
    """A mapping may hold no number that JSON cannot."""
    error = refused(LEAST | {"observations": [{"id": "o", "amount": number}]})

    assert [problem.path for problem in error.problems] == ["observations[0].amount"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, "id: Field required; person: Field required"),
        (LEAST | {MARK: MARK}, UNKNOWN),
        ({"id": "c", "person": {"id": "p", MARK: MARK}}, f"person: {UNKNOWN}"),
        ({"id": "c", "person": {"id": "p", "self": MARK}}, f"person: {UNKNOWN}"),
        ({"id": "c", "person": {"id": "p", "sex": MARK}}, "person.sex: Input should be 'female', 'male', 'other' or 'unknown'"),  # noqa: E501
        ({"id": "c", "person": {"id": "p", "deceased": True}}, "person.deceased: Input should be 'yes', 'no', 'unclear' or 'not-recorded'"),  # noqa: E501
        ({"id": "c", "person": {"id": "p", "born_on": "2001-02-29"}}, "person: born_on is not a day of the calendar"),
        ({"id": 7, "person": {"id": "p"}}, "id: Input should be a valid string"),
        (LEAST | {"notes": {}}, "notes: Input should be a valid array"),
        (LEAST | {"notes": [{"id": "n", "written_on": MARK}]}, "notes[0].written_on: is not valid here (date parsing)"),
        (LEAST | {"notes": [{"id": "n"}, {"id": "n", "author": MARK}]}, "notes[1] has the id of another, different record"),  # noqa: E501
    ],
)  # fmt: skip
def test_refuses_fields(document, expected):
    """Every path and rule is told, and no value and no unknown name."""
    assert str(refused(document)) == expected


class TestSilent:
    """No exception, repr, log line or error body carries a patient's value."""

    @given(charts(), st.data())
    def test_wherever_it_is_planted(self, chart, data):
        document = json.loads(write_chart(chart))
        node, name = data.draw(st.sampled_from(list(places(document))))
        node[name] = data.draw(st.sampled_from((MARK, [MARK], {MARK: MARK}, {"id": MARK}, 987654321, None, True)))

        try:
            read_chart(document)
        except ChartError as error:
            shown = f"{error}{error!r}{error.args}"
            assert MARK not in shown
            assert "987654321" not in shown
            assert (error.__cause__, error.__context__) == (None, None)

    @given(charts(texts=st.just(MARK)), st.data())
    def test_under_an_unknown_name(self, chart, data):
        document = json.loads(write_chart(chart))
        objects = [node for node, _ in places(document) if isinstance(node, dict)]
        data.draw(st.sampled_from(objects))[f"{MARK}-name"] = MARK

        assert MARK not in str(refused(document))

    @pytest.mark.parametrize(
        "document", [MARK, MARK.encode() + b"\xff", [MARK], with_person(f'"{MARK}"'), {MARK: MARK}]
    )
    def test_no_frame_of_ours_holds_it(self, document):
        frames = traceback.TracebackException.from_exception(refused(document), capture_locals=True).stack
        ours = [frame.locals for frame in frames if frame.filename in {wire.__file__, kinds.__file__}]

        assert ours
        assert MARK not in str(ours)


def places(node):
    """Return every place of a document where something stands."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, one in inner:
        yield node, name
        yield from places(one)


# -- writing ---------------------------------------------------------------------------------------------------------


def test_writes_what_was_recorded():
    """Fields come in declared order; what was not recorded and what only says its default is left out."""
    chart = Chart(
        id="c",
        person=Person(id="p", sex=Sex.FEMALE, deceased=Recorded.NO),
        medications=(
            MedicationStatement(
                id="m",
                text="Café",
                dose=Dose(amount=Decimal("1.10"), unit=DoseUnit.MILLIGRAM),
                started_on=date(2026, 1, 2),
            ),
        ),
        reviews=(),
    )

    assert write_chart(chart).decode() == (
        '{"schema":"alliance-chart/1","id":"c","person":{"id":"p","sex":"female","deceased":"no"},'
        '"medications":[{"id":"m","text":"Café","dose":{"amount":"1.10","unit":"mg"},"started_on":"2026-01-02"}],'
        '"reviews":[]}'
    )


def test_writes_the_schema_always():
    """Every document says which schema it has, in its first place."""
    minor = Chart(schema="alliance-chart/1.2", id="c", person=Person(id="p"))

    assert write_chart(CHART) == b'{"schema":"alliance-chart/1","id":"c","person":{"id":"p"}}'
    assert write_chart(minor) == b'{"schema":"alliance-chart/1.2","id":"c","person":{"id":"p"}}'


class TestThereAndBack:
    """Reading what was written gives an equal chart, and writing it again the same bytes."""

    @given(charts())
    @example(CHART)
    @example(Chart(id="c", person=Person(id="p", languages=()), people=(), reviews=()))
    def test_round_trip(self, chart):
        written = write_chart(chart)

        assert read_chart(written) == chart
        assert write_chart(read_chart(written)) == written

    @given(charts())
    def test_any_form(self, chart):
        written = write_chart(chart)
        pretty = json.dumps(json.loads(written), indent=2)

        assert chart == read_chart(written.decode()) == read_chart(json.loads(written)) == read_chart(pretty)

    @given(charts())
    def test_nothing_unrecorded_is_said(self, chart):
        said = [node[name] for node, name in places(json.loads(write_chart(chart)))]

        assert None not in said
        assert "not-recorded" not in said


# -- schemas ---------------------------------------------------------------------------------------------------------


def test_schema():
    """The schema names its dialect, describes each record, and lets no unknown field in."""
    schema = schemas()["chart"]
    records = [part for part in (schema, *schema["$defs"].values()) if part["type"] == "object"]

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["id", "person"]
    assert all(part["additionalProperties"] is False and part["description"] for part in records)
    assert json.loads(json.dumps(schemas())) == schemas()


NAMES = {
    name for part in (schemas()["chart"], *schemas()["chart"]["$defs"].values()) for name in part.get("properties", ())
}


@given(charts())
def test_schema_names_whatever_is_written(chart):
    """Each name in a written chart stands in the schema."""
    names = {name for node, name in places(json.loads(write_chart(chart))) if isinstance(node, dict)}

    assert names <= NAMES


# -- bodies ----------------------------------------------------------------------------------------------------------


class Request(pydantic.BaseModel):
    chart: ChartBody
    minutes: int = 15


app = fastapi.FastAPI()


@app.post("/chart")
def echo(body: ChartBody) -> ChartBody:
    return body


@app.post("/request")
def in_a_model(request: Request) -> Request:
    return request


@app.post("/embedded")
def embedded(chart: ChartBody, minutes: Annotated[int, fastapi.Body()]) -> str:
    return f"{chart.chart.id} {minutes}"


def call(method, path, **more):
    async def send():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, **more)

    return asyncio.run(send())


def post(path, body):
    return call("POST", path, json=body)


def test_body_takes_a_chart():
    """A chart can be the body of a request, a field of a model, or one of several parts of a body."""
    assert post("/chart", LEAST).json() == {"schema": SCHEMA} | LEAST
    assert post("/request", {"chart": LEAST}).json() == {"chart": {"schema": SCHEMA} | LEAST, "minutes": 15}
    assert post("/embedded", {"chart": LEAST, "minutes": 5}).json() == "c 5"


@pytest.mark.parametrize(
    ("path", "wrap", "at"),
    [
        ("/chart", lambda chart: chart, []),
        ("/request", lambda chart: {"chart": chart}, ["chart"]),
        ("/embedded", lambda chart: {"chart": chart}, ["chart"]),
    ],
)
def test_body_says_where(path, wrap, at):
    """A refused chart is answered with the path and the rule."""
    body = {"id": "c", "person": {"id": "p", MARK: MARK}, "notes": [{"id": "n"}, {"id": 7}]}
    details = post(path, wrap(body)).json()["detail"]

    expected = [
        {"type": "chart", "loc": ["body", *at, "person"], "msg": UNKNOWN, "input": None},
        {
            "type": "chart",
            "loc": ["body", *at, "notes", 1, "id"],
            "msg": "Input should be a valid string",
            "input": None,
        },
    ]
    assert details[:2] == expected


REFUSED = [
    {"id": MARK},
    {"id": "c", "person": {"id": "p", "sex": MARK}},
    {"id": "c", "person": {"id": "p", MARK: MARK}},
    {"schema": MARK, "id": MARK},
    {"id": "c", "person": {"id": "p"}, "notes": [{"id": "n", "written_on": MARK}]},
    MARK,
    [MARK],
    {MARK: MARK},
    None,
]


@pytest.mark.parametrize("body", REFUSED, ids=range(len(REFUSED)))
@pytest.mark.parametrize(("path", "wrap"), [("/chart", lambda c: c), ("/request", lambda c: {"chart": c}), ("/embedded", lambda c: {"chart": c})])  # fmt: skip  # noqa: E501
def test_body_is_not_sent_back(path, wrap, body):
    """A 422 never echoes the chart."""
    answer = post(path, wrap(body))

    assert answer.status_code == 422
    assert MARK not in answer.text


@pytest.mark.parametrize("content", [f'{{"id":"{MARK}"', f'"{MARK}"', MARK, f'{{"id":"{MARK}","id":"{MARK}"}}'])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/octet-stream"])
def test_raw_body_is_not_sent_back(content, kind):
    """Nor does the answer to what is not JSON, or comes under another name."""
    answer = call("POST", "/chart", content=content, headers={"content-type": kind})

    assert answer.status_code == 422
    assert MARK not in answer.text


def test_body_in_the_documentation():
    """The page that a framework makes shows the chart's own schema."""
    shown = call("GET", "/openapi.json").json()
    body = shown["paths"]["/chart"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert list(schemas()["chart"]["properties"]) == list(body["properties"])
    assert "Person" in shown["components"]["schemas"]


def test_body_in_a_model():
    """A model takes a chart, a body, a mapping or JSON, and writes JSON that reads back."""
    made = [Request(chart=given) for given in (CHART, ChartBody(chart=CHART), LEAST, json.dumps(LEAST))]

    assert all(one.chart == ChartBody(chart=CHART) for one in made)
    assert Request.model_validate_json(made[0].model_dump_json()) == made[0]
    assert Request(**made[0].model_dump()) == made[0]
    assert made[0].model_dump() == {"chart": {"schema": SCHEMA} | LEAST, "minutes": 15}
    assert set(Request.model_json_schema()["$defs"]) >= {"Person", "Note"}


def test_body_repr():
    """A body prints its name and nothing else."""
    assert repr(ChartBody(chart=CHART)) == "ChartBody(…)"


@given(charts(texts=st.just(MARK)), st.data())
def test_model_error_is_silent(chart, data):
    """Neither the text nor the details of a model's error carry the chart."""
    document = json.loads(write_chart(chart))
    assume(MARK in json.dumps(document))
    document[data.draw(st.sampled_from(("unknown", "person")))] = MARK

    with pytest.raises(pydantic.ValidationError) as caught:
        Request(chart=document)

    assert MARK not in f"{caught.value}{caught.value!r}{caught.value.errors()}{caught.value.json()}"
