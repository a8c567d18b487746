"""A bump that turns with a rigid body."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import D, Initial, Problem, Time, number
from pinnsuite.conditions import Condition
from pinnsuite.domain.shape import Disk, Shape

PLACE, WIDTH = 0.5, 0.15  # of the bump at the start: on the x axis, and its standard deviation


@dataclass(frozen=True)
class Rotation(Problem):
    """A Gaussian on a turntable.

        u_t - omega*y*u_x + omega*x*u_y = 0

    on the unit disk, 0 <= t <= 1, from u = exp(-((x - 0.5)^2 + y^2) / (2*0.15^2)); after the time 2 pi/omega it is
    where it was. Nothing crosses the circle, so it needs no condition. Everything is dimensionless.
    """

    omega: float = number(2 * math.pi, doc="angular velocity, dimensionless")

    domain = Shape(Disk((0.0, 0.0), 1.0), t=Time(0, 1))
    fields = ("u",)
    good_values = "omega = 2 pi (one turn)"
    source = "S. T. Zalesak, J. Comput. Phys. 31 (1979) 335 (solid-body rotation; there a slotted cylinder)"

    def equation(self, u: Any, x: Any, y: Any, t: Any) -> Any:
        return D(u, t) - self.omega * y * D(u, x) + self.omega * x * D(u, y)

    def velocity(self, x: Any, y: Any) -> Mapping[str, Any]:
        return {"x": -self.omega * y, "y": self.omega * x}

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=self._start)]

    def _start(self, x: Any, y: Any) -> Any:
        return torch.exp(-((x - PLACE) ** 2 + y**2) / (2 * WIDTH**2))

    def exact(self, x: Any, y: Any, t: Any) -> Mapping[str, Any]:
        """The solution in plain torch."""
        cosine, sine = torch.cos(self.omega * t), torch.sin(self.omega * t)
        return {"u": self._start(cosine * x + sine * y, cosine * y - sine * x)}

    def reference(self, x: np.ndarray, y: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """The exact solution at points, (points,) in, (points,) out."""
        points = (torch.as_tensor(c) for c in (x, y, t))
        return {name: value.numpy() for name, value in self.exact(*points).items()}
