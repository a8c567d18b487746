"""Fits through the reference solver: the same numbers and widths as theory gives, and as the network gives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite import Axis, Box, D, Initial, Problem, Solution, Time, Unknown, UnknownFunction, number, solve
from pinnsuite.conditions import Condition
from pinnsuite.data.observations import Observations
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.errors import InputError
from pinnsuite.problems.conductivity import Conductivity
from pinnsuite.problems.heat import Heat
from pinnsuite.problems.lorenz import Lorenz
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.shooting import Shooting

LORENZ = Lorenz(
    sigma=Unknown(5.0, scale="log"), rho=Unknown(10.0, scale="log"), beta=Unknown(2.0, scale="log"), final_time=1.0
)
TRUE = {"sigma": 10.0, "rho": 15.0, "beta": 8 / 3}


ALPHA = 0.1
RODS = Heat(alpha=Unknown(0.3, low=0.01, high=1.0, scale="log"))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Carried(Problem):
    """A wave that goes round more than once; with two factors only their product is in the equation."""

    c: Any = number(20.0)
    factor: Any = number(1.0)

    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.c * self.factor * D(u, x)

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: torch.sin(x))]

    def true_values(self) -> dict[str, float]:
        return {"c": 20.0, "factor": 1.0}

    def reference(self, x: np.ndarray, t: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": np.sin(x[:, None] - self.c * self.factor * t)}


@dataclass(frozen=True)
class Law(Problem):
    """Decay at a rate that depends on what decays."""

    f: Any = number(UnknownFunction())

    domain = Box(t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, t: Any) -> Any:
        return D(u, t) + self.f(u)

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=1.0)]

    def true_values(self) -> dict[str, Any]:
        return {"f": lambda u: u}

    def reference(self, t: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": np.exp(-t)}


def shot(problem: Problem, data: Synthetic | Observations, folder: Path, **options: Any) -> Solution:
    return solve(problem, solver=Shooting(**options), threads=1, data=data, run={"dir": str(folder), "figures": False})


def test_the_interval_is_the_bound(tmp_path: Path) -> None:
    data = Synthetic(points=100, noise=0.02, truth={"alpha": ALPHA})
    found = shot(RODS, data, tmp_path / "run")
    alpha = found.summary["parameters"]["alpha"]
    (m,) = data.read(RODS)
    x, t = m.points["x"].numpy(), m.points["t"].numpy()
    slope = np.pi**2 * t * np.exp(-ALPHA * np.pi**2 * t) * np.sin(np.pi * x) / m.noise
    assert found.verdict is Verdict.CONVERGED
    assert alpha["standard_error"] == pytest.approx(1 / np.linalg.norm(slope), rel=0.02)
    assert abs(alpha["estimate"] - ALPHA) < 4 * alpha["standard_error"]
    assert found.summary["relative_l2"]["u"] < 0.01 and (tmp_path / "run" / "solution.h5").exists()


def test_three_numbers_of_a_system(tmp_path: Path) -> None:
    found = shot(LORENZ, Synthetic(points=20, even=True, truth=TRUE), tmp_path / "run").summary["parameters"]
    for name, value in TRUE.items():
        assert found[name]["estimate"] == pytest.approx(value, rel=1e-7)


def test_what_the_data_leave_open_is_said(tmp_path: Path) -> None:
    free = Carried(c=Unknown(19.0, scale="log"), factor=Unknown(1.0, scale="log"))
    found = shot(free, Synthetic(points=50, noise=0.02), tmp_path / "run")
    assert found.verdict is Verdict.NOT_IDENTIFIABLE
    assert found.summary["data"]["open"] == ["only c*factor is determined by the data"]


def test_a_function_is_found_through_the_reference(tmp_path: Path) -> None:
    rod = Conductivity(k=UnknownFunction(initial=0.8, positive=True, width=5, depth=1))
    data = Synthetic(points=40, noise=0.001, fields=["T"])
    solution = shot(rod, data, tmp_path / "run", max_solves=60)
    found, x = solution.summary, np.linspace(0, 1, 11)
    assert found["relative_l2"]["conductivity"] < 0.1
    assert found["relative_l2"]["T"] < 0.003
    assert found["functions"]["k"]["relative_l2"] == pytest.approx(found["relative_l2"]["conductivity"], rel=0.05)
    assert np.allclose(solution.function("k", x=x), solution(x=x)["conductivity"])


def test_starts_find_the_best_of_many_minima(tmp_path: Path) -> None:
    data, carried = Synthetic(points=100, noise=0.02, seed=1), Carried(c=Unknown(0.0, size=20.0))
    lost = shot(carried, data, tmp_path / "one").summary["parameters"]["c"]
    c = shot(carried, data, tmp_path / "many", starts={"c": [0.0, 10.0, 20.5, 30.0]}).summary["parameters"]["c"]
    assert abs(lost["estimate"] - 20.0) > 1
    assert abs(c["estimate"] - 20.0) < 4 * c["standard_error"] < 0.1


def test_what_it_cannot_do_is_refused(tmp_path: Path) -> None:
    data = Synthetic(points=10, noise=0.01, truth={"alpha": ALPHA})
    with pytest.raises(InputError, match="unknowns from data"):
        shot(Heat(), data, tmp_path / "known")
    with pytest.raises(InputError, match="not one of coordinates"):
        shot(Law(), Synthetic(points=10), tmp_path / "function")
    with pytest.raises(InputError, match="no unknown 'beta'"):
        shot(RODS, data, tmp_path / "start", starts={"beta": [1.0]})
    file = tmp_path / "line.npz"
    np.savez(file, t=np.linspace(0, 1, 5), u=np.ones(5))
    with pytest.raises(InputError, match="no averages"):
        shot(RODS, Observations(str(file), over={"x": 1.0}), tmp_path / "average")
