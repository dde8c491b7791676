"""
Which medicine an entry means: by RxNorm ingredient or clinical-drug code, by ATC, then by name without salt and form.

A medicine that no row knows is listed, never guessed.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import ClassVar, Final

from alliance_core.base.kinds import changed, value
from alliance_core.base.tables import Row
from alliance_core.records import Coding, MedicationStatement

RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC: Final = "http://www.whocc.no/atc"


@value
class ClassRow(Row):
    """A drug class that belongs to a group: sources speak of `antidepressant`, medicines are `ssri`."""

    KEY: ClassVar = ("drug_group", "drug_class")

    drug_group: str
    drug_class: str


def groups_by_class(rows: Iterable[ClassRow]) -> Mapping[str, frozenset[str]]:
    """Return the drug groups of each class."""
    classes: dict[str, set[str]] = {}
    for row in rows:
        classes.setdefault(row.drug_class, set()).add(row.drug_group)
    return {name: frozenset(groups) for name, groups in classes.items()}


@value
class MedicineRow(Row):
    """One ingredient. A blank burden or half-life is unknown, never zero."""

    KEY: ClassVar = ("name",)

    name: str
    drug_class: str
    atc: str
    rxnorm_ingredient: str
    anticholinergic_burden: int | None
    cns_active_group: str
    cns_depressant: bool | None
    serotonergic: bool | None
    opioid: bool | None
    half_life_hours: Decimal | None
    half_life_lower: Decimal | None
    half_life_upper: Decimal | None


@value
class NameRow(Row):
    """Another name of a medicine."""

    KEY: ClassVar = ("name",)

    medicine: str
    name: str


@value
class WordRow(Row):
    """A word of a product's name that says nothing about which ingredient it is: a salt, a form, a unit."""

    KEY: ClassVar = ("word",)

    word: str
    kind: str


@value
class StrengthRow(Row):
    """One product: its strength, form, whether it can be halved, and its RxNorm clinical-drug code."""

    KEY: ClassVar = ("row_id",)

    medicine: str
    salt: str
    form: str
    release: str
    strength: str
    unit: str
    divisible: str
    rxnorm_clinical_drug: str


@value
class Product:
    """A host's own product or local code, which beats the table; `medicine` is a name of the medicines table."""

    system: str
    code: str
    medicine: str


MEDICINE_TABLES: Final[Mapping[str, type[Row]]] = {
    "medicines": MedicineRow,
    "medicine_names": NameRow,
    "name_words": WordRow,
    "strengths": StrengthRow,
}

_SPLIT: Final = re.compile(r"\s*(?:/|\+|;|,| and | with )\s*")
_ASIDE: Final = re.compile(r"[\[({][^\])}]*[\])}]")
#: An amount with its unit, and what it is in or per: `2 MG/ML`, `0.1 MG/24HR`, `100MG`.
_STRENGTH: Final = re.compile(
    r"\b\d[\d.,]*\s*(?:mg|ml|mcg|ug|g|hr|unt|meq|mmol|%)(?:\s*/\s*(?:\d[\d.,]*\s*)?(?:mg|ml|hr|h|actuat|g))?\b"
)
#: The smallest pieces of a name, however it is joined.
_PIECE: Final = re.compile(r"[a-z0-9]+")
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9'-]*")
_AMOUNT: Final = re.compile(r"\d[\d.,]*(?:mg|ml|mcg|ug|g|hr|h|%|unt)?")


@value
class Resolved:
    """The ingredients that an entry means, and whether a part of it is unknown."""

    medicines: tuple[MedicineRow, ...]
    partly_unknown: bool


_UNKNOWN: Final = Resolved(medicines=(), partly_unknown=True)


def _in_order(codes: tuple[Coding, ...]) -> list[Coding]:
    """Which of two codes stands first in an entry says nothing."""
    return sorted(codes, key=lambda one: (one.system, one.code, one.display or ""))


@value
class Medicines:
    """
    The medicines table, indexed by code and by name.

    It remembers nothing of what it was asked: an entry's text is a patient's.
    """

    by_name: Mapping[str, MedicineRow]
    by_code: Mapping[tuple[str, str], MedicineRow]
    dropped: frozenset[str]
    name_words: frozenset[str]
    salts: frozenset[str]
    products: tuple[Product, ...] = ()

    @classmethod
    def of(cls, rows: Iterable[Row], products: Iterable[Product] = ()) -> "Medicines":
        """Return the index of these rows; a host's products come first."""
        kept = tuple(rows)
        by_name = {row.name: row for row in kept if isinstance(row, MedicineRow)}
        by_name |= {row.name: by_name[row.medicine] for row in kept if isinstance(row, NameRow)}
        by_code = {(ATC, row.atc): row for row in by_name.values() if row.atc}
        by_code |= {(RXNORM, row.rxnorm_ingredient): row for row in by_name.values() if row.rxnorm_ingredient}
        by_code |= {
            (RXNORM, row.rxnorm_clinical_drug): by_name[row.medicine]
            for row in kept
            if isinstance(row, StrengthRow) and row.rxnorm_clinical_drug
        }
        own = tuple(products)
        by_code |= {(one.system, one.code): by_name[one.medicine] for one in own}
        return cls(
            by_name=by_name,
            by_code=by_code,
            dropped=frozenset(row.word for row in kept if isinstance(row, WordRow)),
            name_words=frozenset(word for name in by_name for word in _PIECE.findall(name)),
            salts=frozenset(row.word for row in kept if isinstance(row, WordRow) and row.kind == "salt"),
            products=own,
        )

    def with_products(self, products: Iterable[Product]) -> "Medicines":
        """Return the table with a host's own products and codes, which beat it."""
        own = (*self.products, *products)
        codes = {(one.system, one.code): self.by_name[one.medicine] for one in own}
        return changed(self, by_code={**self.by_code, **codes}, products=own)

    def resolve(self, entry: MedicationStatement) -> Resolved:
        """Return the ingredients of an entry, by its codes, else by its names; none if no row knows it."""
        codes = _in_order(entry.codes)
        for coding in codes:
            row = self.by_code.get((coding.system, coding.code))
            if row is not None:
                return self._joined(row, coding.display)
        names = [coding.display for coding in codes if coding.display] + ([entry.text] if entry.text else [])
        found = [self.named(name) for name in names]
        return next((one for one in found if one.medicines), _UNKNOWN)

    def written(self, entry: MedicationStatement) -> frozenset[str]:
        """Return the words of an entry that name a medicine, a salt or a brand in brackets: no strength, no form."""
        names = [*([entry.text] if entry.text else []), *(one.display for one in _in_order(entry.codes) if one.display)]
        plain = names[0].lower() if names else ""
        brands = [one for one in _ASIDE.findall(plain) if one.startswith("[")]
        kept = [
            word for word in _PIECE.findall(_ASIDE.sub(" ", plain)) if word in self.name_words or word in self.salts
        ]
        return frozenset([*kept, *brands])

    def _joined(self, row: MedicineRow, display: str | None) -> Resolved:
        """A clinical-drug code of a combination stands under one ingredient; its name says the others."""
        # Most names join nothing: a look for the joining words costs less than taking the strengths out first.
        plain = "" if display is None else display.lower()
        if display is None or not _SPLIT.search(plain) or not _SPLIT.search(_STRENGTH.sub(" ", plain)):
            return Resolved(medicines=(row,), partly_unknown=False)
        named = self.named(display)
        others = tuple(one for one in named.medicines if one is not row)
        return Resolved(medicines=(row, *others), partly_unknown=named.partly_unknown)

    def named(self, name: str) -> Resolved:
        """Return the ingredients that a product's name means, without salts, forms, strengths and brand names."""
        plain = name.lower()
        if plain in self.by_name:
            return Resolved(medicines=(self.by_name[plain],), partly_unknown=False)
        if self.name_words.isdisjoint(_PIECE.findall(plain)):  # most names on a list are none of this table's
            return _UNKNOWN
        parts = [
            self._ingredient(part) for part in _SPLIT.split(_STRENGTH.sub(" ", _ASIDE.sub(" ", plain))) if part.strip()
        ]
        found = tuple(dict.fromkeys(part for part in parts if part is not None))
        return Resolved(medicines=found, partly_unknown=None in parts or not parts)

    def _ingredient(self, part: str) -> MedicineRow | None:
        words = [word for word in _WORD.findall(part) if not _AMOUNT.fullmatch(word)]
        whole = self.by_name.get(" ".join(words))
        if whole is not None:
            return whole
        return self.by_name.get(" ".join(word for word in words if word not in self.dropped))
