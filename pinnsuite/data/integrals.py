"""Integrals over boxes and along segments, read as averages: over their volumes and lengths."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import torch

from pinnsuite.data.alignment import apart
from pinnsuite.data.measured import Measured
from pinnsuite.domain.axis import Axis
from pinnsuite.errors import InputError


def integral_unit(unit: str, axes: Mapping[str, Axis], over: Iterable[str], to: Iterable[str]) -> str:
    """That of a quantity times those of the coordinates of boxes, and once that of segments.

    Raises `InputError` for segments along coordinates of different units, which have no length.
    """
    along = {n: axes[n].unit for n in to}
    if len({*along.values()}) > 1:
        raise InputError(
            "data.integrals: segments along coordinates of different units have no length",
            given=", ".join(f"{n} in {u or 'plain numbers'}" for n, u in along.items()),
            expected="data.to for coordinates of one unit",
            do="Give averages",
        )
    units = [unit, *(axes[n].unit for n in over), *{*along.values()}]
    return "*".join(f"({u})" if set(u) & set("*/ ") else u for u in units if u)


def as_averages(m: Measured, entries: np.ndarray) -> Measured:
    """Integrals and their noise, over the volume of their box times the length of their segment.

    Noise that is not known is that of integrals, all alike. Raises `InputError` for a segment of no length, naming its
    entry in the file.
    """
    sizes = torch.full_like(m.values, math.prod(m.over.values()))
    if m.to:
        sizes = sizes * torch.stack(list(m.reach.values())).norm(dim=0)
        bad = np.flatnonzero(sizes.numpy() == 0)
        if len(bad):
            raise InputError(
                f"{m.where}, entry {entries[bad[0]] + 1}: an integral along a segment of no length",
                given=", ".join(f"{n} = {float(m.points[n][bad[0]]):g} at both ends" for n in m.to),
                do="Leave it out, or give averages",
            )
    size, parts = apart(((1.0 if m.shares is None else m.shares) / sizes).numpy())
    what = " and ".join(["over boxes"] * bool(m.over) + ["along segments"] * bool(m.to))
    return replace(
        m,
        values=m.values / sizes,
        noise=None if m.noise is None else m.noise * size,
        shares=None if parts is None else torch.from_numpy(parts),
        notes=(*m.notes, f"{m.name}: integrals {what}, read as averages"),
    )
