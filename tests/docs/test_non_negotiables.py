"""Each of the seed's 31 statements is held by rules with rows and vignettes, or says why it is no rule."""

import importlib.util
from pathlib import Path

import pytest

from alliance_core.base.sources import Basis
from alliance_core.review import RULES

ROOT = Path(__file__).parents[2]


def _tool():
    spec = importlib.util.spec_from_file_location("non_negotiables", ROOT / "tools" / "non_negotiables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _tool()
STATEMENTS = TOOL.statements()


def test_every_statement_stands_once_and_in_order():
    assert [f"S{number:02d}" for number in range(1, 32)] == [one.id for one in STATEMENTS]


@pytest.mark.parametrize("one", STATEMENTS, ids=lambda one: one.id)
class TestStatement:
    """It has rules, or a reason why it has none; what it names is there."""

    def test_rules_or_a_reason(self, one):
        assert bool(one.rules) is not bool(one.why_no_rule)
        assert one.strength in {"must", "often", "stance"}

    def test_rows(self, one):
        assert one.rows
        assert [name for name in one.rows if not TOOL.rows_of(name)] == []

    def test_vignettes(self, one):
        assert bool(one.vignettes) is bool(one.rules)
        assert [name for name in one.vignettes if not TOOL.vignettes_of(name)] == []


def test_every_rule_of_the_seed_holds_some_statement():
    """No rule claims the seed for what the seed does not say."""
    named = {rule for one in STATEMENTS for rule in one.rules}

    assert [rule.id for rule in RULES if rule.basis is Basis.SEED and rule.id not in named] == []


def test_a_rule_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(TOOL, "RULES", RULES[1:])

    with pytest.raises(ValueError, match=RULES[0].id):
        TOOL.statements()
