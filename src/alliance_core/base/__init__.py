"""The words every rule speaks: facts, days, doses, sources and findings."""
