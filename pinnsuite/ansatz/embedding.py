"""What the network sees of the coordinates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pinnsuite.calculus.expression import Expression, call, coordinate
from pinnsuite.domain.axis import Axis
from pinnsuite.networks.waves import Waves


def embed(axes: Mapping[str, Axis], harmonics: int = 1) -> list[Expression]:
    """The inputs of a network, axis by axis."""
    return [e for name, axis in axes.items() for e in inputs_of(name, axis, harmonics)]


def inputs_of(name: str, axis: Axis, harmonics: int = 1) -> list[Expression]:
    """A plain axis mapped to [-1, 1]; a periodic one as cos and sin of each of its first harmonics in turn.

    The network is then exactly periodic with all derivatives (Dong and Ni 2021).
    """
    z: Any = coordinate(name)
    if not axis.periodic:
        return [(z - (axis.low + axis.high) / 2) * (1 / axis.scale)]
    return list(call(Waves(harmonics), [(2 * math.pi / axis.length) * (z - axis.low)], 2 * harmonics))
