"""Measures: how good clusters are by the graph alone, and how well they agree with others."""
