"""Duplicates in more texts than fit into memory, or into one machine: the pipeline on DuckDB and on Spark."""
