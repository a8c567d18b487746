"""Convection and diffusion at constant speed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from scipy.special import ive

from pinnsuite import Axis, Box, D, Initial, Problem, Time, number
from pinnsuite.conditions import Condition
from pinnsuite.reference.exact import on_grid

WIDTH, WAVES = 0.4, 40  # of the bump: its standard deviation, and the waves that it has above rounding


@dataclass(frozen=True)
class Convection(Problem):
    """A wave, or a bump, that goes round the period c/(2 pi) times, and is smoothed on its way.

        u_t + c*u_x - nu*u_xx = 0

    on 0 <= x <= 2 pi, periodic, 0 <= t <= 1, from u(x, 0) = sin(x) or the bump exp((cos(x - pi) - 1)/0.4^2), a
    Gaussian that is periodic. Each wave exp(ikx) becomes exp(ik(x - c t) - nu k^2 t). Everything is dimensionless.
    """

    c: float = number(30.0, doc="speed, dimensionless")
    nu: float = number(0.0, doc="diffusivity, dimensionless", low=0.0)
    initial: Literal["sine", "bump"] = "sine"

    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))
    fields = ("u",)
    good_values = (
        "c = 0 to 70, nu = 0 or 0.01; for a network at rest c = 1 is easy, 30 to 50 usual and 80 hard, for one that "
        "moves along all are easy"
    )
    source = (
        "A. Krishnapriyan et al., NeurIPS 34 (2021) (c = 30 to 50); S. Wang, S. Sankaran, H. Wang, P. Perdikaris, "
        "An expert's guide to training physics-informed neural networks (2023), arXiv 2308.08468 (c = 80); "
        "R. Mojgani, M. Balajewicz, P. Hassanzadeh, CMAME 404 (2023) 115810 (c = 0 to 70, nu)"
    )

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.c * D(u, x) - self.nu * D(u, x, x)

    def velocity(self) -> Any:
        return self.c

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=self._start)]

    def _start(self, x: Any) -> Any:
        return torch.sin(x) if self.initial == "sine" else torch.exp((torch.cos(x - math.pi) - 1) / WIDTH**2)

    def exact(self, x: Any, t: Any) -> Mapping[str, Any]:
        """The solution in plain torch, wave by wave."""
        place = x - self.c * t
        if self.initial == "sine":
            return {"u": torch.exp(-self.nu * t) * torch.sin(place)}
        total = 0 * place + float(ive(0, WIDTH**-2))
        for k in range(1, WAVES):
            total = total + 2 * float(ive(k, WIDTH**-2)) * torch.cos(k * (place - math.pi)) * torch.exp(
                -self.nu * k**2 * t
            )
        return {"u": total}

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """The exact solution on the grid."""
        return on_grid(self.exact, x=x, t=t)
