"""What can be measured: averages, derivatives, values of their own noise, values that are far off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from pinnsuite import Solution, Unknown, solve
from pinnsuite.data.observations import Observations
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.objective.robust import huber
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.heat import Heat
from pinnsuite.solvers.pinn import Pinn

ALPHA = 0.1
RODS = Heat(alpha=Unknown(0.3, low=0.01, high=1.0, scale="log"))  # type: ignore[arg-type]
Fitted = Callable[..., Solution]
Table = Callable[[Mapping[str, np.ndarray]], str]


@pytest.fixture
def fitted(tmp_path: Path) -> Fitted:
    def run(data: Observations, **options: Any) -> Solution:
        return solve(
            RODS,
            solver=Pinn(**{"points": 600, "condition_points": 100, **options}),
            network=partial(MLP, width=8, depth=2),
            optimizer=GaussNewton(max_steps=40),
            threads=1,
            data=data,
            run={"dir": str(tmp_path / f"run{len(list(tmp_path.iterdir()))}"), "figures": False},
        )

    return run


@pytest.fixture
def table(tmp_path: Path) -> Table:
    """Write columns as CSV."""

    def write(columns: Mapping[str, np.ndarray]) -> str:
        file = tmp_path / f"data{len(list(tmp_path.glob('*.csv')))}.csv"
        np.savetxt(file, np.stack(list(columns.values()), 1), delimiter=",", header=",".join(columns), comments="")
        return str(file)

    return write


def places(count: int, margin: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.uniform(margin, 1 - margin, count), rng.uniform(0, 1, count)


def off(found: Solution) -> float:
    return float(abs(found.summary["parameters"]["alpha"]["estimate"] / ALPHA - 1))


def test_averages_are_fitted_as_averages(fitted: Fitted, table: Table, tmp_path: Path) -> None:
    """Exposures that last 0.5 at points: u is smaller by sinh(0.25 k)/(0.25 k), k = alpha pi^2, and not by less."""
    x, t = places(50)
    t, k = 0.25 + 0.5 * t, ALPHA * np.pi**2
    u = np.sin(np.pi * x) * np.exp(-k * t) * np.sinh(0.25 * k) / (0.25 * k)
    file = table({"x": x, "t": t, "u": u})
    found = fitted(Observations(file, over={"t": 0.5}))
    assert off(found) < 1e-5
    assert off(fitted(Observations(file))) > 1e-3
    found.save(tmp_path)
    with h5py.File(tmp_path / "solution.h5") as kept:
        assert kept["data/u"].attrs["over_t"] == 0.5
        assert np.abs(kept["data/u/misfit"][()]).max() < 10


def test_a_line_of_sight_needs_no_column(fitted: Fitted, table: Table) -> None:
    t = np.linspace(0, 1, 30)
    file = table({"t": t, "u": 2 / np.pi * np.exp(-ALPHA * np.pi**2 * t)})
    assert off(fitted(Observations(file, over={"x": 1.0}))) < 1e-5


def test_derivatives_are_measured(fitted: Fitted, table: Table) -> None:
    x, t = places(50)
    file = table({"x": x, "t": t, "flux": np.pi * np.cos(np.pi * x) * np.exp(-ALPHA * np.pi**2 * t)})
    assert off(fitted(Observations(file, fields={"u_x": "flux"}))) < 1e-5


def test_every_value_may_have_its_own_noise(fitted: Fitted, table: Table) -> None:
    """Half of the values are a hundred times worse: the interval is that of the good half."""
    (m,) = Synthetic(points=100, noise=0.01, truth={"alpha": ALPHA}).read(RODS)
    x, t, clean = m.points["x"].numpy(), m.points["t"].numpy(), m.values.numpy()
    sigma = np.where(np.arange(100) < 50, 0.005, 0.5)
    noisy = np.sin(np.pi * x) * np.exp(-ALPHA * np.pi**2 * t) + sigma * np.random.default_rng(1).normal(size=len(clean))
    file = table({"x": x, "t": t, "u": noisy, "sigma": sigma})
    alpha = fitted(Observations(file, noise={"u": "sigma"})).summary["parameters"]["alpha"]
    slope = np.pi**2 * t * np.exp(-ALPHA * np.pi**2 * t) * np.sin(np.pi * x) / sigma
    assert alpha["standard_error"] == pytest.approx(1 / np.linalg.norm(slope), rel=0.05)
    assert abs(alpha["estimate"] - ALPHA) < 4 * alpha["standard_error"]


def test_multiplicative_noise_is_made_and_weighed() -> None:
    (m,) = Synthetic(points=4000, noise=0.1, multiplicative=True, truth={"alpha": ALPHA}).read(RODS)
    (exact,) = Synthetic(points=4000, truth={"alpha": ALPHA}).read(RODS)
    assert m.shares is not None and m.noise is not None
    some = exact.values.abs() > 0.01
    assert torch.allclose((m.noise * m.shares)[some], 0.1 * exact.values.abs()[some])
    left = m.misfit(exact.values, m.noise)
    assert float(left.std()) == pytest.approx(1.0, rel=0.05)  # also where the rod ends, and u = 0


def test_values_that_are_far_off_count_for_less(fitted: Fitted, table: Table) -> None:
    x, t = places(100)
    rng = np.random.default_rng(2)
    u = np.sin(np.pi * x) * np.exp(-ALPHA * np.pi**2 * t) + 0.003 * rng.normal(size=100)
    u[:10] += 1.0  # a sensor that was off
    file = table({"x": x, "t": t, "u": u})
    robust, plain = (fitted(Observations(file, robust=r), redraw_every=4) for r in (True, False))
    assert off(robust) < 0.02 and off(plain) > 10 * off(robust)
    assert robust.summary["data"]["noise"]["u"] == pytest.approx(0.003, rel=0.4)
    assert not any("chi-square" in r for r in robust.summary["data"]["remarks"])


def test_hubers_weights() -> None:
    r = torch.tensor([0.1, -1.0, 1.0, -0.5, 100.0], dtype=torch.float64)
    weights = huber(r)
    assert torch.equal(weights[:4], torch.ones(4, dtype=torch.float64))
    assert float(weights[4]) == pytest.approx(1.345 * 1.4826 / 100)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"over": {"t": 0.5}}, "reaches out of the domain"),
        ({"over": {"y": 0.5}}, "coordinate"),
        ({"fields": {"u_y": "u"}}, "field"),
        ({"noise": {"u": "x"}}, "does not give the noise"),
        ({"over": {"t": 0.1}, "robust": True}, "no robust weights"),
    ],
)
def test_what_cannot_be_is_refused(table: Table, options: dict[str, Any], message: str) -> None:
    file = table({"x": np.array([0.0, 0.5]), "t": np.array([0.0, 1.0]), "u": np.zeros(2)})
    with pytest.raises(InputError, match=message):
        Observations(file, **options).read(Heat())
