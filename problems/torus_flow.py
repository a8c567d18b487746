"""Two-dimensional flow on a doubly periodic square."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

from pinnsuite import Axis, Box, D, Field, Initial, PointValue, Problem, Time, number
from pinnsuite.calculus.expression import call, coordinate
from pinnsuite.conditions import Condition
from pinnsuite.errors import choose
from pinnsuite.networks.fourier_series import FourierSeries

SEED, PEAK, LARGEST = 0, 4.0, 20  # of the random field: its draw, the peak of its spectrum, its largest wave number
MODES, STEP = 256, 2e-3  # of the reference
PERIOD = 2 * math.pi
INITIAL_FIELDS = ("random", "taylor_green")


@dataclass(frozen=True)
class TorusFlow(Problem):
    """Incompressible flow by its stream function, which makes it free of divergence by construction.

        vorticity: -(psi_xxt + psi_yyt) - psi_y*(psi_xxx + psi_xyy) + psi_x*(psi_xxy + psi_yyy)
        + nu*(psi_xxxx + 2*psi_xxyy + psi_yyyy) + forcing*wave*cos(wave*y) = 0

    on 0 <= x, y <= 2 pi, periodic, 0 <= t <= final_time. That is w_t + u w_x + v w_y = nu (w_xx + w_yy) + curl of the
    force, with u = psi_y, v = -psi_x, w = v_x - u_y = -(psi_xx + psi_yy). The force is forcing * sin(wave*y) along x:
    with it the flow is Kolmogorov's. psi is 0 at the origin, for only its differences matter. Lengths are in units of
    the period over 2 pi, the rest is dimensionless too.

    Initial fields: "random" has Gaussian vorticity of the energy spectrum k^4/(1 + (k/4)^12) and the rms velocity
    ``speed``, always the same draw; "taylor_green" is speed * (cos(x) * cos(y) - 1), whose vortices only decay.
    """

    nu: float = number(0.01, doc="kinematic viscosity, dimensionless", low=0.0)
    speed: float = number(1.0, doc="scale of the velocity at the start, dimensionless", low=0.0)
    forcing: float = number(0.0, doc="largest force along x, dimensionless")
    wave: float = number(4.0, doc="wave number of the force along y, a whole number, dimensionless")
    final_time: float = number(1.0, doc="last time, dimensionless", low=0.0)
    initial: Literal["random", "taylor_green"] = "random"

    fields = (Field("psi", doc="stream function"),)
    derived = (Field("w", doc="vorticity"), Field("u", doc="velocity along x"), Field("v", doc="velocity along y"))
    good_values = "nu = 0.01 for turbulence that decays; nu = 1/40 and forcing = 1 for Kolmogorov flow"
    source = (
        "S. Wang, S. Sankaran, P. Perdikaris, CMAME 421 (2024) 116813 (decaying turbulence, of another random field); "
        "L. D. Meshalkin, Y. G. Sinai, J. Appl. Math. Mech. 25 (1961) 1700 (Kolmogorov's flow)"
    )

    @property
    def domain(self) -> Box:  # type: ignore[override]
        period = Axis(0, PERIOD, periodic=True)
        return Box(x=period, y=period, t=Time(0, self.final_time))

    def equation(self, psi: Any, x: Any, y: Any, t: Any) -> Mapping[str, Any]:
        w, u, v = self.derive(psi, x, y).values()
        force = self.forcing * self.wave * torch.cos(self.wave * y)
        return {"vorticity": D(w, t) + u * D(w, x) + v * D(w, y) - self.nu * (D(w, x, x) + D(w, y, y)) + force}

    def derive(self, psi: Any, x: Any, y: Any) -> Mapping[str, Any]:
        return {"w": -(D(psi, x, x) + D(psi, y, y)), "u": D(psi, y), "v": -D(psi, x)}

    def budgets(self, psi: Any, x: Any, y: Any) -> Mapping[str, tuple[Any, Any]]:
        """Of the kinetic energy (u^2 + v^2)/2 and the enstrophy w^2/2."""
        w, u, v = self.derive(psi, x, y).values()
        push = self.forcing * torch.sin(self.wave * y)
        curl = -self.wave * self.forcing * torch.cos(self.wave * y)
        w_x, w_y = D(w, x), D(w, y)
        return {
            "energy": ((u * u + v * v) / 2, push * u - self.nu * w * w),
            "enstrophy": (w * w / 2, curl * w - self.nu * (w_x * w_x + w_y * w_y)),
        }

    def conditions(self) -> Sequence[Condition]:
        return [Initial(psi=self.initial_field), PointValue({"x": 0.0, "y": 0.0}, psi=0)]

    def initial_field(self, x: Any, y: Any) -> Any:
        """psi(x, y, 0)."""
        if choose(self.initial, INITIAL_FIELDS, "initial field") == "taylor_green":
            return self.speed * (torch.cos(x) * torch.cos(y) - 1)
        return self.speed * call(_random_field(), [x, y], 1)[0]

    def reference(self, x: np.ndarray, y: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        """Fourier pseudo-spectral solution, whose vorticity is converged to 2e-7 in relative L2."""
        from pinnsuite.reference import torus
        from pinnsuite.reference.cache import cached, source_hash

        def solve() -> dict[str, np.ndarray]:
            spectra = torus.solve_vorticity(
                self._initial_vorticity(),
                self.nu,
                t if t[0] == 0 else np.append(0.0, t),
                modes=MODES,
                step=STEP,
                forcing=lambda x, y: -self.forcing * self.wave * np.cos(self.wave * y),
            )
            found, origin = (torus.fields(spectra[-len(t) :], *place) for place in ((x, y), np.zeros((2, 1))))
            return {**found, "psi": found["psi"] - origin["psi"]}

        key = {"solver": source_hash(type(self), torus), "modes": MODES, "step": STEP, "x": x, "y": y, "t": t}
        return cached(key | vars(self), solve)

    def _initial_vorticity(self) -> np.ndarray:
        """The spectrum of w(x, y, 0), from the stream function at points that resolve it."""
        from pinnsuite.ansatz.evaluate import evaluate
        from pinnsuite.reference.torus import wave_numbers

        count = 3 * LARGEST
        grid = torch.meshgrid(*[PERIOD * torch.arange(count, dtype=torch.float64) / count] * 2, indexing="ij")
        points = dict(zip("xy", (g.reshape(-1) for g in grid), strict=True))
        psi = evaluate([self.initial_field(coordinate("x"), coordinate("y"))], ["x", "y"], points).numpy()
        x_wave, y_wave, _ = wave_numbers(count)
        return (x_wave**2 + y_wave**2) * np.fft.rfft2(psi.reshape(count, count)) / count**2


@functools.cache
def _random_field() -> FourierSeries:
    """The stream function of a random flow with the rms velocity 1, as a function of x and y."""
    from pinnsuite.reference.torus import random_vorticity, wave_numbers

    vorticity = random_vorticity(SEED, lambda k: k**4 / (1 + (k / PEAK) ** 12), LARGEST, 1.0)
    x_wave, y_wave, _ = wave_numbers(len(vorticity))
    square = x_wave**2 + y_wave**2
    psi = np.divide(vorticity, square, out=np.zeros_like(vorticity), where=square > 0)
    psi = np.where(y_wave == 0, 1.0, 2.0) * psi
    psi[0, 0] = -psi.sum().real
    return FourierSeries([x_wave[:, 0], y_wave[0]], psi)
