"""What a problem can say is solved: interfaces, fluxes, periods, integrals, ranges; against exact solutions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite import (
    Axis,
    Box,
    D,
    Dirichlet,
    Field,
    Initial,
    Integral,
    Interface,
    Neumann,
    PointValue,
    Problem,
    Range,
    Robin,
    Solution,
    Time,
    number,
    solve,
)
from pinnsuite.conditions import Condition
from pinnsuite.conditions import Periodic as SoftPeriodic
from pinnsuite.domain.region import Boundary
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.solvers.pinn import Pinn


@pytest.fixture
def solved(tmp_path: Path) -> Callable[..., Solution]:
    def run(problem: Problem, steps: int = 25, points: int = 200) -> Solution:
        return solve(
            problem,
            solver=Pinn(points=points, condition_points=100),
            network=partial(MLP, width=8, depth=2),
            optimizer=GaussNewton(max_steps=steps, tolerance=1e-20),
            threads=1,
            run={"dir": str(tmp_path / "run"), "figures": False},
        )

    return run


@dataclass(frozen=True)
class TwoMaterials(Problem):
    """Heat through two layers, conductivity 1 on the left of x = 1/2 and 4 on the right, from T = 0 to T = 1."""

    domain = Box(x=Axis(0, 1))
    fields = ("left", "right")

    def equation(self, left: Any, right: Any, x: Any) -> Mapping[str, Any]:
        return {
            "left": torch.where(x < 0.5, D(left, x, x), 0.0),
            "right": torch.where(x > 0.5, 4 * D(right, x, x), 0.0),
        }

    def conditions(self) -> Sequence[Condition]:
        return [
            Dirichlet(Boundary("x", "low"), left=0.0),
            Dirichlet(Boundary("x", "high"), right=1.0),
            Interface(
                {"x": 0.5},
                lambda left, right, x: {"temperature": left - right, "flux": D(left, x) - 4 * D(right, x)},
            ),
        ]


def test_an_interface_joins_two_materials(solved: Callable[..., Solution]) -> None:
    """The flux q satisfies q (0.5/1 + 0.5/4) = 1."""
    found = solved(TwoMaterials())
    left, right = (np.linspace(a, b, 9) for a, b in ((0, 0.5), (0.5, 1)))
    assert found(x=left)["left"] == pytest.approx(1.6 * left, abs=1e-6)
    assert found(x=right)["right"] == pytest.approx(1 - 0.4 * (1 - right), abs=1e-6)


@dataclass(frozen=True)
class Rod(Problem):
    """u'' = -2 on the unit interval with several kinds of conditions; u = x (a - x) + b."""

    kind: str = "robin"
    domain = Box(x=Axis(0, 1))
    fields = (Field("u", scale=1.0),)

    def equation(self, u: Any, x: Any) -> Any:
        return D(u, x, x) + 2

    def conditions(self) -> Sequence[Condition]:
        return {
            "robin": [Robin(Boundary("x", "low"), u=(1.0, 1.0, 0.0)), Neumann(Boundary("x", "high"), u=-2.0)],
            "integral": [Neumann(Boundary("x", "high"), u=-1.0), Integral(lambda u: u, equals=1.0)],
            "periodic": [SoftPeriodic("x", 1, "u"), PointValue({"x": 0.5}, u=0.25)],
        }[self.kind]


@pytest.mark.parametrize("kind, a, b", [("robin", 0.0, 0.0), ("integral", 1.0, 5 / 6), ("periodic", 1.0, 0.0)])
def test_conditions_determine_the_solution(kind: str, a: float, b: float, solved: Callable[..., Solution]) -> None:
    """Robin: u - u' = 0 at 0 (its outward normal points down), so a = b, and u'(1) = a - 2."""
    found, x = solved(Rod(kind)), np.linspace(0, 1, 9)
    assert found(x=x)["u"] == pytest.approx(x * (a - x) + b, abs=1e-6)


@dataclass(frozen=True)
class Decay(Problem):
    """u_t + rate u = 0 from 1, for every rate of a range at once."""

    rate: float | Range = number(1.0, low=0)
    domain = Box(t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, t: Any) -> Any:
        return D(u, t) + self.rate * u

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=1.0)]


def test_a_range_makes_one_solution_for_all_its_parameters(solved: Callable[..., Solution]) -> None:
    found = solved(Decay(rate=Range(0.5, 2.0)), steps=40, points=400)
    t, rate = (g.ravel() for g in np.meshgrid(np.linspace(0, 1, 7), np.linspace(0.5, 2, 5)))
    assert found(t=t, rate=rate)["u"] == pytest.approx(np.exp(-rate * t), abs=1e-5)
