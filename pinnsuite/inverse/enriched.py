"""The posterior's own network: that of the fit, and whatever else equations and data leave open of the fields."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from pinnsuite.ansatz.frame import Rest
from pinnsuite.inverse.estimator import MOST
from pinnsuite.inverse.weighing import weigh_robust
from pinnsuite.networks.beside import Beside
from pinnsuite.networks.spectral import Spectral
from pinnsuite.solvers.window import Window

FUNCTIONS, HIGHEST = 450, 40  # of the series that stands beside the network, about; and its degree, at most
EACH = 3  # residuals for every trained number


def enriched(window: Window) -> Window:
    """The same solution by a network with a Fourier-Chebyshev series beside it, all coefficients zero.

    A network's tangent at the fit is made for the solution that it found. What the data leave open of a start, short
    waves that have died out, say, it cannot follow, and the equations that are then not met pass for information. The
    series follows what is smooth. Its window has more points, and is not to be trained: the weights of the network
    belong to the window given. That one is returned for moving frames, series, networks without a Taylor mode, and
    where the posterior would become too large.
    """
    before, policy = window.ansatz.network, window.policy
    takes_more = hasattr(before, "taylor") and not getattr(before, "fixed_functions", False)
    size = len(window.vector) + FUNCTIONS * len(window.ansatz.fields)
    if not (takes_more and isinstance(window.ansatz.frame, Rest)) or policy.lattice or size > MOST:
        return window
    axes = list(window.traced.domain.axes.values())

    def beside(groups: Sequence[int], outputs: int, generator: torch.Generator, dtype: torch.dtype) -> torch.nn.Module:
        starts = [sum(groups[:i]) for i in range(len(groups))]
        plain = [n if axis.periodic else 1 for n, axis in zip(groups, axes, strict=True)]  # without layers
        columns = [s + j for s, n in zip(starts, plain, strict=True) for j in range(n)]
        return Beside(before, Spectral(plain, outputs, degree=_degree(plain), dtype=dtype), columns)

    more: dict[str, Any] = {"adaptive": 0.0, "starts": {}, "balance": "none"}
    points = max(policy.points, math.ceil(EACH * size / len(window.traced.equations)))
    conditions = max(policy.condition_points, EACH * HIGHEST)
    found = Window(
        replace(policy, points=points, condition_points=conditions, **more),
        window.traced,
        beside,
        window.key,
        window.like,
        window.workers,
    )
    made, scales = found.ansatz.network, [(window.ansatz.scales[n], s) for n, s in found.ansatz.scales.items()]
    assert isinstance(made, Beside)
    made.factors = window.like.new_tensor([a / b for a, b in scales])  # known parts have changed since, and their size
    for name, scalar in window.vector.scalars.items():
        found.vector.values[found.vector.slices[name]] = scalar.detach()
    for (block, _), (fitted, _) in zip(found.blocks, window.blocks, strict=True):
        block.balance = fitted.balance
    weigh_robust(found)
    window.vector.attach()
    return found


def _degree(groups: Sequence[int]) -> int:
    """Of a series with about `FUNCTIONS` functions."""
    straight = sum(n == 1 for n in groups)
    waves = math.prod(n + 1 for n in groups if n > 1)
    return max(1, min(HIGHEST, int((FUNCTIONS / waves) ** (1 / max(straight, 1))) - 1))
