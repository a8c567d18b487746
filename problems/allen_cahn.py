"""The Allen-Cahn equation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Initial, Problem, Time, number
from pinnsuite.conditions import Condition

MODES, STEP = 8192, 1e-3  # of the reference


@dataclass(frozen=True)
class AllenCahn(Problem):
    """Two phases, u = -1 and u = 1, that separate by a thin layer.

        u_t - diffusivity*u_xx + reaction*(u**3 - u) = 0

    on -1 <= x <= 1, periodic, 0 <= t <= 1, from u(x, 0) = x^2 cos(pi x). Layers become sqrt(2 diffusivity/reaction)
    wide. Everything is dimensionless.

    The initial field has a kink where the period closes: its slope jumps by 4. A file made with 512 Fourier modes is
    wrong by 1e-5, and an ansatz that meets the initial field exactly keeps the kink for all time.
    """

    diffusivity: float = number(1e-4, doc="D, diffusivity, dimensionless", low=0.0)
    reaction: float = number(5.0, doc="rate of the phase change, dimensionless", low=0.0)

    domain = Box(x=Axis(-1, 1, periodic=True), t=Time(0, 1))
    fields = ("u",)
    symmetry: ClassVar[Mapping[str, Mapping[str, int]]] = {"x": {"u": 1}}
    good_values = "diffusivity = 1e-4, reaction = 5 (the usual ones); diffusivity = 1e-3 is easy"
    source = (
        "S. M. Allen and J. W. Cahn, Acta Metall. 27 (1979) 1085; M. Raissi, P. Perdikaris, G. E. Karniadakis, "
        "J. Comput. Phys. 378 (2019) 686 (this case)"
    )

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) - self.diffusivity * D(u, x, x) + self.reaction * (u**3 - u)

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: x**2 * torch.cos(math.pi * x))]

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """Fourier pseudo-spectral solution, converged to 1e-10 in relative L2."""
        from pinnsuite.reference import periodic, semilinear

        return periodic.cached_periodic(
            self,
            semilinear.allen_cahn(self.diffusivity, self.reaction),
            lambda x: x**2 * np.cos(np.pi * x),
            low=-1,
            high=1,
            x=x,
            t=t,
            modes=MODES,
            step=STEP,
        )
