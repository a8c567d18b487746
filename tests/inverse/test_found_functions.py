"""Unknown functions over their own argument: values, bands, where the solution goes, tables, figures, refusals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from matplotlib.image import imread

from pinnsuite import Axis, Box, D, Dirichlet, Field, Initial, Problem, Solution, Time, UnknownFunction, number, solve
from pinnsuite.ansatz.arguments import arguments, of_arguments, visited
from pinnsuite.conditions import Condition
from pinnsuite.data.observations import Observations
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.domain.region import Boundary
from pinnsuite.errors import InputError
from pinnsuite.inverse.bands import compared
from pinnsuite.inverse.estimator import estimator
from pinnsuite.inverse.gradients import rows_of
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.conductivity import Conductivity
from pinnsuite.problems.heat import Heat
from pinnsuite.run.solve import load_run
from pinnsuite.run.uncertainty import posterior_window
from pinnsuite.solvers.pinn import Pinn
from pinnsuite.trace import trace

START, END = 0.1, 1 / (1 + 9 * math.exp(-6))


@dataclass(frozen=True)
class Growth(Problem):
    """u' = f(u), logistic in truth."""

    f: Any = number(UnknownFunction(initial=0.0, over=(0.0, 1.0), unit="g/s"))

    domain = Box(t=Time(0, 6, unit="s"))
    fields = (Field("u", unit="g"),)

    def equation(self, u: Any, t: Any) -> Any:
        return D(u, t) - self.f(u)

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=START)]

    def true_values(self) -> dict[str, Any]:
        return {"f": lambda u: u * (1 - u)}

    def reference(self, t: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": 1 / (1 + (1 / START - 1) * np.exp(-t))}


@dataclass(frozen=True)
class Scale(Problem):
    """y = f(u) is measured where u = t is known: a function of the solution that is as good as one of a coordinate."""

    f: Any = number(UnknownFunction(over=(0.0, 1.0)))

    domain = Box(t=Time(0, 1))
    fields = ("u",)
    derived = ("y",)

    def equation(self, u: Any, t: Any) -> Any:
        return D(u, t) - 1.0

    def derive(self, u: Any) -> dict[str, Any]:
        return {"y": self.f(u)}

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=0.0)]


def fitted(problem: Problem, data: Any, folder: Path, steps: int = 40, figures: bool = False) -> Solution:
    return solve(
        problem,
        solver=Pinn(points=200, condition_points=20),
        network=partial(MLP, width=10, depth=2),
        optimizer=GaussNewton(max_steps=steps),
        threads=1,
        data=data,
        run={"dir": str(folder), "figures": figures},
    )


@pytest.fixture(scope="module")
def growth(tmp_path_factory: pytest.TempPathFactory) -> Solution:
    folder = tmp_path_factory.mktemp("growth") / "run"
    return fitted(Growth(), Synthetic(points=40, noise=0.01), folder, 60, figures=True)


def test_a_function_of_the_solution_is_told_over_it(growth: Solution) -> None:
    told = growth.summary["functions"]["f"]
    assert told["argument"] == "u"
    assert (told["low"], told["high"]) == pytest.approx((START, END), abs=0.01)
    assert told["relative_l2"] < 0.1 and 0.001 < told["relative_standard_error"] < 0.2
    u = np.linspace(told["low"], told["high"], 50)
    off = (growth.function("f", u=u) - u * (1 - u)) / growth.function_uncertainty("f", u=u)
    assert 0.2 < np.sqrt(np.mean(off**2)) < 2.5
    assert np.array_equal(Solution.load(growth.folder).function("f", u=u), growth.function("f", u=u))  # type: ignore[arg-type]


def test_the_table_of_a_function_is_in_the_file(growth: Solution) -> None:
    assert growth.folder is not None
    with h5py.File(growth.folder / "solution.h5") as file:
        group = file["functions/f"]
        u, value, spread, true = (group[n][()] for n in ("u", "value", "spread", "true"))
        assert (group["u"].attrs["unit"], group["value"].attrs["unit"]) == ("g", "g/s")
        assert group.attrs["argument"] == "u"
    assert np.allclose(value, growth.function("f", u=u), rtol=1e-12)
    assert np.allclose(spread, growth.function_uncertainty("f", u=u), rtol=1e-9)
    assert np.array_equal(true, u * (1 - u))
    told = growth.summary["functions"]["f"]
    assert told["relative_l2"] == pytest.approx(np.linalg.norm(value - true) / np.linalg.norm(true))
    assert told["inside_band"] == np.mean(np.abs(value - true) <= 1.96 * spread)


def test_a_function_is_drawn(growth: Solution) -> None:
    assert growth.folder is not None
    image = imread(growth.folder / "figures" / "functions.png")
    assert image.shape[0] > 300 and image[..., :3].std() > 0.05


def test_what_is_no_function_or_no_argument_is_refused(growth: Solution, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no unknown function named 'g'.*one of f"):
        growth.function("g", u=0.5)
    with pytest.raises(InputError, match=r"f is evaluated at its arguments.*\['t'\].*\['u'\]"):
        growth.function("f", t=0.5)
    known = fitted(Heat(), None, tmp_path / "known", 2)
    assert "functions" not in known.summary
    with pytest.raises(InputError, match="has no unknown functions"):
        known.function("k", x=0.5)
    without = fitted(Growth(), None, tmp_path / "without", 2)
    assert without.function("f", u=[[0.1, 0.2]]).shape == (1, 2)
    with pytest.raises(InputError, match="no uncertainty of f"):
        without.function_uncertainty("f", u=0.5)


def test_the_band_is_that_of_finite_differences(growth: Solution) -> None:
    """sqrt(g' C g) with g from moving every trained number, and C the inverse of R'R."""
    assert growth.folder is not None
    run = load_run(growth.folder)
    assert run.march is not None
    window = posterior_window(run.march)
    factor = estimator(window, run.measured).factor
    u, vector, step = torch.linspace(START, END, 7, dtype=torch.float64), window.vector, 1e-5
    expression = of_arguments(run.march.whole, "f")
    window.vector.attach()

    def value() -> torch.Tensor:
        return rows_of(window, expression, ["u"], {"u": u})[0]

    before = vector.copy()
    columns = []
    for i in range(len(vector)):
        for sign in (1, -1):
            vector.values[i] = before[i] + sign * step
            columns.append(sign * value())
            vector.values[i] = before[i]
    slopes = torch.stack(columns).view(len(vector), 2, len(u)).sum(1).T / (2 * step)
    wanted = (slopes @ torch.cholesky_inverse(factor, upper=True) @ slopes.T).diagonal().sqrt()
    assert np.allclose(growth.function_uncertainty("f", u=u.numpy()), wanted.numpy(), rtol=1e-3)


def test_the_band_of_a_function_is_that_of_the_field_it_makes(tmp_path: Path) -> None:
    t = np.linspace(0.0, 1.0, 40)
    np.savez(tmp_path / "y.npz", t=t, y=np.sin(3 * t) + 0.01 * np.random.default_rng(0).normal(size=40))
    found = fitted(Scale(), Observations(str(tmp_path / "y.npz"), noise={"y": 0.01}), tmp_path / "run")
    at = np.linspace(0.05, 0.95, 9)
    assert np.allclose(found.function("f", u=at), found(t=at)["y"], atol=1e-4)
    assert np.allclose(found.function_uncertainty("f", u=at), found.uncertainty(t=at)["y"], rtol=0.05)
    assert found.tables["f"].true is None and "relative_l2" not in found.summary["functions"]["f"]


def test_a_function_of_a_coordinate_is_called_as_well(tmp_path: Path) -> None:
    found = fitted(Conductivity(), Synthetic(points=30, noise=0.001, fields=["T"]), tmp_path / "run", 30)
    x = np.linspace(0, 1, 2001)
    k = found.function("k", x=x)
    assert np.allclose(k, found(x=x)["conductivity"], rtol=1e-12)
    assert np.allclose(found.function_uncertainty("k", x=x), found.uncertainty(x=x)["conductivity"], rtol=1e-6)
    with pytest.raises(InputError, match="outside the domain"):
        found.function("k", x=1.5)
    truth, spread = Conductivity().true_values()["k"](x), found.function_uncertainty("k", x=x)
    for key, value in compared(k, spread, truth).items():
        assert found.summary[key] == {"conductivity": pytest.approx(value, rel=1e-6)}


def test_a_band_is_compared_with_the_truth() -> None:
    values, spread = np.array([3.0, 4.0, 0.0]), np.array([1.0, 1.0, 1.0])
    truth = np.array([3.0, 4.0 - 1.97, 0.0])
    found = compared(values, spread, truth)
    assert found["relative_standard_error"] == pytest.approx(math.sqrt(3 / (9 + 2.03**2)))
    assert found["inside_band"] == pytest.approx(2 / 3)
    assert compared(values, spread, None) == {"relative_standard_error": pytest.approx(math.sqrt(3) / 5)}


@dataclass(frozen=True)
class Radiator(Problem):
    """Heat that leaves a rod at one end at a rate that depends on the temperature there, in units of 2 K."""

    loss: Any = number(UnknownFunction(over=(0.0, 2.0)))
    supply: Any = number(UnknownFunction())

    domain = Box(x=Axis(0, 1, unit="m"))
    fields = (Field("T", unit="K"),)

    def equation(self, T: Any, x: Any) -> Any:
        return D(T, x, x) + self.supply(D(T, x))

    def conditions(self) -> Sequence[Condition]:
        return [
            Dirichlet(Boundary("x", "low"), T=1.0),
            Condition(Boundary("x", "high"), lambda T, x: D(T, x) + self.loss(T / 2), "radiation"),
        ]


def test_where_a_function_is_asked_for() -> None:
    """At an end alone, or everywhere; by the name of its argument where that has one."""
    traced = trace(Radiator())
    ((region, call),) = visited(traced, "loss")
    assert region == Boundary("x", "high") and call.args[0].op == "div"
    assert visited(traced, "supply")[0][0] is None
    (argument,) = arguments(traced, "loss")
    assert (argument.name, argument.text, argument.unit, argument.axis) == ("argument_1", "T/2", "", None)
    (argument,) = arguments(traced, "supply")
    assert (argument.name, argument.unit) == ("T_x", "(K)/(m)")
    (k,) = arguments(trace(Conductivity()), "k")
    assert (k.name, k.axis) == ("x", Axis(0, 1))
