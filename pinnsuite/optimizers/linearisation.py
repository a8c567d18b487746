"""A least-squares objective near one point: its residuals, its Jacobian, and the damped step in any direction."""

from __future__ import annotations

import math
import time

import torch

from pinnsuite.optimizers.along import LeastSquares
from pinnsuite.optimizers.factors import Factors


class Linearisation:
    """r(theta + d) ~ r + J d about the present parameters theta, with the factors of J.

    They are those of J'J where there are more residuals than parameters, and else, in the ``dual`` form, of J J'.
    """

    def __init__(
        self, objective: LeastSquares, damping: float, dual: bool | None = None, hopeful: bool = False
    ) -> None:
        """For steps with about this damping or more; ``dual`` overrides the choice of the form.

        ``hopeful``: J may be well conditioned (`Factors`).
        """
        self.objective = objective
        self.origin = objective.parameters.copy()
        began = time.perf_counter()
        self.residuals, self.rows = objective.jacobian()
        self.loss = float(self.residuals.double().square().sum())
        self.dual = len(self.rows) < len(self.origin) if dual is None else dual
        self.seconds_rows = time.perf_counter() - began
        self.factors = Factors(self.rows.T.contiguous() if self.dual else self.rows, damping, hopeful)
        self.finite = math.isfinite(self.loss) and self.factors.finite
        self.trying = 0.0  # seconds

    @property
    def seconds(self) -> dict[str, float]:
        """Spent on the Jacobian, on products with itself, on triangular factors, and on trying steps."""
        return {
            "seconds_rows": self.seconds_rows,
            "seconds_products": self.factors.seconds["products"],
            "seconds_factor": self.factors.seconds["factor"],
            "seconds_trials": self.trying,
        }

    def moved(self, move: torch.Tensor) -> torch.Tensor:
        """The residuals at theta + move, where the parameters are left."""
        self.objective.parameters.set(self.origin + move)
        return self.objective.residuals()

    def pull_back(self, cotangent: torch.Tensor) -> torch.Tensor:
        """J' v, with J at theta."""
        return self.rows.T @ cotangent

    def length(self, move: torch.Tensor) -> float:
        """|J d|^2."""
        return float((self.rows @ move).double().square().sum())

    def effective_dimension(self, damping: float) -> float:
        """The number of directions in which the residuals outweigh the damping (`Factors.effective_dimension`)."""
        return self.factors.effective_dimension(damping)


class Damped:
    """The inverse of J'J + damping I, by its triangular factor or that of J J' + damping I."""

    def __init__(self, linear: Linearisation, damping: float) -> None:
        self.linear, self.damping = linear, damping
        self.factor = linear.factors.damped(damping)

    def solve(self, residuals: torch.Tensor, move: torch.Tensor | None = None) -> torch.Tensor:
        """argmin over c of |r + J c|^2 + damping |move + c|^2.

        (J'J + damping I)^-1 J' = J' (J J' + damping I)^-1, and in the dual form move + c is the step from r - J move.
        """
        linear = self.linear
        if linear.dual:
            before = residuals if move is None else residuals - linear.rows @ move
            step = -linear.pull_back(self._inverse(before))
            return step if move is None else step - move
        right = linear.pull_back(residuals)
        return -self._inverse(right if move is None else right + self.damping * move)

    def _inverse(self, right: torch.Tensor) -> torch.Tensor:
        """T^-1 T^-T v for the factor T."""
        half = torch.linalg.solve_triangular(self.factor.T, right[:, None], upper=False)
        return torch.linalg.solve_triangular(self.factor, half, upper=True)[:, 0]
