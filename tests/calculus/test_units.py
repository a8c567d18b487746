"""Dimensions of equations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from pinnsuite.calculus.expression import D
from pinnsuite.calculus.units import check_units
from pinnsuite.conditions import Condition, Initial, Neumann, Robin
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.errors import InputError
from pinnsuite.parameters import Range, Unknown, UnknownFunction, number
from pinnsuite.problem import Field, Problem


@dataclass(frozen=True)
class Rod(Problem):
    alpha: float | Unknown | Range = number(1e-4, unit="m**2/s")
    decay: float = number(0.1, unit="1/s")
    reference_temperature: float = number(300.0, unit="K")
    exponent: float = number(1.5)
    length: float = number(2.0, unit="m")

    domain = Box(x=Axis(0, 2, unit="m"), t=Time(0, 1, unit="s"))
    fields = (Field("T", unit="K"),)

    def equation(self, T: Any, x: Any, t: Any) -> Any:
        return D(T, t) - D(self.alpha * D(T, x), x)

    def conditions(self) -> Sequence[Condition]:
        return [
            Initial(T=lambda x: 300 + torch.sin(torch.pi * x)),
            Neumann(T=0.5),
            Robin(T=(2.0, 1.0, lambda t: 300 + torch.sin(t))),
        ]


def rod(equation: Callable[..., Any], **more: Any) -> Rod:
    kind = type("Mine", (Rod,), {"equation": equation, **more})
    return kind()  # type: ignore[no-any-return]


def test_units_of_residuals() -> None:
    assert check_units(Rod()) == {"equation": "K/s"}
    assert check_units(Rod(alpha=Unknown(1e-4, scale="log", unit="cm**2/s"))) == {"equation": "K/s"}
    assert check_units(Rod(alpha=Range(1e-4, 1e-3))) == {"equation": "K/s"}


@dataclass(frozen=True)
class Decaying(Rod):
    decay: Any = number(0.1, unit="1/s")

    def equation(self, T: Any, x: Any, t: Any) -> Any:
        return D(T, t) + self.decay(x) * T

    def conditions(self) -> Sequence[Condition]:
        return []


@dataclass(frozen=True)
class Undeclared(Decaying):
    decay: Any = number(0.1)


def test_an_unknown_function_has_the_unit_of_its_parameter_or_its_own() -> None:
    assert check_units(Decaying(decay=UnknownFunction())) == {"equation": "K/s"}
    assert check_units(Undeclared(decay=UnknownFunction(unit="1/s"))) == {"equation": "K/s"}
    with pytest.raises(InputError, match="K/m"):
        check_units(Undeclared(decay=UnknownFunction(unit="1/m")))


def test_no_units_no_check() -> None:
    class Bare(Rod):
        domain = Box(x=Axis(0, 2))
        fields = ("T",)

        def numbers(self) -> dict[str, Any]:
            return {}

        def equation(self, T: Any, x: Any) -> Any:  # type: ignore[override]
            return T + D(T, x) + torch.exp(x)

    assert check_units(Bare()) == {}


GOOD: dict[str, tuple[Callable[..., Any], str]] = {
    "relative": (lambda self, T, t: torch.exp(T / self.reference_temperature) * D(T, t), "K/s"),
    "power": (lambda self, T: T**2 * torch.sqrt(T) / self.reference_temperature**1.5, "K"),
    "named power": (lambda self, T: (T / self.reference_temperature) ** self.exponent * T**self.exponent, "K**1.5"),
    "zero": (lambda self, T, t: D(T, t) + torch.where(t < 0, 0.0, self.decay * T), "K/s"),
    "pure number": (lambda self, T: (T / self.reference_temperature - 1) * 2, "1"),
    "clamped": (lambda self, T: torch.maximum(T, self.reference_temperature) - torch.abs(T), "K"),
}


@pytest.mark.parametrize("name", GOOD)
def test_consistent_equations(name: str) -> None:
    equation, unit = GOOD[name]
    shown = check_units(rod(equation, conditions=lambda self: []))["equation"]
    assert shown.replace("^", "**").replace("¹⋅⁵", "**1.5") == unit


BAD: dict[str, tuple[Callable[..., Any], str]] = {
    "sum": (
        lambda self, T, x, t: D(T, t) - D(T, x, x),
        r"equation 'equation'.*terms T_t and T_xx.*Given: K/s and K/m²",
    ),
    "bare number": (lambda self, T, t: D(T, t) - 0.1 * T, r"T_t and 0.1\*T"),
    "function": (lambda self, T: torch.exp(T), r"exp\(T\) is a function.*Given: K.*reference value"),
    "where": (lambda self, T, t: torch.where(t < 0, T, T * T), r"terms T and T\*T"),
    "comparison": (lambda self, T, t: torch.where(t < self.length, T, T), "terms t and length"),
}


@pytest.mark.parametrize("name", BAD)
def test_inconsistent_equations(name: str) -> None:
    equation, message = BAD[name]
    with pytest.raises(InputError, match=message):
        check_units(rod(equation))


def test_mixed_prefixes_and_unreadable_units() -> None:
    millimetres = Box(x=Axis(0, 2, unit="mm"), t=Time(0, 1, unit="s"))
    with pytest.raises(InputError, match=r"Given: K/s and 1e\+06 K/s.*Correct the units of parameters"):
        check_units(rod(Rod.equation, domain=millimetres))
    with pytest.raises(InputError, match=r"unit of 'T' cannot be read.*Given: kelvins2"):
        check_units(rod(Rod.equation, fields=(Field("T", unit="kelvins2"),)))


def test_conditions_are_checked() -> None:
    def conditions(self: Any) -> list[Condition]:
        return [Robin(T=(self.length, 1.0, 0.0)), Robin(T=(self.length, self.alpha, 0.0))]

    with pytest.raises(InputError, match=r"the robin condition 'T'.*different units"):
        check_units(rod(Rod.equation, conditions=conditions))
