"""Cross-domain named entity recognition: data, taggers, transfer, scores.

>>> import crossner
>>> crossner.load("sample").domain("ai").types[:2]
('field', 'task')
"""

__version__ = "0.1.0"
__all__ = ["Results", "analyse", "evaluate", "import_predictions", "load", "score"]


def __getattr__(name):
    # Heavy parts load on first use: `import crossner` stays light.
    if name == "Results":
        from crossner.results import Results

        return Results
    if name == "analyse":
        from crossner.analysis import analyse

        return analyse
    if name == "evaluate":
        from crossner.transfer.benchmark import evaluate

        return evaluate
    if name == "import_predictions":
        from crossner.importing.run import import_predictions

        return import_predictions
    if name == "load":
        from crossner.data.dataset import load

        return load
    if name == "score":
        from crossner.scoring.score import score

        return score
    raise AttributeError(f"module 'crossner' has no attribute {name!r}")
