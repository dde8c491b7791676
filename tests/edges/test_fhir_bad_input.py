"""Bad input: a `ChartError` or a line of the account, never a traceback or a value, and the others are still read."""

import json
import sys
import traceback

import pytest

from alliance_core.base.errors import ChartError
from alliance_core.edges.fhir import bundles, read_bundle, read_folder, read_ndjson
from alliance_core.edges.fhir.text import MAX_DEPTH

MARK = "Zebulon-Quagmire"
WHO = b'"subject":{"reference":"Patient/p"}'
GOOD = b'{"resourceType":"Patient","id":"good"}'
P = b'{"resourceType":"Patient","id":"p"}'
BOM = b"\xef\xbb\xbf"


def bundle(*resources):
    entries = b",".join(b'{"resource":%b}' % one for one in resources)
    return b'{"resourceType":"Bundle","type":"collection","entry":[%b]}' % entries


def resource(kind, body):
    return b'{"resourceType":"%b","id":"r",%b,%b}' % (kind.encode(), WHO, body)


def said(result):
    """Everything that an account says."""
    lines = (*result.not_needed, *result.not_understood, *result.elements)
    return "\n".join([repr(result), *map(repr, lines), *map(str, lines)])


def refused(reader, data):
    """Return what is said of input that is refused as a whole, with its traceback."""
    with pytest.raises(ChartError) as caught:
        reader(data)
    assert caught.value.__context__ is None
    return "".join(traceback.format_exception(caught.value))


# -- not a Bundle at all ---------------------------------------------------------------------------------------------

NO_BUNDLES = [
    b"",
    b"   \n",
    BOM,
    b"null",
    b"1",
    b"NaN",
    b'"%b"' % MARK.encode(),
    b"[]",
    b"[%b]" % bundle(GOOD),
    b"{}",
    b"{",
    b'{"resourceType":"Bundle","type":"collection","entry":[',
    b'{"%b":1,"resourceType":"Bundle"' % MARK.encode(),
    b'{"resourceType":"Bundle","type":"collection","entry":"%b"}' % MARK.encode(),
    b'{"resourceType":"Bundle","type":"collection","entry":{"%b":1}}' % MARK.encode(),
    b'{"resourceType":"Bundle","type":1}',
    b'{"resourceType":"%b"}' % MARK.encode(),
    GOOD,
    bundle(GOOD) + b"]",
    bundle(GOOD) + bundle(GOOD),
    bundle(GOOD).decode().encode("utf-16"),
    b"\xff\xfe\x00",
    b"\x00" * 10,
    b"[" * 100_000,
    b'{"entry":' * 100_000,
    b'{"resourceType":"Bundle","type":"collection","total":%b}' % (b"9" * 5_000),
    "\ud800",
    {"resourceType": "Bundle", "entry": object()},
    {"resourceType": "Bundle", "entry": "\ud800"},
    {1: MARK},
    None,
    5,
    object(),
]


class TestWholeInput:
    """What is no Bundle, no JSON or no text is one `ChartError` that repeats nothing of it."""

    @pytest.mark.parametrize("data", NO_BUNDLES)
    def test_bundle(self, data):
        if isinstance(data, bytes) and b'"total"' in data:
            assert len(read_bundle(data).not_understood) == 1
            return

        assert MARK not in refused(read_bundle, data)

    @pytest.mark.parametrize("data", [one for one in NO_BUNDLES if not isinstance(one, bytes | dict)])
    def test_lines(self, data):
        assert MARK not in refused(read_ndjson, data)

    @pytest.mark.parametrize("data", [one for one in NO_BUNDLES if isinstance(one, bytes)])
    def test_a_line_among_others(self, data):
        """Whatever stands in a line, the charts of the other lines are read."""
        data = data.replace(b"\n", b"")
        result = read_ndjson(b"%b\n%b\n" % (data, GOOD))

        assert "good" in [one.id for one in result.charts]
        assert result.resources == result.used + result.not_needed_count + result.not_understood_count
        assert MARK not in said(result)

    @pytest.mark.parametrize("name", [f"{MARK}.json", f"{MARK}.ndjson"])
    @pytest.mark.parametrize("data", [one for one in NO_BUNDLES if isinstance(one, bytes)])
    def test_a_file_among_others(self, data, name, tmp_path):
        """Whatever stands in a file, the charts of the other files are read, and no file is named."""
        (tmp_path / name).write_bytes(data)
        (tmp_path / "good.json").write_bytes(GOOD)
        result = read_folder(tmp_path)

        assert "good" in [one.id for one in result.charts]
        assert result.resources == result.used + result.not_needed_count + result.not_understood_count
        assert MARK not in said(result)

    def test_an_empty_file(self, tmp_path):
        (tmp_path / "empty.json").touch()
        (tmp_path / "empty.ndjson").touch()
        result = read_folder(tmp_path)

        assert (1, ["file[0]"]) == (result.resources, [line.position for line in result.not_understood])

    @pytest.mark.parametrize("method", ["read_bytes", "iterdir"])
    def test_a_file_that_cannot_be_read(self, method, tmp_path, monkeypatch):
        """A file or a folder that the system refuses is one line."""
        (tmp_path / "below").mkdir()
        (tmp_path / "below" / f"{MARK}.json").write_bytes(GOOD)
        (tmp_path / "other.ndjson").write_bytes(GOOD)
        real = getattr(bundles.Path, method)

        def fails(self):
            if MARK in self.name or self.name == "below":
                raise PermissionError(MARK)
            return real(self)

        monkeypatch.setattr(bundles.Path, method, fails)
        result = read_folder(tmp_path)

        assert (["good"], 1, 2) == ([one.id for one in result.charts], result.not_understood_count, result.resources)
        assert MARK not in said(result)

    @pytest.mark.parametrize("kind", ["history", "batch", "message", "batch-response", MARK, None])
    def test_no_record(self, kind):
        """A Bundle of another type holds no record: all of it is one line."""
        typed = b"" if kind is None else b'"type":"%b",' % kind.encode()
        result = read_bundle(b'{"resourceType":"Bundle",%b"entry":[{"resource":%b},{}]}' % (typed, GOOD))

        assert ((), 1, 1) == (result.charts, result.resources, result.not_understood_count)
        assert MARK not in said(result)

    def test_rules(self):
        written = bundle(GOOD).replace(b'"type"', b'"implicitRules":"urn:%b","type"' % MARK.encode())
        result = read_bundle(written)

        assert ((), ["implicitRules"]) == (result.charts, [line.path for line in result.not_understood])
        assert MARK not in said(result)


# -- a key twice -----------------------------------------------------------------------------------------------------


class TestTwice:
    """A key that stands twice makes what holds it not understood: readers disagree on which of the two counts."""

    @pytest.mark.parametrize(
        "written",
        [
            bundle(GOOD).replace(b'"type":"collection"', b'"type":"history","type":"collection"'),
            bundle(GOOD)[:-1] + b',"entry":[]}',
            bundle(GOOD)[:-1] + b',"x":1,"x":1}',
            bundle(GOOD)[:-1] + b',"\\u0065ntry":[]}',
        ],
    )
    @pytest.mark.parametrize("indent", [False, True])
    def test_in_a_bundle(self, written, indent):
        result = read_bundle(written.replace(b",", b",\n ") if indent else written)

        assert ((), "Bundle") == (result.charts, result.not_understood[0].type)
        assert result.resources == result.not_understood_count

    @pytest.mark.parametrize(
        "entry",
        [
            b'{"resource":%b,"resource":%b}' % (P, P),
            b'{"resource":%b,"\\u0072esource":%b}' % (P, P),
            b'{"fullUrl":"urn:a","fullUrl":"urn:b","resource":%b}' % P,
            b'{"resource":%b,"x":1,"x":2}' % P,
            b'{"resource":%b,"modifierExtension":[{"url":"urn:not"}]}' % P,
            b"[]",
            b"null",
            b"7",
        ],
    )
    @pytest.mark.parametrize("indent", [False, True])
    def test_in_an_entry(self, entry, indent):
        written = bundle(GOOD)[:-2] + b"," + entry + b"]}"
        result = read_bundle(written.replace(b",", b",\n ") if indent else written)

        assert (["good"], 2, 1) == ([one.id for one in result.charts], result.resources, result.not_understood_count)
        assert result.not_understood[0].position == "entry[1]"

    @pytest.mark.parametrize(
        "written",
        [
            resource("Condition", b'"code":{"text":"a"},"code":{"text":"b"}'),
            resource("Condition", b'"code":{"text":"a"},"\\u0063ode":{"text":"b"}'),
            resource("Condition", b'"code":{"text":"a","text":"b"}'),
            resource("Condition", b'"code":{"coding":[{"system":"s","code":"a","code":"b"}]}'),
            resource("Condition", b'"code":{"text":"a"},"note":1,"note":2'),
            resource("Device", b'"resourceType":"Condition"'),
            resource("Device", b'"\\u0072esourceType":"Condition"'),
            resource("Device", b'"contained":[{"resourceType":"Basic"}],"resourceType":"Condition"'),
            resource("Device", b'"resourceType" : "Condition"'),
            resource("Condition", b'"resourceType":"Device"'),
            resource("Observation", b'"code":{"coding":[{"code":"82810-3"}]},"code":{"text":"b"}'),
            resource("Observation", b'"category":[{"coding":[{"code":"survey"}]}],"category":[]'),
            resource("Observation", b'"resourceType":"Condition","code":{"text":"b"}'),
            resource(
                "QuestionnaireResponse",
                b'"status":"completed","questionnaire":"urn:alliance-core:questionnaire:decision-capacity",'
                b'"item":[{"linkId":"concern","answer":[{"valueBoolean":true,"valueBoolean":false}]}]',
            ),
        ],
    )
    @pytest.mark.parametrize("indent", [False, True])
    def test_in_a_resource(self, written, indent):
        data = bundle(P, GOOD, written)
        result = read_bundle(data.replace(b",", b",\n ") if indent else data)

        assert ["p", "good"] == [one.id for one in result.charts]
        assert (3, 2, ["entry[2]"]) == (
            result.resources,
            result.used,
            [line.position for line in result.not_understood],
        )
        assert read_bundle(bundle(P, GOOD)).charts == result.charts

    @pytest.mark.parametrize(
        "written",
        [
            resource("Condition", b'"code":{"coding":[{"\\u006dodifierExtension":[{"url":"urn:not"}]}],"text":"a"}'),
            resource("Condition", b'"code":{"text":"a"},"\\u006dodifierExtension":[{"url":"urn:not"}]'),
        ],
    )
    def test_a_modifier_in_escapes(self, written):
        """What negates a resource is seen however its key is written."""
        assert read_bundle(bundle(P, written)).not_understood_count == 1


# -- one bad resource ------------------------------------------------------------------------------------------------

NUMBERS = [
    b"1E+999999",
    b"-1E+999999",
    b"1E-999999",
    b"9" * 400,
    b"0." + b"1" * 400,
    b"NaN",
    b"Infinity",
    b"-0",
    b"-5",
    b"01",
    b"1.",
    b'"5"',
    b"true",
    b"[]",
    b"{}",
    b"null",
]
STRANGE = [
    b"\xff",
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\\ud800"',
    b'"\\ud800\\u0041"',
    b'"a\nb"',
    b'"' + b"x" * 30_000 + b'"',
    b"[" * 200 + b"]" * 200,
    b'{"a":' * 200 + b"1" + b"}" * 200,
    b'"%b"' % MARK.encode(),
    b'{"%b":"%b"}' % (MARK.encode(), MARK.encode()),
    b'["%b"]' % MARK.encode(),
    b'"2026-02-30"',
    b'"2026-13-01"',
    b'"0000-01-01"',
    b'"9999-12-31T25:61:61Z"',
    b'"2026-01-01T00:00:00.%bZ"' % (b"0" * 40),
    *NUMBERS,
]


def dosed(value=b"1", unit=b'"mg"', frequency=b"1", period=b"1"):
    quantity = b'{"value":%b,"unit":%b}' % (value, unit)
    repeat = b'{"frequency":%b,"period":%b,"periodUnit":"d"}' % (frequency, period)
    dosage = b'"dosage":[{"doseAndRate":[{"doseQuantity":%b}],"timing":{"repeat":%b}}]' % (quantity, repeat)
    return b'"status":"active","medicationCodeableConcept":{"text":"a"},' + dosage


PLACES = {
    "Patient": (b'"birthDate":%b', b'"gender":%b', b'"deceasedBoolean":%b', b'"deceasedDateTime":%b'),
    "Condition": (
        b'"code":{"text":"a"},"clinicalStatus":%b',
        b'"code":{"text":"a"},"onsetDateTime":%b',
        b'"code":%b',
        b'"code":{"coding":[{"system":"s","code":%b}]}',
        b'"code":{"text":"a"},"onsetPeriod":{"start":%b}',
        b'"code":{"text":"a"},"note":%b',
        b'"code":{"text":"a"},"_recordedDate":%b',
    ),
    "MedicationStatement": (
        dosed(value=b"%b"),
        dosed(unit=b"%b"),
        dosed(frequency=b"%b"),
        dosed(period=b"%b"),
        b'"status":"active","medicationReference":{"reference":%b}',
        b'"status":%b,"medicationCodeableConcept":{"text":"a"}',
        b'"status":"active","medicationCodeableConcept":{"text":"a"},"contained":%b',
    ),
    "MedicationDispense": (b'"status":"completed","medicationCodeableConcept":{"text":"a"},"daysSupply":{"value":%b}',),
    "Observation": (
        b'"category":[{"coding":[{"system":"s","code":"survey"}]}],"code":{"text":"a"},"valueQuantity":{"value":%b}',
        b'"category":[{"coding":[{"system":"s","code":"survey"}]}],"code":{"text":"a"},"valueInteger":%b',
        b'"category":[{"coding":[{"system":"s","code":"survey"}]}],"code":{"text":"a"},"valueBoolean":%b',
        b'"category":%b,"code":{"text":"a"}',
    ),
    "Appointment": (b'"status":"booked","participant":[{"actor":{"reference":"Patient/p"}}],"minutesDuration":%b',),
    "QuestionnaireResponse": tuple(
        b'"status":"completed","questionnaire":"urn:alliance-core:questionnaire:consent-discussion","item":[{"linkId":'
        b'"%b","answer":[{"%b":%%b}]}]' % place
        for place in (
            (b"minutes", b"valueInteger"),
            (b"signed_at", b"valueDateTime"),
            (b"discussed_on", b"valueDate"),
            (b"discussed", b"valueString"),
            (b"written_form", b"valueBoolean"),
            (b"medication", b"valueReference"),
            (b"treatment_codes", b"valueCoding"),
        )
    ),
    "DocumentReference": (
        b'"status":"current","content":[{"attachment":{"contentType":"text/plain","data":%b}}]',
        b'"status":"current","content":%b',
    ),
    "RelatedPerson": (b'"patient":{"reference":"Patient/p"},"name":[{"text":%b}]', b'"patient":%b'),
    "Consent": (b'"status":"active","patient":{"reference":"Patient/p"},"scope":%b',),
}


def places():
    return [
        pytest.param(kind, body, id=f"{kind}-{n}") for kind, found in PLACES.items() for n, body in enumerate(found)
    ]


def is_json(data):
    """Whether this is JSON as its standard has it, without NaN and lone bytes."""
    try:
        json.loads(data.decode(), parse_constant=int)
    except ValueError:
        return False
    return True


class TestOneBadResource:
    """Whatever stands where a value should, the other patients' charts are read and the value is repeated nowhere."""

    @pytest.mark.parametrize("strange", [pytest.param(one, id=repr(one[:24])) for one in STRANGE])
    @pytest.mark.parametrize(("kind", "body"), places())
    def test_in_a_bundle(self, kind, body, strange):
        data = bundle(P, GOOD, resource(kind, body % strange))
        try:
            result = read_bundle(data)
        except ChartError as error:  # not JSON at all
            assert not is_json(data)
            assert MARK not in str(error)
            return

        assert ["p", "good"] == [one.id for one in result.charts if one.id != "r"]
        assert result.resources == result.used + result.not_needed_count + result.not_understood_count == 3
        assert MARK not in said(result)

    @pytest.mark.parametrize("strange", [pytest.param(one, id=repr(one[:24])) for one in STRANGE if b"\n" not in one])
    @pytest.mark.parametrize(("kind", "body"), places())
    def test_in_a_line(self, kind, body, strange):
        """Even a line that is no JSON hides no other."""
        result = read_ndjson(b"\n".join([P, resource(kind, body % strange), GOOD]))

        assert ["p", "good"] == [one.id for one in result.charts if one.id != "r"]
        assert result.resources == result.used + result.not_needed_count + result.not_understood_count == 3
        assert MARK not in said(result)

    @pytest.mark.parametrize("kind", [MARK, "", "patient", "Patient ", 1, None, [], {}])
    def test_no_type(self, kind):
        written = json.dumps({"resourceType": kind, "id": MARK}).encode()
        result = read_bundle(bundle(GOOD, written, b'{"id":"x"}', b"[]", b"null", b'"%b"' % MARK.encode()))

        assert (["good"], 5) == ([one.id for one in result.charts], result.not_understood_count)
        assert MARK not in said(result)

    @pytest.mark.parametrize("own", [b'""', b'"a b"', b'"%b/"' % MARK.encode(), b"5", b"null", b'"%b"' % (b"x" * 200)])
    def test_no_id(self, own):
        result = read_bundle(bundle(GOOD, b'{"resourceType":"Patient","id":%b}' % own))

        assert (["good"], ["id"]) == ([one.id for one in result.charts], [line.path for line in result.not_understood])
        assert MARK not in said(result)

    @pytest.mark.parametrize(
        "within", [b'{"resourceType":"Basic"}', b'{"resourceType":"Condition"}', b'{"resourceType" : "Basic"}', b"{}"]
    )
    def test_unneeded_with_others_within(self, within):
        """A resource of a type that no rule needs is not needed, whatever stands within it."""
        result = read_bundle(bundle(GOOD, resource("Claim", b'"contained":[%b,%b]' % (within, within))))

        assert (1, ["Claim"]) == (result.used, [line.type for line in result.not_needed])

    def test_a_bundle_within(self):
        result = read_bundle(bundle(GOOD, bundle(P)))

        assert (["good"], 1) == ([one.id for one in result.charts], result.not_understood_count)

    @pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 200, 900])
    @pytest.mark.parametrize("pair", [(b"[", b"]"), (b'{"a":', b"}")])
    def test_depth(self, depth, pair):
        """Deep nesting makes its resource not understood, and no other."""
        deep = resource("Condition", b'"code":{"text":"a"},"note":%b' % (pair[0] * depth + b"1" + pair[1] * depth))
        result = read_bundle(bundle(P, deep))

        assert (["p"], 1) == ([one.id for one in result.charts], result.not_understood_count)

    @pytest.mark.parametrize("text", [b'"{{{{[[[["', b'"\\"{[\\\\"', b'"' + b"[{" * 100 + b'"'])
    def test_brackets_in_text(self, text):
        """Brackets within a text are no nesting, nor is a long list."""
        wide = b"[" + b",".join([b"{}"] * 200) + b"]"
        written = resource("Condition", b'"code":{"text":%b},"note":%b' % (text, wide))
        result = read_bundle(bundle(P, written))

        assert (2, 0) == (result.used, result.not_understood_count)

    def test_a_chart_that_cannot_be_built(self):
        """A Patient whose own record is refused has no chart; what belongs to them is listed, the others are read."""
        spoken = b'"communication":[{"language":{"text":"%b"}}]' % (MARK.encode() * 200)
        patient = b'{"resourceType":"Patient","id":"p",%b}' % spoken
        result = read_bundle(bundle(patient, GOOD, resource("Condition", b'"code":{"text":"a"}')))

        assert (["good"], 1, 2) == ([one.id for one in result.charts], result.used, result.not_understood_count)
        assert MARK not in said(result)

    def test_unknown_drugs_and_units_are_kept_as_written(self):
        """A medicine that nobody knows is in the chart as it was written, and a unit that nobody knows is noted."""
        written = resource(
            "MedicationStatement",
            b'"status":"active","medicationCodeableConcept":{"text":"%b"},"dosage":[{"text":"one","doseAndRate":'
            b'[{"doseQuantity":{"value":1,"unit":"%b"}}]}]' % (MARK.encode(), MARK.encode()),
        )
        result = read_bundle(bundle(P, written))
        [entry] = result.charts[0].medications

        assert (MARK, None, 1) == (entry.text, entry.dose, len(result.elements))
        assert MARK not in said(result)


class TestEscapes:
    """A word is the same however its characters are written."""

    def test_status(self):
        written = resource("Encounter", b'"status":"\\u0066inished"')
        [encounter] = read_bundle(bundle(P, written)).charts[0].encounters

        assert encounter.finished.value == "yes"

    @pytest.mark.parametrize(
        ("category", "count"), [(b"\\u0073urvey", 1), (b"\\u0076ital-signs", 0), (b"sur\\u0076ey", 1)]
    )
    def test_category(self, category, count):
        written = resource(
            "Observation", b'"code":{"text":"a"},"category":[{"coding":[{"system":"s","code":"%b"}]}]' % category
        )
        result = read_bundle(bundle(P, written))

        assert (count, 1 - count) == (len(result.charts[0].observations), result.not_needed_count)

    def test_type(self):
        written = resource("Condition", b'"code":{"text":"a"}').replace(b"Condition", b"\\u0043ondition")

        assert len(read_bundle(bundle(P, written)).charts[0].problems) == 1

    @pytest.mark.parametrize("url", [b'["\\\\"]', b'{"a":"\\\\"}', b"5", b"null", b'""'])
    def test_a_url_that_is_none(self, url):
        """What is no URL names nothing, and the resource is read all the same."""
        written = bundle(P).replace(b'{"resource"', b'{"fullUrl":%b,"resource"' % url)

        assert ["p"] == [one.id for one in read_bundle(written).charts]

    def test_white_space_in_a_resource(self):
        """White space within one resource of a compact Bundle changes nothing."""
        padded = b'{"resourceType":"Bundle","type":"collection","entry":[{"resource":%b%b}]}' % (
            P[:-1] + b',"gender":',
            b' "male" }',
        )

        assert read_bundle(padded).charts == read_bundle(padded.replace(b" ", b"")).charts

    def test_no_text_in_white_space(self):
        """A key that is not UTF-8 makes its resource not understood, in a padded resource too."""
        written = bundle(GOOD, P[:-1] + b',"\xff" : 1}')

        assert ["good"] == [one.id for one in read_bundle(written).charts]


def test_the_recursion_limit_is_left_alone():
    """Deep input is met by counting, not by raising the interpreter's limit."""
    before = sys.getrecursionlimit()
    read_bundle(bundle(P, resource("Condition", b'"note":%b' % (b"[" * 900 + b"]" * 900))))

    assert before == sys.getrecursionlimit()
