"""Kovasznay flow."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Dirichlet, PointValue, Problem, number
from pinnsuite.conditions import Condition
from pinnsuite.reference.exact import on_grid


@dataclass(frozen=True)
class Kovasznay(Problem):
    """Steady viscous flow behind a grid of bars: an exact solution of the Navier-Stokes equations.

        momentum_x: u*u_x + v*u_y + p_x - nu*(u_xx + u_yy) = 0
        momentum_y: u*v_x + v*v_y + p_y - nu*(v_xx + v_yy) = 0
        continuity: u_x + v_y = 0

    on -0.5 <= x <= 1, -0.5 <= y <= 1.5 with the exact velocity on the boundary and the exact pressure at one corner.
    With lam = 1/(2 nu) - sqrt(1/(4 nu^2) + 4 pi^2) the solution is u = 1 - exp(lam x) cos(2 pi y), v = lam/(2 pi)
    exp(lam x) sin(2 pi y), p = (1 - exp(2 lam x))/2. Lengths are in units of the spacing of the bars, velocities in
    units of the mean velocity, and the pressure is divided by the density.
    """

    nu: float = number(1 / 40, doc="kinematic viscosity, 1/Re, dimensionless", low=0.0)

    domain = Box(x=Axis(-0.5, 1), y=Axis(-0.5, 1.5))
    fields = ("u", "v", "p")
    symmetry: ClassVar[Mapping[str, Mapping[str, int]]] = {"y": {"u": 1, "v": -1, "p": 1}}
    good_values = "nu = 1/40 (Re = 40)"
    source = "L. I. G. Kovasznay, Proc. Camb. Phil. Soc. 44 (1948) 58"

    def equation(self, u: Any, v: Any, p: Any, x: Any, y: Any) -> Mapping[str, Any]:
        return {
            "momentum_x": u * D(u, x) + v * D(u, y) + D(p, x) - self.nu * (D(u, x, x) + D(u, y, y)),
            "momentum_y": u * D(v, x) + v * D(v, y) + D(p, y) - self.nu * (D(v, x, x) + D(v, y, y)),
            "continuity": D(u, x) + D(v, y),
        }

    def conditions(self) -> Sequence[Condition]:
        return [
            Dirichlet(u=lambda x, y: self.exact(x, y)["u"], v=lambda x, y: self.exact(x, y)["v"]),
            PointValue({"x": 1.0, "y": -0.5}, p=lambda x, y: self.exact(x, y)["p"]),
        ]

    def exact(self, x: Any, y: Any) -> Mapping[str, Any]:
        """The solution in plain torch."""
        # the conjugate form of lam: the printed one cancels for a small viscosity
        lam = -4 * math.pi**2 / (1 / (2 * self.nu) + (1 / (4 * self.nu**2) + 4 * math.pi**2) ** 0.5)
        wake = torch.exp(lam * x)
        return {
            "u": 1 - wake * torch.cos(2 * math.pi * y),
            "v": lam / (2 * math.pi) * wake * torch.sin(2 * math.pi * y),
            "p": (1 - torch.exp(2 * lam * x)) / 2,
        }

    def reference(self, x: np.ndarray, y: np.ndarray) -> Mapping[str, np.ndarray]:
        """The exact solution on the grid."""
        return on_grid(self.exact, x=x, y=y)
