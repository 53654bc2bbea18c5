"""How much memory a process has had at most."""

from pathlib import Path


def peak_memory():
    """The largest resident memory of this process so far, in bytes.

    Linux's `ru_maxrss` is no use here: a process inherits it from the one that started it.

    Examples
    --------
    >>> 1e6 < peak_memory() < 1e12
    True
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return psutil.Process().memory_info().peak_wset
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
