"""Ensembles against the same draws of noise fitted by the exact solution, and against the posterior."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar

from pinnsuite import Solution, solve
from pinnsuite.data.measured import Measured
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.errors import InputError
from pinnsuite.inverse.measured import order_of
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.conductivity import Conductivity
from pinnsuite.run.cli import main
from pinnsuite.run.refits import ensemble_run, profile_run
from pinnsuite.run.solve import load_run
from pinnsuite.solvers.pinn import Pinn

Fit = Callable[[Path, float, int], Solution]
Temperatures = Callable[[float, int], Measured]


def fits_by_the_exact_solution(m: Measured, members: int) -> np.ndarray:
    """The same draws as those of `ensemble` from the seed 0."""
    points = len(m.values)
    order, generator = order_of(points), torch.Generator().manual_seed(0)
    x, t, u = (a[order].numpy() for a in (m.points["x"], m.points["t"], m.values))
    found = []
    for _ in range(members):
        more = m.noise * torch.randn(points, 1, generator=generator, dtype=torch.float64)[:, 0].numpy()

        def misfit(log_alpha: float, more: np.ndarray = more) -> float:
            return float(np.sum((np.sin(np.pi * x) * np.exp(-(np.pi**2) * np.exp(log_alpha) * t) - u + more) ** 2))

        found.append(np.exp(minimize_scalar(misfit, (-2.5, -2.0), tol=1e-10).x))
    return np.array(found)


@pytest.mark.parametrize(("noise", "points"), [(0.02, 60), (0.3, 30)])
def test_members_are_those_of_the_exact_solution(
    tmp_path: Path, fit: Fit, temperatures: Temperatures, noise: float, points: int
) -> None:
    width = fit(tmp_path, noise, points).summary["parameters"]["alpha"]["standard_error"]
    before = load_run(tmp_path).march
    found = ensemble_run(tmp_path, members=12)
    wanted = fits_by_the_exact_solution(temperatures(noise, points), 12)
    assert found.values["alpha"] == pytest.approx(wanted, abs=0.02 * width)
    assert found.spread["alpha"] == pytest.approx(np.log(wanted).std(ddof=1) / (width / wanted.mean()), rel=0.1)
    after = load_run(tmp_path).march
    assert before is not None and after is not None
    assert torch.equal(before.vector.values, after.vector.values)


def test_the_command_writes_members_and_a_figure(tmp_path: Path, fit: Fit, capsys: pytest.CaptureFixture[str]) -> None:
    fit(tmp_path, 0.02, 60)
    assert main(["ensemble", str(tmp_path), "--members", "8", "--seed", "3"]) == 0
    assert "alpha:" in (said := capsys.readouterr().out) and "field u:" in said
    kept = json.loads((tmp_path / "ensemble.json").read_text())
    low, high = kept["by_chance"]
    assert len(kept["values"]["alpha"]) == 8
    assert 0.8 * low < kept["spread"]["alpha"] < 1.2 * high
    assert kept["fields"]["u"] == pytest.approx(kept["spread"]["alpha"], rel=0.1)  # u moves with alpha alone
    assert (tmp_path / "figures" / "ensemble.png").exists()


def test_an_unknown_function_scatters_as_it_does_to_first_order(tmp_path: Path) -> None:
    solve(
        Conductivity(),
        solver=Pinn(points=200, condition_points=20),
        network=partial(MLP, width=10, depth=2),
        optimizer=GaussNewton(max_steps=40),
        threads=1,
        data=Synthetic(points=40, noise=0.0002, fields=["T"]),
        run={"dir": str(tmp_path), "figures": False},
    )
    found = ensemble_run(tmp_path, members=8)
    low, high = found.by_chance
    assert found.values == {} and "q" not in found.fields  # the flux is known
    assert 0.9 * low < found.fields["conductivity"] < 1.1 * high
    with pytest.raises(InputError, match="no unknown numbers"):
        profile_run(tmp_path)


def test_what_cannot_spread_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 3"):
        ensemble_run(tmp_path, members=2)
