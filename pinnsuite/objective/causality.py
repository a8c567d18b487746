"""Weights that let later times count only once earlier ones are solved.

The authors' repository claims a patent on causal training; who uses it commercially should check. Marching works
without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from pinnsuite.errors import InputError


@dataclass(frozen=True)
class Causal:
    """w_i = exp(-eps sum over k < i of L_k) for slices i of time, L_k the mean squared residual of slice k.

    Wang, Sankaran and Perdikaris (2024). Only strictly earlier slices count, so that the first has the weight one. eps
    goes up the ``ladder`` whenever the smallest weight is above ``settled``; with ``stop`` a window ends when that
    happens on the last rung (their rule), else it trains on. Weights are set every ``every`` steps.
    """

    slices: int = 32
    ladder: Sequence[float] = (1e-2, 1e-1, 1.0, 1e1, 1e2)
    settled: float = 0.99
    every: int = 1
    stop: bool = False

    def __post_init__(self) -> None:
        if self.slices < 1 or self.every < 1 or not self.ladder or min(self.ladder) < 0 or not 0 < self.settled < 1:
            raise InputError(
                "Causal weights need slices >= 1, every >= 1, 0 < settled < 1 and a ladder of nonnegative numbers",
                given=f"slices={self.slices}, every={self.every}, settled={self.settled}, ladder={self.ladder}",
            )


def causal_weights(
    time: torch.Tensor, squares: torch.Tensor, span: tuple[float, float], slices: int, epsilon: float
) -> torch.Tensor:
    """The weight of every slice of the span, (slices,), from times and squared residuals of points, (points,).

    A slice without points has L = 0.
    """
    owner = owners(time, span, slices)
    zero = torch.zeros(slices, dtype=squares.dtype, device=squares.device)
    counts = zero.index_add(0, owner, torch.ones_like(squares))
    losses = zero.index_add(0, owner, squares) / counts.clamp_min(1)
    return torch.exp(-epsilon * (torch.cumsum(losses, 0) - losses))


def owners(time: torch.Tensor, span: tuple[float, float], slices: int) -> torch.Tensor:
    """The slice of each time, (points,)."""
    start, end = span
    return ((time - start) / (end - start) * slices).long().clamp(0, slices - 1)
