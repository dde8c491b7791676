"""Who was consulted: held, documented, with whom and when."""

from alliance_core.base.day import Day
from alliance_core.base.facts import Recorded, all_yes, any_yes
from alliance_core.records import Consultation, ConsultedRole

YES = Recorded.YES


def held(consultations: tuple[Consultation, ...] | None, day: Day, *roles: ConsultedRole) -> Recorded:
    """Return whether someone in one of these roles was consulted by the day, with the reasoning in the record."""
    if consultations is None:
        return Recorded.NOT_RECORDED
    seen = (c for c in consultations if c.role in roles and (c.held_on is None or day.has_reached(c.held_on)))
    return any_yes(*(all_yes(c.held, c.documented, _is_named(c)) for c in seen))


def _is_named(consultation: Consultation) -> Recorded:
    """Return whether a consultation says with whom and when: without both it cannot be told from a plan."""
    return YES if consultation.by and consultation.held_on is not None else Recorded.NOT_RECORDED
