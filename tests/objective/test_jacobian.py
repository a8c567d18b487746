"""Jacobian rows against automatic differentiation: networks, ansatz, kinds of conditions, unknowns and aggregates."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from pinnsuite.ansatz.ansatz import Ansatz, build_ansatz
from pinnsuite.ansatz.travelling import travelling
from pinnsuite.calculus.expression import D, Expression, call, coordinate
from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.conditions import Condition, Dirichlet, Initial, Integral, Neumann, Periodic, PointValue, Robin
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.domain.region import Boundary, Interior
from pinnsuite.networks.fourier_mlp import FourierMLP
from pinnsuite.networks.linear import Linear
from pinnsuite.networks.mlp import MLP
from pinnsuite.networks.modified_mlp import ModifiedMLP
from pinnsuite.networks.piratenet import PirateNet
from pinnsuite.networks.separable import Separable
from pinnsuite.networks.spectral import Spectral
from pinnsuite.objective.block import Block, make_block
from pinnsuite.objective.directions import Directions
from pinnsuite.objective.objective import Objective
from pinnsuite.objective.parameters import ParameterVector
from pinnsuite.parameters import Unknown
from pinnsuite.problem import Problem
from pinnsuite.trace import Traced, trace

LIKE = torch.zeros(1, dtype=torch.float64)


@dataclass(frozen=True)
class Everything(Problem):
    """A system of two fields with every kind of condition and an unknown number."""

    nu: Any = Unknown(0.3, low=0.1, high=1.0, scale="log")
    periodic: bool = False
    fields = ("u", "v")

    @property
    def domain(self) -> Box:
        return Box(x=Axis(-1, 1, periodic=self.periodic), t=Time(0, 1))

    def equation(self, u: Any, v: Any, x: Any, t: Any) -> dict[str, Expression]:
        return {
            "first": D(u, t) + u * D(u, x) - self.nu * D(u, x, x) + v,
            "second": D(v * u, x, t) - torch.exp(-x * x) * torch.tanh(v),
        }

    def conditions(self) -> Sequence[Condition]:
        walls = [
            Dirichlet(Boundary("x", "low"), u=lambda t: torch.sin(t)),
            Neumann(Boundary("x", "high"), u=0.2),
            Robin(Boundary("x"), v=(1.0, 0.5, lambda t: t)),
            Periodic("x", 2, "v"),
        ]
        return [
            Initial(u=lambda x: torch.cos(torch.pi * x)),
            PointValue({"x": 0.25}, v=1.0),
            Integral(lambda u, v: u * v, equals=0.3),
            *([] if self.periodic else walls),
        ]


class Slow(torch.nn.Module):
    """A Taylor network with a layer that does not supply its rows: y = a * tanh(W x)."""

    def __init__(self, groups: Sequence[int], outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        self.inner = MLP(sum(groups), outputs, width=4, depth=1, generator=generator)
        self.factor = torch.nn.Parameter(torch.ones(outputs, dtype=torch.float64) * 1.3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * self.inner(x)

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        return self.factor * self.inner.taylor(z, carried, tape)


def random_series(groups: Sequence[int], outputs: int, generator: torch.Generator) -> Spectral:
    network = Spectral(groups, outputs, degree=2)
    torch.nn.init.normal_(network.series.coefficients, generator=generator)
    return network


NETWORKS: dict[str, Any] = {
    "mlp": lambda n, o, g: MLP(sum(n), o, width=5, depth=2, generator=g),
    "modified": lambda n, o, g: ModifiedMLP(sum(n), o, width=4, depth=2, generator=g),
    "fourier": lambda n, o, g: FourierMLP(sum(n), o, features=3, scale=0.3, width=4, depth=1, generator=g),
    "sine": lambda n, o, g: MLP(sum(n), o, width=4, depth=2, activation="sin", generator=g),
    "factorised": lambda n, o, g: MLP(sum(n), o, width=4, depth=2, factorised=True, generator=g),
    "pirate": lambda n, o, g: PirateNet(sum(n), o, width=4, depth=1, generator=g),
    "separable": lambda n, o, g: Separable(n, o, rank=3, width=4, depth=1, generator=g),
    "spectral": random_series,
    "without rows": Slow,
}


def objective(traced: Traced, network: str, hard: bool, reverse: bool = False) -> tuple[Objective, list[Block], Ansatz]:
    generator = torch.Generator().manual_seed(0)
    ansatz = build_ansatz(traced, lambda n, o: NETWORKS[network](n, o, generator), harmonics=2, hard=hard)
    vector = ParameterVector({"network": ansatz.network}, {n: u.start for n, u in traced.unknowns.items()}, LIKE)
    blocks = []
    for condition in (None, *ansatz.soft):
        residuals = traced.equations if condition is None else condition.residuals
        resolved = {n: ansatz.resolve(e) for n, e in residuals.items()}
        scales = {n: 0.5 + i for i, n in enumerate(resolved)}
        block = make_block(resolved, traced.coordinates, scales, 3.0, LIKE, reverse=reverse)
        region = Interior() if condition is None else condition.condition.region
        points = traced.domain.sample(region, 6, seed=1)
        if condition is not None and condition.condition.kind == "integral":
            block.aggregate = torch.tensor([0.2, 0.3, 0.5], dtype=torch.float64)
        weights = torch.tensor([0.5, 1, 1.5, 0.2, 1.8, 1.0], dtype=torch.float64) if condition is None else None
        block.place(points, weights)
        blocks.append(block)
    return Objective(blocks, vector, chunk=4), blocks, ansatz


def by_autograd(made: Objective) -> tuple[torch.Tensor, torch.Tensor]:
    """Residuals and their Jacobian, one reverse pass per row, in the order of `Objective.jacobian`."""
    rows, values = [], []
    for block in made.blocks:
        for part, prepared in block.chunks(made.chunk):
            for r in block.evaluate(prepared, part, made.parameters, Tape()).T.reshape(-1):
                found = torch.autograd.grad(r, made.parameters.tensors, retain_graph=True, allow_unused=True)
                filled = [
                    torch.zeros_like(p) if g is None else g for p, g in zip(made.parameters.tensors, found, strict=True)
                ]
                rows.append(torch.cat([g.reshape(-1) for g in filled]))
                values.append(r.detach())
    return torch.stack(values), torch.stack(rows)


@pytest.mark.parametrize("hard", [True, False], ids=["hard", "soft"])
@pytest.mark.parametrize("periodic", [True, False], ids=["periodic", "plain"])
@pytest.mark.parametrize("network", NETWORKS)
def test_rows_are_the_jacobian(network: str, periodic: bool, hard: bool) -> None:
    made, _, ansatz = objective(trace(Everything(periodic=periodic)), network, hard)
    kinds = {c.condition.kind for c in ansatz.soft}
    assert kinds >= {"point", "integral"} and ("initial" in kinds) == (not hard)
    residuals, jacobian = made.jacobian()
    values, wanted = by_autograd(made)
    assert torch.allclose(residuals, values, rtol=1e-12, atol=1e-14)
    assert (jacobian - wanted).abs().max() < 1e-11 * wanted.abs().max()
    assert wanted[:, -1].abs().max() > 0  # the unknown
    assert made.rows == len(residuals)


@dataclass(frozen=True)
class Carried(Everything):
    """The same without an integral, carried along by u."""

    def velocity(self, u: Any) -> Any:
        return torch.tanh(u)

    def conditions(self) -> Sequence[Condition]:
        return [c for c in super().conditions() if c.kind not in {"integral", "periodic"}]


@pytest.mark.parametrize("hard", [True, False], ids=["hard", "soft"])
@pytest.mark.parametrize("network", NETWORKS)
def test_rows_are_the_jacobian_in_a_moving_frame(network: str, hard: bool) -> None:
    """Where both outputs of a network move the labels, and conditions at given places follow them."""
    traced, generator = trace(Carried(periodic=True)), torch.Generator().manual_seed(0)
    ansatz = travelling(traced, lambda n, o: NETWORKS[network](n, o, generator), harmonics=2, hard=hard)
    vector = ParameterVector({"network": ansatz.network}, {n: u.start for n, u in traced.unknowns.items()}, LIKE)
    moving = {n: e for n, (e, _) in ansatz.equations.items()}
    equations = make_block(
        {**{n: ansatz.resolve(e) for n, e in traced.equations.items()}, **moving},
        traced.coordinates,
        {"first": 1.0, "second": 1.0, "travel_x": 1.0},
        1.0,
        LIKE,
    )
    equations.place(traced.domain.sample(Interior(), 6, seed=1))
    blocks = [equations]
    for c in ansatz.soft:
        pinned = {n: ansatz.frame.pinned(e, ansatz.fields) for n, e in c.residuals.items()}
        block = make_block(pinned, traced.coordinates, dict.fromkeys(pinned, 1.0), 1.0, LIKE)
        block.place(ansatz.frame.pin(traced.domain.sample(c.condition.region, 6, seed=1), vector.scalars))
        blocks.append(block)
    made = Objective(blocks, vector, chunk=4)
    residuals, jacobian = made.jacobian()
    values, wanted = by_autograd(made)
    assert torch.allclose(residuals, values, rtol=1e-11, atol=1e-13)
    assert (jacobian - wanted).abs().max() < 1e-10 * wanted.abs().max()


@pytest.mark.parametrize("network", ["modified", "without rows"])
def test_reverse_gives_the_same(network: str) -> None:
    traced = trace(Everything())
    results = []
    for reverse in (False, True):
        made, _, _ = objective(traced, network, hard=True, reverse=reverse)
        parts = made.jacobian()
        results.append((*parts, made.residuals(), *made.gradient()))
    for taylor, reverse_mode in zip(*results, strict=True):
        taylor, reverse_mode = torch.as_tensor(taylor), torch.as_tensor(reverse_mode)
        assert (taylor - reverse_mode).abs().max() < 1e-11 * reverse_mode.abs().max()


def test_gradient_loss_and_rows_belong_together() -> None:
    made, blocks, _ = objective(trace(Everything()), "mlp", hard=True)
    residuals, jacobian = made.jacobian()
    loss, gradient = made.gradient()
    assert loss == pytest.approx(float(residuals.square().sum()), rel=1e-13)
    assert loss == pytest.approx(made.loss(), rel=1e-13)
    assert torch.allclose(made.residuals(), residuals, rtol=1e-12, atol=1e-14)
    assert torch.allclose(gradient, 2 * jacobian.T @ residuals, rtol=1e-11, atol=1e-13)
    assert set(made.losses()) == {n for b in blocks for n in b.names}


def test_rows_by_torch_func() -> None:
    """The same without our own graph walking: jacrev of the functional network."""
    module = MLP(1, 1, width=3, depth=2, generator=torch.Generator().manual_seed(0))
    x = coordinate("x")
    (u,) = call(module, [x], 1)
    vector = ParameterVector({"network": module}, {}, LIKE)
    block = make_block({"r": D(u, x, x) + u * u}, ["x"], {"r": 1.0}, 1.0, LIKE)
    points = torch.linspace(-1, 1, 4, dtype=torch.float64)
    block.place({"x": points})
    _, jacobian = Objective([block], vector).jacobian()

    def residual(parameters: dict[str, torch.Tensor]) -> torch.Tensor:
        def network(z: torch.Tensor) -> torch.Tensor:
            return torch.func.functional_call(module, parameters, z.reshape(1, 1)).sum()

        second = torch.func.vmap(torch.func.grad(torch.func.grad(network)))(points)
        return (second + torch.func.vmap(network)(points) ** 2) / len(points) ** 0.5

    rows = torch.func.jacrev(residual)({n: p.detach().clone() for n, p in module.named_parameters()})
    wanted = torch.cat([rows[n].reshape(4, -1) for n, _ in module.named_parameters()], dim=1)
    assert torch.allclose(jacobian, wanted, rtol=1e-11, atol=1e-13)


def test_the_slow_way_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    made, _, _ = objective(trace(Everything()), "without rows", hard=True)
    assert made.blocks[0].program.no_rows == "these layers have no `rows`: Slow"
    with caplog.at_level(logging.WARNING, "pinnsuite"):
        for _ in range(2):
            made.jacobian()
    assert [r.getMessage() for r in caplog.records].count(caplog.records[0].getMessage()) == 1
    assert "these layers have no `rows`: Slow" in caplog.text
    caplog.clear()
    made, _, _ = objective(trace(Everything()), "mlp", hard=True)
    made.jacobian()
    assert not caplog.records


def test_a_frozen_layer_has_no_columns() -> None:
    module = MLP(1, 1, width=3, depth=1, generator=torch.Generator().manual_seed(0))
    first = module.layers[0]
    assert isinstance(first, Linear)
    first.requires_grad_(False)
    x = coordinate("x")
    (u,) = call(module, [x], 1)
    vector = ParameterVector({"network": module}, {}, LIKE)
    assert len(vector) == 4
    block = make_block({"r": D(u, x)}, ["x"], {"r": 1.0}, 1.0, LIKE)
    block.place({"x": torch.linspace(-1, 1, 4, dtype=torch.float64)})
    made = Objective([block], vector)
    _, jacobian = made.jacobian()
    assert torch.allclose(jacobian, by_autograd(made)[1], atol=1e-14)


@pytest.mark.parametrize("held", [1, 2**24])
def test_the_jacobian_along_directions_is_a_product(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """J S, with the points of a chunk all at once or one by one."""
    monkeypatch.setattr("pinnsuite.objective.block.HELD", held)
    made, _, _ = objective(trace(Everything()), "mlp", hard=False)
    size = len(made.parameters)
    directions = Directions.draw(size, size // 3, 0, LIKE)
    columns = torch.stack([directions.spread(e) for e in torch.eye(size // 3, dtype=torch.float64)], dim=1)
    torch.testing.assert_close(columns.T @ columns, torch.eye(size // 3, dtype=torch.float64))
    residuals, jacobian = made.jacobian()
    along = made.jacobian(directions)
    torch.testing.assert_close(along[0], residuals, rtol=1e-13, atol=1e-15)
    torch.testing.assert_close(along[1], jacobian @ columns, rtol=1e-12, atol=1e-14)


def test_the_leading_part_is_the_objective_on_the_first_points() -> None:
    """A mean over fewer points, with the same weights in the mean; aggregates and single points stay."""
    made, _, _ = objective(trace(Everything()), "mlp", hard=False)
    for block in made.blocks:
        if block.aggregate is None and block.size > 1:
            block.point_weights = torch.linspace(0.5, 1.5, block.size, dtype=torch.float64)
    part = made.leading(made.rows // 2)
    assert made.leading(made.rows) is made and part.rows < 0.6 * made.rows
    for block, less in zip(made.blocks, part.blocks, strict=True):
        if block.aggregate is not None or block.size == 1:
            assert less is block
            continue
        single, fewer = (Objective([b], made.parameters) for b in (block, less))
        count = less.size
        assert block.point_weights is not None
        weights = block.point_weights / block.point_weights[:count].mean() * block.size / count
        whole = single.residuals().view(len(block.names), -1)[:, :count]
        scaled = whole * (weights / block.point_weights)[:count].sqrt()
        torch.testing.assert_close(fewer.residuals().view(len(block.names), -1), scaled, rtol=1e-12, atol=1e-14)
