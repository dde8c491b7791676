"""Decision tables: the first case that holds wins, and the last one always holds."""

import attrs
import pytest

from alliance_core.base.cases import Case, always, first


def case(name, when, gives):
    return Case(id=name, says="", when=when, gives=gives, source="seed", locator="")


CASES = (
    case("small", lambda n: n < 10, "s"),
    case("even", lambda n: n % 2 == 0, "e"),
    case("otherwise", always, "o"),
)


@pytest.mark.parametrize(("facts", "expected"), [(2, "small"), (11, "otherwise"), (12, "even")])
def test_first_match_wins(facts, expected):
    """Of several cases that hold, the one that stands first counts."""
    assert expected == first(CASES, facts).id


def test_the_last_holds_for_everything():
    """No facts fall through a table that ends in `always`."""
    assert all(always(facts) for facts in (None, 0, (), object()))


def test_frozen():
    """A case is never changed."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        CASES[0].gives = "x"
