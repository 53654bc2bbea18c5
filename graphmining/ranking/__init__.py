"""Ranking: which nodes matter, and which are similar."""
