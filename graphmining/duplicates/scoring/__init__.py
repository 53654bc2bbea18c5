"""Scores: how alike the two items of a pair are."""
