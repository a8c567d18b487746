"""Unknown functions of coordinates and of the solution: found, printed, kept, refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from pinnsuite import Box, D, Initial, Problem, Solution, Time, UnknownFunction, number, solve
from pinnsuite.ansatz.bending import STEP, bends
from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.ansatz.functions import with_functions
from pinnsuite.calculus.printing import text
from pinnsuite.conditions import Condition
from pinnsuite.data.observations import Observations
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.conductivity import Conductivity, conductivity
from pinnsuite.problems.heat_start import HeatStart
from pinnsuite.run.problem import build_problem
from pinnsuite.run.section import section_of
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.deepxde import DeepXDE
from pinnsuite.solvers.pinn import Pinn
from pinnsuite.trace import trace


def fitted(problem: Problem, data: Any, folder: Path, steps: int = 40, **options: Any) -> Solution:
    return solve(
        problem,
        solver=Pinn(**{"points": 200, "condition_points": 20, **options}),
        network=partial(MLP, width=10, depth=2),
        optimizer=GaussNewton(max_steps=steps),
        threads=1,
        data=data,
        run={"dir": str(folder), "figures": False},
    )


def test_a_conductivity_is_found_along_a_rod(tmp_path: Path) -> None:
    found = fitted(Conductivity(), Synthetic(points=40, noise=0.0005, fields=["T"]), tmp_path / "run")
    assert found.summary["relative_l2"]["conductivity"] < 0.03
    x = np.linspace(0, 1, 5)
    assert np.array_equal(found.derivative("conductivity", "", x=x), found(x=x)["conductivity"])
    again = Solution.load(tmp_path / "run")
    assert np.array_equal(again(x=x)["conductivity"], found(x=x)["conductivity"])


def test_the_band_of_a_function_holds_the_truth(tmp_path: Path) -> None:
    found = fitted(Conductivity(), Synthetic(points=40, noise=0.001, fields=["T"]), tmp_path / "run")
    x = np.linspace(0.02, 0.98, 49)
    off = (found(x=x)["conductivity"] - conductivity(x)) / found.uncertainty(x=x)["conductivity"]
    assert 0.3 < np.sqrt(np.mean(off**2)) < 1.8
    assert found.summary["data"]["drift"] < 0.05
    with h5py.File(tmp_path / "run" / "solution.h5") as file:
        assert file["uncertainty/conductivity"].shape == file["fields/conductivity"].shape


class Unshown(Conductivity):
    """The conductivity is in the equation alone."""

    derived = ()
    derive = Problem.derive


@pytest.mark.parametrize(("problem", "name"), [(Conductivity(), "conductivity"), (Unshown(), "k")])
def test_a_function_that_the_data_leave_open_is_said_to_be(tmp_path: Path, problem: Problem, name: str) -> None:
    """Temperatures of the first tenth of the rod."""
    x = np.linspace(0.0, 0.1, 20)
    temperature = Conductivity(k=conductivity).reference(x)["T"] + 1e-4 * np.random.default_rng(0).normal(size=20)
    np.savez(tmp_path / "rod.npz", x=x, T=temperature)
    data = Observations(str(tmp_path / "rod.npz"), noise={"T": 1e-4})
    found = fitted(problem, data, tmp_path / "run")
    assert found.verdict is Verdict.NOT_IDENTIFIABLE
    assert f"do not determine {name}:" in found.summary["data"]["open"][0]


def test_an_unknown_start_is_found_from_early_temperatures(tmp_path: Path) -> None:
    data = Synthetic(points=80, noise=0.005, fields=["u"], slices=[{"t": 0.1}])
    found = fitted(HeatStart(alpha=0.02), data, tmp_path / "run", 80, points=600, condition_points=60)
    x = np.linspace(0, 1, 41)
    off = found(x=x, t=0 * x)["start"] - HeatStart().true_values()["u0"](x)
    assert np.sqrt(np.mean(off**2)) < 0.1


def test_a_prior_is_the_curvature_of_what_the_network_gives() -> None:
    traced = with_functions(trace(Conductivity()), torch.Generator().manual_seed(0), torch.zeros(1).double())
    (bend,) = bends(traced)["k"].expressions
    x, h = torch.linspace(0.1, 0.9, 5, dtype=torch.float64), 1e-4
    network = traced.functions["k"]

    def value(x: torch.Tensor) -> torch.Tensor:
        return network((2 * x - 1)[:, None])[:, 0].detach()

    wanted = (value(x + h) - 2 * value(x) + value(x - h)) / h**2 / (4 * np.pi) ** 2
    assert torch.allclose(evaluate([bend], ["x"], {"x": x})[:, 0], wanted, rtol=1e-4, atol=1e-7)


def test_a_prior_of_a_function_of_the_solution_is_its_second_difference() -> None:
    traced = with_functions(trace(Growth()), torch.Generator().manual_seed(0), torch.zeros(1).double())
    found, network = bends(traced)["f"], traced.functions["f"]
    (u,), (bend,) = found.columns.values(), found.expressions
    assert float(u.min()) < 0.05 and float(u.max()) > 0.95

    def value(u: torch.Tensor) -> torch.Tensor:
        return network((2 * u - 1)[:, None])[:, 0].detach()

    wanted = (value(u + STEP) - 2 * value(u) + value(u - STEP)) / STEP**2 / (4 * np.pi) ** 2
    points = {"t": torch.zeros(len(u), dtype=torch.float64), **found.columns}
    assert torch.allclose(evaluate([bend], list(points), points)[:, 0], wanted, rtol=1e-9, atol=1e-12)


def test_a_rate_is_as_smooth_as_it_is_said_to_be(tmp_path: Path) -> None:
    """From twenty populations with 3 % noise, which leave it room to wiggle."""

    def error(roughness: float) -> float:
        problem = Growth(f=UnknownFunction(initial=0.0, over=(0.0, 1.0), roughness=roughness))
        data = Synthetic(points=20, noise=0.03, fields=["u"], seed=1)
        found = fitted(problem, data, tmp_path / str(roughness), 60)
        return float(found.summary["functions"]["f"]["relative_l2"])

    assert error(0.1) < 0.7 * error(1e6)


@dataclass(frozen=True)
class Growth(Problem):
    """u' = f(u) from 0.1, logistic in truth: f is asked for where u has been."""

    f: Any = number(UnknownFunction(initial=0.0, over=(0.0, 1.0)))

    domain = Box(t=Time(0, 6))
    fields = ("u",)
    derived = ("rate",)

    def equation(self, u: Any, t: Any) -> Any:
        return D(u, t) - self.f(u)

    def derive(self, u: Any) -> dict[str, Any]:
        return {"rate": self.f(u)}

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=0.1)]

    def true_values(self) -> dict[str, Any]:
        return {"f": lambda u: u * (1 - u)}

    def reference(self, t: np.ndarray) -> dict[str, np.ndarray]:
        u = 1 / (1 + 9 * np.exp(-t))
        return {"u": u, "rate": u * (1 - u)}


def test_a_rate_is_found_as_a_function_of_the_solution(tmp_path: Path) -> None:
    found = fitted(Growth(), Synthetic(points=30, even=True, fields=["u"]), tmp_path / "run", 60)
    assert found.summary["relative_l2"]["rate"] < 0.02


def test_a_resumed_fit_of_a_function_has_the_same_bits(tmp_path: Path) -> None:
    data = Synthetic(points=20, noise=0.01, fields=["T"])
    whole = fitted(Conductivity(), data, tmp_path / "whole", 8)
    fitted(Conductivity(), data, tmp_path / "parts", 5)
    parts = fitted(Conductivity(), data, tmp_path / "parts", 8)
    assert whole.summary["relative_l2"] == parts.summary["relative_l2"]


def test_a_function_is_printed_and_written_as_a_configuration() -> None:
    traced = trace(Conductivity())
    assert text(traced.equations["fourier"]) == "k(x)*T_x - q"
    problem = Conductivity(k=UnknownFunction(initial=2.0, over=(0.0, 3.0)))
    section = section_of(problem)
    assert section["k"]["function"]["initial"] == 2.0
    assert build_problem(section) == problem


class Two(Conductivity):
    def equation(self, T: Any, q: Any, x: Any) -> dict[str, Any]:
        return {"heat": D(q, x), "fourier": self.k(x) * D(T, x) - q * self.k(x, T)}


class Elsewhere(Conductivity):
    """At 0.5 the network would not see the coordinate that it sees at x."""

    def equation(self, T: Any, q: Any, x: Any) -> dict[str, Any]:
        return {"heat": D(q, x), "fourier": self.k(x) * D(T, x) - q * self.k(0.5)}


class Unused(Conductivity):
    def equation(self, T: Any, q: Any, x: Any) -> dict[str, Any]:
        return {"heat": D(q, x), "fourier": D(T, x) - q}

    derived = ()


class Marching(Growth):
    reference = None


@pytest.mark.parametrize(
    ("problem", "options", "message"),
    [
        (Two(), {}, "arguments of different kinds"),
        (Elsewhere(), {}, "arguments of different kinds"),
        (Unused(), {}, "not in its equations"),
        (Marching(), {"windows": 2}, r"nothing unknown.*\['f'\]"),
    ],
)
def test_what_cannot_be_found_is_refused(tmp_path: Path, problem: Problem, options: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        fitted(problem, None, tmp_path / "run", 2, **options)


def test_the_baseline_finds_no_functions(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"numbers, not functions.*\['k'\]"):
        solve(
            Conductivity(), solver=DeepXDE(), data=Synthetic(points=5, fields=["T"]), run={"dir": str(tmp_path / "run")}
        )
    assert not (tmp_path / "run").exists()


def test_values_that_make_no_sense_are_refused() -> None:
    for options in ({"size": 0.0}, {"roughness": 0.0}, {"positive": True, "initial": -1.0}, {"over": (1.0, 0.0)}):
        with pytest.raises(InputError):
            UnknownFunction(**options)  # type: ignore[arg-type]


def test_a_function_is_uncertain_as_it_scatters(tmp_path: Path) -> None:
    """Errors over their standard deviations, of fits to several noises: of the order of one."""
    x, ratios = np.linspace(0.1, 0.9, 9), []
    truth = Conductivity(k=conductivity).reference(x)["conductivity"]
    for seed in range(4):
        data = Synthetic(points=60, noise=0.002, seed=seed, fields=["T"])
        found = fitted(Conductivity(), data, tmp_path / f"run{seed}", 40)
        ratios.append((found(x=x)["conductivity"] - truth) / found.uncertainty(x=x)["conductivity"])
    assert 0.3 < np.sqrt(np.mean(np.square(ratios))) < 2.0
