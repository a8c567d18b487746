"""Whether a step fits into memory, asked before it is begun."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from pinnsuite.errors import InputError


def available_bytes(device: torch.device) -> int:
    """Memory that can still be taken: on the GPU its own, on the CPU that of the system (all of it where unknown)."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def check_fits(needed: int, device: torch.device, what: str, do: str) -> None:
    """Raise `InputError` with both numbers if ``needed`` bytes are not there."""
    available = available_bytes(device)
    if needed > available:
        raise InputError(
            f"{what} does not fit into memory",
            given=f"{needed / 2**30:.3g} GiB needed",
            expected=f"at most {available / 2**30:.3g} GiB, which are free",
            do=do,
        )
