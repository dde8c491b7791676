"""Profiles of Hypothesis: the same few examples for everyone, or ten thousand fresh ones for a deep run."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("default", max_examples=25, derandomize=True, deadline=None)
settings.register_profile("deep", max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("deep" if os.getenv("ALLIANCE_DEEP") == "1" else "default")
