"""Small grids on the sample."""

from contextlib import contextmanager

import pytest

from crossner.transfer.benchmark import make_grid


@pytest.fixture
def plan(sample, tiny_encoder):
    """Plan a grid with the tiny encoder and one epoch."""

    def make(**options):
        defaults = {"domains": ["ai"], "encoder": tiny_encoder, "epochs": 1, "source_epochs": 1}
        return make_grid(sample, **defaults | options)

    return make


class Listener:
    """A progress that remembers the titles of fits, their totals and their steps."""

    def __init__(self):
        self.titles = []
        self.totals = []
        self.steps = []
        self.reports = []

    @contextmanager
    def __call__(self, title, total):
        self.titles.append(title)
        self.totals.append(total)
        yield self

    def step(self, sentences, loss):
        self.steps.append((sentences, loss))

    def epoch(self, report):
        self.reports.append(report)


@pytest.fixture
def listener():
    return Listener()
