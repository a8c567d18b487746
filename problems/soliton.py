"""A solitary wave that a current carries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Initial, Problem, Time, number
from pinnsuite.conditions import Condition

HEIGHT = 2.0


@dataclass(frozen=True)
class Soliton(Problem):
    """A solitary wave of the Korteweg-de Vries equation in a current along x.

        u_t + c*u_x + u*u_x + delta**2*u_xxx = 0

    on -1 <= x <= 1, periodic, 0 <= t <= 1, from 2 sech^2(k x), k = sqrt(2/12)/delta, which keeps its shape at the speed
    c + 2/3; its tail is below rounding at the ends. Everything is dimensionless.
    """

    c: float = number(10.0, doc="current, dimensionless")
    delta: float = number(0.022, doc="length of dispersion, dimensionless", low=0.01, high=0.024)

    domain = Box(x=Axis(-1, 1, periodic=True), t=Time(0, 1))
    fields = ("u",)
    good_values = "c = 0 to 70, delta = 0.022"
    source = "D. J. Korteweg, G. de Vries, Phil. Mag. 39 (1895) 422"

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.c * D(u, x) + u * D(u, x) + self.delta**2 * D(u, x, x, x)

    def velocity(self) -> Any:
        return self.c

    def budgets(self, u: Any) -> Mapping[str, tuple[Any, Any]]:
        return {"mass": (u, 0.0), "momentum": (u * u, 0.0)}

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=self._wave)]

    def _wave(self, x: Any) -> Any:
        return HEIGHT / torch.cosh(math.sqrt(HEIGHT / 12) / self.delta * x) ** 2

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """The exact solution on the grid, shifted into the period."""
        place = x[:, None] - (self.c + HEIGHT / 3) * t
        return {"u": self._wave(torch.as_tensor((place + 1) % 2 - 1)).numpy()}
