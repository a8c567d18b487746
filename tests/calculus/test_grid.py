"""The grid reader: exact on what its stencils resolve, of the stated order elsewhere, differentiable; the audit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from pinnsuite.calculus.audit import audit
from pinnsuite.calculus.expression import D, Expression, at, coordinate, field, parameter
from pinnsuite.calculus.grid import GridReader
from pinnsuite.calculus.stencils import fornberg
from pinnsuite.conditions import Condition, Initial
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.parameters import Unknown
from pinnsuite.problem import Problem
from pinnsuite.trace import trace

X, T, U, V = coordinate("x"), coordinate("t"), field("u"), field("v")


def line(low: float, high: float, count: int) -> torch.Tensor:
    return torch.linspace(low, high, count, dtype=torch.float64)


def test_fornberg_reproduces_the_tables() -> None:
    index, weights = fornberg(line(0, 8, 9), 2, 4)
    assert index.shape == (9, 7)
    classical = torch.tensor([2, -27, 270, -490, 270, -27, 2], dtype=torch.float64) / 180
    assert torch.allclose(weights[4], classical, atol=1e-13)
    _, first = fornberg(line(0, 8, 9), 1, 2)
    assert torch.allclose(first[0], torch.tensor([-1.5, 2.0, -0.5], dtype=torch.float64))


def test_finite_differences_are_exact_for_polynomials() -> None:
    x = torch.sort(torch.rand(14, dtype=torch.float64, generator=torch.Generator().manual_seed(0))).values
    reader = GridReader({"x": x}, order=6)
    (third,) = reader([D(U, X, X, X)], {"u": x**7})
    assert torch.allclose(third, 210 * x**4, atol=1e-5)


@pytest.mark.parametrize("order", [2, 4, 6])
def test_finite_differences_converge_at_their_order(order: int) -> None:
    errors = []
    for count in (31, 61):
        x = (line(0, 1, count) ** 2 + line(0, 1, count)) / 2  # not uniform
        (second,) = GridReader({"x": x}, order=order)([D(U, X, X)], {"u": torch.sin(3 * x)})
        errors.append(float((second + 9 * torch.sin(3 * x)).abs().max()))
    assert math.log2(errors[0] / errors[1]) > order - 0.6


def test_spectral_derivatives_and_products_are_exact() -> None:
    x, t = line(0, 2 * math.pi, 33)[:-1], line(0, 1, 5)
    u = torch.sin(3 * x)[:, None] * (1 + t)
    reader = GridReader({"x": x, "t": t}, {"x"})
    found = reader(
        [D(U, X, X, X), D(X * D(U, X), X), at(D(U, X), x=2 * math.pi), D(at(U, x=0.0), X), D(U, X, T)], {"u": u}
    )
    c, s = torch.cos(3 * x)[:, None], torch.sin(3 * x)[:, None]
    wanted = [-27 * c * (1 + t), (3 * c - 9 * x[:, None] * s) * (1 + t), 3 * (1 + t), 0 * u, 3 * c]
    for a, b in zip(found, wanted, strict=True):
        assert a.shape == u.shape and torch.allclose(a, b.expand_as(u), atol=1e-10)


def test_batches_parameters_and_gradients() -> None:
    """As a physics loss of a neural operator: leading axes are free, gradients flow to the arrays."""
    x = line(0, 2 * math.pi, 17)[:-1]
    u = torch.stack([torch.sin(x), torch.cos(x)]).requires_grad_()
    (residual,) = GridReader({"x": x}, {"x"})([U * D(U, X) - parameter("nu") * D(U, X, X)], {"u": u}, {"nu": 0.5})
    wanted = torch.stack(
        [torch.sin(x) * torch.cos(x) + 0.5 * torch.sin(x), -torch.cos(x) * torch.sin(x) + 0.5 * torch.cos(x)]
    )
    assert torch.allclose(residual, wanted, atol=1e-13)
    assert torch.autograd.gradcheck(
        lambda v: GridReader({"x": x}, {"x"})([U * D(U, X)], {"u": v})[0].square().mean(), (u,)
    )


@dataclass(frozen=True)
class Decay(Problem):
    alpha: float | Unknown = 0.1
    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any, t: Any) -> Expression:
        return D(u, t) - self.alpha * D(u, x, x)

    def conditions(self) -> Sequence[Condition]:
        return [Initial(u=lambda x: torch.sin(x))]


@pytest.mark.parametrize("repeated", [0, 1])
def test_audit_tells_right_data_from_wrong(repeated: int) -> None:
    x, t = line(0, 2 * math.pi, 33)[: 32 + repeated], line(0, 1, 21)
    u = (torch.sin(x)[:, None] * torch.exp(-0.1 * t)).numpy()
    assert audit(trace(Decay()), {"u": u}, {"x": x.numpy(), "t": t.numpy()})["equation"] < 1e-10
    assert audit(trace(Decay(0.11)), {"u": u}, {"x": x, "t": t})["equation"] == pytest.approx(1 / 11)
    unknown = trace(Decay(Unknown(0.2, scale="log")))
    assert audit(unknown, {"u": u}, {"x": x, "t": t})["equation"] == pytest.approx(0.5)
    assert audit(unknown, {"u": u}, {"x": x, "t": t}, {"alpha": math.log(0.5)})["equation"] < 1e-10
    assert audit(trace(Decay()), {"u": 0 * u}, {"x": x, "t": t})["equation"] == 0.0
