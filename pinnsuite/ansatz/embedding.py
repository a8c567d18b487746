"""What the network sees of the coordinates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pinnsuite.calculus.expression import Expression, call, coordinate
from pinnsuite.domain.axis import Axis
from pinnsuite.errors import InputError
from pinnsuite.networks.waves import Waves

Layers = Sequence[tuple[float, float]]
"""Where the layers across an axis are, and how wide."""


def embed(axes: Mapping[str, Axis], harmonics: int = 1) -> list[Expression]:
    """The inputs of a network, axis by axis."""
    return [e for name, axis in axes.items() for e in inputs_of(name, axis, harmonics)]


def inputs_of(
    name: str, axis: Axis, harmonics: int = 1, *, layers: Layers = (), mirrored: bool = False
) -> list[Expression]:
    """A plain axis mapped to [-1, 1]; a periodic one as cos and sin of each of its first harmonics in turn.

    The network is then exactly periodic with all derivatives (Dong and Ni 2021). For every layer, at ``place`` and of
    some ``width``, there is (x - place)/sqrt((x - place)^2 + width^2) too: where it is thin, that changes by as much as
    x does across the domain. ``mirrored``: about the middle of the axis. Raises `InputError` for layers on a periodic
    axis.
    """
    z: Any = axis.low + axis.high - coordinate(name) if mirrored else coordinate(name)
    if not axis.periodic:
        plain = (z - (axis.low + axis.high) / 2) * (1 / axis.scale)
        return [plain, *((z - at) * ((z - at) ** 2 + width**2) ** -0.5 for at, width in layers)]
    if layers:
        raise InputError(f"The axis {name} is periodic, and its layers would not be", given=layers)
    return list(call(Waves(harmonics), [(2 * math.pi / axis.length) * (z - axis.low)], 2 * harmonics))
