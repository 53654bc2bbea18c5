import pytest

from lessons import listing


def one(x):
    """A docstring.

    With more.
    """
    return x + 1


def two(x):
    return x + 2


@pytest.fixture
def shown(monkeypatch):
    import IPython.display

    texts = []
    monkeypatch.setattr(IPython.display, "display", lambda markdown: texts.append(markdown.data))
    return texts


def test_without_docstrings(shown):
    listing.source(one, two)
    assert shown == ["```python\ndef one(x):\n    return x + 1\n\ndef two(x):\n    return x + 2\n```"]


def test_with_docstrings(shown):
    listing.source(one, docstring=True)
    assert '"""A docstring.' in shown[0]


def test_no_source():
    with pytest.raises(TypeError):
        listing.source(len)
