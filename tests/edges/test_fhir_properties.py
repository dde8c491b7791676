"""Laws of the FHIR reader, over the clinic's examples changed at random: what is lost, what is said, whose it is."""

import copy
import json
import re
from functools import cache
from pathlib import Path

from hypothesis import assume, example, given
from hypothesis import strategies as st

from alliance_core.base.errors import ChartError
from alliance_core.edges.fhir import read_bundle, read_folder, read_ndjson
from alliance_core.review import digest

CLINIC = Path(__file__).parents[2] / "examples" / "clinic"
MARK = "Zebulon-Quagmire"
REFERENCE = re.compile(r'"([A-Z][A-Za-z]+)/([A-Za-z0-9.-]+)"')


@cache
def entries_of(name):
    """The entries of one example, as text: whoever changes them has their own."""
    text = (CLINIC / f"{name}.json").read_text(encoding="utf-8")
    entries = json.loads(REFERENCE.sub(rf'"\1/{name}-\2"', text))["entry"]
    for entry in entries:
        entry["resource"]["id"] = f"{name}-{entry['resource']['id']}"
        entry["fullUrl"] = entry["fullUrl"].rpartition("/")[0] + f"/{entry['resource']['id']}"
    return json.dumps(entries)


NAMES = sorted(path.stem for path in CLINIC.glob("*.json"))
EXAMPLES = st.sampled_from(NAMES)


# -- changes ---------------------------------------------------------------------------------------------------------


def places(thing, path=()):
    """Every place below a JSON value: where its value may be taken out or exchanged."""
    pairs = thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else ()
    for step, inner in pairs:
        yield (*path, step)
        yield from places(inner, (*path, step))


def at(thing, path):
    for step in path:
        thing = thing[step]
    return thing


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from([MARK, "", "entered-in-error", "2026-02-30", "9999-12-31", "0000", "active", "none", "Patient/x"]),
    st.sampled_from([[], {}, [None], [[]], [{}], {"": None}, {MARK: MARK}, [MARK], {"resourceType": "Patient"}]),
)


def delete(draw, parent, step):
    del parent[step]


def exchange(draw, parent, step):
    parent[step] = copy.deepcopy(draw(VALUES))  # it may be changed in turn


def nest(draw, parent, step):
    for _ in range(draw(st.sampled_from([1, 2, 100]))):
        parent[step] = draw(st.sampled_from([[parent[step]], {"extension": parent[step]}]))


def double(draw, parent, step):
    twin = copy.deepcopy(parent[step])
    if isinstance(parent, list):
        parent.insert(step, twin)
    else:
        parent[draw(st.sampled_from([f"_{step}", MARK, "modifierExtension", "subject", "id"]))] = twin


def mark(draw, parent, step):
    if isinstance(parent, dict) and draw(st.booleans()):
        parent[MARK] = parent.pop(step)
    else:
        parent[step] = MARK


def move(draw, parent, step):
    """Put there what stands elsewhere beside it."""
    other = draw(st.sampled_from(list(parent) if isinstance(parent, dict) else range(len(parent))))
    parent[step], parent[other] = copy.deepcopy(parent[other]), copy.deepcopy(parent[step])


CHANGES = st.sampled_from([delete, exchange, nest, double, mark, move])


@st.composite
def changed(draw, entries, least=0):
    """Entries with a few changes at any place."""
    for _ in range(draw(st.integers(least, 4))):
        found = list(places(entries))
        if found:
            path = draw(st.sampled_from(found))
            draw(CHANGES)(draw, at(entries, path[:-1]), path[-1])
    return entries


@st.composite
def changed_entries(draw):
    """The entries of one or two examples, together, changed."""
    names = draw(st.lists(EXAMPLES, min_size=1, max_size=2))
    return draw(changed([one for name in names for one in json.loads(entries_of(name))]))


def bundle(entries):
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def said(result):
    lines = (*result.not_needed, *result.not_understood, *result.elements)
    return "\n".join([repr(result), *map(repr, lines), *map(str, lines)])


def counted(result):
    return result.used + result.not_needed_count + result.not_understood_count


def holds_a_resource(entry):
    return not isinstance(entry, dict) or "resource" in entry or "modifierExtension" in entry


# -- laws ------------------------------------------------------------------------------------------------------------


class TestAccount:
    """Reading loses nothing silently: used + not needed + not understood account for every resource."""

    @given(changed_entries())
    def test_every_resource(self, entries):
        result = read_bundle(bundle(entries))

        assert len([one for one in entries if holds_a_resource(one)]) == result.resources == counted(result)

    @given(entries=changed_entries(), is_folder=st.booleans())
    def test_every_line(self, entries, is_folder, tmp_path_factory):
        lines = [json.dumps(one["resource"] if isinstance(one, dict) and "resource" in one else one) for one in entries]
        if is_folder:
            folder = tmp_path_factory.mktemp("lines")
            (folder / "all.ndjson").write_text("\n".join(lines), encoding="utf-8")
            result = read_folder(folder)
        else:
            result = read_ndjson("\n".join(lines))

        assert len(lines) == result.resources == counted(result)


class TestForms:
    """A Bundle of any form is read alike: compact or indented, its characters escaped or not."""

    @given(changed_entries(), st.sampled_from([None, 0, 1, 4]), st.booleans())
    def test_written_otherwise(self, entries, indent, is_ascii):
        made = bundle(entries)
        written = json.dumps(made, indent=indent, ensure_ascii=is_ascii)

        assert read_bundle(made) == read_bundle(written)


class TestSilence:
    """No exception, repr or line of the account carries a patient's value."""

    @given(changed_entries(), st.sampled_from([bundle, list, {MARK: 1}.__or__]))
    def test_planted(self, entries, wrapped):
        """What is planted as a key or a value anywhere is repeated nowhere."""
        planted = json.loads(json.dumps(entries).replace("Madeup", MARK).replace("Sample", MARK))
        try:
            spoken = said(read_bundle(wrapped(planted)) if wrapped is bundle else read_bundle(json.dumps(planted)))
        except ChartError as error:
            spoken = repr(error) + str(error)

        assert MARK not in spoken

    @given(EXAMPLES, st.data())
    def test_a_value_in_place_of_any(self, name, data):
        """Every value of a record is replaced by the planted one, one at a time, and more and more."""
        entries = json.loads(entries_of(name))
        for path in data.draw(st.lists(st.sampled_from(list(places(entries))), max_size=5)):
            try:
                at(entries, path[:-1])[path[-1]] = MARK
            except (TypeError, IndexError, KeyError):
                continue  # the place is no more

        assert MARK not in said(read_bundle(bundle(entries)))


class TestTotal:
    """The reader is total: whatever comes in, a read or a `ChartError` comes out."""

    @given(st.binary(max_size=300))
    @example(b"\xef\xbb\xbf")
    def test_any_bytes(self, data):
        for reader in (read_bundle, read_ndjson):
            try:
                result = reader(data)
            except ChartError as error:
                assert error.__context__ is None
            else:
                assert result.resources == counted(result)

    @given(EXAMPLES, st.data())
    def test_bytes_changed(self, name, data):
        """Bytes cut out, put in and doubled anywhere in a Bundle."""
        written = json.dumps(bundle(json.loads(entries_of(name)))).encode()
        for _ in range(data.draw(st.integers(1, 4))):
            start = data.draw(st.integers(0, len(written)))
            end = data.draw(st.integers(start, min(len(written), start + 40)))
            put = data.draw(st.one_of(st.binary(max_size=6), st.just(written[start:end] * 2), st.sampled_from(TOKENS)))
            written = written[:start] + put + written[end:]
        try:
            result = read_bundle(written)
        except ChartError:
            return

        assert result.resources == counted(result)

    @given(st.recursive(VALUES, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner)))
    def test_any_json(self, made):
        for written in (json.dumps(made), json.dumps(bundle([{"resource": made}, made])), json.dumps(bundle(made))):
            try:
                result = read_bundle(written)
            except ChartError:
                continue
            assert result.resources == counted(result)


TOKENS = [
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\\",
    b"\\u",
    b"\\ud800",
    b"\xff",
    b"\x00",
    b"1e9",
    b"null",
    b'"a":1,',
]


def by_patient(result):
    return sorted((chart.id, digest(chart)) for chart in result.charts)


class TestOrder:
    """The order of entries changes no chart, but for the order of its records."""

    @given(changed_entries(), st.data())
    def test_permuted(self, entries, data):
        for number, entry in enumerate(entries):
            assume(isinstance(entry, dict))
            if isinstance(entry.get("resource"), dict):
                entry["resource"].setdefault("id", f"n-{number}")  # else its id is made of its position
        first = read_bundle(bundle(entries))
        second = read_bundle(bundle(data.draw(st.permutations(entries))))

        assert by_patient(first) == by_patient(second)
        assert (first.used, first.resources) == (second.used, second.resources)


class TestOwner:
    """Nothing is attached to a patient by guess: whatever becomes of one patient's records, the others' stay."""

    @given(st.lists(EXAMPLES, min_size=2, max_size=2, unique=True), st.data())
    def test_the_other_chart(self, names, data):
        own, others = (json.loads(entries_of(name)) for name in names)
        [chart] = read_bundle(bundle(own)).charts
        result = read_bundle(bundle([*own, *data.draw(changed(others, least=1))]))

        assert [chart] == [one for one in result.charts if one.id == chart.id]
