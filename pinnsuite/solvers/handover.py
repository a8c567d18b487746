"""The end state of one window as the initial state of the next.

Taken as it is, the state at the end of a window is an expression that contains the networks of all windows before it,
and every new set of points would evaluate them all. On one periodic axis a Fourier series of the state is as good.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import Expression, call, constant, coordinate
from pinnsuite.domain.box import Box
from pinnsuite.networks.linear import Linear
from pinnsuite.networks.mlp import MLP

FEWEST, MOST = 64, 4096  # points of the series
RESOLVED = 500  # times the rounding of the largest coefficient: what the last third of them may reach


def settled(
    state: Expression, coordinates: Sequence[str], domain: object, time: float, like: torch.Tensor
) -> Expression:
    """A state, an expression of coordinates, without the networks it came from where that can be done to rounding.

    In time alone that is a number; along one periodic axis it is its Fourier series, c_0 + sum_k a_k cos(k theta) +
    b_k sin(k theta) with theta = 2 pi (x - low)/length, of ``like``'s type and on its device. The state itself where
    there are other axes, or where 4096 points do not resolve it.
    """
    if not isinstance(domain, Box):
        return state
    space = [n for n in coordinates if n != domain.time]
    if not space:
        return constant(float(evaluate([state], coordinates, {n: like.new_full((1,), time) for n in coordinates})))
    if len(space) > 1 or not domain.axes[space[0]].periodic:
        return state
    (name,) = space
    axis, count = domain.axes[name], FEWEST
    while count <= MOST:
        x = axis.low + axis.length * torch.arange(count, dtype=torch.float64) / count
        points = {n: (x if n == name else torch.full_like(x, time)).to(like) for n in coordinates}
        modes = np.fft.rfft(evaluate([state], coordinates, points)[:, 0].double().cpu().numpy()) / count
        largest = float(np.abs(modes).max())
        rounding = torch.finfo(like.dtype).eps * largest
        if float(np.abs(modes[-count // 6 :]).max()) <= RESOLVED * rounding:
            theta = (2 * math.pi / axis.length) * (coordinate(name) - axis.low)
            (series,) = call(_series(modes, rounding, like), [theta], 1)
            return series
        count *= 2
    return state


def _series(modes: np.ndarray, least: float, like: torch.Tensor) -> MLP:
    """c_0 + sum_k a_k sin(k theta + pi/2) + b_k sin(k theta) as a network of one sine layer that is not trained."""
    kept = 1 + np.flatnonzero(np.abs(modes[1:]) > least)
    kept = kept if len(kept) else np.array([1])
    network = MLP(1, 1, width=2 * len(kept), depth=1, activation="sin", generator=torch.Generator(), dtype=like.dtype)
    waves, total = cast(list[Linear], list(network.layers))
    with torch.no_grad():
        k = torch.from_numpy(kept).to(like.dtype)
        waves.weight.copy_(torch.cat([k, k])[:, None])
        assert waves.bias is not None and total.bias is not None
        waves.bias.copy_(torch.cat([torch.full_like(k, math.pi / 2), torch.zeros_like(k)]))
        total.weight.copy_(torch.from_numpy(np.concatenate([2 * modes[kept].real, -2 * modes[kept].imag]))[None])
        total.bias.fill_(float(modes[0].real))
    return network.requires_grad_(False).to(like.device)
