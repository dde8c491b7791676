"""Invitations: asking the patient to consider inviting someone who matters to them."""
