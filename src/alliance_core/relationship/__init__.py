"""The relationship: words, beliefs, risk, preferences, the first minute."""
