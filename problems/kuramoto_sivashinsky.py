"""The Kuramoto-Sivashinsky equation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from pinnsuite.calculus.expression import D
from pinnsuite.conditions import Condition, Initial
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.errors import choose
from pinnsuite.parameters import number
from pinnsuite.problem import Problem

# One period as a function of the phase theta = 2 pi (x - low)/(high - low).
INITIAL_FIELDS = {
    "sine": lambda theta: torch.sin(theta),
    "modulated": lambda theta: torch.cos(theta) * (1 + torch.sin(theta)),
}
MODES, STEP = 512, 2e-4  # of the reference


@dataclass(frozen=True)
class KuramotoSivashinsky(Problem):
    """A scalar field that is driven by its own long waves and damped at short ones.

        u_t + alpha*u*u_x + beta*u_xx + gamma*u_xxxx = 0

    on a period [low, high] for 0 <= t <= final_time. Long waves grow at the rate beta k^2, short ones decay at the rate
    gamma k^4, and alpha u u_x carries energy from the first to the second. Everything is dimensionless.

    Initial fields, of the phase theta = 2 pi (x - low)/(high - low): ``sine`` is sin(theta), which is -sin(pi x) on
    [-1, 1]; ``modulated`` is cos(theta) (1 + sin(theta)).
    """

    alpha: float = number(5.0, doc="strength of the steepening u u_x, dimensionless")
    beta: float = number(0.5, doc="anti-diffusion, the source of energy, dimensionless", low=0.0)
    gamma: float = number(0.005, doc="hyper-diffusion, its sink, dimensionless", low=0.0)
    low: float = number(-1.0, doc="start of the period, dimensionless")
    high: float = number(1.0, doc="end of the period, dimensionless")
    final_time: float = number(1.0, doc="last time, dimensionless", low=0.0)
    initial: Literal["sine", "modulated"] = "sine"

    fields = ("u",)
    good_values = (
        "regular: the defaults. Chaotic: alpha = 100/16, beta = 100/16**2, gamma = 100/16**4 on [0, 2 pi] from the "
        "modulated field; a perturbation grows about 400 times until t = 1, so 1e-6 can be reached in float64."
    )
    source = (
        "Y. Kuramoto, Prog. Theor. Phys. Suppl. 64 (1978) 346; G. I. Sivashinsky, Acta Astronaut. 4 (1977) 1177; "
        "S. Wang, S. Sankaran, P. Perdikaris, CMAME 421 (2024) 116813 (both settings)"
    )

    @property
    def domain(self) -> Box:
        return Box(x=Axis(self.low, self.high, periodic=True), t=Time(0, self.final_time))

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.alpha * u * D(u, x) + self.beta * D(u, x, x) + self.gamma * D(u, x, x, x, x)

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=self.initial_field)]

    def initial_field(self, x: Any) -> Any:
        """u(x, 0)."""
        shape = INITIAL_FIELDS[choose(self.initial, INITIAL_FIELDS, "initial field")]
        return shape(2 * math.pi / (self.high - self.low) * (x - self.low))

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """Fourier pseudo-spectral solution, converged to about 1e-12."""
        from pinnsuite.reference import etdrk4, periodic, semilinear
        from pinnsuite.reference.cache import cached, source_hash

        equation = semilinear.kuramoto_sivashinsky(self.alpha, self.beta, self.gamma)

        def solve() -> dict[str, np.ndarray]:
            start = lambda x: self.initial_field(torch.as_tensor(x)).numpy()
            return {
                "u": periodic.solve_periodic(
                    equation, start, low=self.low, high=self.high, x=x, t=t, modes=MODES, step=STEP
                )
            }

        return cached({"source": source_hash(type(self), etdrk4, periodic, semilinear), **vars(self), "x": x, "t": t}, solve)
