"""Fits to data: the numbers, their intervals against the Cramer-Rao bound, what stays open, and what is refused."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from pinnsuite import Axis, Box, D, Dirichlet, Initial, Problem, Solution, Time, Unknown, number, solve
from pinnsuite.conditions import Condition
from pinnsuite.data.observations import Observations
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.run.closing import closing_lines
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.deepxde import DeepXDE
from pinnsuite.solvers.lagrangian import Lagrangian
from pinnsuite.solvers.pinn import Pinn

ALPHA = 0.1


@dataclass(frozen=True)
class Rod(Problem):
    """A rod that cools: u = exp(-alpha pi^2 t) sin(pi x)."""

    alpha: Any = number(ALPHA)
    start: bool = True

    domain = Box(x=Axis(0, 1), t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) - self.alpha * D(u, x, x)

    def conditions(self) -> Sequence[Condition]:
        known = [Initial(u=lambda x: torch.sin(math.pi * x))] if self.start else []
        return [*known, Dirichlet(u=0)]

    def true_values(self) -> dict[str, float]:
        return {"alpha": ALPHA}

    def reference(self, x: np.ndarray, t: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": np.sin(np.pi * x)[:, None] * np.exp(-self.alpha * np.pi**2 * t)}


OPEN_START = Rod(alpha=Unknown(0.3, low=0.01, high=1.0, scale="log"), start=False)
KNOWN_START = replace(OPEN_START, start=True)
Fitted = Callable[..., Solution]


@pytest.fixture
def fitted(tmp_path: Path) -> Fitted:
    def run(problem: Problem, data: Any, steps: int = 40, **options: Any) -> Solution:
        return solve(
            problem,
            solver=Pinn(**{"points": 600, "condition_points": 100, **options}),
            network=partial(MLP, width=8, depth=2),
            optimizer=GaussNewton(max_steps=steps),
            threads=1,
            data=data,
            run={"dir": str(tmp_path / f"run{len(list(tmp_path.iterdir()))}"), "figures": False},
        )

    return run


def bound(data: Synthetic, waves: int) -> float:
    """The Cramer-Rao bound of alpha with ``waves`` unknown amplitudes of the start (0: it is known)."""
    (m,) = data.read(replace(KNOWN_START))
    x, t = m.points["x"].numpy(), m.points["t"].numpy()
    decay = np.exp(-ALPHA * np.pi**2 * t)
    columns = [-(np.pi**2) * t * decay * np.sin(np.pi * x)]
    for k in range(1, waves + 1):
        columns.append(np.exp(-ALPHA * (k * np.pi) ** 2 * t) * np.sin(k * np.pi * x))
    sensitivity = np.stack(columns, axis=1) / m.noise
    return float(np.sqrt(np.linalg.inv(sensitivity.T @ sensitivity)[0, 0]))


@pytest.mark.parametrize("noise", [0.02, 0.1])
def test_with_a_known_start_the_interval_is_the_bound(fitted: Fitted, noise: float) -> None:
    data = Synthetic(points=100, noise=noise)
    alpha = fitted(KNOWN_START, data).summary["parameters"]["alpha"]
    assert alpha["standard_error"] == pytest.approx(bound(data, 0), rel=0.05)
    assert abs(alpha["estimate"] - ALPHA) < 4 * alpha["standard_error"]
    assert alpha["low"] < alpha["estimate"] < alpha["high"]


def test_an_unknown_start_widens_the_interval_as_it_has_to(fitted: Fitted) -> None:
    data = Synthetic(points=300, noise=0.02)
    found = fitted(OPEN_START, data)
    alpha = found.summary["parameters"]["alpha"]
    assert bound(data, 1) < alpha["standard_error"] < 1.1 * bound(data, 8)
    assert found.summary["data"]["drift"] < 0.05


def test_the_width_does_not_follow_weights_or_points(fitted: Fitted) -> None:
    data = Synthetic(points=200, noise=0.05)
    widths = [
        fitted(OPEN_START, data, **options).summary["parameters"]["alpha"]["standard_error"]
        for options in ({}, {"data_weight": 0.001}, {"data_weight": 10.0}, {"points": 1200})
    ]
    assert max(widths) < 1.05 * min(widths)


def test_unknown_noise_is_estimated(fitted: Fitted, tmp_path: Path) -> None:
    (m,) = Synthetic(points=200, noise=0.05).read(KNOWN_START)
    table = np.stack([m.points["x"], m.points["t"], m.values], axis=1)
    file = tmp_path / "rod.csv"
    np.savetxt(file, table, delimiter=",", header="x,t,u", comments="")
    found = fitted(KNOWN_START, Observations(str(file))).summary
    assert found["data"]["noise_is_estimated"]
    assert found["data"]["noise"]["u"] == pytest.approx(m.noise, rel=0.2)
    alpha = found["parameters"]["alpha"]
    assert abs(alpha["estimate"] - ALPHA) < 4 * alpha["standard_error"]


@dataclass(frozen=True)
class TwoNumbers(Rod):
    """Only the product of the two numbers is in the equation."""

    beta: Any = number(1.0)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) - self.alpha * self.beta * D(u, x, x)

    def true_values(self) -> dict[str, float]:
        return {"alpha": ALPHA, "beta": 1.0}


def test_what_the_data_leave_open_is_said(fitted: Fitted) -> None:
    free = {n: Unknown(v, scale="log") for n, v in (("alpha", 0.2), ("beta", 0.8))}
    found = fitted(TwoNumbers(**free), Synthetic(points=100, noise=0.02))
    assert found.verdict is Verdict.NOT_IDENTIFIABLE and found.verdict.exit_status == 5
    assert found.summary["data"]["open"] == ["only alpha*beta is determined by the data"]
    values = {n: p["estimate"] for n, p in found.summary["parameters"].items()}
    assert values["alpha"] * values["beta"] == pytest.approx(ALPHA, rel=0.02)


def two_numbers(folder: Path, steps: int) -> Solution:
    """A fit that leaves both open."""
    free = {n: Unknown(v, scale="log") for n, v in (("alpha", 0.2), ("beta", 0.8))}
    return solve(
        TwoNumbers(**free),
        solver=Pinn(points=300, redraw_every=5),
        network=partial(MLP, width=6, depth=1),
        optimizer=GaussNewton(max_steps=steps),
        threads=1,
        data=Synthetic(points=60, noise=0.02),
        run={"dir": str(folder), "figures": False},
    )


def test_an_open_fit_is_handed_back_with_its_endless_intervals(tmp_path: Path) -> None:
    """Written as text, for JSON has no word for them, and read as numbers, so that they are printed and drawn."""
    first, again = (two_numbers(tmp_path / "run", 10) for _ in range(2))
    assert again.summary["parameters"]["alpha"]["high"] == math.inf
    assert again.summary["parameters"] == first.summary["parameters"]
    assert closing_lines(again) == closing_lines(first) and "and inf" in closing_lines(again)
    json.loads((tmp_path / "run" / "summary.json").read_text(), parse_constant=pytest.fail)
    drawn = Solution.load(tmp_path / "run").plot(tmp_path / "figures")
    assert {"misfit.png", "parameters.png"} <= {p.name for p in drawn}


def test_an_open_fit_goes_on_with_a_larger_budget(tmp_path: Path) -> None:
    """Whatever it found: its training had used its budget up. To the bit as if it had never stopped."""
    whole = two_numbers(tmp_path / "whole", 12)
    cut = two_numbers(tmp_path / "parts", 7)
    assert cut.verdict is Verdict.NOT_IDENTIFIABLE and cut.summary["training_ended"] == "budget_used"
    parts = two_numbers(tmp_path / "parts", 12)
    assert parts.summary["steps"] == 12
    assert parts.summary["parameters"] == whole.summary["parameters"]


def test_a_wrong_model_is_reported(fitted: Fitted, tmp_path: Path) -> None:
    """Data with a second wave, which a start of one wave does not have."""
    rng = np.random.default_rng(0)
    x, t = rng.uniform(0, 1, 200), rng.uniform(0, 1, 200)
    u = np.sin(np.pi * x) * np.exp(-ALPHA * np.pi**2 * t) + 0.2 * np.sin(2 * np.pi * x) + 0.01 * rng.normal(size=200)
    file = tmp_path / "rod.npz"
    np.savez(file, x=x, t=t, u=u)
    found = fitted(KNOWN_START, Observations(str(file), noise={"u": 0.01}))
    assert "does not describe the data" in found.summary["data"]["remarks"][0]


def test_a_wrong_model_is_reported_without_noise_as_well(fitted: Fitted, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, t = rng.uniform(0, 1, 200), rng.uniform(0, 1, 200)
    noisy = np.sin(np.pi * x) * np.exp(-ALPHA * np.pi**2 * t) + 0.02 * rng.normal(size=200)
    for name, lacking, said in (("right", 0.0, False), ("wrong", 0.05, True)):
        file = tmp_path / f"{name}.npz"
        np.savez(file, x=x, t=t, u=noisy + lacking * np.sin(2 * np.pi * x))
        remarks = fitted(KNOWN_START, Observations(str(file))).summary["data"]["remarks"]
        assert any("alike at neighbouring places" in r for r in remarks) is said


@dataclass(frozen=True)
class Idle(Rod):
    """A number that nothing depends on."""

    beta: Any = number(1.0)


def test_a_number_that_nothing_depends_on_is_left_open(fitted: Fitted) -> None:
    problem = Idle(alpha=Unknown(0.2, scale="log"), beta=Unknown(1.0, scale="log"))
    found = fitted(problem, Synthetic(points=100, noise=0.02, truth={"beta": 1.0}))
    assert found.verdict is Verdict.NOT_IDENTIFIABLE
    assert found.summary["data"]["open"] == ["only alpha is determined by the data"]


@dataclass(frozen=True)
class Driven(Rod):
    """With a source that may as well be zero, and is."""

    source: Any = number(0.0)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return super().equation(u, x, t) - self.source


def test_a_number_that_is_zero_is_determined_all_the_same(fitted: Fitted) -> None:
    found = fitted(Driven(source=Unknown(1.0)), Synthetic(points=100, noise=0.02, truth={"source": 0.0}))
    source = found.summary["parameters"]["source"]
    assert abs(source["estimate"]) < 4 * source["standard_error"] < 0.1
    assert found.verdict is not Verdict.NOT_IDENTIFIABLE


def test_too_few_data_tell_no_noise(fitted: Fitted, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("x,t,u\n0.5,0.5,0.6\n")
    remarks = fitted(KNOWN_START, Observations(str(file))).summary["data"]["remarks"]
    assert any("their noise cannot be estimated" in r for r in remarks)


@dataclass(frozen=True)
class Carried(Problem):
    """A wave that has gone round more than once: its speed fits the data at many values, and best at one."""

    c: Any = number(20.0)

    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + self.c * D(u, x)

    def velocity(self) -> Any:
        return self.c

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: torch.sin(x))]

    def true_values(self) -> dict[str, float]:
        return {"c": 20.0}

    def reference(self, x: np.ndarray, t: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": np.sin(x[:, None] - self.c * t)}


def test_a_speed_with_many_minima_is_found_by_trying_starts_in_a_moving_frame(tmp_path: Path) -> None:
    found = solve(
        Carried(c=Unknown(0.0, size=20.0)),
        solver=Lagrangian(points=400, harmonics=1, map_width=5, starts={"c": [0.0, 10.0, 20.5, 30.0]}),
        network=partial(MLP, width=6, depth=1),
        optimizer=GaussNewton(max_steps=25),
        threads=1,
        data=Synthetic(points=100, noise=0.02, seed=1),
        run={"dir": str(tmp_path / "run"), "figures": True},
    )
    c = found.summary["parameters"]["c"]
    assert abs(c["estimate"] - 20.0) < 4 * c["standard_error"] < 0.1
    assert {"misfit.png", "parameters.png", "characteristics.png"} <= {
        p.name for p in (tmp_path / "run" / "figures").iterdir()
    }
    with h5py.File(tmp_path / "run" / "solution.h5") as file:
        assert file["data/u/misfit"].shape == (100,) and file["data/u"].attrs["noise"] > 0
        assert file["parameters/c"].attrs["low"] < 20.0 < file["parameters/c"].attrs["high"]
        assert file["fit/covariance"][0, 0] == pytest.approx(c["standard_error"] ** 2)


def test_starts_of_a_number_that_is_not_unknown_are_refused(fitted: Fitted) -> None:
    with pytest.raises(InputError, match="no unknown 'beta'"):
        fitted(KNOWN_START, Synthetic(points=10), starts={"beta": [1.0]})


def test_a_fit_comes_back_with_the_same_bits(tmp_path: Path) -> None:
    def run(name: str, steps: int) -> Solution:
        return solve(
            KNOWN_START,
            solver=Pinn(points=300, redraw_every=5),
            network=partial(MLP, width=6, depth=1),
            optimizer=GaussNewton(max_steps=steps),
            threads=1,
            data=Synthetic(points=40, noise=0.05),
            run={"dir": str(tmp_path / name), "figures": False},
        )

    whole = run("whole", 12)
    run("parts", 7)
    parts = run("parts", 12)
    assert whole.summary["parameters"] == parts.summary["parameters"]
    assert whole.summary["data"] == parts.summary["data"]


def test_data_that_have_changed_are_refused(fitted: Fitted, tmp_path: Path) -> None:
    """By a run that would go on, and by whoever reads the fit again."""
    file = tmp_path / "rod.csv"
    file.write_text("x,t,u\n" + "\n".join(f"{x},0.5,{np.sin(np.pi * x)}" for x in np.linspace(0.1, 0.9, 9)))
    found = fitted(KNOWN_START, Observations(str(file), noise={"u": 0.1}), steps=3)
    assert found.folder is not None
    file.write_text(file.read_text().replace("0.1,", "0.11,", 1))
    with pytest.raises(InputError, match="have changed since"):
        Solution.load(found.folder)
    with pytest.raises(InputError, match="have changed since"):
        solve(
            KNOWN_START,
            solver=Pinn(points=600, condition_points=100),
            network=partial(MLP, width=8, depth=2),
            optimizer=GaussNewton(max_steps=3),
            threads=1,
            data=Observations(str(file), noise={"u": 0.1}),
            run={"dir": str(found.folder), "figures": False},
        )


def test_the_baseline_fits_the_same_data(tmp_path: Path) -> None:
    found = solve(
        KNOWN_START,
        solver=DeepXDE(width=8, depth=2, domain_points=200, adam_steps=1000),
        threads=1,
        data=Synthetic(points=60, noise=0.01),
        run={"dir": str(tmp_path / "run"), "figures": False, "max_seconds": 6.0},
    )
    assert found.summary["parameters"]["alpha"]["estimate"] == pytest.approx(ALPHA, rel=0.1)


def test_a_network_too_large_for_intervals_says_so(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinnsuite.inverse.estimator.MOST", 50)
    found = fitted(KNOWN_START, Synthetic(points=20, noise=0.05), steps=3).summary
    assert "too large" in found["data"]["remarks"][0] and found["parameters"]["alpha"]["low"] is None


def test_the_field_is_as_uncertain_as_the_number_makes_it(fitted: Fitted) -> None:
    """With a known start, by |du/dalpha| times the standard error of alpha."""
    found = fitted(KNOWN_START, Synthetic(points=100, noise=0.05))
    x, t = np.array([0.2, 0.5, 0.8]), np.array([0.3, 0.6, 1.0])
    slope = np.pi**2 * t * np.exp(-ALPHA * np.pi**2 * t) * np.sin(np.pi * x)
    wanted = slope * found.summary["parameters"]["alpha"]["standard_error"]
    np.testing.assert_allclose(found.uncertainty(x=x, t=t)["u"], wanted, rtol=0.05)
    with pytest.raises(InputError, match="no uncertainty"):
        fitted(Rod(), None, steps=2).uncertainty(x=x, t=t)
