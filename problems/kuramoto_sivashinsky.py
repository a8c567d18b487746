"""The Kuramoto-Sivashinsky equation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Initial, Problem, Time, number
from pinnsuite.conditions import Condition
from pinnsuite.errors import choose

# One period as a function of the phase theta = 2 pi (x - low)/(high - low).
INITIAL_FIELDS = {
    "sine": lambda theta: torch.sin(theta),
    "modulated": lambda theta: torch.cos(theta) * (1 + torch.sin(theta)),
}
MODES, STEP = 512, 1e-5  # of the reference


@dataclass(frozen=True)
class KuramotoSivashinsky(Problem):
    """A flame front or a falling film: waves of middle length grow, and their steepening feeds short ones that decay.

        u_t + alpha*u*u_x + beta*u_xx + gamma*u_xxxx = 0

    on low <= x <= high, periodic, 0 <= t <= final_time. A wave number k grows at the rate beta k^2 - gamma k^4,
    fastest at k = sqrt(beta/(2 gamma)). Everything is dimensionless.

    Initial fields, with theta = 2 pi (x - low)/(high - low): "sine" is sin(theta), which is -sin(pi x) on [-1, 1];
    "modulated" is cos(theta) (1 + sin(theta)).
    """

    alpha: float = number(5.0, doc="strength of the steepening, dimensionless")
    beta: float = number(0.5, doc="anti-diffusion, the source of energy, dimensionless", low=0.0)
    gamma: float = number(0.005, doc="hyper-diffusion, the sink of energy, dimensionless", low=0.0)
    low: float = number(-1.0, doc="start of the period, dimensionless")
    high: float = number(1.0, doc="end of the period, dimensionless")
    final_time: float = number(1.0, doc="last time, dimensionless", low=0.0)
    initial: Literal["sine", "modulated"] = "sine"

    fields = ("u",)
    good_values = (
        "regular: the defaults. Chaotic: alpha = 100/16, beta = 100/16**2, gamma = 100/16**4 on [0, 2 pi] from the "
        "modulated field; until t = 1 a perturbation grows 400 times, so 1e-6 is within reach of float64"
    )
    source = (
        "Y. Kuramoto, Prog. Theor. Phys. Suppl. 64 (1978) 346; G. I. Sivashinsky, Acta Astronaut. 4 (1977) 1177; "
        "S. Wang, S. Sankaran, P. Perdikaris, CMAME 421 (2024) 116813 (both cases)"
    )

    @property
    def domain(self) -> Box:  # type: ignore[override]
        return Box(x=Axis(self.low, self.high, periodic=True), t=Time(0, self.final_time))

    @property
    def symmetry(self) -> Mapping[str, Mapping[str, int]]:  # type: ignore[override]
        return {"x": {"u": -1}} if self.initial == "sine" else {}

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.alpha * u * D(u, x) + self.beta * D(u, x, x) + self.gamma * D(u, x, x, x, x)

    def velocity(self, u: Any) -> Any:
        return self.alpha * u

    def budgets(self, u: Any, x: Any) -> Mapping[str, tuple[Any, Any]]:
        u_x, u_xx = D(u, x), D(u, x, x)
        return {"mean": (u, 0.0), "energy": (u * u / 2, self.beta * u_x * u_x - self.gamma * u_xx * u_xx)}

    def initial_field(self, x: Any) -> Any:
        """u(x, 0) in plain torch."""
        field = INITIAL_FIELDS[choose(self.initial, INITIAL_FIELDS, "initial field")]
        return field(2 * math.pi / (self.high - self.low) * (x - self.low))

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=self.initial_field)]

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """Fourier pseudo-spectral solution, converged to 1e-10 in relative L2 in both cases."""
        from pinnsuite.reference import periodic, semilinear

        return periodic.cached_periodic(
            self,
            semilinear.kuramoto_sivashinsky(self.alpha, self.beta, self.gamma),
            lambda x: self.initial_field(torch.as_tensor(x)).numpy(),
            low=self.low,
            high=self.high,
            x=x,
            t=t,
            modes=MODES,
            step=STEP,
            extended=self.initial == "modulated",  # in chaos the rounding of 1e5 steps would grow to 4e-9
        )
