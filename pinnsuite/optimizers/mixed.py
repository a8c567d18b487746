"""Residuals added up with random signs: fewer of them, with nearly the same least-squares solution."""

from __future__ import annotations

import torch

from pinnsuite.optimizers.along import LeastSquares, Vector
from pinnsuite.optimizers.triangle import random_signs, sketch


class Mixed:
    """S r in place of r, with S of ``count`` rows: each residual enters one of them with a random sign.

    E[S'S] = I. The d that minimises |S (r + J d)| leaves about sqrt(1 + n/(count - n)) of the least |r + J d|, for n
    numbers (sketch and solve: Drineas, Mahoney, Muthukrishnan and Sarlos 2011).
    """

    def __init__(self, objective: LeastSquares, count: int, seed: int) -> None:
        self.objective, self.count, self.seed = objective, count, seed
        self.whole = 0.0  # |r|^2 where the Jacobian was last asked for
        self._signs: torch.Tensor | None = None

    @property
    def parameters(self) -> Vector:
        return self.objective.parameters

    def whole_now(self) -> float:
        """|r|^2, of the residuals themselves, at the present numbers."""
        return _squared(self.objective.residuals())

    def residuals(self) -> torch.Tensor:
        return self._mix(self.objective.residuals()[:, None])[:, 0]

    def jacobian(self) -> tuple[torch.Tensor, torch.Tensor]:
        residuals, jacobian = self.objective.jacobian()
        self.whole = _squared(residuals)
        return self._mix(residuals[:, None])[:, 0], self._mix(jacobian)

    def _mix(self, rows: torch.Tensor) -> torch.Tensor:
        if self._signs is None:
            self._signs = random_signs(len(rows), self.seed, rows)
        return sketch(rows, self.count, self._signs)


def _squared(residuals: torch.Tensor) -> float:
    return float(residuals.double().square().sum())
