"""States handed over as Fourier series: the same function with its derivatives, where there is one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import D, Expression, at, coordinate, topological
from pinnsuite.domain.axis import Axis
from pinnsuite.domain.box import Box, Time
from pinnsuite.solvers.handover import settled

LIKE = torch.zeros(1, dtype=torch.float64)
X, T = coordinate("x"), coordinate("t")
BOX = Box(x=Axis(0.5, 3.5, periodic=True), t=Time(0, 1))


def values(expression: Expression, domain: Box) -> Callable[[Mapping[str, torch.Tensor]], torch.Tensor]:
    return lambda points: evaluate([expression], list(domain.axes), points)[:, 0]


def state(steepness: float) -> Any:
    theta: Any = (2 * math.pi / 3) * (X - 0.5)
    return at(torch.exp(steepness * torch.cos(theta) + 0.3 * torch.sin(theta)) * (1 + T), t=0.25)


@pytest.mark.parametrize("steepness", [0.0, 1.0, 30.0])
def test_the_series_is_the_state_with_its_derivatives(steepness: float) -> None:
    wanted = state(steepness)
    series = settled(values(wanted, BOX), ["x", "t"], BOX, 0.25, LIKE)
    assert series is not None
    assert not any(n.op == "at" for n in topological([series]))
    points = {"x": torch.linspace(0.5, 3.5, 37, dtype=torch.float64), "t": torch.rand(37, dtype=torch.float64)}
    for order in range(5):
        pair = [D(e, *[X] * order) if order else e for e in (wanted, series)]
        exact, found = evaluate(pair, ["x", "t"], points).T
        assert (exact - found).abs().max() < 1e-13 * 20**order * exact.abs().max()


@pytest.mark.parametrize("left_out", [0.0, 1e-6])
def test_on_two_periodic_axes_the_series_is_as_close_as_asked(left_out: float) -> None:
    y = coordinate("y")
    box = Box(x=Axis(0.5, 3.5, periodic=True), y=Axis(0, 2, periodic=True), t=Time(0, 1))
    theta, phi = (2 * math.pi / 3) * (X - 0.5), math.pi * y
    wanted = at(torch.exp(torch.cos(theta + phi) + 0.5 * torch.sin(theta - 2 * phi)) * (1 + T), t=0.25)
    series = settled(values(wanted, box), ["x", "y", "t"], box, 0.25, LIKE, left_out)
    assert series is not None
    points = {n: torch.rand(50, dtype=torch.float64) for n in ("x", "y", "t")}
    for along in ([], [X], [y, y], [X, y], [X, X, y]):
        pair = [D(e, *along) if along else e for e in (wanted, series)]
        exact, found = evaluate(pair, ["x", "y", "t"], points).T
        error = (exact - found).abs().max() / exact.abs().max()
        assert 1e-4 * left_out < error < 10 ** len(along) * max(1e-13, left_out)


def test_a_constant_state() -> None:
    series = settled(values(at(0 * X + 2.0 * T, t=0.5), BOX), ["x", "t"], BOX, 0.5, LIKE)
    assert series is not None
    points = {n: torch.rand(5, dtype=torch.float64) for n in ("x", "t")}
    assert torch.allclose(evaluate([series], ["x", "t"], points), torch.ones(5, 1).double(), atol=1e-15)


def test_in_time_alone_a_state_is_a_number() -> None:
    domain = Box(t=Time(0, 1))
    found = settled(values(at(torch.exp(T) + 1, t=0.5), domain), ["t"], domain, 0.5, LIKE)
    assert (
        found is not None
        and found.op == "constant"
        and float(found.static) == pytest.approx(math.exp(0.5) + 1, rel=1e-15)
    )


def test_what_a_series_cannot_hold_is_not_one() -> None:
    kink = at(torch.abs(torch.sin(X)) + T, t=0.0)
    assert settled(values(kink, BOX), ["x", "t"], BOX, 0.0, LIKE) is None
    for other in (Box(x=Axis(0, 1), t=Time(0, 1)), Box(x=Axis(0, 1, periodic=True), y=Axis(0, 1), t=Time(0, 1))):
        smooth = at(torch.cos(2 * math.pi * X) + T, t=0.0)
        assert settled(values(smooth, other), list(other.axes), other, 0.0, LIKE) is None
