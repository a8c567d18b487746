"""The Korteweg-de Vries equation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Initial, Problem, Time, number
from pinnsuite.conditions import Condition

MODES, STEP = 512, 2e-5  # of the reference


@dataclass(frozen=True)
class KdV(Problem):
    """Long waves in shallow water: a cosine steepens and breaks into a train of solitons.

        u_t + u*u_x + delta**2*u_xxx = 0

    on -1 <= x <= 1, periodic, 0 <= t <= 1, from u(x, 0) = cos(pi x). The steepening would form a shock at t = 1/pi;
    dispersion stops it at a width of about delta. Everything is dimensionless.
    """

    delta: float = number(0.022, doc="length of dispersion, dimensionless", low=0.0)

    domain = Box(x=Axis(-1, 1, periodic=True), t=Time(0, 1))
    fields = ("u",)
    good_values = "delta = 0.022 (Zabusky and Kruskal), 0.1 (easy)"
    source = "N. J. Zabusky and M. D. Kruskal, Phys. Rev. Lett. 15 (1965) 240"

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + u * D(u, x) + self.delta**2 * D(u, x, x, x)

    def velocity(self, u: Any) -> Any:
        return u

    def budgets(self, u: Any) -> Mapping[str, tuple[Any, Any]]:
        return {"mass": (u, 0.0), "momentum": (u * u, 0.0)}

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: torch.cos(math.pi * x))]

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """Fourier pseudo-spectral solution, converged to 2e-11 in relative L2."""
        from pinnsuite.reference import periodic, semilinear

        return periodic.cached_periodic(
            self,
            semilinear.korteweg_de_vries(self.delta),
            lambda x: np.cos(np.pi * x),
            low=-1,
            high=1,
            x=x,
            t=t,
            modes=MODES,
            step=STEP,
        )
