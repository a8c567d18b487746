"""What the network sees of the coordinates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch

from pinnsuite.calculus.expression import Expression, coordinate
from pinnsuite.domain.axis import Axis


def embed(axes: Mapping[str, Axis], harmonics: int = 1) -> list[Expression]:
    """Network inputs: a plain axis mapped to [-1, 1], a periodic one to cos and sin of its first harmonics.

    The network is then exactly periodic with all derivatives (Dong and Ni 2021).
    """
    inputs: list[Expression] = []
    for name, axis in axes.items():
        z: Any = coordinate(name)
        if not axis.periodic:
            inputs.append((z - (axis.low + axis.high) / 2) * (1 / axis.scale))
            continue
        for k in range(1, harmonics + 1):
            phase: Any = (2 * math.pi * k / axis.length) * (z - axis.low)
            pair: Any = (torch.cos(phase), torch.sin(phase))
            inputs += pair
    return inputs
