"""numba, set up once for every kernel of this package.

Kernels release the interpreter lock, never reorder floating-point arithmetic, and are kept on disk
after the first compilation. Nothing but the modules that hold kernels imports this one: numba takes
half a second to load.
"""

from __future__ import annotations

import sys

import numba
from numba.core import event


def kernel(function):
    """Compile a function when it is first called with new types; keep the machine code on disk."""
    return numba.njit(function, cache=True, nogil=True, error_model="numpy")


def inlined(function):
    """Like `kernel`, for small steps of kernels: their code becomes part of what calls them."""
    return numba.njit(function, cache=True, nogil=True, error_model="numpy", inline="always")


class _Announcement(event.Listener):
    """Says once a process, on standard error, that kernels are being compiled."""

    said = False

    def on_start(self, started):
        if not self.said and started.data["dispatcher"].py_func.__module__.startswith("graphmining."):
            self.said = True
            print("graphmining: compiling kernels for this machine, once; they are kept on disk", file=sys.stderr)

    def on_end(self, ended):
        pass


event.register("numba:compile", _Announcement())
