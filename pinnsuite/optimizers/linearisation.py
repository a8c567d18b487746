"""A least-squares objective near one point: its residuals, its Jacobian, and the damped step in any direction."""

from __future__ import annotations

import math
import time

import torch

from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.triangle import damp, triangle


class Linearisation:
    """r(theta + d) ~ r + J d about the present parameters theta; R'R = J'J."""

    def __init__(self, objective: Objective, damping: float) -> None:
        """For steps with about this damping or more."""
        self.objective = objective
        self.origin = objective.parameters.copy()
        began = time.perf_counter()
        self.residuals, self.rows = objective.jacobian()
        self.loss = float(self.residuals.double().square().sum())
        ready = time.perf_counter()
        self.triangle = triangle(self.rows, damping)
        self.finite = math.isfinite(self.loss) and bool(self.triangle.isfinite().all())
        self.seconds_rows, self.seconds_factor = ready - began, time.perf_counter() - ready

    def moved(self, move: torch.Tensor) -> torch.Tensor:
        """The residuals at theta + move, where the parameters are left."""
        self.objective.parameters.set(self.origin + move)
        return self.objective.residuals()

    def pull_back(self, cotangent: torch.Tensor) -> torch.Tensor:
        """J' v, with J at theta."""
        return self.rows.T @ cotangent

    def length(self, move: torch.Tensor) -> float:
        """|J d|^2."""
        return float((self.triangle @ move).double().square().sum())


class Damped:
    """J'J + damping I, by its triangular factor."""

    def __init__(self, linear: Linearisation, damping: float) -> None:
        self.linear, self.damping = linear, damping
        self.factor = damp(linear.triangle, damping)

    def solve(self, residuals: torch.Tensor, move: torch.Tensor | None = None) -> torch.Tensor:
        """argmin over c of |r + J c|^2 + damping |move + c|^2."""
        right = self.linear.pull_back(residuals)
        if move is not None:
            right = right + self.damping * move
        half = torch.linalg.solve_triangular(self.factor.T, -right[:, None], upper=False)
        return torch.linalg.solve_triangular(self.factor, half, upper=True)[:, 0]
