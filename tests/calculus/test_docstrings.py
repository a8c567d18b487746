"""The equation that a problem's docstring prints is the one in its code: every file in problems/, found by itself."""

from __future__ import annotations

import importlib
import random
from pathlib import Path
from typing import Any

import pytest
import sympy

from pinnsuite.calculus.docstring import parse_docstring
from pinnsuite.calculus.symbols import to_sympy
from pinnsuite.errors import InputError
from pinnsuite.problem import Problem
from pinnsuite.trace import trace

FILES = sorted(p.stem for p in (Path(__file__).parents[2] / "problems").glob("*.py") if not p.stem.startswith("_"))


def problems(stem: str) -> list[type[Problem]]:
    """The problems that a file defines."""
    module = importlib.import_module(f"pinnsuite.problems.{stem}")
    found = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, Problem)]
    return [c for c in found if c.__module__ == module.__name__]


def proportional(left: Any, right: Any, numbers: dict[str, float]) -> bool:
    """Whether two expressions differ by a nonzero constant factor, at random values of all derivatives and symbols."""
    left, right = left.doit(), right.doit()
    atoms = [
        left.atoms(kind) | right.atoms(kind) for kind in (sympy.Subs, sympy.Derivative, sympy.Function, sympy.Symbol)
    ]
    opaque = [
        a
        for kind in atoms
        for a in sorted(kind, key=lambda a: (-a.count_ops(), str(a)))
        if not isinstance(a, sympy.Function) or isinstance(a, sympy.core.function.AppliedUndef)
    ]
    draw = random.Random(0)
    ratios = []
    for _ in range(8):
        values = {a: sympy.Float(numbers.get(str(a), draw.uniform(0.5, 1.5)), 30) for a in opaque}
        a, b = left, right
        for atom, value in values.items():
            a, b = a.xreplace({atom: value}), b.xreplace({atom: value})
        ratios.append(complex(a) / complex(b))
    return abs(ratios[0]) > 0 and all(abs(r / ratios[0] - 1) < 1e-9 for r in ratios)


@pytest.mark.parametrize("stem", FILES)
def test_docstring_is_the_equation(stem: str) -> None:
    found = problems(stem)
    assert found, f"problems/{stem}.py defines no problem"
    for kind in found:
        problem, numbers = kind(), {}
        try:
            traced = trace(problem, symbolic=True)
        except InputError:  # numbers went through Python's math: compare values
            traced = trace(problem)
            numbers = {n: v for n, v in problem.numbers().items() if isinstance(v, int | float)}
        printed = parse_docstring(
            kind.__doc__ or "", traced.field_names, traced.coordinates, problem.numbers(), problem.functions()
        )
        assert sorted(printed) == sorted(traced.equations), f"{kind.__name__}: the labels in the docstring differ"
        for name, equation in traced.equations.items():
            coded = to_sympy(equation, traced.coordinates)
            assert proportional(printed[name], coded, numbers), (
                f"{kind.__name__}.{name}: {printed[name]} is not {coded}"
            )


def test_a_wrong_docstring_is_found() -> None:
    fields, coordinates, parameters = ["u"], ["x", "t"], ["nu"]
    read = [
        parse_docstring(f"Title.\n\n    {line}\n\nand no more.", fields, coordinates, parameters)["equation"]
        for line in (
            "u_t + u*u_x - nu*u_xx = 0",
            "-2*u_t = (u^2)_x - 2*nu*u_xx",
            "u_t + u*u_x + nu*u_xx = 0",
            "u_t = 0",
        )
    ]
    assert proportional(read[0], read[1], {})
    assert not proportional(read[0], read[2], {})
    assert not proportional(read[0], read[3], {})
