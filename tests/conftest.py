"""Profiles of Hypothesis: the same few examples for everyone, or as many fresh ones as `ALLIANCE_DEEP` says."""

import os
import re

import pytest
from hypothesis import HealthCheck, settings

_DEEP = int(os.getenv("ALLIANCE_DEEP") or "0")

settings.register_profile("default", max_examples=25, derandomize=True, deadline=None)
settings.register_profile("deep", max_examples=_DEEP or 1, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deep" if _DEEP else "default")


@pytest.fixture(scope="session")
def banned():
    """Return what finds the words of the design that could harm: of two of them, law that someone read may use both."""
    return re.compile(
        r"\b(authori[sz]ed|compliant|violations?|safe|clear|eligible|no conflict|complete|blocking|overdue|"
        r"lacks capacity|incapable|incompetent|must|do not|duty)\b",
        re.IGNORECASE,
    )
