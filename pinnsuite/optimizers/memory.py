"""Whether a step fits into memory, asked before it is begun."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from pinnsuite.errors import InputError

GROUPS = (Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))
LEGACY = ("memory.limit_in_bytes", "memory.usage_in_bytes")


def available_bytes(device: torch.device) -> int:
    """Memory that can still be taken: on the GPU its own, on the CPU that of the system (all of it where unknown), or
    what is left of the limit of a batch job or a container."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    meminfo, free = Path("/proc/meminfo"), _installed()
    if meminfo.exists():
        lines = dict(line.split(":", 1) for line in meminfo.read_text().splitlines())
        free = int(lines["MemAvailable"].split()[0]) * 1024
    return min([free, *(limit - used for limit, used in limits(*GROUPS))])


def total_bytes(device: torch.device) -> int:
    """Memory that there is, taken or not: a property of the machine and its batch job rather than of the moment."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[1]
    return min([_installed(), *(limit for limit, _ in limits(*GROUPS))])


def _installed() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def limits(membership: Path, root: Path) -> list[tuple[int, int]]:
    """The limits of the control groups that this process is in (Linux, both versions of their interface), and of those
    above, with what is used of them; files that are kept in memory as long as there is room do not count."""
    found: list[tuple[int, int]] = []
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
                most, taken = int(limit.read_text()), int(used.read_text()) - _reclaimable(folder / "memory.stat")
                found.append((most, min(taken, most)))
            if folder == top:
                break
    return found


def _reclaimable(statistics: Path) -> int:
    """Bytes of files that are kept in memory and not in use."""
    if not statistics.is_file():
        return 0
    lines = dict(line.split() for line in statistics.read_text().splitlines())
    return int(lines.get("total_inactive_file", lines.get("inactive_file", 0)))


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
