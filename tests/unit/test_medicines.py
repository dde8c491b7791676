"""Which medicine an entry means, and that nothing of it is kept."""

import pickle

import pytest

from alliance_core import load_policy
from alliance_core.deprescribing import MedicationStatement, Product
from alliance_core.medicines import ATC, RXNORM
from alliance_core.records import Coding

MEDICINES = load_policy("any").medicines
LOCAL = "urn:clinic"


def resolved(*codes, text=None, medicines=MEDICINES):
    found = medicines.resolve(MedicationStatement(id="entry", codes=codes, text=text))
    return [one.name for one in found.medicines], found.partly_unknown


def coding(system, code, display=None):
    return Coding(system=system, code=code, display=display)


class TestByCode:
    """A code says which ingredient is meant; words are read only where no code is known."""

    @pytest.mark.parametrize(
        ("system", "code", "name"),
        [(RXNORM, "36437", "sertraline"), (ATC, "N06AB06", "sertraline"), (RXNORM, "433798", "alprazolam")],
    )
    def test_ingredient_class_code_and_product(self, system, code, name):
        assert ([name], False) == resolved(coding(system, code))

    def test_a_code_beats_the_words(self):
        assert (["sertraline"], False) == resolved(coding(RXNORM, "36437"), text="lithium")

    def test_which_code_stands_first_says_nothing(self):
        codes = coding(RXNORM, "36437"), coding(RXNORM, "4493", "fluoxetine"), coding(LOCAL, "1", "Lithium")

        assert resolved(*codes) == resolved(*reversed(codes))
        assert resolved(*codes[1:], text="lithium") == resolved(*reversed(codes[1:]), text="lithium")

    def test_an_unknown_code_leaves_the_words(self):
        assert (["lithium"], False) == resolved(coding(LOCAL, "1"), text="lithium")
        assert (["lithium"], False) == resolved(coding(LOCAL, "1", "Lithium"))

    def test_the_strength_of_one_ingredient_is_no_second_one(self):
        assert (["sertraline"], False) == resolved(coding(RXNORM, "36437", "sertraline 20 MG/ML Oral Solution"))

    def test_the_name_of_a_combination_says_the_others(self):
        named = coding(RXNORM, "704", "amitriptyline / perphenazine Oral Tablet")

        assert (["amitriptyline", "perphenazine"], False) == resolved(named)

    def test_a_part_that_no_row_knows_is_said(self):
        named = coding(RXNORM, "36437", "sertraline / zzyzx Oral Tablet")

        assert (["sertraline"], True) == resolved(named)


class TestByName:
    """A name counts without its salt, form, strength and what stands in brackets."""

    @pytest.mark.parametrize(
        "text",
        [
            "sertraline",
            "Sertraline",
            "sertraline 50 MG Oral Tablet [Zoloft]",
            "sertraline hydrochloride 100mg",
            "sertraline (as hydrochloride) 25 mg",
        ],
    )
    def test_one_ingredient(self, text):
        assert (["sertraline"], False) == resolved(text=text)

    def test_another_name(self):
        assert (["dosulepin"], False) == resolved(text="dothiepin 25 mg")

    @pytest.mark.parametrize("text", ["amitriptyline and perphenazine", "amitriptyline/perphenazine 25 mg/2 mg"])
    def test_several(self, text):
        assert (["amitriptyline", "perphenazine"], False) == resolved(text=text)

    def test_a_known_part_beside_an_unknown(self):
        assert (["sertraline"], True) == resolved(text="sertraline + zzyzx")

    @pytest.mark.parametrize("text", ["zzyzx 5 mg", "a white pill", "sertralin", "sertraline zzyzx", "?", ""])
    def test_never_guessed(self, text):
        assert ([], True) == resolved(text=text)

    def test_nothing_recorded(self):
        assert ([], True) == resolved()


class TestOwnProducts:
    """A host's own product or code beats the table."""

    def test_a_local_code(self):
        own = MEDICINES.with_products([Product(system=LOCAL, code="7", medicine="lithium")])

        assert (["lithium"], False) == resolved(coding(LOCAL, "7"), medicines=own)
        assert ([], True) == resolved(coding(LOCAL, "7"))

    def test_another_meaning_of_a_shipped_code(self):
        first = MEDICINES.with_products([Product(system=RXNORM, code="36437", medicine="lithium")])
        both = first.with_products([Product(system=LOCAL, code="7", medicine="donepezil")])

        assert (["lithium"], False) == resolved(coding(RXNORM, "36437"), medicines=both)
        assert (["donepezil"], False) == resolved(coding(LOCAL, "7"), medicines=both)


def test_nothing_that_was_asked_is_kept():
    """The table is read only: what an entry says, which may be about the patient, outlives no call."""
    words = "what Rosa takes for her nerves"
    before = pickle.dumps(MEDICINES)
    resolved(text=words)
    resolved(coding(LOCAL, words, words), text=words)

    assert before == pickle.dumps(MEDICINES)
    assert words.encode() not in before
