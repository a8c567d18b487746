"""A rod whose conductivity varies along it, to be found from temperatures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.polynomial import Chebyshev

from pinnsuite import Axis, Box, D, Dirichlet, Problem, UnknownFunction, number
from pinnsuite.conditions import Condition
from pinnsuite.domain.region import Boundary

DEPTH = 0.5  # of the variation of the true conductivity 1/(1 + DEPTH sin(2 pi x))
ORDER = 60  # of the polynomial of the reference


def conductivity(x: Any) -> Any:
    """The true one, of numbers, arrays and tensors."""
    sine = torch.sin if not isinstance(x, np.ndarray | float) else np.sin
    return 1 / (1 + DEPTH * sine(2 * math.pi * x))


@dataclass(frozen=True)
class Conductivity(Problem):
    """Heat that a current makes in a rod, and that flows out steadily at its left end, where T = 0.

        heat: q_x + heating = 0
        fourier: k(x)*T_x - q = 0

    on 0 <= x <= 1, with the known inflow q = 1 at x = 1; q is the flux to the left. The true conductivity is
    k = 1/(1 + 0.5 sin(2 pi x)). Everything is dimensionless.
    """

    k: Any = number(UnknownFunction(initial=0.8, positive=True), doc="conductivity, dimensionless")

    heating: float = number(1.0, doc="heat made per length, dimensionless")

    domain = Box(x=Axis(0, 1))
    fields = ("T", "q")
    derived = ("conductivity",)
    good_values = "k = UnknownFunction(initial=0.8, positive=True), with 20 temperatures or more"
    source = (
        "J. V. Beck, B. Blackwell, C. R. St. Clair, Inverse Heat Conduction (1985), chapter 1 (the kind of problem)"
    )

    def equation(self, T: Any, q: Any, x: Any) -> Mapping[str, Any]:
        return {"heat": D(q, x) + self.heating, "fourier": self.k(x) * D(T, x) - q}

    def derive(self, x: Any) -> Mapping[str, Any]:
        return {"conductivity": self.k(x)}

    def conditions(self) -> Sequence[Condition]:
        return [Dirichlet(Boundary("x", "low"), T=0.0), Dirichlet(Boundary("x", "high"), q=1.0)]

    def true_values(self) -> Mapping[str, Any]:
        return {"k": conductivity}

    def reference(self, x: np.ndarray) -> Mapping[str, np.ndarray]:
        """q = 1 + heating (1 - x), and T the integral of q/k, by a polynomial, to 1e-14."""

        def slope(y: np.ndarray) -> np.ndarray:
            return (1 + self.heating * (1 - y)) / self.k(y)

        T = Chebyshev.interpolate(slope, ORDER, domain=[0, 1]).integ(lbnd=0)
        return {"T": T(x), "q": 1 + self.heating * (1 - x), "conductivity": self.k(x)}
