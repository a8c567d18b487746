"""The heat equation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Dirichlet, Initial, Problem, Time, number
from pinnsuite.conditions import Condition
from pinnsuite.reference.exact import on_grid


@dataclass(frozen=True)
class Heat(Problem):
    """A rod that cools from both ends.

        u_t - alpha*u_xx = 0

    on 0 <= x <= 1, 0 <= t <= 1, from u(x, 0) = sin(pi x), with u = 0 at both ends; u = exp(-alpha pi^2 t) sin(pi x).
    Everything is dimensionless.
    """

    alpha: float = number(0.1, doc="diffusivity, dimensionless", low=0.0)

    domain = Box(x=Axis(0, 1), t=Time(0, 1))
    fields = ("u",)
    good_values = "alpha = 0.1; with 1 the field falls by a factor of 2e4"
    source = "J. Fourier, Théorie analytique de la chaleur (1822)"

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) - self.alpha * D(u, x, x)

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: torch.sin(math.pi * x)), Dirichlet(u=0)]

    def exact(self, x: Any, t: Any) -> Mapping[str, Any]:
        """The solution in plain torch."""
        return {"u": torch.exp(-self.alpha * math.pi**2 * t) * torch.sin(math.pi * x)}

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """The exact solution on the grid."""
        return on_grid(self.exact, x=x, t=t)
