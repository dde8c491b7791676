"""Consent: what was discussed before and during a treatment, and by whom."""
