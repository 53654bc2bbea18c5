"""What a run ran on: versions, processor, device, threads."""

from __future__ import annotations

import importlib.metadata
import os
import platform

PACKAGES = ("torch", "flair", "transformers", "tokenizers", "numpy", "seqeval")


def environment() -> dict:
    """Versions and hardware, for the record of a run; no host or user name."""
    import torch

    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "device": device_name(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def device_name() -> str:
    """`cpu`, or the name of the GPU that Flair uses."""
    import flair
    import torch

    return torch.cuda.get_device_name(flair.device) if flair.device.type == "cuda" else flair.device.type


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor()
