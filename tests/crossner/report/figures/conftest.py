"""What a figure shows, by the labels of its marks."""

import pytest


@pytest.fixture(scope="session")
def marks():
    """`marks(figure, label)`: the points of all series of that label, of all axes, as `[(x, y)]`."""

    def points(figure, label):
        return [
            (float(x), float(y))
            for axes in figure.axes
            for line in axes.lines
            if line.get_label() == label
            for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
        ]

    return points


@pytest.fixture(scope="session")
def texts():
    """All that is written in a figure."""

    def written(figure):
        from matplotlib.text import Text

        return [text.get_text() for text in figure.findobj(Text) if text.get_text()]

    return written


@pytest.fixture(scope="session")
def interval_rows():
    """Rows as of `interval_rows`: `make({system: {domain: F1 or None}})`."""

    def make(scores):
        return [
            {"system": system, "domain": domain, "mean": mean, "sd": mean and 1.0, "n": 3 if mean else 0}
            | {"low": mean and mean - 2, "high": mean and mean + 3}
            for system, by_domain in scores.items()
            for domain, mean in by_domain.items()
        ]

    return make
