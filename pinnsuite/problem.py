"""A problem: an equation, its domain, its conditions and its numbers, in one frozen dataclass.

    @dataclass(frozen=True)
    class Heat(Problem):
        alpha: float = number(0.1, unit="m**2/s", doc="diffusivity")

        domain = Box(x=Axis(0, 1, unit="m"), t=Time(0, 1, unit="s"))
        fields = (Field("T", unit="K"),)

        def equation(self, T, x, t):
            return D(T, t) - self.alpha * D(T, x, x)

        def conditions(self):
            return [Initial(T=lambda x: torch.sin(torch.pi * x)), Dirichlet(T=0)]

Systems return a dictionary of residuals; steady problems have no time axis, ordinary differential equations only that;
complex fields are pairs; an eigenvalue is a parameter that is an `Unknown`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from pinnsuite.conditions import Condition
from pinnsuite.domain.box import Box
from pinnsuite.errors import InputError
from pinnsuite.parameters import Range, Unknown, UnknownFunction


@dataclass(frozen=True)
class Field:
    """An unknown function.

    ``scale`` and ``offset`` say which values are typical: the network gives (u - offset) / scale.
    """

    name: str
    unit: str = ""
    scale: float | None = None
    offset: float = 0.0
    doc: str = ""


@dataclass(frozen=True)
class Problem:
    """The base of every problem. Subclasses give ``domain``, ``fields``, ``equation`` and ``conditions``."""

    domain: ClassVar[Box | Any]
    fields: ClassVar[Sequence[Field | str]]
    good_values: ClassVar[str] = ""
    source: ClassVar[str] = ""
    residual_scales: ClassVar[Mapping[str, float]] = {}
    lyapunov: ClassVar[float] = 0.0
    """The largest Lyapunov exponent of a chaotic problem, per unit of time."""
    symmetry: ClassVar[Mapping[str, Mapping[str, int]]] = {}
    """{axis: {field: 1 or -1}} of all fields, even or odd about the middle of an axis: for `solver.symmetric`."""
    layers: ClassVar[Mapping[str, Sequence[tuple[float, float]]]] = {}
    """{axis: [(place, width)]} of layers across an axis that is not periodic: for `solver.layers`. The width is roughly
    where a layer begins to bend away from its surroundings; thinner layers than that are resolved too."""
    derived: ClassVar[Sequence[Field | str]] = ()
    """What follows from the fields (`derive`): evaluated, compared, drawn and exported with them."""

    def __post_init__(self) -> None:
        for f in dataclasses.fields(self):
            value = getattr(self, f.name)
            low, high = f.metadata.get("low", -math.inf), f.metadata.get("high", math.inf)
            if isinstance(value, int | float) and not low <= value <= high:
                raise InputError(
                    f"The parameter {f.name} of {type(self).__name__} is out of range",
                    given=value,
                    expected=f"{low:g} <= {f.name} <= {high:g}",
                )

    def equation(self, *args: Any, **names: Any) -> Any:
        """The residual, or {name: residual}; arguments are fields and coordinates, taken by name."""
        raise InputError(f"{type(self).__name__} states no equation", do="Give it a method equation(self, u, x)")

    def derive(self, *args: Any, **names: Any) -> Mapping[str, Any]:
        """{name: expression} of every field in ``derived``, such as a velocity from a stream function."""
        raise InputError(
            f"{type(self).__name__} does not say what {list(self.derived)} are", do="Give it a method derive"
        )

    def velocity(self, *args: Any, **names: Any) -> Any:
        """What carries the fields along, for `solver=lagrangian`: an expression, or {axis: expression} of more axes."""
        return {}

    def budgets(self, *args: Any, **names: Any) -> Mapping[str, tuple[Any, Any]]:
        """{name: (density, source)}: the mean of the density over the domain changes at the rate of that of the source.

        Of an energy that is conserved the source is 0. Solutions are checked against them, and nothing is trained.
        """
        return {}

    def true_values(self) -> Mapping[str, Any]:
        """What unknown numbers and functions are known to be, where there is an exact solution to compare fits with."""
        return {}

    def conditions(self) -> Sequence[Condition]:
        """Initial, boundary and other conditions."""
        return ()

    reference: ClassVar[Callable[..., Mapping[str, np.ndarray]] | None] = None
    """``reference(self, x, t)`` with one-dimensional arrays gives {field: array (len(x), len(t))}; None without one.

    Derived fields are among the fields.
    On a shape the arguments are the coordinates of points and the arrays have shape (points,).
    """

    @property
    def name(self) -> str:
        return type(self).__name__

    def field_list(self) -> list[Field]:
        return [f if isinstance(f, Field) else Field(f) for f in self.fields]

    def outputs(self) -> list[Field]:
        """The fields, and after them the derived ones."""
        return self.field_list() + [f if isinstance(f, Field) else Field(f) for f in self.derived]

    def numbers(self) -> dict[str, float | Unknown | Range]:
        """The parameters: every dataclass field that is a number, an unknown or a range."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {
            n: v for n, v in values.items() if isinstance(v, int | float | Unknown | Range) and not isinstance(v, bool)
        }

    def functions(self) -> dict[str, UnknownFunction]:
        """The unknown functions: every dataclass field that is one."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {n: v for n, v in values.items() if isinstance(v, UnknownFunction)}

    def unit_of(self, parameter: str) -> str:
        """That of a parameter as it is declared, else that of the unknown number or function in its place."""
        metadata = {f.name: f.metadata for f in dataclasses.fields(self)}
        return metadata[parameter].get("unit", "") or getattr(getattr(self, parameter), "unit", "")


def with_values(problem: Problem, values: Mapping[str, Any]) -> Problem:
    """The problem with these values in the place of its unknown numbers and functions."""
    unknown = {n for n, v in problem.numbers().items() if isinstance(v, Unknown)} | set(problem.functions())
    return dataclasses.replace(problem, **{n: v for n, v in values.items() if n in unknown})
