"""Whose a resource is, what stands twice, and the same charts from every form that FHIR comes in."""

import json
import re
from pathlib import Path

import pytest

from alliance_core import read_chart
from alliance_core.base.errors import ChartError
from alliance_core.edges.fhir import mapping, read_bundle, read_folder, read_ndjson
from alliance_core.edges.fhir.bundles import KINDS

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples" / "clinic").glob("*.json"))
SERVER = "https://one.example/fhir"
REFERENCE = re.compile(r'"([A-Z][A-Za-z]+)/([A-Za-z0-9.-]+)"')
UUID = "urn:uuid:6f0f5ab9-6d4c-4c39-9a5c-3d5a2a2f6c11"
P = {"resourceType": "Patient", "id": "p"}
Q = {"resourceType": "Patient", "id": "q"}


def condition(reference="Patient/p", number="c", **fields):
    subject = {"subject": {"reference": reference}}
    return {"resourceType": "Condition", "id": number, "code": {"text": "a condition"}, **subject, **fields}


def bundle(*entries, kind="collection"):
    """Each entry is a resource, or a full URL and a resource."""
    pairs = [one if isinstance(one, tuple) else (None, one) for one in entries]
    made = [{"resource": one} if url is None else {"fullUrl": url, "resource": one} for url, one in pairs]
    return {"resourceType": "Bundle", "type": kind, "entry": made}


def read(*entries):
    return read_bundle(bundle(*entries))


def problems(result):
    return {chart.id: [one.id for one in chart.problems or ()] for chart in result.charts}


def lines(result):
    return [(line.type, line.position, line.path) for line in result.not_understood]


def counted(result):
    return (result.resources, result.used, result.not_needed_count, result.not_understood_count)


class TestOwner:
    """A resource belongs to the patient whom its subject names; whoever cannot be resolved gets nothing by guess."""

    @pytest.mark.parametrize(
        ("patient_url", "resource_url", "reference"),
        [
            (None, None, "Patient/p"),
            (None, None, "Patient/p/_history/3"),
            (UUID, None, UUID),
            (UUID, UUID + "0", "Patient/p"),
            (f"{SERVER}/Patient/p", None, f"{SERVER}/Patient/p"),
            (f"{SERVER}/Patient/p", None, f"{SERVER}/Patient/p/_history/3"),
            (f"{SERVER}/Patient/p", f"{SERVER}/Condition/c", "Patient/p"),
            (f"{SERVER}/Patient/p", None, "Patient/p"),
            ("urn:a\u00e9\n", None, "urn:a\u00e9\n"),
        ],
    )
    def test_resolved(self, patient_url, resource_url, reference):
        result = read((patient_url, P), (resource_url, condition(reference)))

        assert {"p": ["Condition/c"]} == problems(result)
        assert (2, 2, 0, 0) == counted(result)

    @pytest.mark.parametrize(
        ("patient_url", "resource_url", "reference"),
        [
            (None, None, "Patient/other"),
            (None, None, "p"),
            (None, None, ""),
            (None, None, "#p"),
            (None, None, "Patient?identifier=p"),
            (None, None, f"{SERVER}/Patient/p"),
            (None, None, "Condition/c"),
            (UUID, None, UUID + "0"),
            (f"{SERVER}/Patient/p", "https://two.example/fhir/Condition/c", "Patient/p"),
        ],
    )
    def test_not_resolved(self, patient_url, resource_url, reference):
        result = read((patient_url, P), (resource_url, condition(reference)))

        assert {"p": []} == problems(result)
        assert [("Condition", "entry[1]", "subject")] == lines(result)

    @pytest.mark.parametrize("subject", [{}, {"display": "p"}, {"identifier": {"value": "p"}}])
    def test_no_reference(self, subject):
        result = read(P, condition(subject=subject))

        assert [("Condition", "entry[1]", "subject")] == lines(result)

    def test_contained_patient(self):
        """A patient who stands within a resource has no chart, and the resource is nobody's."""
        result = read(P, condition("#x", contained=[{"resourceType": "Patient", "id": "x"}]))

        assert (["p"], [("Condition", "entry[1]", "subject")]) == ([one.id for one in result.charts], lines(result))

    def test_a_url_of_two(self):
        """A full URL that two resources share names neither."""
        result = read((UUID, P), (UUID, Q), condition(UUID))

        assert ({"p": [], "q": []}, 1) == (problems(result), result.not_understood_count)

    def test_a_url_escaped(self):
        """A full URL is the same however its characters are written."""
        text = json.dumps(bundle((UUID, P), condition(UUID))).replace(
            f'"fullUrl": "{UUID}', f'"fullUrl": "\\u0075{UUID[1:]}'
        )

        assert {"p": ["Condition/c"]} == problems(read_bundle(text))

    def test_several_patients(self):
        """Every patient has a chart, and only what is their own."""
        result = read(condition("Patient/q", "1"), P, condition("Patient/p", "2"), Q, condition("Patient/q", "3"))

        assert {"p": ["Condition/2"], "q": ["Condition/1", "Condition/3"]} == problems(result)

    def test_a_reason_of_another(self):
        """A medicine's reason is never another patient's condition."""
        order = {
            "resourceType": "MedicationStatement",
            "id": "m",
            "status": "active",
            "subject": {"reference": "Patient/p"},
            "medicationCodeableConcept": {"text": "a medicine"},
            "reasonReference": [{"reference": "Condition/theirs"}, {"reference": "Condition/own"}],
        }
        result = read(P, Q, condition("Patient/q", "theirs"), condition("Patient/p", "own"), order)

        assert [("Condition/own",)] == [one.indications for one in result.charts[0].medications]
        assert ["reasonReference[0]"] == [line.path for line in result.elements]

    def test_no_patient(self):
        """Without a Patient there is no chart, and one line that counts all."""
        result = read(condition(), condition(number="d"), {"resourceType": "Device"})
        [line] = result.not_understood

        assert ((), "Bundle", 2) == (result.charts, line.type, line.count)
        assert (3, 0, 1, 2) == counted(result)

    @pytest.mark.parametrize("empty", [{"entry": []}, {}])
    def test_nothing(self, empty):
        result = read_bundle({"resourceType": "Bundle", "type": "collection", **empty})

        assert ((), 1, (0, 0, 0, 0)) == (result.charts, len(result.not_understood), counted(result))


class TestTwice:
    """The same resource twice is read once; of different ones under one id none is read."""

    def test_the_same(self):
        result = read(P, condition(), condition())

        assert {"p": ["Condition/c"]} == problems(result)
        assert (3, 2, 1, 0) == counted(result)

    def test_the_same_patient(self):
        result = read(P, P, condition())

        assert ({"p": ["Condition/c"]}, (3, 2, 1, 0)) == (problems(result), counted(result))

    def test_the_same_with_another_key_order(self):
        again = dict(reversed(condition().items()))

        assert (3, 2, 1, 0) == counted(read(P, condition(), again))

    @pytest.mark.parametrize("turn", [1, -1])
    def test_different(self, turn):
        """Which of the two is meant is not known, in either order."""
        result = read(P, *[condition(), condition(note=[])][::turn], condition(number="d"))

        assert {"p": ["Condition/d"]} == problems(result)
        assert [("Condition", "entry[2]", "id"), ("Condition", "entry[1]", "id")] == lines(result)
        assert (4, 2, 0, 2) == counted(result)

    @pytest.mark.parametrize("turn", [1, -1])
    def test_different_patients(self, turn):
        """Neither has a chart, what refers to either is listed, and the others' charts are read."""
        twice = [(UUID, P), (UUID + "0", P | {"gender": "male"})][::turn]
        result = read(*twice, condition(), condition(UUID, "u"), Q, condition("Patient/q", "d"))

        assert ({"q": ["Condition/d"]}, (6, 2, 0, 4)) == (problems(result), counted(result))

    def test_one_id_of_two_types(self):
        assert (2, 2, 0, 0) == counted(read(P, condition(number="p")))

    def test_by_either_url(self):
        """The same resource under two full URLs is found by both."""
        result = read((UUID, P), (UUID + "0", P), condition(UUID, "1"), condition(UUID + "0", "2"))

        assert {"p": ["Condition/1", "Condition/2"]} == problems(result)

    def test_without_ids(self):
        """Resources without an id are different ones, named by where they stand."""
        result = read(P, condition(number=None), condition(number="d"))
        unnamed = {name: one for name, one in condition().items() if name != "id"}
        result = read(P, unnamed, unnamed)

        assert {"p": ["Condition/entry-1", "Condition/entry-2"]} == problems(result)


# -- forms -----------------------------------------------------------------------------------------------------------


def of_example(path):
    return [entry["resource"] for entry in json.loads(path.read_bytes())["entry"]]


def as_line(resource):
    return json.dumps(resource)


def everything():
    """All examples together: every patient of the clinic once, each id made their own."""
    found = []
    for path in EXAMPLES:
        text = REFERENCE.sub(rf'"\1/{path.stem}-\2"', json.dumps(of_example(path)))
        found += [one | {"id": f"{path.stem}-{one['id']}"} for one in json.loads(text)]
    return found


@pytest.fixture(scope="module")
def wanted():
    """What the clinic reads to as one plain Bundle."""
    return read(*everything())


class TestForms:
    """A Bundle of any type, a folder of single resources, and lines of NDJSON give the same charts and account."""

    def test_all_are_there(self, wanted):
        assert (len(EXAMPLES), ()) == (len(wanted.charts), wanted.not_understood)

    @pytest.mark.parametrize("kind", sorted(KINDS))
    @pytest.mark.parametrize("indent", [None, 2])
    def test_bundles(self, wanted, kind, indent):
        text = json.dumps(bundle(*everything(), kind=kind), indent=indent)

        assert wanted == read_bundle(text) == read_bundle(text.encode()) == read_bundle(b"\xef\xbb\xbf" + text.encode())

    def test_mapping(self, wanted):
        assert wanted == read_bundle(bundle(*everything()))

    def test_more_in_the_bundle(self, wanted):
        """What a server adds to a Bundle and its entries is counted, and changes no chart."""
        made = bundle(*everything(), kind="searchset")
        for entry in made["entry"]:
            entry |= {"search": {"mode": "match"}, "request": {"method": "PUT"}, "x-own": 1}
        made |= {"total": 1, "link": [], "timestamp": "2026-01-01T00:00:00Z", "signature": {}, "x-own": 1}
        result = read_bundle(made)

        assert wanted.charts == result.charts
        assert {"link": 1, "timestamp": 1, "total": 1, "signature": 1, "(no R4 element)": 1} == result.unread["Bundle"]
        assert {"search", "request", "(no R4 element)"} == set(result.unread["Bundle.entry"])

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\n\n  \n"])
    def test_lines(self, wanted, end):
        text = end.join(map(as_line, everything()))
        result = read_ndjson(text)

        assert (wanted.charts, counted(wanted)) == (result.charts, counted(result))
        assert result == read_ndjson(b"\xef\xbb\xbf" + text.encode())

    def test_folder_of_single_resources(self, wanted, tmp_path):
        for number, resource in enumerate(everything()):
            (tmp_path / f"{number:04}.json").write_text(json.dumps(resource, indent=2), encoding="utf-8")
        result = read_folder(tmp_path)

        assert (wanted.charts, counted(wanted)) == (result.charts, counted(result))

    def test_bulk_data(self, wanted, tmp_path):
        """Bulk Data: one file of lines for each type."""
        by_type = {}
        for resource in everything():
            by_type.setdefault(resource["resourceType"], []).append(as_line(resource))
        for kind, found in by_type.items():
            (tmp_path / f"{kind}.ndjson").write_text("\n".join(found), encoding="utf-8")
        result = read_folder(str(tmp_path))

        assert (wanted.charts, counted(wanted)) == (result.charts, counted(result))

    def test_folder_of_bundles(self, tmp_path):
        """Every Bundle of a folder is read on its own."""
        for path in EXAMPLES:
            (tmp_path / path.name).write_bytes(path.read_bytes())
        alone = [read_bundle(path.read_bytes()) for path in EXAMPLES]

        assert tuple(one.charts[0] for one in alone) == read_folder(tmp_path).charts

    def test_folders_of_patients(self, tmp_path):
        """A subfolder with a Patient and more is read on its own; others are read with the folder above."""
        for name, patient in (("a", P), ("b", P)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "patient.json").write_text(json.dumps(patient), encoding="utf-8")
            (tmp_path / name / "c.json").write_text(json.dumps(condition(number=name)), encoding="utf-8")
        (tmp_path / "patients").mkdir()
        (tmp_path / "patients" / "q.json").write_text(json.dumps(Q), encoding="utf-8")
        (tmp_path / "conditions").mkdir()
        (tmp_path / "conditions" / "all.NDJSON").write_text(as_line(condition("Patient/q")), encoding="utf-8")
        (tmp_path / "conditions" / "device.json").write_text('{"resourceType":"Device"}', encoding="utf-8")
        (tmp_path / "conditions" / "vitals.json").write_text('{"resourceType":"Observation"}', encoding="utf-8")
        (tmp_path / "read.me").write_text("{", encoding="utf-8")
        result = read_folder(tmp_path)

        assert [("p", 1), ("p", 1), ("q", 1)] == [(one.id, len(one.problems)) for one in result.charts]
        assert (8, 6, 2, 0) == counted(result)

    def test_a_folder_without_a_patient(self, tmp_path):
        (tmp_path / "c.json").write_text(json.dumps(condition()), encoding="utf-8")

        assert [("folder", "", "")] == lines(read_folder(tmp_path))

    def test_lines_without_a_patient(self):
        assert [("lines", "", "")] == lines(read_ndjson(as_line(condition())))


# -- the page and the examples ---------------------------------------------------------------------------------------


def test_the_page_is_generated():
    """`docs/fhir-mapping.md` is what the generator writes."""
    assert mapping.page() == (ROOT / "docs" / "fhir-mapping.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in EXAMPLES])
def test_an_example_is_the_same_in_both_forms(path):
    """Each example in FHIR reads to the very chart of its native form, with nothing noted and nothing left over."""
    result = read_bundle(path.read_bytes())

    assert (read_chart((ROOT / "examples" / "native" / path.name).read_bytes()),) == result.charts
    assert ((), (), ()) == (result.not_understood, result.not_needed, result.elements)


def test_no_folder(tmp_path):
    """What is no folder is refused, without its name."""
    with pytest.raises(ChartError) as caught:
        read_folder(tmp_path / "planted-name")

    assert "planted-name" not in str(caught.value)
