"""The Lorenz system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pinnsuite import Box, D, Field, Initial, Problem, Time, number
from pinnsuite.conditions import Condition


@dataclass(frozen=True)
class Lorenz(Problem):
    """Three modes of thermal convection; the classical deterministic chaos.

        rate_x: x_t - sigma*(y - x) = 0
        rate_y: y_t - x*(rho - z) + y = 0
        rate_z: z_t - x*y + beta*z = 0

    for 0 <= t <= final_time from (x, y, z) = (x0, y0, z0). x is the strength of the convection, y the temperature
    difference between rising and falling fluid, z the departure of the temperature profile from a straight line.
    Everything is dimensionless.
    """

    sigma: float = number(10.0, doc="Prandtl number, dimensionless", low=0.0)
    rho: float = number(28.0, doc="Rayleigh number over its critical value, dimensionless", low=0.0)
    beta: float = number(8 / 3, doc="shape of the rolls, dimensionless", low=0.0)
    final_time: float = number(20.0, doc="last time, dimensionless", low=0.0)
    x0: float = number(1.0, doc="x at the start, dimensionless")
    y0: float = number(1.0, doc="y at the start, dimensionless")
    z0: float = number(1.0, doc="z at the start, dimensionless")

    fields = (Field("x", scale=10.0), Field("y", scale=10.0), Field("z", scale=25.0))
    good_values = (
        "sigma = 10, rho = 28, beta = 8/3. A relative error d of the start becomes about 50 d until t = 20 and 4e5 d "
        "until t = 30; march in time windows of about 0.5"
    )
    source = (
        "E. N. Lorenz, J. Atmos. Sci. 20 (1963) 130; S. Wang, S. Sankaran, P. Perdikaris, CMAME 421 (2024) 116813 "
        "(this start and T = 20)"
    )
    lyapunov = 0.9056  # at the defaults; D. Viswanath, thesis, Cornell (1998)
    residual_scales: ClassVar[Mapping[str, float]] = {"rate_x": 100.0, "rate_y": 100.0, "rate_z": 100.0}

    @property
    def domain(self) -> Box:  # type: ignore[override]
        return Box(t=Time(0, self.final_time))

    def equation(self, x: Any, y: Any, z: Any, t: Any) -> Mapping[str, Any]:
        return {
            "rate_x": D(x, t) - self.sigma * (y - x),
            "rate_y": D(y, t) - x * (self.rho - z) + y,
            "rate_z": D(z, t) - x * y + self.beta * z,
        }

    def conditions(self) -> Sequence[Condition]:
        return [Initial(x=self.x0, y=self.y0, z=self.z0)]

    def reference(self, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """Extrapolation in extended precision; accurate to 1e-13 at t = 20."""
        from pinnsuite.reference import ode
        from pinnsuite.reference.cache import cached, source_hash

        sigma, rho, beta = (np.longdouble(value) for value in (self.sigma, self.rho, self.beta))

        def rates(_: np.longdouble, state: np.ndarray) -> np.ndarray:
            x, y, z = state
            return np.array([sigma * (y - x), x * (rho - z) - y, x * y - beta * z])

        def solve() -> dict[str, np.ndarray]:
            times = t if t[0] == 0 else np.concatenate([[0.0], t])
            states = ode.solve_ode(rates, np.array([self.x0, self.y0, self.z0]), times)[:, -len(t) :]
            return dict(zip("xyz", states, strict=True))

        return cached({"solver": source_hash(type(self), ode), "t": t} | vars(self), solve)
