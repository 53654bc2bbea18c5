"""Duplicates in more texts than fit into memory, or into one machine: the pipeline on DuckDB and on Spark."""

from graphmining.duplicates.relational.run import Found, find_duplicates_in

__all__ = ["Found", "find_duplicates_in"]
