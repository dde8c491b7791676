"""Profiles of Hypothesis: the same few examples for everyone, or as many fresh ones as `ALLIANCE_DEEP` says."""

import os

from hypothesis import HealthCheck, settings

_DEEP = int(os.getenv("ALLIANCE_DEEP") or "0")

settings.register_profile("default", max_examples=25, derandomize=True, deadline=None)
settings.register_profile("deep", max_examples=_DEEP or 1, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deep" if _DEEP else "default")
