"""Burgers' equation with coefficients to be found, from data inside the domain alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pinnsuite import Axis, Box, D, Problem, Time, Unknown, number


@dataclass(frozen=True)
class BurgersInverse(Problem):
    """A velocity that carries itself and diffuses; nothing is known of its start, or of what happens at the ends.

        u_t + lambda1*u*u_x - lambda2*u_xx = 0

    on -1 <= x <= 1, 0 <= t <= 1. The reference starts from u(x, 0) = -sin(pi x), with u = 0 at both ends, and so do
    made-up data. Everything is dimensionless.
    """

    lambda1: Any = number(Unknown(0.5, size=1.0), doc="strength of the convection, dimensionless")
    lambda2: Any = number(Unknown(0.02, scale="log"), doc="viscosity, dimensionless", low=0.0)

    domain = Box(x=Axis(-1, 1), t=Time(0, 1))
    fields = ("u",)
    good_values = "true values lambda1 = 1, lambda2 = 0.01/pi; first guesses 0.5 and 0.02"
    source = "M. Raissi, P. Perdikaris, G. E. Karniadakis, J. Comput. Phys. 378 (2019) 686, section 4.1.1"

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.lambda1 * u * D(u, x) - self.lambda2 * D(u, x, x)

    def true_values(self) -> Mapping[str, float]:
        return {"lambda1": 1.0, "lambda2": 0.01 / math.pi}

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """Exact by the Cole-Hopf transform: v(x, lambda1 t) with v_s + v v_x = (lambda2/lambda1) v_xx."""
        from pinnsuite.reference import cole_hopf
        from pinnsuite.reference.cache import cached, source_hash

        key = {"solver": source_hash(cole_hopf), "numbers": [self.lambda1, self.lambda2], "x": x, "t": t}
        return cached(key, lambda: {"u": cole_hopf.burgers(x, self.lambda1 * t, self.lambda2 / self.lambda1)})
