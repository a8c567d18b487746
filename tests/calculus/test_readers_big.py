"""The Taylor and the reverse reader: derivatives, `at`, parameters, networks, and the algebra of D."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinnsuite.calculus.expression import D, Expression, at, call, coordinate, data, parameter
from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram
from pinnsuite.networks.mlp import MLP

Values = Callable[..., torch.Tensor]
Both = Callable[..., tuple[torch.Tensor, torch.Tensor]]

X, T = coordinate("x"), coordinate("t")
NETWORK = MLP(2, 2, width=6, depth=2, generator=torch.Generator().manual_seed(0))
U, V = call(NETWORK, [X, T], 2)
FEW = settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def close(a: torch.Tensor, b: torch.Tensor) -> bool:
    return bool((a - b).abs().max() <= 1e-10 * max(1.0, float(b.abs().max())))


def test_nested_derivatives_of_products(values: Values, points: dict[str, torch.Tensor]) -> None:
    k: Any = torch.exp(X) * (1 + X * T)
    found = values(
        [
            D(k * D(U, X), X) - (D(k, X) * D(U, X) + k * D(U, X, X)),
            D(U * D(V, T), X, X) - (D(U, X, X) * D(V, T) + 2 * D(U, X) * D(V, T, X) + U * D(V, X, X, T)),
            D(D(U * U, X) * V, T) - (2 * D(U * D(U, X), T) * V + 2 * U * D(U, X) * D(V, T)),
            D(D(U, X), T) - D(D(U, T), X),
        ],
        points,
    )
    assert found.abs().max() < 1e-12


def test_a_derivative_inside_at_is_taken_there(values: Values, points: dict[str, torch.Tensor]) -> None:
    e: Any = torch.sin(2 * X) * torch.exp(T)
    x, t = points["x"], points["t"]
    found = values(
        [
            at(D(e, X), x=0.25),
            D(at(e, x=0.25), T),
            D(at(e, x=0.25), X),
            D(X * at(D(e, X), x=0.25), X),
            at(at(e, x=0.25), x=0.5),
            at(D(X * at(e, x=0.5), X), x=0.5),
            at(e, x=0.25, t=0.0) * X,
        ],
        points,
    )
    slope = 2 * torch.cos(torch.full_like(x, 0.5))
    value = torch.sin(torch.full_like(x, 0.5))
    wanted = [
        slope * t.exp(),
        value * t.exp(),
        torch.zeros_like(x),
        slope * t.exp(),
        value * t.exp(),
        torch.sin(torch.full_like(x, 1.0)) * t.exp(),
        value * x,
    ]
    assert torch.allclose(found, torch.stack(wanted, dim=1), rtol=1e-13, atol=1e-13)


def test_at_of_networks_and_of_earlier_solutions(both: Both, points: dict[str, torch.Tensor]) -> None:
    frozen = MLP(2, 1, width=5, depth=2, generator=torch.Generator().manual_seed(1)).requires_grad_(False)
    (before,) = call(frozen, [X, T], 1)
    state = at(D(before, T), t=0.5)
    e = [at(U, x=-1.0) - at(U, x=1.0), D(state * V, X, X), at(D(U, X) * before, x=0.0), D(before, X, T)]
    assert close(*both(e, points))


def test_parameters_and_data(values: Values, points: dict[str, torch.Tensor]) -> None:
    given_points = {**points, "normal_x": torch.full_like(points["x"], -1.0)}
    nu = parameter("nu")
    e = [nu * D(X**3, X), D(nu * X, X) - nu, D(nu, X) + X, data("normal_x") * D(X * T, X)]
    program_values = values(e, {n: given_points[n] for n in ("x", "t", "normal_x")}, {"nu": torch.tensor(0.5).double()})
    x, t = points["x"], points["t"]
    wanted = torch.stack([1.5 * x**2, 0 * x, x, -t], dim=1)
    assert torch.allclose(program_values, wanted, atol=1e-14)


def test_residuals_have_no_gradient_unless_asked(points: dict[str, torch.Tensor]) -> None:
    for reader in (TaylorProgram, ReverseProgram):
        program = reader([D(U, X, X), X], ["x", "t"])
        prepared = program.prepare(points)
        assert program(prepared, {}, Tape()).requires_grad
        with torch.no_grad():
            assert not program(prepared, {}, Tape()).requires_grad


def test_rows_of_prepared_points(points: dict[str, torch.Tensor]) -> None:
    for reader in (TaylorProgram, ReverseProgram):
        program = reader([D(U, X, X) + torch.sin(X * T)], ["x", "t"])
        prepared = program.prepare(points)
        part = program(prepared.rows(slice(2, 5)), {}, Tape())
        assert prepared.size == 7 and prepared.rows(slice(2, 5)).size == 3
        assert torch.allclose(part, program(prepared, {}, Tape())[2:5], rtol=1e-14)


def test_any_module_is_read_in_reverse(points: dict[str, torch.Tensor]) -> None:
    torch.manual_seed(0)
    plain = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Softplus(), torch.nn.Linear(4, 1)).double()
    (w,) = call(plain, [X, T], 1)
    program = ReverseProgram([D(w, X) * w], ["x", "t"])
    found = program(program.prepare(points), {}, Tape())
    step = 1e-6
    ahead, behind = (plain(torch.stack([points["x"] + s, points["t"]], 1)) for s in (step, -step))
    here = plain(torch.stack([points["x"], points["t"]], 1))
    assert torch.allclose(found, (ahead - behind) / (2 * step) * here, atol=1e-8)


def test_float32_stays_float32(points: dict[str, torch.Tensor]) -> None:
    single = {n: v.float() for n, v in points.items()}
    for reader in (TaylorProgram, ReverseProgram):
        program = reader([torch.where(X < 0, 1.0, X * T), D(X, X) / 3], ["x", "t"])
        found = program(program.prepare(single), {}, Tape())
        assert found.dtype is torch.float32
        assert torch.equal(found[:, 1], torch.full((7,), 1 / 3))


def test_a_constant_derivative_keeps_double_precision(values: Values, points: dict[str, torch.Tensor]) -> None:
    assert (values([D(0.1 * X, X)], points) == 0.1).all()


LEAVES = st.sampled_from([X, T, U, V, parameter("p")]) | st.floats(-2, 2).map(lambda v: X * 0 + v + 0 * X)
SMOOTH = st.sampled_from([torch.sin, torch.tanh, torch.sigmoid, torch.erf, torch.atan, torch.square])


def trees(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.tuples(children, children).map(lambda p: p[0] + p[1]),
        st.tuples(children, children).map(lambda p: p[0] - 0.5 * p[1]),
        st.tuples(children, children).map(lambda p: p[0] * p[1]),
        st.tuples(children, children).map(lambda p: p[0] / (1.5 + p[1] * p[1])),
        st.tuples(SMOOTH, children).map(lambda p: p[0](p[1])),
        st.tuples(children, st.sampled_from([(X,), (T,), (X, X), (X, T)])).map(lambda p: D(p[0], *p[1])),
        st.tuples(children, st.floats(-1, 1)).map(lambda p: at(p[0], x=p[1])),
    )


EXPRESSIONS = st.recursive(LEAVES, trees, max_leaves=7)
P = {"p": torch.tensor(0.7, dtype=torch.float64)}


@FEW
@given(e=EXPRESSIONS)
def test_random_expressions(e: Expression, both: Both, points: dict[str, torch.Tensor]) -> None:
    assert close(*both([e, D(e, X), D(e, X, T)], points, P))


@FEW
@given(f=EXPRESSIONS, g=EXPRESSIONS)
def test_product_quotient_and_chain_rules(
    f: Expression, g: Expression, both: Both, points: dict[str, torch.Tensor]
) -> None:
    h = 1.5 + g * g
    rules = [
        (D(f * g, X), D(f, X) * g + f * D(g, X)),
        (D(f / h, X), (D(f, X) * h - f * D(h, X)) / (h * h)),
        (D(torch.sin(f), X), torch.cos(f) * D(f, X)),  # type: ignore[arg-type]
        (D(f + 2 * g, T), D(f, T) + 2 * D(g, T)),
        (D(D(f, X), T), D(f, T, X)),
    ]
    for found in both([left for left, _ in rules] + [right for _, right in rules], points, P):
        assert close(found[:, :5], found[:, 5:])


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_derivatives_by_finite_differences(order: int, both: Both) -> None:
    """Neither reader is trusted alone: the derivative of each order against a difference of the order below."""
    step, base = 1e-5, torch.linspace(-0.8, 0.8, 5, dtype=torch.float64)
    lower = D(U, *[X] * (order - 1)) if order > 1 else U
    t = torch.full_like(base, 0.3)
    ahead, behind = (both([lower], {"x": base + s, "t": t})[0] for s in (step, -step))
    exact = both([D(U, *[X] * order)], {"x": base, "t": t})[0]
    assert torch.allclose((ahead - behind) / (2 * step), exact, atol=1e-7)
