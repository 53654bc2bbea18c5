"""Predictions that were made elsewhere, brought into a folder of runs.

A file (columns, JSON of spans, a Hugging Face pipeline's output) is read as passages, each with
its mentions; `align` finds the sentences of the test split that a passage is, `place` the tokens
that a mention is, and `crossner.importing.run.import_predictions` stores what came of it as a run
like any other.
"""
