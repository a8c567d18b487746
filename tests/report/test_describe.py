"""The description of a problem."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
import torch

from pinnsuite.calculus.expression import D
from pinnsuite.conditions import Condition, Dirichlet, Initial, Integral, Neumann, PointValue
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.domain.region import Boundary
from pinnsuite.parameters import Range, Unknown, number
from pinnsuite.problem import Field, Problem
from pinnsuite.report.describe import describe

FILES = sorted(p.stem for p in (Path(__file__).parents[2] / "problems").glob("*.py") if not p.stem.startswith("_"))


@dataclass(frozen=True)
class Rod(Problem):
    """A rod that cools.

    More words.
    """

    alpha: Any = number(0.25, unit="m**2/s", doc="diffusivity")
    shape: Literal["sine", "step"] = "sine"

    domain = Box(x=Axis(0, 2, unit="m"), t=Time(0, 1, unit="s"))
    fields = (Field("T", unit="K", scale=10.0, offset=300.0, doc="temperature"),)
    good_values = "alpha = 0.25"
    source = "Fourier (1822)"

    def equation(self, T: Any, x: Any, t: Any) -> Any:
        return D(T, t) - self.alpha * D(T, x, x)

    def conditions(self) -> Sequence[Condition]:
        return [
            Initial(T=lambda x: 300 + torch.sin(torch.pi * x)),
            Dirichlet(Boundary("x", "low"), T=300.0),
            Neumann(Boundary("x", "high"), T=0.0),
            PointValue({"x": 1.0, "t": 0.5}, T=301.0),
            Integral(lambda T: T, equals=600.0),
        ]


WANTED = """Rod
===

A rod that cools.

Equation
    T_t - alpha*T_xx = 0   [K/s]
    In LaTeX:
    T_{t} - \\alpha T_{xx} = 0

Fields
    T  [K]  temperature; values near 300 + 10

Coordinates
    x  0 to 2 [m]
    t  0 to 1 [s]  time

Parameters
    alpha  = 0.25 [m**2/s]  diffusivity
    shape  = sine

Conditions
    initial, at t = 0 (exact by construction)
        T = 300 + sin(pi*x)
    dirichlet, at x = 0 (exact by construction)
        T = 300
    neumann, at x = 2 (a residual)
        normal_x*T_x = 0
    point, at x = 1, t = 0.5 (a residual)
        T = 301
    integral, over the whole domain (a residual)
        T - 300 = 0

Good values
    alpha = 0.25

Reference solution
    none: a solve is judged by the residual at fresh points

Source
    Fourier (1822)
"""


def test_everything_is_said() -> None:
    assert describe(Rod()) == WANTED


def test_unknowns_and_ranges() -> None:
    found = describe(Rod(alpha=Unknown(0.3, low=0.1, high=1.0, scale="log")))
    assert "alpha  to be found; first guess 0.3, between 0.1 and 1 [m**2/s]  diffusivity" in found
    ranged = " ".join(describe(Rod(alpha=Range(0.1, 1.0))).split())
    assert "alpha 0.1 to 1 a parameter, solved for all values at once" in ranged
    assert "alpha every value from 0.1 to 1 [m**2/s]" in ranged


def test_numbers_that_python_uses_are_printed_as_values() -> None:
    class Rounded(Rod):
        def equation(self, T: Any, x: Any, t: Any) -> Any:  # type: ignore[override]
            return D(T, t) - float(self.alpha) * D(T, x, x)

    assert "T_t - 0.25*T_xx = 0\n" in describe(Rounded())


def test_notes_of_the_ansatz_are_shown() -> None:
    class Corner(Rod):
        def conditions(self) -> Sequence[Condition]:
            return [Initial(T=301.0), Dirichlet(T=300.0)]

    found = " ".join(describe(Corner()).split())
    assert "dirichlet, on the boundary (a residual)" in found
    assert "Note: T: initial and boundary values disagree where they meet" in found


@pytest.mark.parametrize("stem", FILES)
def test_every_problem_is_described(stem: str) -> None:
    module = importlib.import_module(f"pinnsuite.problems.{stem}")
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, Problem) and kind.__module__ == module.__name__:
            found = describe(kind())
            assert found.startswith(kind.__name__) and " = 0" in found
            assert "Conditions\n" in found or "to be found" in found
            widest = max((len(line), line) for line in found.splitlines() if "\\" not in line)
            assert widest[0] <= 100, widest[1]
