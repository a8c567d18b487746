"""The linear advection equation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Initial, Problem, Time, number
from pinnsuite.conditions import Condition


@dataclass(frozen=True)
class Advection(Problem):
    """A wave that keeps its shape and goes round the period c/(2 pi) times.

        u_t + c*u_x = 0

    on 0 <= x <= 2 pi, periodic, 0 <= t <= 1, from u(x, 0) = sin(x); u = sin(x - c t). Everything is dimensionless.
    """

    c: float = number(80.0, doc="speed, dimensionless")

    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))
    fields = ("u",)
    good_values = "c = 80 (hard for a network in x and t, trivial in a moving frame), 30 to 50 (usual), 1 (easy)"
    source = (
        "A. Krishnapriyan et al., NeurIPS 34 (2021) (c = 30 to 50); S. Wang, S. Sankaran, H. Wang, P. Perdikaris, "
        "An expert's guide to training physics-informed neural networks (2023), arXiv 2308.08468 (c = 80)"
    )

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.c * D(u, x)

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: torch.sin(x))]

    def exact(self, x: Any, t: Any) -> Mapping[str, Any]:
        """The solution in plain torch."""
        return {"u": torch.sin(x - self.c * t)}

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """The exact solution on the grid."""
        grid = torch.meshgrid(torch.as_tensor(x), torch.as_tensor(t), indexing="ij")
        return {name: value.numpy() for name, value in self.exact(*grid).items()}
