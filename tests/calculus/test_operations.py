"""Every operation of the table: Taylor mode, reverse mode and SymPy agree on its derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import pytest
import sympy
import torch

from pinnsuite.calculus.expression import D, Expression, apply, coordinate
from pinnsuite.calculus.operations import OPERATIONS
from pinnsuite.calculus.symbols import to_sympy

X, T = coordinate("x"), coordinate("t")
ORDERS = [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (1, 1), (2, 1), (2, 2)]
FUNCTIONS = [n for n, o in OPERATIONS.items() if o.kind == "function"]
POINTS = {"x": torch.tensor([0.31, -0.77], dtype=torch.float64), "t": torch.tensor([0.52, 0.13], dtype=torch.float64)}
POINTS_LISTS = (POINTS["x"].tolist(), POINTS["t"].tolist())
Both = Callable[..., tuple[torch.Tensor, torch.Tensor]]


def inside(low: float, high: float) -> Any:
    """A function of x and t with values in the middle of an interval."""
    return (low + high) / 2 + (high - low) * (0.3 * X - 0.2 * T + 0.35 * X * T)


def derivative(e: Expression, orders: tuple[int, int]) -> Expression:
    return D(e, *[X] * orders[0], *[T] * orders[1]) if any(orders) else e


def by_sympy(e: Expression) -> list[torch.Tensor]:
    """One row of values per member of ORDERS."""
    x, t = (sympy.Symbol(n, real=True) for n in "xt")
    formulas = []
    for in_x, in_t in ORDERS:
        formula = to_sympy(e, ["x", "t"])
        formula = sympy.diff(formula, x, in_x) if in_x else formula
        formula = sympy.diff(formula, t, in_t) if in_t else formula
        formula = formula.replace(sympy.DiracDelta, lambda *z: sympy.Integer(0))  # smooth at these points
        formulas.append(formula.replace(sympy.Heaviside, lambda z, *_: (1 + sympy.sign(z)) / 2))
    f = sympy.lambdify((x, t), formulas, "mpmath", cse=True)
    rows = [[float(v) for v in f(mpmath.mpf(a), mpmath.mpf(b))] for a, b in zip(*POINTS_LISTS, strict=True)]
    return list(torch.tensor(rows, dtype=torch.float64).T)


def check(both: Both, e: Expression) -> None:
    """Relative to the largest value, and absolute where all of them are tiny."""
    taylor, reverse = both([derivative(e, o) for o in ORDERS], POINTS)
    for column, wanted in enumerate(by_sympy(e)):
        allowed = 1e-10 * max(float(wanted.abs().max()), 1e-3)
        assert (taylor[:, column] - wanted).abs().max() <= allowed, ORDERS[column]
        assert (reverse[:, column] - wanted).abs().max() <= allowed, ORDERS[column]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str, both: Both) -> None:
    check(both, apply(name, inside(*OPERATIONS[name].sample)))


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if o.kind == "locally constant"])
def test_locally_constant(name: str, values: Callable[..., torch.Tensor]) -> None:
    operation = OPERATIONS[name]
    arguments = [inside(*operation.sample)] if operation.arity == 1 else [X, T]
    e = apply(name, *arguments)
    found = values([1.0 * e, D(e, X), D(e * X, X)], POINTS)
    plain = values(arguments, POINTS)
    wanted = operation.torch(*plain.T).double()
    assert torch.equal(found, torch.stack([wanted, torch.zeros_like(wanted), wanted], dim=1))


A, B = inside(0.5, 1.5), 1.2 + 0.5 * torch.cos(0.8 * X - 0.9 * T)  # type: ignore[operator, arg-type]
ARITHMETIC = {
    "add": A + B,
    "sub": A - B,
    "mul": A * B,
    "div": A / B,
    "neg": -A,
    "square": torch.square(A),
    "reciprocal": 1 / A,
    "from the left": 2 - A,
    "cube": A**3,
    "cube of x, negative too": X**3,
    "to the fourth at zero": (X - 0.31) ** 4,
    "inverse square": A**-2,
    "root": A**0.5,
    "power 2.5": A**2.5,
    "traced power": A ** (1.5 + 0.3 * T),
    "number to a traced power": 2.0**A,
    "where": torch.where(X < T, A * B, A / B),  # type: ignore[arg-type]
    "where of numbers": torch.where(X <= 0.0, 1.0, A),  # type: ignore[arg-type, operator]
    "minimum": torch.minimum(A, 2 * X),  # type: ignore[arg-type]
    "maximum": torch.maximum(A, 2 * X),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic(name: str, both: Both) -> None:
    check(both, ARITHMETIC[name])


def test_tensors_on_the_left_are_numbers() -> None:
    two = torch.tensor(2.0)
    results = {"add": two + X, "sub": two - X, "mul": two * X, "div": two / X, "lt": two < X, "le": two <= X}
    for name, e in results.items():
        assert e.op == name and e.args[0].static == 2.0 and e.args[1] is X
    assert (two > X).op == "lt" and (two > X).args[0] is X
    assert (two**X).op == "exp"


def test_functions_methods_and_aliases_are_the_same() -> None:
    for name, operation in OPERATIONS.items():
        if operation.arity == 1:
            assert operation.torch(X).op == name and getattr(X, name)().op == name
    assert torch.nn.functional.relu(X).op == "relu"
    assert torch.true_divide(X, T).op == "div" and torch.multiply(X, T).op == "mul"
    assert torch.add(X, T).op == "add" and torch.subtract(X, T).op == "sub" and torch.negative(X).op == "neg"


def test_constants_fold_and_neutral_elements_vanish() -> None:
    assert apply("sin", 0.5).op == "constant"
    for e in (X + 0, 0 + X, X - 0, X * 1, 1 * X, X / 1, X**1):
        assert e is X
    for e in (X * 0, 0 / X, D(3.0, X), D(OPERATIONS["neg"].torch(torch.tensor(2.0)), X)):
        assert e.op == "constant" and e.static == 0
    assert (X**0).static == 1
