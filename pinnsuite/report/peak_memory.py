"""How much memory something takes at its peak, each time in a process of its own (Linux)."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path


def peak_of(module: str, *words: object) -> float:
    """MiB that ``python -m module words``, which writes what `growth` returns, takes beyond those before its work."""
    command = [sys.executable, "-m", module, *map(str, words)]
    return float(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def growth(work: Callable[[], object]) -> float:
    """MiB by which the peak of the resident memory of ``work`` exceeds what this process holds before it."""
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # freed memory that the process still holds would hide what comes next
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts from here
    before = _status("VmRSS")
    work()
    return (_status("VmHWM") - before) / 1024


def _status(key: str) -> float:
    """A line of /proc/self/status, KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(key))
