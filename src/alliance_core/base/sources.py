"""Sources: where a rule or a row comes from, what kind of authority it has, and who read it."""

from datetime import date
from enum import Enum

from alliance_core.base.kinds import value


class Basis(Enum):
    """What kind of authority a row has: it decides the lane in which a finding is shown."""

    SEED = "seed"
    LAW = "law"
    MODEL_ACT = "model_act"
    REGULATOR_GUIDANCE = "regulator_guidance"
    GUIDELINE = "guideline"
    LABEL = "label"
    MEASURE = "measure"
    EVIDENCE = "evidence"
    PRACTICE = "practice"


class Seen(Enum):
    """Who read the source: itself, a text about it, or nobody yet. It decides the words."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    NOT_READ = "not_read"


@value
class Source:
    """One published source. `licence` is never empty; `checked_on` is when someone last saw that it still says so."""

    source_id: str
    title: str
    publisher: str
    edition: str
    published_on: str
    url: str
    licence: str
    checked_on: date | None
    strength_of_recommendation: str
    quality_of_evidence: str
    superseded_by: str
