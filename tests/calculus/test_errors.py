"""What an equation may not contain, and what the message says about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from pinnsuite.calculus.expression import D, Expression, apply, at, coordinate, field, parameter
from pinnsuite.calculus.grid import GridReader
from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram
from pinnsuite.conditions import Initial
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.errors import InputError
from pinnsuite.problem import Problem
from pinnsuite.trace import trace

X, U = coordinate("x"), field("u")


def branch() -> Any:
    return 1 if U > 0 else 2


MISTAKES: dict[str, tuple[Callable[[], Any], str]] = {
    "math": (lambda: math.sin(X), "Use the torch function of the same name"),
    "float": (lambda: float(U), "math.sin, float"),
    "int": (lambda: int(U), "Python number"),
    "range": (lambda: range(U), "Python number"),  # type: ignore[arg-type]
    "item": (lambda: U.item(), "Python number"),
    "numpy": (lambda: U.numpy(), "Python number"),
    "if": (branch, "torch.where"),
    "and": (lambda: U and X, "torch.where"),
    "min": (lambda: min(U, X), "torch.minimum"),
    "fft": (lambda: torch.fft.fft(U), "fft_fft.*does not know.*torch.sin"),  # type: ignore[arg-type]
    "matmul": (lambda: torch.matmul(U, X), "torch.matmul.*does not know"),  # type: ignore[arg-type]
    "option": (lambda: torch.nn.functional.gelu(U, approximate="tanh"), "options"),  # type: ignore[arg-type]
    "method": (lambda: U.backward(), "no 'backward'"),
    "arity": (lambda: apply("sin", X, X), r"takes 1 argument.*Given: 2"),
    "string": (lambda: U + "1", "not a number.*Given: str"),
    "bool": (lambda: U * True, "not a number"),
    "array": (lambda: U * torch.ones(3), "not a number.*Given: Tensor"),
    "nan": (lambda: U * math.nan, "not finite"),
    "D of nothing": (lambda: D(U), r"Write D\(u, x\)"),
    "D by a field": (lambda: D(X, U), "with respect to coordinates.*Given: u"),
    "D by a string": (lambda: D(U, "x"), "with respect to coordinates"),  # type: ignore[arg-type]
    "D by an expression": (lambda: D(U, 2 * X), "with respect to coordinates"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_in_equations(name: str) -> None:
    mistake, message = MISTAKES[name]
    with pytest.raises((InputError, AttributeError), match=message):
        mistake()


@pytest.mark.parametrize("program", [TaylorProgram, ReverseProgram])
def test_mistakes_in_programs(program: Any) -> None:
    points = {"x": torch.zeros(2, dtype=torch.float64)}
    with pytest.raises(InputError, match="field 'u'"):
        program([U], ["x"])
    with pytest.raises(InputError, match="Unknown coordinate 'x'"):
        program([X], ["t"])
    with pytest.raises(InputError, match="needs a number"):
        made = program([at(X, x=parameter("a"))], ["x"])
        made(made.prepare(points), {"a": torch.zeros(())}, Tape())
    with pytest.raises(InputError, match="No values were given for 'x'"):
        made = program([X], ["y", "x"])
        made(made.prepare({"y": points["x"]}), {}, Tape())


def problem(equation: Callable[..., Any], **more: Any) -> Problem:
    members = {"domain": Box(x=Axis(0, 1), t=Time(0, 1)), "fields": ("u",), "equation": equation, **more}
    return type("Mine", (Problem,), members)()  # type: ignore[no-any-return]


def test_mistakes_in_problems() -> None:
    def unknown_field(self: Any, v: Expression) -> Expression:
        return v

    def near(self: Any, u: Expression, time: Expression) -> Expression:
        return u

    def fine(self: Any, u: Expression) -> Expression:
        return u

    with pytest.raises(InputError, match=r"the equation of Mine.*'v'.*one of t, u, x"):
        trace(problem(unknown_field))
    with pytest.raises(InputError, match="no field, coordinate or normal named 'time'"):
        trace(problem(near))
    with pytest.raises(InputError, match=r"prescribes a field.*Given: \['w'\].*Expected: \['u'\]"):
        trace(problem(fine, conditions=lambda self: [Initial(w=0.0)]))
    with pytest.raises(InputError, match=r"the initial value of u.*'y'"):
        trace(problem(fine, conditions=lambda self: [Initial(u=lambda y: y)]))
    with pytest.raises(InputError, match=r"sin does not say.*lambda x: sin\(x\)"):
        trace(problem(fine, conditions=lambda self: [Initial(u=torch.sin)]))
    with pytest.raises(InputError, match="no time axis"):
        trace(problem(fine, domain=Box(x=Axis(0, 1)), conditions=lambda self: [Initial(u=0.0)]))


def test_mistakes_on_grids() -> None:
    x = torch.linspace(0, 1, 9, dtype=torch.float64)
    with pytest.raises(InputError, match="increasing"):
        GridReader({"x": x.flip(0)})
    with pytest.raises(InputError, match="uniform"):
        GridReader({"x": x**2}, {"x"})
    with pytest.raises(InputError, match=r"does not fit.*Given: \(8,\)"):
        GridReader({"x": x})([U], {"u": x[:8]})
    with pytest.raises(InputError, match="field 'v'"):
        GridReader({"x": x})([field("v")], {"u": x})
    with pytest.raises(InputError, match="not on the grid"):
        GridReader({"x": x})([at(U, x=0.3)], {"u": x})
    with pytest.raises(InputError, match="too few points"):
        GridReader({"x": x[:2]})([D(U, X, X)], {"u": x[:2]})
