"""Noise that nobody gave: estimated from what a fit leaves, and noise that decides between fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite import Box, D, Initial, Problem, Solution, Time, Unknown, number, solve
from pinnsuite.conditions import Condition
from pinnsuite.data.observations import Observations
from pinnsuite.networks.mlp import MLP
from pinnsuite.objective.noise import ASSUMED, FLOOR, Noise, relative_noise
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.solvers.pinn import Pinn
from pinnsuite.solvers.shooting import Shooting

RATE = 0.7
FINE, COARSE = 0.01, 0.2  # noise of the two fields
POINTS = {"u": 150, "v": 30}


@dataclass(frozen=True)
class Decay(Problem):
    """u turns into v: u = exp(-k t), v = 1 - u."""

    k: Any = number(RATE)
    domain = Box(t=Time(0, 4))
    fields = ("u", "v")

    def equation(self, u: Any, v: Any, t: Any) -> Any:
        return {"u": D(u, t) + self.k * u, "v": D(v, t) - self.k * u}

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=1.0, v=0.0)]

    def reference(self, t: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": np.exp(-self.k * t), "v": 1 - np.exp(-self.k * t)}


UNKNOWN = Decay(k=Unknown(0.4, scale="log"))


@pytest.fixture
def measured(tmp_path: Path) -> str:
    """Many precise values of u, few rough ones of v, at the same places (others are missing)."""
    rng = np.random.default_rng(4)
    t = rng.uniform(0, 4, POINTS["u"])
    u, v = np.exp(-RATE * t) + FINE * rng.normal(size=len(t)), 1 - np.exp(-RATE * t) + COARSE * rng.normal(size=len(t))
    v[POINTS["v"] :] = np.nan
    file = tmp_path / "decay.csv"
    np.savetxt(file, np.stack([t, u, v], 1), delimiter=",", header="t,u,v", comments="")
    return str(file)


def most_likely(file: str) -> tuple[float, float]:
    """k and its standard error with the noise known, by the exact solution."""
    t, u, v = np.loadtxt(file, delimiter=",", skiprows=1).T
    seen = np.isfinite(v)
    k = np.linspace(0.5, 0.9, 40001)[:, None]
    chi = (((u - np.exp(-k * t)) / FINE) ** 2).sum(1) + (((v - 1 + np.exp(-k * t)) / COARSE) ** 2)[:, seen].sum(1)
    slope = t * np.exp(-RATE * t)
    return float(k[chi.argmin(), 0]), 1 / np.sqrt(((slope / FINE) ** 2).sum() + ((slope[seen] / COARSE) ** 2).sum())


def run(folder: Path, file: str, noise: dict[str, float], solver: Any) -> Solution:
    return solve(
        UNKNOWN,
        solver=solver,
        network=partial(MLP, width=8, depth=2),
        optimizer=GaussNewton(max_steps=60),
        threads=1,
        data=Observations(file, noise=noise),
        run={"dir": str(folder), "figures": False},
    )


@pytest.mark.parametrize(  # the noise of both fields, of one, and of none is given
    ("solver", "noise"),
    [
        (Pinn(points=300), {"u": FINE, "v": COARSE}),
        (Pinn(points=300), {"u": FINE}),
        (Pinn(points=300), {}),
        (Shooting(), {"u": FINE, "v": COARSE}),
        (Shooting(), {"u": FINE}),
        (Shooting(), {}),
    ],
    ids=["pinn", "pinn, one", "pinn, none", "shooting", "shooting, one", "shooting, none"],
)
def test_the_estimate_is_the_most_likely_one(
    tmp_path: Path, measured: str, noise: dict[str, float], solver: Any
) -> None:
    """Whatever the numbers of values, and with noise that is not known estimated on the way."""
    found = run(tmp_path / "run", measured, noise, solver).summary
    best, error = most_likely(measured)
    k = found["parameters"]["k"]
    assert abs(k["estimate"] - best) < 0.1 * error
    assert k["standard_error"] == pytest.approx(error, rel=0.15)
    assert found["data"]["noise"] == pytest.approx({"u": FINE, "v": COARSE}, rel=0.3)


def test_noise_is_the_rms_of_what_is_left() -> None:
    """In units of the spread, with a floor; of a few values that of all; of robust ones without those far off."""
    rng = np.random.default_rng(0)
    normal = torch.from_numpy(rng.normal(size=400))
    far = normal.clone()
    far[:20] += 100.0
    noises = [
        Noise(2.0, 0.05, known=True),
        Noise(2.0, ASSUMED, known=False),
        Noise(1.0, ASSUMED, known=False),
        Noise(4.0, ASSUMED, known=False, robust=True),
        Noise(1.0, ASSUMED, known=False),
    ]
    found = relative_noise(noises, [normal, 0.2 * normal, 1e-9 * normal, 0.4 * far, torch.zeros(3)])
    assert found[:3] == pytest.approx([0.05, 0.1, FLOOR], rel=0.1)
    assert found[3] == pytest.approx(0.1, rel=0.15)
    assert found[4] == pytest.approx(((0.1**2 + float((0.1 * far).square().mean())) / 3) ** 0.5, rel=0.1)
