"""Progress of a fit on a terminal: loss, dev F1, time left."""

from __future__ import annotations

from contextlib import contextmanager


class Bar:
    """A tqdm bar over the sentences of a fit."""

    def __init__(self, bar):
        self.bar = bar
        self.loss = None
        self.dev_f1 = None

    def step(self, sentences, loss):
        """A batch was learned from; the loss shown is a running mean."""
        self.loss = loss if self.loss is None else 0.95 * self.loss + 0.05 * loss
        self._show()
        self.bar.update(sentences)

    def epoch(self, report):
        """An epoch ended; `report` is the fit's."""
        self.dev_f1 = max(report.dev_f1)
        self._show()

    def _show(self):
        shown = {"loss": f"{self.loss:.3f}"}
        if self.dev_f1 is not None:
            shown["best dev F1"] = f"{self.dev_f1:.1f}"
        self.bar.set_postfix(shown, refresh=False)


@contextmanager
def terminal_progress(title, total):
    """A progress bar on standard error, silent where that is no terminal.

    Parameters
    ----------
    title : str
    total : int
        Sentences, all epochs together.
    """
    from tqdm import tqdm

    with tqdm(total=total, desc=title, unit="sent", disable=None, leave=False, dynamic_ncols=True) as bar:
        yield Bar(bar)
