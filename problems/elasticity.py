"""Plane linear elasticity."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import Axis, Box, Dirichlet, Problem, Unknown, number
from pinnsuite.conditions import Condition
from pinnsuite.errors import InputError
from pinnsuite.laws.linear_elastic import LinearElastic
from pinnsuite.laws.small_strain import divergence, strain
from pinnsuite.reference.exact import on_grid


def _internal_force(law: LinearElastic, u: Any, v: Any, x: Any, y: Any) -> list[Any]:
    return divergence(law.stress(strain((u, v), (x, y))), (x, y))


@dataclass(frozen=True)
class Elasticity(Problem):
    """A square plate in plane strain under a body force, with a manufactured displacement.

        force_x := -force_lam*(4*pi**2*cos(2*pi*x)*sin(pi*y) - pi*load*y**3*cos(pi*x)) \
            - force_mu*(9*pi**2*cos(2*pi*x)*sin(pi*y) - pi*load*y**3*cos(pi*x))
        force_y := force_lam*(3*load*y**2*sin(pi*x) - 2*pi**2*sin(2*pi*x)*cos(pi*y)) \
            + force_mu*(6*load*y**2*sin(pi*x) - 2*pi**2*sin(2*pi*x)*cos(pi*y) - pi**2*load*y**4*sin(pi*x)/4)
        balance_x: (lam + 2*mu)*u_xx + mu*u_yy + (lam + mu)*v_xy - force_x = 0
        balance_y: mu*v_xx + (lam + 2*mu)*v_yy + (lam + mu)*u_xy - force_y = 0

    on the unit square: div sigma = f with sigma = lam tr(eps) 1 + 2 mu eps and eps the symmetric gradient of (u, v).
    The exact displacement, u = cos(2 pi x) sin(pi y) and v = load y^4 sin(pi x)/4, holds on the boundary. The
    force has moduli of its own, so that lam and mu can be unknowns of an inverse problem. Lengths are
    in units of the side, stresses in units of lam.
    """

    lam: float = number(1.0, doc="first Lamé parameter, dimensionless")
    mu: float = number(0.5, doc="shear modulus, dimensionless", low=0.0)
    load: float = number(4.0, doc="Q, size of the vertical displacement, dimensionless")
    force_lam: float = number(1.0, doc="lam for which the body force gives the exact displacement, dimensionless")
    force_mu: float = number(0.5, doc="mu for which it does, dimensionless", low=0.0)

    domain = Box(x=Axis(0, 1), y=Axis(0, 1))
    fields = ("u", "v")
    good_values = "lam = 1, mu = 0.5, load = 4"
    source = "E. Haghighat, M. Raissi, A. Moure, H. Gomez, R. Juanes, CMAME 379 (2021) 113741"

    def __post_init__(self) -> None:
        super().__post_init__()
        for given, expected in ((self.lam, self.force_lam), (self.mu, self.force_mu)):
            if isinstance(given, int | float) and given != expected:
                raise InputError(
                    "The plate and its body force have different moduli, so the exact displacement is not the solution",
                    given=f"lam={self.lam}, mu={self.mu}, force_lam={self.force_lam}, force_mu={self.force_mu}",
                    expected="lam = force_lam and mu = force_mu, unless lam or mu is an Unknown",
                )

    def equation(self, u: Any, v: Any, x: Any, y: Any) -> Mapping[str, Any]:
        exact = self.exact(x, y)
        force = _internal_force(LinearElastic(self.force_lam, self.force_mu), exact["u"], exact["v"], x, y)
        actual = _internal_force(LinearElastic(self.lam, self.mu), u, v, x, y)
        return {name: a - f for name, a, f in zip(("balance_x", "balance_y"), actual, force, strict=True)}

    def conditions(self) -> Sequence[Condition]:
        return [Dirichlet(u=lambda x, y: self.exact(x, y)["u"], v=lambda x, y: self.exact(x, y)["v"])]

    def exact(self, x: Any, y: Any) -> Mapping[str, Any]:
        """The displacement in plain torch."""
        return {
            "u": torch.cos(2 * math.pi * x) * torch.sin(math.pi * y),
            "v": self.load / 4 * y**4 * torch.sin(math.pi * x),
        }

    def true_values(self) -> Mapping[str, float]:
        """The moduli that are to be found, from the body force."""
        truth = {"lam": self.force_lam, "mu": self.force_mu}
        return {name: value for name, value in truth.items() if isinstance(getattr(self, name), Unknown)}

    def reference(self, x: np.ndarray, y: np.ndarray) -> Mapping[str, np.ndarray]:
        """The exact displacement on the grid."""
        return on_grid(self.exact, x=x, y=y)
