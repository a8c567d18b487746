"""Unknowns of very different sizes, and on the boundary, against what theory says of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinnsuite import (
    Axis,
    Box,
    D,
    Dirichlet,
    Field,
    Initial,
    Problem,
    Solution,
    Time,
    Unknown,
    UnknownFunction,
    number,
    solve,
)
from pinnsuite.conditions import Condition
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.domain.region import Boundary
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.solvers.pinn import Pinn

NOISE = 0.01


def fitted(problem: Problem, data: Synthetic, folder: Path, steps: int = 40, **options: Any) -> Solution:
    return solve(
        problem,
        solver=Pinn(**{"points": 200, "condition_points": 40, **options}),
        network=partial(MLP, width=8, depth=2),
        optimizer=GaussNewton(max_steps=steps),
        threads=1,
        data=data,
        run={"dir": str(folder), "figures": False},
    )


def bounds(slopes: np.ndarray, noise: float) -> np.ndarray:
    """The Cramer-Rao bounds of numbers, from how the measurements follow them, (measurements, numbers)."""
    found: np.ndarray = noise * np.sqrt(np.diag(np.linalg.inv(slopes.T @ slopes)))
    return found


MODULUS, RELAXATION, RATE = 7.8e8, 1e-3, 1.0  # Pa, s, 1/s


@dataclass(frozen=True)
class Maxwell(Problem):
    """A spring and a damper in a row that are pulled apart: s = modulus rate relaxation (1 - exp(-t/relaxation))."""

    modulus: Any = number(MODULUS, unit="Pa")
    relaxation: Any = number(RELAXATION, unit="s")
    rate: float = number(RATE, unit="1/s")

    domain = Box(t=Time(0, 5 * RELAXATION, unit="s"))
    fields = (Field("s", unit="Pa", scale=1e6),)

    def equation(self, s: Any, t: Any) -> Any:
        return D(s, t) - self.modulus * self.rate + s / self.relaxation

    def conditions(self) -> Sequence[Condition]:
        return [Initial(s=0.0)]

    def true_values(self) -> dict[str, float]:
        return {"modulus": MODULUS, "relaxation": RELAXATION}

    def reference(self, t: np.ndarray) -> dict[str, np.ndarray]:
        return {"s": self.modulus * self.rate * self.relaxation * -np.expm1(-t / self.relaxation)}


def test_numbers_of_very_different_size_are_found_together(tmp_path: Path) -> None:
    """7.8e8 and 1e-3, from guesses that are off by a factor of two, one up and one down, to their bounds."""
    guesses = {"modulus": 2 * MODULUS, "relaxation": RELAXATION / 2}
    problem, data = Maxwell(**{n: Unknown(v, scale="log") for n, v in guesses.items()}), Synthetic(60, NOISE)
    found = fitted(problem, data, tmp_path / "run").summary["parameters"]
    (m,) = data.read(problem)
    share = m.points["t"].numpy() / RELAXATION
    growth, decay = -np.expm1(-share), share * np.exp(-share)
    slopes = MODULUS * RATE * RELAXATION * np.stack([growth, growth - decay], axis=1)  # by the logarithms
    for (name, p), bound in zip(found.items(), bounds(slopes, m.noise), strict=True):
        assert p["standard_error"] / p["true"] == pytest.approx(bound, rel=0.1), name
        assert abs(p["estimate"] - p["true"]) < 4 * p["standard_error"], name


HELD, LOSS = 2.0, 3.0


@dataclass(frozen=True)
class Fin(Problem):
    """A fin that loses heat along its length: u = held sinh(LOSS (1 - x)) / sinh(LOSS)."""

    held: Any = number(HELD)

    domain = Box(x=Axis(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any) -> Any:
        return D(u, x, x) - LOSS**2 * u

    def conditions(self) -> Sequence[Condition]:
        return [Dirichlet(Boundary("x", "low"), u=self.held), Dirichlet(Boundary("x", "high"), u=0.0)]

    def true_values(self) -> dict[str, float]:
        return {"held": HELD}

    def reference(self, x: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": self.held * np.sinh(LOSS * (1 - x)) / math.sinh(LOSS)}


@pytest.mark.parametrize("hard", [True, False])
def test_an_unknown_boundary_value_is_found(tmp_path: Path, hard: bool) -> None:
    """Whether the ansatz takes it or a residual does."""
    problem, data = Fin(held=Unknown(1.0)), Synthetic(points=40, noise=NOISE)
    held = fitted(problem, data, tmp_path / "run", hard=hard).summary["parameters"]["held"]
    (m,) = data.read(problem)
    (bound,) = bounds(np.sinh(LOSS * (1 - m.points["x"].numpy()))[:, None] / math.sinh(LOSS), float(m.noise or 0))
    assert held["standard_error"] == pytest.approx(bound, rel=0.05)
    assert abs(held["estimate"] - HELD) < 4 * held["standard_error"]


ALPHA = 0.5


@dataclass(frozen=True)
class Cooling(Problem):
    """A rod with a cold end, and one at temperatures that nobody measured: u = exp(-alpha (pi/2)^2 t) cos(pi x/2)."""

    end: Any = number(UnknownFunction(initial=0.5))

    domain = Box(x=Axis(0, 1), t=Time(0, 1))
    fields = ("u",)
    derived = ("wall",)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) - ALPHA * D(u, x, x)

    def derive(self, t: Any) -> dict[str, Any]:
        return {"wall": self.end(t)}

    def conditions(self) -> Sequence[Condition]:
        return [Dirichlet(Boundary("x", "low"), u=lambda t: self.end(t)), Dirichlet(Boundary("x", "high"), u=0.0)]

    def true_values(self) -> dict[str, Any]:
        return {"end": lambda t: np.exp(-ALPHA * (math.pi / 2) ** 2 * t)}

    def reference(self, x: np.ndarray, t: np.ndarray) -> dict[str, np.ndarray]:
        wall = np.outer(np.ones(len(x)), self.end(t))
        return {"u": np.cos(math.pi / 2 * x)[:, None] * wall, "wall": wall}


def test_unknown_boundary_values_in_time_are_found(tmp_path: Path) -> None:
    """From temperatures of the inside and no knowledge of the start, to within their band."""
    data = Synthetic(points=150, noise=NOISE, fields=["u"])
    found = fitted(Cooling(), data, tmp_path / "run", points=500)
    assert found.summary["relative_l2"]["wall"] < 0.05
    t = np.linspace(0.05, 0.95, 31)
    off = found(x=0 * t, t=t)["wall"] - Cooling().true_values()["end"](t)
    assert 0.1 < np.sqrt(np.mean((off / found.uncertainty(x=0 * t, t=t)["wall"]) ** 2)) < 2.0
