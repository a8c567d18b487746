"""Conditions of a problem: what holds at the start, on the boundary, at points, or in the mean.

Values are numbers or functions of coordinates in plain torch, called by name: ``Initial(u=lambda x: torch.sin(x))``.
A condition that prescribes values can be met exactly by the ansatz (`pinnsuite.ansatz.hard`); every other one, and a
value where exactness would do harm, becomes a residual block.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pinnsuite.calculus.expression import D, Expression, as_expression, at, coordinate, data
from pinnsuite.domain.axis import Axis
from pinnsuite.domain.region import Boundary, Interior, Region, Slice
from pinnsuite.errors import InputError, choose

Value = Callable[..., Any] | float


@dataclass(frozen=True)
class Condition:
    """``residual(...) = 0`` on a region; it takes fields, coordinates and normals (normal_x, ...) by name.

    ``values`` is filled by the conditions that prescribe a field (or its time derivative, ``order`` 1) on the region:
    those may be met by construction. ``hard`` forces that (True) or forbids it (False); None decides by itself.
    """

    region: Region
    residual: Callable[..., Any]
    kind: str = "condition"
    values: Mapping[str, Value] = field(default_factory=dict)
    order: int = 0
    hard: bool | None = None
    over: tuple[str, ...] = ()  # integral conditions: the axes that are integrated

    def residuals(self, names: Mapping[str, Any]) -> dict[str, Expression]:
        """The traced residuals by name."""
        result = call_by_name(self.residual, names, f"the residual of a {self.kind} condition")
        result = result if isinstance(result, Mapping) else {self.kind: result}
        return {name: as_expression(e) for name, e in result.items()}


def Initial(order: int = 0, *, hard: bool | None = None, **values: Value) -> Condition:
    """Fields at the first instant: ``Initial(u=lambda x: ...)``; ``order=1`` gives their time derivative."""

    def residual(**names: Any) -> dict[str, Expression]:
        time = names["_time"]
        left = {f: D(names[f], *[time] * order) if order else names[f] for f in values}
        return {f: left[f] - value_of(v, names) for f, v in values.items()}

    # the instant itself is filled in when the problem is traced, from its time axis
    return Condition(Slice(()), residual, "initial", dict(values), order, hard)


def Dirichlet(region: Region | None = None, *, hard: bool | None = None, **values: Value) -> Condition:
    """Fields on a part of the boundary (all of it by default): ``Dirichlet(Boundary("x", "low"), u=0)``."""

    def residual(**names: Any) -> dict[str, Expression]:
        return {f: names[f] - value_of(v, names) for f, v in values.items()}

    return Condition(region or Boundary(), residual, "dirichlet", dict(values), 0, hard)


def Neumann(region: Region | None = None, **values: Value) -> Condition:
    """The outward normal derivative n . grad u on a part of the boundary."""

    def residual(**names: Any) -> dict[str, Expression]:
        return {f: _normal_derivative(names, f) - value_of(v, names) for f, v in values.items()}

    return Condition(region or Boundary(), residual, "neumann")


def Robin(region: Region | None = None, **values: tuple[Value, Value, Value]) -> Condition:
    """a u + b n . grad u = g on a part of the boundary: ``Robin(u=(a, b, g))``."""

    def residual(**names: Any) -> dict[str, Expression]:
        return {
            f: value_of(a, names) * names[f] + value_of(b, names) * _normal_derivative(names, f) - value_of(g, names)
            for f, (a, b, g) in values.items()
        }

    return Condition(region or Boundary(), residual, "robin")


def Periodic(axis: str, order: int = 1, *fields: str) -> Condition:
    """Soft periodicity, u and its first ``order`` - 1 derivatives equal at both ends.

    Prefer ``Axis(..., periodic=True)``, which is exact; this is for comparison and for fields that are not smooth.
    """

    def residual(**names: Any) -> dict[str, Expression]:
        ends, x = names["_axes"][axis], names[axis]
        result = {}
        for f in fields:
            for k in range(order):
                u = D(names[f], *[x] * k) if k else names[f]
                result[f"{f}_{k}"] = at(u, **{axis: ends.low}) - at(u, **{axis: ends.high})
        return result

    return Condition(Boundary(axis, "low"), residual, "periodic")


def PointValue(at: Mapping[str, float], **values: Value) -> Condition:
    """Fields at one point, or on the set where some coordinates have given values."""

    def residual(**names: Any) -> dict[str, Expression]:
        return {f: names[f] - value_of(v, names) for f, v in values.items()}

    return Condition(Slice(tuple(at.items())), residual, "point", dict(values))


def Interface(at: Mapping[str, float], residual: Callable[..., Any]) -> Condition:
    """What holds where two materials meet: ``Interface({"x": 0.5}, lambda a, b, x: {"value": a - b, ...})``.

    ``residual`` takes fields and coordinates by name and returns what vanishes there. A field with a kink is two
    fields, one for each side, whose equations hold on their own side: ``torch.where(x < 0.5, D(a, x, x), 0.0)``.
    """
    return Condition(Slice(tuple(at.items())), residual, "interface")


def Integral(of: Callable[..., Any], equals: float = 0.0, over: tuple[str, ...] = ()) -> Condition:
    """The integral of an expression over some axes (all axes in space by default) equals a number.

    Evaluated by Gauss-Legendre quadrature on a box; on axes that are not integrated it holds at every drawn value.
    """

    def residual(**names: Any) -> Expression:
        axes = names["_axes"]
        measure = 1.0
        for name in over or [n for n, a in axes.items() if a.kind == "space"]:
            measure *= axes[name].length
        return call_by_name(of, names, "an integral condition") - equals / measure

    return Condition(Interior(), residual, "integral", over=over or ("*space",))


def _normal_derivative(names: Mapping[str, Any], name: str) -> Expression:
    axes: Mapping[str, Axis] = names["_axes"]
    terms = [data(f"normal_{a}") * D(names[name], coordinate(a)) for a, axis in axes.items() if axis.kind == "space"]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def value_of(value: Any, names: Mapping[str, Any]) -> Any:
    """A prescribed value as an expression: numbers stay, functions are called with what they name."""
    return call_by_name(value, names, "a prescribed value") if callable(value) else value


def call_by_name(function: Callable[..., Any], names: Mapping[str, Any], what: str) -> Any:
    """Call a function with the arguments it names; a name that does not exist is an error with the right ones.

    Whatever goes wrong inside is reported with the user's own line, as an `InputError`.
    """
    try:
        wanted = inspect.signature(function).parameters
    except ValueError:  # built in
        name = getattr(function, "__name__", repr(function))
        do = f"Name its arguments: lambda x: {name}(x)"
        raise InputError(f"In {what}: {name} does not say what its arguments are", do=do) from None
    if any(p.kind is p.VAR_KEYWORD for p in wanted.values()):
        return function(**names)  # one of this module's residuals; a user's value inside is called by name below
    arguments = {}
    for name, p in wanted.items():
        if name in names:
            arguments[name] = names[name]
        elif p.default is p.empty:
            try:
                choose(name, [n for n in names if not n.startswith("_")], "field, coordinate or normal")
            except InputError as error:
                raise InputError(f"In {what}: {error}") from None
    try:
        return function(**arguments)
    except Exception as error:
        kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
        raise InputError(f"In {what}{_line_of(function, error)}: {kind}{error}") from None


def _line_of(function: Callable[..., Any], error: Exception) -> str:
    """Where in the user's own file it went wrong."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
    return f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno}: {frames[-1].line})" if frames else ""
