"""
What makes a medicine, or several together, worth a look: triggers, interactions and prescribing cascades.

Each fires on recorded facts alone and names them; a fact that nobody recorded leaves it possible. When it came to be is
a day of its own, so that a review held since then has answered it. There is no score. The QT category list is licensed
and is not used.
"""

from alliance_core.deprescribing.context import Context
from alliance_core.deprescribing.triggers.alone import alone
from alliance_core.deprescribing.triggers.facts import (
    ALONE,
    BOTHER,
    DURATION,
    HARM,
    REPORTED,
    TOGETHER,
    Fact,
    Fired,
    taken_now,
)
from alliance_core.deprescribing.triggers.orders import above_maximum, daily, duplicates, renamed
from alliance_core.deprescribing.triggers.pairs import cascades, interactions
from alliance_core.deprescribing.triggers.reported import reported
from alliance_core.deprescribing.triggers.together import together

_ALL = (together, alone, reported, duplicates, renamed, above_maximum, daily, interactions, cascades)


def triggers_of(context: Context) -> tuple[Fired, ...]:
    """Return every trigger that holds or may hold, each once, in the order of rows and medicines."""
    taken = tuple([taken_now(*one) for one in context.running()])
    if not taken:
        return ()
    found = [one for rule in _ALL for one in rule(taken, context)]
    return tuple(sorted(found, key=lambda one: (one.trigger, one.row.row_id, one.medicines)))


__all__ = ["ALONE", "BOTHER", "DURATION", "HARM", "REPORTED", "TOGETHER", "Fact", "Fired", "triggers_of"]
