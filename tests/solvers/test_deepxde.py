"""The DeepXDE baseline: it reads the same equation, keeps its time limit, solves, and leaves nothing behind."""

from __future__ import annotations

import importlib
import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite import (
    Axis,
    Box,
    D,
    Dirichlet,
    Initial,
    InputError,
    Integral,
    Neumann,
    Periodic,
    Problem,
    Robin,
    Time,
    Unknown,
    number,
)
from pinnsuite.ansatz.ansatz import build_ansatz
from pinnsuite.ansatz.embedding import embed
from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import at, coordinate
from pinnsuite.conditions import PointValue
from pinnsuite.domain.quiet import deepxde
from pinnsuite.domain.region import Boundary, Interior
from pinnsuite.domain.shape import Disk, Rectangle, Shape
from pinnsuite.networks.mlp import MLP
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.baseline.known import Known, hoist
from pinnsuite.solvers.baseline.network import ansatz_transform
from pinnsuite.solvers.baseline.read import Reader
from pinnsuite.solvers.baseline.setting import Counts, column_order, make_data
from pinnsuite.solvers.deepxde import DeepXDE
from pinnsuite.solvers.trained import Predict, Training
from pinnsuite.trace import trace


@dataclass(frozen=True)
class Heat(Problem):
    alpha: float = number(0.1)
    domain = Box(x=Axis(0, 1), t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) - self.alpha * D(u, x, x)

    def conditions(self) -> list[Any]:
        return [Initial(u=lambda x: torch.sin(math.pi * x)), Dirichlet(u=0)]

    @staticmethod
    def exact(x: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return torch.exp(-0.1 * math.pi**2 * t) * torch.sin(math.pi * x)


@dataclass(frozen=True)
class Poisson(Problem):
    """Every kind of soft condition on a plate with a hole; the solution is x^2 - y^2."""

    domain = Shape(Rectangle((0, 0), (1, 1)) - Disk((0.5, 0.5), 0.2))
    fields = ("u",)

    def equation(self, u: Any, x: Any, y: Any) -> Any:
        return D(u, x, x) + D(u, y, y)

    def conditions(self) -> list[Any]:
        def on_hole(x: Any, y: Any) -> Any:
            return (x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.25**2

        def flux(x: Any, y: Any, normal_x: Any, normal_y: Any) -> Any:
            return 2 * x * normal_x - 2 * y * normal_y

        return [
            Neumann(Boundary(where=on_hole), u=flux),
            Dirichlet(Boundary("x"), u=lambda x, y: x**2 - y**2),
            Robin(Boundary("y"), u=(1.0, 2.0, lambda x, y, normal_y: x**2 - y**2 - 4 * y * normal_y)),
            PointValue({"x": 0.1, "y": 0.1}, u=0),
        ]


@dataclass(frozen=True)
class Everything(Problem):
    """Whatever the interpreter must read: high, mixed and nested derivatives, traces, branches, an unknown number."""

    k: Unknown = number(Unknown(0.7, 0.1, 2.0, scale="log"))
    domain = Box(x=Axis(-1, 2, periodic=True), y=Axis(0, 1), t=Time(0.5, 2))
    fields = ("u", "v")

    def equation(self, u: Any, v: Any, x: Any, y: Any, t: Any) -> Mapping[str, Any]:
        size = 1 + torch.sin(x) ** 2 * y
        return {
            "a": D(u, t, t) + self.k * D(size * D(u, y), y) + D(u, x, x, y, y) * v + D(u * v**3, x),
            "b": D(v, t)
            + at(D(u, y), y=0.0) * torch.where(y < 0.5, u, v * y)
            + D(torch.exp(-t) * x, x, t)
            + D(y, y, y),
            "c": D(self.k * y**2, y) * torch.maximum(u, v) + D(at(u, x=0.3), y, y) + D(size * t**2, y, t) + abs(v),
        }

    def conditions(self) -> list[Any]:
        return [Initial(u=lambda x, y: torch.sin(2 * math.pi / 3 * x) * y, v=1), Dirichlet(Boundary("y", "low"), u=0)]


@pytest.mark.parametrize("hard", [True, False])
def test_its_residual_is_the_taylor_readers(hard: bool) -> None:
    traced = trace(Everything())
    generator = torch.Generator().manual_seed(0)
    ansatz = build_ansatz(
        traced, lambda n, o: MLP(sum(n), o, width=8, depth=2, generator=generator), harmonics=1, hard=hard
    )
    names = list(traced.domain.axes)
    points = traced.domain.sample(Interior(), 50, seed=3)
    parameters = {"k": torch.tensor(0.3, dtype=torch.float64)}
    wanted = evaluate([ansatz.resolve(e) for e in traced.equations.values()], names, points, parameters)

    features = Known(embed(traced.domain.axes), names)

    def network(inputs: torch.Tensor) -> torch.Tensor:
        return transform(inputs, ansatz.network(features(inputs)))

    with deepxde() as dde:
        reader = Reader(dde, names, traced.field_names, network, parameters)
        transform = ansatz_transform(reader, list(ansatz.fields.values()))
        inputs = torch.stack([points[n] for n in names], dim=1).requires_grad_()
        equations, known = hoist(list(traced.equations.values()))
        assert known
        columns = evaluate(list(known.values()), names, points)
        data = {n: columns[:, i : i + 1] for i, n in enumerate(known)}
        found = torch.cat(reader(equations, inputs, network(inputs), data), dim=1)
        plain = torch.cat(reader(list(traced.equations.values()), inputs, network(inputs)), dim=1)
    for values in (found, plain):
        torch.testing.assert_close(values.detach(), wanted, rtol=1e-10, atol=1e-10 * float(wanted.abs().max()))


def test_known_functions_differentiate_as_torch_does() -> None:
    x, y = coordinate("x"), coordinate("y")
    known = Known([torch.sin(x * y), x**3 * torch.exp(y)], ["x", "y"])
    inputs = torch.rand(7, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(known, inputs)
    assert torch.autograd.gradgradcheck(known, inputs)
    a, b = inputs[:, 0], inputs[:, 1]
    torch.testing.assert_close(known(inputs), torch.stack([torch.sin(a * b), a**3 * torch.exp(b)], dim=1))


def relative(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


def test_heat_to_two_digits() -> None:
    points = Heat.domain.sample(Interior(), 500, seed=0)
    wanted = Heat.exact(points["x"], points["t"])
    run = DeepXDE(width=16, domain_points=400, adam_steps=200, lbfgs_steps=150).train(
        Heat(), Training(seed=1, threads=1, error=lambda predict: relative(predict(points)[:, 0], wanted))
    )
    found = run.predict(points)
    assert found.shape == (500, 1) and found.dtype == torch.float64 and not found.requires_grad
    assert relative(found[:, 0], wanted) < 5e-2
    assert run.history[-1]["error"] == pytest.approx(relative(found[:, 0], wanted))
    assert run.steps == run.history[-1]["step"] == 350


def test_time_limit_callbacks_and_no_traces(capfd: pytest.CaptureFixture[str]) -> None:
    importlib.import_module("torch._dynamo")
    with deepxde():
        pass
    before = (torch.get_default_dtype(), torch.get_num_threads(), torch.get_rng_state().tolist(), random.getstate())
    numpy = repr(np.random.get_state())
    seen: list[tuple[int, dict[str, float]]] = []
    slow: list[float] = []

    def error(predict: Predict) -> float:
        time.sleep(0.1)  # what is excluded from the clock
        slow.append(0.1)
        return float(predict(Heat.domain.sample(Interior(), 5, seed=0)).norm())

    begin = time.perf_counter()
    training = Training(
        threads=1, max_seconds=2, error=error, progress=lambda step, figures: seen.append((step, figures))
    )
    run = DeepXDE(width=8, domain_points=100).train(Heat(), training)
    wall = time.perf_counter() - begin
    assert run.seconds == pytest.approx(2, abs=0.3)  # 5 % on an idle machine
    assert wall > run.seconds + sum(slow)
    assert 2 <= len(slow) == len(run.history) <= 30
    assert [h["step"] for h in run.history] == sorted(h["step"] for h in run.history)
    assert seen and all({"loss", "seconds"} <= set(figures) for _, figures in seen)
    assert run.verdict is Verdict.BUDGET_USED
    after = (torch.get_default_dtype(), torch.get_num_threads(), torch.get_rng_state().tolist(), random.getstate())
    assert after == before and repr(np.random.get_state()) == numpy
    assert capfd.readouterr() == ("", "")


def test_the_same_seed_gives_the_same_solution() -> None:
    points = Heat.domain.sample(Interior(), 20, seed=0)
    first, again, other = (
        DeepXDE(hard=False, adam_steps=30, lbfgs_steps=20, domain_points=100).train(Heat(), Training(seed=s, threads=1))
        for s in (0, 0, 1)
    )
    assert torch.equal(first.predict(points), again.predict(points))
    assert not torch.equal(first.predict(points), other.predict(points))
    assert first.steps >= 50


@dataclass(frozen=True)
class Decay(Problem):
    """u' = -rate u with u(0) = 1 and u(1) = exp(-2): the rate is 2."""

    rate: Unknown = number(Unknown(1.0, scale="log"))
    domain = Box(t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, t: Any) -> Any:
        return D(u, t) + self.rate * u

    def conditions(self) -> list[Any]:
        return [Initial(u=1), PointValue({"t": 1.0}, u=math.exp(-2))]


def test_an_unknown_number() -> None:
    run = DeepXDE(width=8, depth=2, domain_points=32, adam_steps=500, lbfgs_steps=200).train(
        Decay(), Training(threads=1)
    )
    assert run.parameters["rate"] == pytest.approx(2.0, rel=1e-2)
    assert run.history[-1]["rate"] == pytest.approx(run.parameters["rate"])


@dataclass(frozen=True)
class Wave(Problem):
    """A standing wave with both initial data and periodicity soft."""

    domain = Box(x=Axis(0, 1), t=Time(0, 0.5))
    fields = ("u",)

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t, t) - D(u, x, x)

    def conditions(self) -> list[Any]:
        return [
            Initial(u=lambda x: torch.sin(2 * math.pi * x)),
            Initial(order=1, u=0),
            Periodic("x", 2, "u"),
        ]


EXACT: dict[type[Problem], Callable[[torch.Tensor], torch.Tensor]] = {
    Heat: lambda z: Heat.exact(z[:, :1], z[:, 1:]),
    Poisson: lambda z: z[:, :1] ** 2 - z[:, 1:] ** 2,
    Wave: lambda z: torch.sin(2 * math.pi * z[:, :1]) * torch.cos(2 * math.pi * z[:, 1:]),
}


@pytest.mark.parametrize("kind", EXACT)
def test_the_exact_solution_meets_equation_and_conditions(kind: type[Problem]) -> None:
    traced = trace(kind())
    with deepxde() as dde:

        def losses(network: Callable[[torch.Tensor], torch.Tensor]) -> list[float]:
            reader = Reader(dde, column_order(traced), traced.field_names, network, {})
            data = make_data(dde, traced, traced.conditions, reader, Counts(50, 30, 20), "Hammersley", 0)
            inputs = torch.as_tensor(data.train_x).requires_grad_()
            mean_square = dde.losses.get("MSE")
            found = data.losses_train(None, network(inputs), mean_square, inputs, None)
            return [float(value.detach()) for value in found]

        assert max(losses(EXACT[kind])) < 1e-12
        other = losses(lambda z: EXACT[kind](z) + (z[:, :1] ** 2 * z[:, 1:]).exp())
        assert len(other) == 1 + sum(len(c.residuals) for c in traced.conditions) and min(other) > 1e-4


def test_training_on_a_shape() -> None:
    run = DeepXDE(width=8, depth=2, domain_points=100, boundary_points=40, adam_steps=100, lbfgs_steps=20).train(
        Poisson(), Training(threads=1, dtype=torch.float32)
    )
    assert run.history[-1]["loss"] < 0.5 * run.history[0]["loss"]
    assert run.predict(Poisson.domain.sample(Interior(), 9, seed=0)).dtype == torch.float64


def test_what_deepxde_cannot_do_is_refused() -> None:
    @dataclass(frozen=True)
    class Mean(Heat):
        def conditions(self) -> list[Any]:
            return [*super().conditions(), Integral(lambda u: u, 1.0)]

    with pytest.raises(InputError, match="no integral conditions"):
        DeepXDE().check(Mean(), [])
