"""The Korteweg-de Vries equation with coefficients to be found from two snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pinnsuite import Axis, Box, D, Problem, Time, Unknown, number

MODES, STEP = 512, 2e-5  # of the reference


@dataclass(frozen=True)
class KdVInverse(Problem):
    """Long waves in shallow water between two instants at which they are measured.

        u_t + lambda1*u*u_x + lambda2*u_xxx = 0

    on -1 <= x <= 1, periodic, 0.2 <= t <= 0.8. The reference started from u(x, 0) = cos(pi x), and so do made-up data.
    Everything is dimensionless.
    """

    lambda1: Any = number(Unknown(0.5, size=1.0), doc="strength of the steepening, dimensionless")
    lambda2: Any = number(Unknown(0.005, scale="log"), doc="strength of dispersion, dimensionless", low=0.0)

    domain = Box(x=Axis(-1, 1, periodic=True), t=Time(0.2, 0.8))
    fields = ("u",)
    good_values = "true values lambda1 = 1, lambda2 = 0.0025; first guesses 0.5 and 0.005"
    source = "M. Raissi, P. Perdikaris, G. E. Karniadakis, J. Comput. Phys. 378 (2019) 686, section 4.2.2"

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.lambda1 * u * D(u, x) + self.lambda2 * D(u, x, x, x)

    def true_values(self) -> Mapping[str, float]:
        return {"lambda1": 1.0, "lambda2": 0.0025}

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """Fourier pseudo-spectral solution: v(x, lambda1 t) with v_s + v v_x + (lambda2/lambda1) v_xxx = 0."""
        from pinnsuite.reference import periodic, semilinear

        return periodic.cached_periodic(
            self,
            semilinear.korteweg_de_vries((self.lambda2 / self.lambda1) ** 0.5),
            lambda x: np.cos(np.pi * x),
            low=-1,
            high=1,
            x=x,
            t=self.lambda1 * t,
            modes=MODES,
            step=STEP,
        )
