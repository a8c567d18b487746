"""The heat equation with an unknown initial field."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.fft import dst

from pinnsuite import Axis, Box, D, Dirichlet, Initial, Problem, Time, UnknownFunction, number
from pinnsuite.conditions import Condition

AMPLITUDES = {1: 1.0, 2: -0.5, 4: 0.3}  # of the sines that the true initial field is made of
SINES = 128  # less one: of the reference


@dataclass(frozen=True)
class HeatStart(Problem):
    """A rod that cools from both ends, from temperatures that nobody measured: what were they?

        u_t - alpha*u_xx = 0

    on 0 <= x <= 1, 0 <= t <= 1, from u(x, 0) = u0(x), with u = 0 at both ends. The wave sin(k pi x) decays by
    exp(-alpha pi^2 k^2 t): from later temperatures the problem is ill-posed, and short waves of u0 stay open. In truth
    u0 = sin(pi x) - 0.5 sin(2 pi x) + 0.3 sin(4 pi x). Everything is dimensionless.
    """

    u0: Any = number(UnknownFunction(initial=0.0, width=10), doc="initial temperature, dimensionless")
    alpha: float = number(0.1, doc="diffusivity, dimensionless", low=0.0)

    domain = Box(x=Axis(0, 1), t=Time(0, 1))
    fields = ("u",)
    derived = ("start",)
    good_values = (
        "u0 = UnknownFunction(initial=0.0), with temperatures from t = 0 to 0.2; from later ones little is left"
    )
    source = "J. V. Beck, B. Blackwell, C. R. St. Clair, Inverse Heat Conduction (1985), chapter 1"

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) - self.alpha * D(u, x, x)

    def derive(self, x: Any) -> Mapping[str, Any]:
        return {"start": self.u0(x)}

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: self.u0(x)), Dirichlet(u=0.0)]

    def true_values(self) -> Mapping[str, Any]:
        return {"u0": lambda x: sum(a * np.sin(k * math.pi * x) for k, a in AMPLITUDES.items())}

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """Sine by sine."""
        k = np.arange(1, SINES) * math.pi
        y = np.arange(1, SINES) / SINES
        waves = dst(self.u0(y), type=1) / SINES
        decay = np.exp(-self.alpha * k[:, None] ** 2 * t)
        return {"u": np.sin(np.outer(x, k)) * waves @ decay, "start": np.outer(self.u0(x), np.ones(len(t)))}
