"""A dye in a flow that shears it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.linalg import expm

from pinnsuite import Axis, Box, D, Initial, Problem, Time, number
from pinnsuite.conditions import Condition

WAVES = 64  # in y, of the reference


@dataclass(frozen=True)
class ShearFlow(Problem):
    """Stripes of dye across a flow along x, which tilts them until diffusion mixes them.

        u_t + speed*sin(y)*u_x - nu*(u_xx + u_yy) = 0

    on 0 <= x, y <= 2 pi, periodic, 0 <= t <= 1, from u(x, y, 0) = sin(x). Everything is dimensionless.
    """

    speed: float = number(5.0, doc="largest velocity, dimensionless")
    nu: float = number(0.01, doc="diffusivity, dimensionless", low=0.0)

    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), y=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))
    fields = ("u",)
    good_values = "speed = 5, nu = 0.01"
    source = "P. B. Rhines, W. R. Young, J. Fluid Mech. 133 (1983) 133 (how shear mixes a passive scalar)"

    def equation(self, u: Any, x: Any, y: Any, t: Any) -> Any:
        return D(u, t) + self.speed * torch.sin(y) * D(u, x) - self.nu * (D(u, x, x) + D(u, y, y))

    def velocity(self, y: Any) -> Mapping[str, Any]:
        return {"x": self.speed * torch.sin(y), "y": 0.0}

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: torch.sin(x))]

    def reference(self, x: np.ndarray, y: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """Im(a(y, t) e^(ix)), with the Fourier coefficients of a by a matrix exponential; exact to rounding."""
        waves = np.arange(-WAVES, WAVES + 1)
        shift = np.eye(len(waves), k=-1) - np.eye(len(waves), k=1)  # 2i sin(y) in Fourier space
        rate = -self.speed / 2 * shift - self.nu * np.diag(1.0 + waves**2)
        start = (waves == 0).astype(float)
        along = np.exp(1j * np.outer(waves, y))
        amplitude = np.stack([(expm(rate * now) @ start) @ along for now in t], axis=1)  # (y, t)
        return {"u": (np.exp(1j * x)[:, None, None] * amplitude).imag}
