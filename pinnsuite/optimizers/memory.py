"""Whether a step fits into memory, asked before it is begun."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from pinnsuite.errors import InputError

LEGACY = ("memory.limit_in_bytes", "memory.usage_in_bytes")


def available_bytes(device: torch.device) -> int:
    """Memory that can still be taken: on the GPU its own, on the CPU that of the system (all of it where unknown), or
    what is left of the limit of a batch job or a container."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    meminfo = Path("/proc/meminfo")
    free = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if meminfo.exists():
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        free = int(lines["MemAvailable"].split()[0]) * 1024
    return min([free, *left_of_limits(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))])


def left_of_limits(membership: Path, root: Path) -> list[int]:
    """Of the control groups that this process is in (Linux, both versions of their interface), and of those above."""
    found: list[int] = []
    for line in membership.read_text().splitlines() if membership.exists() else ():
        _, controllers, path = line.split(":", 2)
        if controllers not in {"", "memory"}:
            continue
        version = ("memory.max", "memory.current") if not controllers else LEGACY
        top = root if not controllers else root / controllers
        group = top / path.lstrip("/")
        for folder in [group, *group.parents]:
            limit, used = (folder / name for name in version)
            if limit.is_file() and used.is_file() and limit.read_text().strip().isdigit():
                found.append(max(int(limit.read_text()) - int(used.read_text()), 0))
            if folder == top:
                break
    return found


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
