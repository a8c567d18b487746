"""Steady diffusion and reaction with a rate that varies in space, to be found from concentrations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Dirichlet, Problem, UnknownFunction, number
from pinnsuite.conditions import Condition

LEAST, PEAK, PLACE, WIDTH = 0.1, 1.0, 0.5, 0.15  # of the true rate
ORDER = 80  # of the Chebyshev polynomials of the reference


def rate(x: Any) -> Any:
    """The true one, of arrays and tensors."""
    exp = torch.exp if isinstance(x, torch.Tensor) else np.exp
    return LEAST + PEAK * exp(-0.5 * (x - PLACE) ** 2 / WIDTH**2)


@dataclass(frozen=True)
class DiffusionReaction(Problem):
    """A solute that a source makes, that diffuses, and that is used up faster in the middle.

        balance: diffusivity*u_xx - k(x)*u - sin(2*pi*x) = 0

    on 0 <= x <= 1 with u = 0 at both ends. In truth k = 0.1 + exp(-(x - 0.5)^2/(2 0.15^2)). Everything is
    dimensionless. Where u vanishes, at x = 0.5 by symmetry among others, the data say nothing of k.
    """

    k: Any = number(UnknownFunction(initial=0.5, positive=True), doc="rate of the reaction, dimensionless")
    diffusivity: float = number(0.01, doc="diffusivity, dimensionless", low=0.0)

    domain = Box(x=Axis(0, 1))
    fields = ("u",)
    derived = ("rate",)
    good_values = "k = UnknownFunction(initial=0.5, positive=True), with 10 values of u or more"
    source = "J. Yu, L. Lu, X. Meng, G. E. Karniadakis, CMAME 393 (2022) 114823, section 3.3.1 (the problem and its k)"

    def equation(self, u: Any, x: Any) -> Mapping[str, Any]:
        source = torch.sin(2 * math.pi * x)
        return {"balance": self.diffusivity * D(u, x, x) - self.k(x) * u - source}

    def derive(self, x: Any) -> Mapping[str, Any]:
        return {"rate": self.k(x)}

    def conditions(self) -> Sequence[Condition]:
        return [Dirichlet(u=0.0)]

    def true_values(self) -> Mapping[str, Any]:
        return {"k": rate}

    def reference(self, x: np.ndarray) -> Mapping[str, np.ndarray]:
        """Chebyshev collocation, to 1e-12."""
        from pinnsuite.reference.collocation import boundary_value

        u = boundary_value(
            lambda y: np.full_like(y, self.diffusivity),
            lambda y: -self.k(y),
            lambda y: np.sin(2 * np.pi * y),
            ends=(0.0, 1.0),
            order=ORDER,
        )
        return {"u": u(x), "rate": self.k(x)}
