"""Profile likelihoods against the intervals of the posterior, and where they have to differ."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from pinnsuite import Solution, solve
from pinnsuite.data.measured import Measured
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.heat import Heat
from pinnsuite.run.cli import main
from pinnsuite.run.refits import profile_run
from pinnsuite.solvers.pinn import Pinn

Fit = Callable[[Path, float, int], Solution]
Temperatures = Callable[[float, int], Measured]


def exact_chi_square(alpha: np.ndarray, m: Measured) -> np.ndarray:
    """Of the data over values of alpha, by the exact solution."""
    x, t, u = m.points["x"].numpy(), m.points["t"].numpy(), m.values.numpy()
    fitted = np.sin(np.pi * x) * np.exp(-(np.pi**2) * alpha[:, None] * t)
    found: np.ndarray = np.sum(((u - fitted) / m.noise) ** 2, axis=1)
    return found


def test_the_profile_is_that_of_the_exact_solution(tmp_path: Path, fit: Fit, temperatures: Temperatures) -> None:
    noise, points = 0.5, 20  # so much that the parabola of the standard error is wrong
    fit(tmp_path, noise, points)
    (p,) = profile_run(tmp_path)
    wanted = exact_chi_square(p.values, temperatures(noise, points))
    assert p.chi_square - p.chi_square.min() == pytest.approx(wanted - wanted.min(), abs=0.03)
    assert np.abs(p.chi_square - p.quadratic).max() > 0.3
    values = np.linspace(0.01, 0.5, 20001)
    inside = values[exact_chi_square(values, temperatures(noise, points)) < wanted.min() + 3.841]
    assert (p.low, p.high) == pytest.approx((inside[0], inside[-1]), rel=0.02)


def test_the_command_writes_numbers_and_a_figure(tmp_path: Path, fit: Fit, capsys: pytest.CaptureFixture[str]) -> None:
    found = fit(tmp_path, 0.02, 60).summary["parameters"]["alpha"]
    assert main(["profile", str(tmp_path), "alpha"]) == 0
    assert "alpha: 95 % between" in capsys.readouterr().out
    kept = json.loads((tmp_path / "profile.json").read_text())["alpha"]
    assert (kept["low"], kept["high"]) == pytest.approx((found["low"], found["high"]), rel=0.01)
    assert (tmp_path / "figures" / "profile.png").exists()
    with pytest.raises(InputError, match="unknown number"):
        profile_run(tmp_path, ["beta"])


def test_a_run_without_data_has_no_profile(tmp_path: Path) -> None:
    solve(
        Heat(),
        solver=Pinn(points=50),
        network=partial(MLP, width=4, depth=1),
        optimizer=GaussNewton(max_steps=1),
        threads=1,
        run={"dir": str(tmp_path), "figures": False},
    )
    with pytest.raises(InputError, match="no fit"):
        profile_run(tmp_path)
