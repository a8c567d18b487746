"""A population that is carried along while it grows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Initial, Problem, Time, number
from pinnsuite.conditions import Condition
from pinnsuite.reference.exact import on_grid

WIDTH = 0.7  # of the bump at the start: its standard deviation


@dataclass(frozen=True)
class ReactionFront(Problem):
    """A bump that grows to saturation, so that two fronts run apart while the flow carries both along.

        u_t + c*u_x - rho*u*(1 - u) = 0

    on 0 <= x <= 2 pi, periodic, 0 <= t <= 1, from the bump h(x) = exp((cos(x - pi) - 1)/0.7^2), a Gaussian that is
    periodic. Along x - c t the growth is logistic: u = h e^(rho t) / (1 - h + h e^(rho t)). Everything is
    dimensionless.
    """

    c: float = number(30.0, doc="speed, dimensionless")
    rho: float = number(5.0, doc="rate of growth, dimensionless", low=0.0)

    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))
    fields = ("u",)
    good_values = "c = 0 to 70, rho = 5"
    source = "A. Krishnapriyan et al., NeurIPS 34 (2021) (the reaction; at rest, rho = 5)"

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.c * D(u, x) - self.rho * u * (1 - u)

    def velocity(self) -> Any:
        return self.c

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=self._start)]

    def _start(self, x: Any) -> Any:
        return torch.exp((torch.cos(x - math.pi) - 1) / WIDTH**2)

    def exact(self, x: Any, t: Any) -> Mapping[str, Any]:
        """The solution in plain torch."""
        grown = self._start(x - self.c * t) * torch.exp(self.rho * t)
        return {"u": grown / (1 - self._start(x - self.c * t) + grown)}

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """The exact solution on the grid."""
        return on_grid(self.exact, x=x, t=t)
