"""Equations as text and LaTeX, as SymPy, and read back from docstrings."""

from __future__ import annotations

import math
from typing import Any

import pytest
import sympy
import torch

from pinnsuite.calculus.abbreviations import abbreviate
from pinnsuite.calculus.docstring import equation_lines, parse_docstring, parse_equation
from pinnsuite.calculus.expression import D, Expression, at, call, coordinate, field, parameter
from pinnsuite.calculus.printing import latex, text
from pinnsuite.calculus.symbols import to_sympy
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP

X: Any = coordinate("x")
T, U, Y = coordinate("t"), field("u"), field("Y_F")
NU, K = parameter("nu"), parameter("k_1")
NAMES = (["u", "Y_F"], ["x", "t"], ["nu", "k_1"])

PRINTED: list[tuple[Expression, str, str]] = [
    (D(U, T) + U * D(U, X) - NU * D(U, X, X), "u_t + u*u_x - nu*u_xx", r"u_{t} + u u_{x} - \nu u_{xx}"),
    (D(K * D(U, X), X), "(k_1*u_x)_x", r"\partial_{x} \left(k_{1} u_{x}\right)"),
    (D(Y, X, T), "D(Y_F, t, x)", r"\partial_{tx} Y_{F}"),
    (D(torch.sin(U), X), "D(sin(u), x)", r"\partial_{x} \sin\left(u\right)"),
    (-(U - 2) * Y, "-(u - 2)*Y_F", r"-\left(u - 2\right) Y_{F}"),
    (U - (-2 * U), "u + 2*u", "u + 2 u"),
    (U - (U - X), "u - (u - x)", r"u - \left(u - x\right)"),
    (U + (U - X), "u + u - x", "u + u - x"),
    ((-U) ** 2, "(-u)^2", r"\left(-u\right)^{2}"),
    ((U / X) ** 2 / 3, "(u/x)^2/3", r"\frac{\left(\frac{u}{x}\right)^{2}}{3}"),
    (U / (X * T), "u/(x*t)", r"\frac{u}{x t}"),
    (U**NU, "u^nu", r"u^{\nu}"),
    (2 * math.pi * torch.sin(X * (math.pi / 2)), "2*pi*sin(x*pi/2)", r"2 \pi \sin\left(x \pi/2\right)"),
    (-(math.pi**2) * U, "-pi^2*u", r"-\pi^{2} u"),
    (1e-7 * U, "1e-07*u", r"1 \cdot 10^{-7} u"),
    (torch.exp(-K / (8.314 * U)), "exp(-k_1/(8.314*u))", r"\exp\left(-\frac{k_{1}}{8.314 u}\right)"),
    (torch.sqrt(U) * torch.abs(X), "sqrt(u)*abs(x)", r"\sqrt{u} \left|x\right|"),
    (torch.where(X < 0, U, 2 * Y), "where(x < 0, u, 2*Y_F)", r"\operatorname{where}\left(x < 0, u, 2 Y_{F}\right)"),
    (torch.square(U), "u^2", "u^{2}"),
]


@pytest.mark.parametrize("e, plain, tex", PRINTED, ids=[p[1] for p in PRINTED])
def test_text_and_latex(e: Expression, plain: str, tex: str) -> None:
    assert text(e) == plain
    assert latex(e) == tex


@pytest.mark.parametrize("e, plain, tex", PRINTED, ids=[p[1] for p in PRINTED])
def test_what_is_printed_is_read_back(e: Expression, plain: str, tex: str) -> None:
    _, read = parse_equation(plain + " = 0", *NAMES)
    difference = (read - to_sympy(e, ["x", "t"])).doit()
    values = {a: 0.7 + 0.1 * i for i, a in enumerate(sorted(difference.atoms(sympy.Derivative), key=str))}
    difference = difference.xreplace(values).subs(
        {sympy.Function(n, real=True)(*sympy.symbols("x t", real=True)): 0.6 for n in NAMES[0]}
    )
    assert abs(complex(difference.subs(dict.fromkeys(difference.free_symbols, 0.9)))) < 1e-9


def test_at_and_networks() -> None:
    (w,) = call(MLP(2, 1, width=2, depth=1), [X, 2 * T], 1)
    e = at(D(U, X), x=0.0) * w
    assert text(e) == "u_x(x=0)*MLP(x, 2*t)"
    assert latex(e) == r"\left.u_{x}\right|_{x=0} \operatorname{MLP}\left(x, 2 t\right)"
    x, t = sympy.symbols("x t", real=True)
    u = sympy.Function("u", real=True)(x, t)
    opaque = sympy.Function("MLP_0", real=True)(x, 2 * t)
    assert to_sympy(e, ["x", "t"]) == sympy.Subs(sympy.Derivative(u, x), (x,), (0,)) * opaque


def test_long_words_are_words_in_latex() -> None:
    assert latex(parameter("heat_capacity")) == r"\mathrm{heat\_capacity}"
    assert latex(parameter("T_in")) == r"T_{\mathrm{in}}"
    assert latex(parameter("omega_0")) == r"\omega_{0}"


def test_abbreviations() -> None:
    part: Any = torch.exp(-K * X) + U * NU
    (short,), meaning = abbreviate([D(part * U, X) + part])
    assert text(short) == "(a_1*u)_x + a_1"
    assert {n: text(e) for n, e in meaning.items()} == {"a_1": "exp(-k_1*x) + u*nu"}


DOC = """The title = 3 is not indented.

    mass: u_t + (k_1*u_x)_x
        + 3*u = Y_F
    rate := nu*(Y_F - u)
    energy: Y_F_t = rate + rate_x,   2*u = Y_F

on 0 <= x <= 1 with

    0 <= x <= 1
"""


def test_equation_lines() -> None:
    assert equation_lines(DOC) == [
        "mass: u_t + (k_1*u_x)_x + 3*u = Y_F",
        "rate := nu*(Y_F - u)",
        "energy: Y_F_t = rate + rate_x",
        "2*u = Y_F",
    ]


def test_definitions_in_docstrings() -> None:
    read = parse_docstring(DOC, *NAMES)
    assert list(read) == ["mass", "energy", "equation"]
    x, t = sympy.symbols("x t", real=True)
    u, y = (sympy.Function(n, real=True)(x, t) for n in NAMES[0])
    nu = sympy.Symbol("nu", real=True)
    wanted = y.diff(t) - nu * (y - u) - nu * (y.diff(x) - u.diff(x))
    assert sympy.expand(read["energy"].doit() - wanted) == 0


@pytest.mark.parametrize(
    "line, message",
    [
        ("u_t + q*u_x = 0", r"Unknown names.*'q'"),
        ("u_t + u_y = 0", r"Unknown names.*'u_y'"),
        ("u_t + (u*u)_y = 0", "subscript '_y'"),
        ("u_t + + * u = 0", "cannot be read"),
        ("u(0, t) = 0", "cannot be read"),
        ("sin(u = 0", "cannot be read"),
    ],
)
def test_unreadable_lines(line: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_equation(line, *NAMES)
