"""Candidate pairs: what is worth comparing."""
