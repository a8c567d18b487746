"""Burgers' equation with a mean flow: a shock layer that travels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Field, Initial, Problem, Time, number
from pinnsuite.conditions import Condition


@dataclass(frozen=True)
class MovingShock(Problem):
    """A sine that steepens into a shock layer while a mean flow carries it round.

        u_t + u*u_x - nu*u_xx = 0

    on 0 <= x <= 2 pi, periodic, 0 <= t <= 1, from u(x, 0) = sin(x) + c. It is the solution without the mean flow, seen
    by someone who passes at the speed -c: u = c + w(x - c t, t). Without diffusion characteristics would meet at t = 1;
    with nu = 0.01 the smallest X_xi of the map along them is about 0.055. Everything is dimensionless.
    """

    c: float = number(30.0, doc="mean flow, dimensionless")
    nu: float = number(0.01, doc="viscosity, dimensionless", low=0.0)

    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))
    good_values = "c = 0 to 70, nu = 0.01"
    source = "R. Mojgani, M. Balajewicz, P. Hassanzadeh, CMAME 404 (2023) 115810"

    residual_scales: ClassVar[Mapping[str, float]] = {"equation": 1.0}  # of the flow at rest

    @property
    def fields(self) -> Sequence[Field]:  # type: ignore[override]
        return (Field("u", scale=1.0, offset=self.c),)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + u * D(u, x) - self.nu * D(u, x, x)

    def velocity(self, u: Any) -> Any:
        return u

    def budgets(self, u: Any, x: Any) -> Mapping[str, tuple[Any, Any]]:
        return {"momentum": (u, 0.0), "energy": (u * u / 2, -self.nu * D(u, x) ** 2)}

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: torch.sin(x) + self.c)]

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """The Cole-Hopf solution w from sin(x), on a period of 2 instead of 2 pi, shifted by the mean flow."""
        from pinnsuite.reference import cole_hopf
        from pinnsuite.reference.cache import cached, source_hash

        def solve() -> dict[str, np.ndarray]:
            columns = [
                self.c + cole_hopf.burgers((x - self.c * now) / math.pi - 1, now / math.pi, self.nu / math.pi)[:, 0]
                for now in t
            ]
            return {"u": np.stack(columns, axis=1)}

        return cached({"solver": source_hash(type(self), cole_hopf), "x": x, "t": t} | vars(self), solve)
