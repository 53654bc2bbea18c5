"""What the notebooks share: figures with alt text, claims that are checked, sliders, exercises.

The notebooks import this package beside the one they are about. It also executes them
(`python -m lessons NOTEBOOK…`) and knows the rules they keep (`lessons.rules`).
"""

_PUBLIC = {
    "lessons.checks": ["attempt", "claim"],
    "lessons.figures": ["COLORS", "figure", "show", "slope"],
    "lessons.listing": ["source"],
    "lessons.sliders": ["explore"],
}
_MODULES = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = sorted(_MODULES)


def __getattr__(name):
    from importlib import import_module

    if name not in _MODULES:
        raise AttributeError(f"module 'lessons' has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return [*globals(), *__all__]
