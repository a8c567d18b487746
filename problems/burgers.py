"""The viscous Burgers equation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Dirichlet, Initial, Problem, Time, number
from pinnsuite.conditions import Condition


@dataclass(frozen=True)
class Burgers(Problem):
    """A velocity that carries itself and diffuses: a sine steepens into a standing shock layer.

        u_t + u*u_x - nu*u_xx = 0

    on -1 <= x <= 1, 0 <= t <= 1, from u(x, 0) = -sin(pi x), with u = 0 at both ends. The layer at x = 0 is steepest
    near t = 0.51, with a slope of about -0.5/nu and a width of about 2 nu. Everything is dimensionless.
    """

    nu: float = number(0.01 / math.pi, doc="viscosity, dimensionless", low=0.0)

    domain = Box(x=Axis(-1, 1), t=Time(0, 1))
    fields = ("u",)
    symmetry: ClassVar[Mapping[str, Mapping[str, int]]] = {"x": {"u": -1}}
    layers: ClassVar[Mapping[str, Sequence[tuple[float, float]]]] = {"x": [(0.0, 0.1)]}
    good_values = "nu = 0.01/pi (the usual one), 0.01 (a third as steep), 1e-3 (hard)"
    source = (
        "J. M. Burgers, Adv. Appl. Mech. 1 (1948) 171; C. Basdevant et al., Comput. Fluids 14 (1986) 23 (this initial "
        "field); M. Raissi, P. Perdikaris, G. E. Karniadakis, J. Comput. Phys. 378 (2019) 686"
    )

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + u * D(u, x) - self.nu * D(u, x, x)

    def velocity(self, u: Any) -> Any:
        return u

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: -torch.sin(math.pi * x)), Dirichlet(u=0)]

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """The exact solution by the Cole-Hopf transform, to rounding."""
        from pinnsuite.reference import cole_hopf
        from pinnsuite.reference.cache import cached, source_hash

        key = {"solver": source_hash(cole_hopf), "nu": self.nu, "x": x, "t": t}
        return cached(key, lambda: {"u": cole_hopf.burgers(x, t, self.nu)})
