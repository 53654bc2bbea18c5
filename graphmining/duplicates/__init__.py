"""Duplicates: candidates, scored edges, clusters, explanation."""
