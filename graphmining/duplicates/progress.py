"""A line on the terminal that says which step is under way."""

from __future__ import annotations


class StepBar:
    """Says which step is under way, on standard error, if that is a terminal.

    Parameters
    ----------
    progress : bool
        False: never.
    """

    def __init__(self, progress):
        self._progress = progress

    def __enter__(self):
        from tqdm import tqdm

        self._bar = tqdm(
            desc="duplicates",
            bar_format="{desc} [{elapsed}]",
            leave=False,
            disable=None if self._progress else True,
        )
        return self

    def next(self, step):
        """Name the step that begins."""
        self._bar.set_description_str(f"duplicates: {step}")

    def __exit__(self, *_):
        self._bar.close()
