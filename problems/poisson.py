"""Poisson's equation on a square."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Dirichlet, Problem
from pinnsuite.conditions import Condition
from pinnsuite.reference.exact import on_grid


@dataclass(frozen=True)
class Poisson(Problem):
    """A membrane under a load, with a manufactured solution.

        -(u_xx + u_yy) - 2*pi**2*sin(pi*x)*sin(pi*y) = 0

    on the unit square with u = 0 on its boundary; u = sin(pi x) sin(pi y). Everything is dimensionless.
    """

    domain = Box(x=Axis(0, 1), y=Axis(0, 1))
    fields = ("u",)
    good_values = "there is nothing to choose; 1e-7 is reached in seconds by Gauss-Newton methods"
    source = "J. Müller and M. Zeinhofer, Achieving high accuracy with PINNs via energy natural gradients, ICML (2023)"

    def equation(self, u: Any, x: Any, y: Any) -> Any:
        load = 2 * math.pi**2 * torch.sin(math.pi * x) * torch.sin(math.pi * y)
        return -(D(u, x, x) + D(u, y, y)) - load

    def conditions(self) -> Sequence[Condition]:
        return [Dirichlet(u=0)]

    def exact(self, x: Any, y: Any) -> Mapping[str, Any]:
        """The solution in plain torch."""
        return {"u": torch.sin(math.pi * x) * torch.sin(math.pi * y)}

    def reference(self, x: np.ndarray, y: np.ndarray) -> Mapping[str, np.ndarray]:
        """The exact solution on the grid."""
        return on_grid(self.exact, x=x, y=y)
