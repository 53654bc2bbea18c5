"""Duplicates in records, texts and vectors: candidates, scored edges, clusters, explanation."""
