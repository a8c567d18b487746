"""The end state of one window as the initial state of the next.

Taken as it is, the state at the end of a window is an expression that contains the networks of all windows before it,
and every new set of points would evaluate them all. On periodic axes a Fourier series of the state is as good.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from pinnsuite.calculus.expression import Expression, constant, coordinate
from pinnsuite.domain.box import Box
from pinnsuite.networks.fourier_series import fourier_series

FEWEST, MOST = {1: 64, 2: 32}, {1: 4096, 2: 256}  # points along an axis by the number of axes
RESOLVED = 500  # times what is left out: the largest coefficient in the last third of each axis


def settled(
    state: Callable[[Mapping[str, torch.Tensor]], torch.Tensor],
    coordinates: Sequence[str],
    domain: object,
    time: float,
    like: torch.Tensor,
    left_out: float = 0.0,
) -> Expression | None:
    """A state, given by its values (points,) at points, without the networks it came from.

    In time alone that is a number; along one or two periodic axes it is its Fourier series, sum_k c_k exp(i k . theta)
    with theta_j = 2 pi (x_j - low_j)/length_j, without coefficients at the rounding of ``like``'s type, or so small
    that all of them together are the share ``left_out`` of the state in L2. None where there are other axes, or where
    the largest number of points does not resolve it.
    """
    if not isinstance(domain, Box):
        return None
    space = [n for n in coordinates if n != domain.time]
    if not space:
        return constant(float(state({n: like.new_full((1,), time) for n in coordinates})))
    if len(space) not in FEWEST or not all(domain.axes[n].periodic for n in space):
        return None
    axes, count = [domain.axes[n] for n in space], FEWEST[len(space)]
    rounding = torch.finfo(like.dtype).eps
    while count <= MOST[len(space)]:
        grid = torch.meshgrid(
            *(a.low + a.length * torch.arange(count, dtype=torch.float64) / count for a in axes), indexing="ij"
        )
        points = {n: x.reshape(-1).to(like) for n, x in zip(space, grid, strict=True)}
        points[domain.time or ""] = torch.full_like(points[space[0]], time)
        values = state(points).double().cpu().numpy().reshape(grid[0].shape)
        modes = np.fft.rfftn(values) / values.size
        modes[..., 1:] *= 2
        size = np.abs(modes)
        least = max(rounding * size.max(), left_out * np.sqrt((values**2).mean() / modes.size))
        if all(s.max() <= RESOLVED * least for s in _tails(size, count)):
            phases = [(2 * math.pi / a.length) * (coordinate(n) - a.low) for n, a in zip(space, axes, strict=True)]
            return _series(modes, size > least, count, phases)
        count *= 2
    return None


def _tails(size: np.ndarray, count: int) -> list[np.ndarray]:
    """The last third of the waves along each axis."""
    return [size.take(np.flatnonzero(np.abs(k) >= count / 3), axis=j) for j, k in enumerate(_waves(size, count))]


def _waves(modes: np.ndarray, count: int) -> list[np.ndarray]:
    """The wave numbers along each axis of numpy's ``rfftn``."""
    return [np.fft.fftfreq(count, 1 / count) for _ in modes.shape[:-1]] + [np.arange(modes.shape[-1], dtype=float)]


def _series(modes: np.ndarray, kept: np.ndarray, count: int, phases: Sequence[Expression]) -> Expression:
    """The series of the coefficients that are kept, on the smallest grid of wave vectors that holds them."""
    modes, waves = np.where(kept, modes, 0), _waves(modes, count)
    for j in range(modes.ndim):
        others = tuple(i for i in range(modes.ndim) if i != j)
        used = np.flatnonzero(kept.any(axis=others))
        used = used if len(used) else np.array([0])
        modes, kept, waves[j] = modes.take(used, axis=j), kept.take(used, axis=j), waves[j][used]
    return fourier_series(phases, waves, modes)
