"""Errors over time, budgets and spectra of solutions that are known in closed form."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite.calculus.expression import D, coordinate
from pinnsuite.data.dynamics import dynamics
from pinnsuite.data.sampling import sample
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.problem import Problem
from pinnsuite.report.figures.dynamics import draw_dynamics
from pinnsuite.run.evaluation import evaluation
from pinnsuite.run.solution import Solution
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.pieces import Piece, Pieces

X, T = coordinate("x"), coordinate("t")
GROWTH = 3.0


@dataclass(frozen=True)
class Waves(Problem):
    """u_t = u_xx from sin(x) + sin(2 x): the energy u^2/2 is lost at the rate u_x^2."""

    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 2))
    fields = ("u",)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) - D(u, x, x)

    def budgets(self, u: Any, x: Any) -> Mapping[str, tuple[Any, Any]]:
        return {"energy": (u * u / 2, -D(u, x) * D(u, x)), "mean": (u, 0.0), "wrong": (u * u / 2, 0.0)}

    def reference(self, x: np.ndarray, t: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"u": np.sin(x)[:, None] * np.exp(-t) + np.sin(2 * x)[:, None] * np.exp(-4 * t)}


def solution(error: Any) -> Solution:
    exact: Any = torch.sin(X) * torch.exp(-T) + torch.sin(2 * X) * torch.exp(-4 * T)
    pieces = Pieces(["x", "t"], "t", [Piece(None, {"u": exact + error})], {})
    problem = Waves()
    return Solution(problem, ["u"], pieces.fields, Verdict.CONVERGED, {}, None, pieces, evaluation(problem))


def test_the_error_over_time_and_the_time_until_which_it_is_small() -> None:
    found = solution(1e-3 * torch.exp(GROWTH * T))
    seen = dynamics(found, sample(found))
    assert seen is not None and seen.errors is not None
    assert np.polyfit(seen.times, np.log(seen.errors), 1)[0] == pytest.approx(GROWTH)
    size = math.sqrt((0.5 * (1 - math.exp(-4)) / 2 + 0.5 * (1 - math.exp(-16)) / 8) / 2)
    valid = seen.summary(exponent=GROWTH)["valid"]
    assert valid["until"] == pytest.approx(math.log(0.4 * size / 1e-3) / GROWTH, abs=0.01) and valid["ended"]
    assert valid["lyapunov_times"] == pytest.approx(valid["until"] * GROWTH)
    early = dynamics(found, sample(found), last=1.0)
    assert early is not None and early.times[-1] == 1.0
    assert early.summary(0.0)["valid"] == {"until": 1.0, "threshold": 0.4, "ended": False}


def test_budgets_close_where_the_equation_holds_and_not_elsewhere() -> None:
    defects = []
    for found in (solution(0.0), solution(0.1 * T)):
        seen = dynamics(found, sample(found))
        assert seen is not None
        defects.append(seen.summary(0.0)["budget_defects"])
    assert defects[0]["energy"] < 1e-7 and defects[0]["mean"] < 1e-14
    assert defects[0]["wrong"] == pytest.approx(1.0, abs=0.02)
    assert defects[1]["mean"] == pytest.approx(0.2 / (2.5 / math.pi), rel=1e-3)  # mean |sin x + sin 2 x| = 5/(2 pi)


def test_spectra_hold_the_power_of_each_wave(tmp_path: Any) -> None:
    found = solution(0.1 * torch.sin(3 * X))
    seen = dynamics(found, sample(found))
    assert seen is not None
    power, right = seen.spectra["u"]
    assert right is not None
    np.testing.assert_allclose(power[:4], [0, math.exp(-4) / 2, math.exp(-16) / 2, 0.005], atol=1e-15)
    np.testing.assert_allclose(right[:4], [0, math.exp(-4) / 2, math.exp(-16) / 2, 0], atol=1e-15)
    assert dynamics(found, sample(found)).summary(0.0)["spectrum_decades"]["u"] < 1e-10  # type: ignore[union-attr]
    assert draw_dynamics(seen, "t", tmp_path / "dynamics.png").stat().st_size > 1000
