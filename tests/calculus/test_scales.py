"""The typical size of residuals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from pinnsuite.calculus.expression import D, Expression, at, call, coordinate, data, field, parameter
from pinnsuite.calculus.scales import typical
from pinnsuite.calculus.terms import additive_terms, stored
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.networks.mlp import MLP
from pinnsuite.parameters import Unknown
from pinnsuite.problem import Field, Problem
from pinnsuite.trace import Traced, trace

X, T, U, V = coordinate("x"), coordinate("t"), field("u"), field("v")
SCALES = {"u": 2.0, "v": 100.0}


@dataclass(frozen=True)
class Two(Problem):
    k: float = 3.0
    s: float | Unknown = Unknown(5.0, scale="log")
    domain = Box(x=Axis(0, 4), t=Time(0, 1))
    fields = (Field("u"), Field("v", offset=300.0))

    def equation(self, u: Any, v: Any) -> Expression:
        return u


@pytest.fixture(scope="module")
def traced() -> Traced:
    return trace(Two())


s = Unknown(5.0, scale="log").expression("s")
W = call(MLP(2, 1, width=2, depth=1), [X, T], 1)[0]
SIZES: dict[str, tuple[Any, float]] = {
    "field": (U, 2.0),
    "field with an offset": (V, 400.0),
    "derivatives see the scale alone": (D(V, X, X), 25.0),
    "time": (D(V, T), 200.0),
    "mixed": (D(U, X, T), 2.0),
    "largest term": (D(V, T) + 1e5 * U - 3.0, 2e5),
    "cancelling terms": (V - V, 400.0),
    "one product of a sum": (0.5 * (U - U), 1.0),
    "derivative of a sum": (D(U - U, T), 4.0),
    "nested derivative": (D(U * D(V, X), X), 2 * 25 + 1 * 50),
    "signs inside exp": (torch.exp(-1000.0 / V), math.exp(-2.5)),
    "unknown": (s * D(U, T), 20.0),
    "zero": (U * 0, 1.0),
    "not finite": (torch.exp(V * V), 1.0),
    "one finite term": (torch.exp(V * V) + U, 2.0),
    "piecewise": (torch.where(V < 300, 1e9, U), 2.0),
    "trace": (at(U, x=0.0) - at(U, x=4.0), 2.0),
    "normal derivative": (data("normal_x") * D(U, X), 1.0),
    "network": (W - 0.5, 1.0),
    "narrow source": (1e3 * torch.exp(-((X - 2) ** 2) * 1e6), None),
    "singular coordinate": (1 / (X * X), 0.25),
    "sine over its period": (torch.sin(math.pi * X), 0.7),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes(name: str, traced: Traced) -> None:
    expression, wanted = SIZES[name]
    found = typical(expression, traced, SCALES)
    assert math.isfinite(found) and found > 0
    if wanted is not None:
        assert found == pytest.approx(wanted, rel=0.05)


def test_values_of_parameters(traced: Traced) -> None:
    assert typical(parameter("k") * U, traced, SCALES) == pytest.approx(6.0)
    assert typical(U, traced, {}) == 1.0


def test_what_changes_in_time() -> None:
    u, x, t, c = field("u"), coordinate("x"), coordinate("t"), parameter("c")

    def of(equation: Any) -> list[str]:
        return [str(e) for e in stored(equation, "t")]

    assert of(D(u, t) + u * D(u, x)) == ["u"]
    assert of(c * u * D(u, t) - D(u, x, x)) == [str(c * u * u)]
    assert of(-D(D(u, x, x), t) + D(u, t, t)) == [str(D(u, x, x)), str(D(u, t))]
    assert of(D(u, x)) == []


def test_additive_terms() -> None:
    a, b, c = D(U, T), U * V, parameter("c")
    assert additive_terms(a - (b + c) + -a) == [a, b, c, a]
    assert [str(t) for t in additive_terms(c * (a - b))] == [str(c * a), str(c * b)]
    assert [str(t) for t in additive_terms((a + b) / c)] == [str(a / c), str(b / c)]
    assert additive_terms(U) == [U]
