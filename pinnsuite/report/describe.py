"""A problem in words: its equations, symbols, domain, conditions and sources, as plain text of 100 columns."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterable

import torch

from pinnsuite.ansatz.ansatz import build_ansatz
from pinnsuite.ansatz.functions import with_functions
from pinnsuite.calculus.abbreviations import abbreviate
from pinnsuite.calculus.expression import Expression, field
from pinnsuite.calculus.printing import latex, text
from pinnsuite.calculus.units import check_units
from pinnsuite.domain.axis import Axis
from pinnsuite.domain.region import Boundary, Interior, Places, Region, Slice
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.parameters import Range, Unknown, UnknownFunction
from pinnsuite.problem import Problem
from pinnsuite.report.layout import section, table, wrapped
from pinnsuite.trace import Traced, TracedCondition, trace

LONG = 200  # characters from which on an equation is printed with its repeated parts named


def describe(problem: Problem) -> str:
    """Everything a reader wants to know before a solve. Raises `InputError` for what a solve would refuse as well."""
    numeric = trace(problem)
    try:
        named = trace(problem, symbolic=True)
    except InputError:
        named = numeric  # a number went through Python's math, so it is printed as its value
    units = check_units(problem)
    title = problem.name
    parts = [f"{title}\n{'=' * len(title)}", wrapped((inspect.getdoc(type(problem)) or "").split("\n")[0], "")]
    equations = list(_equations(named, units))
    parts.append(section("Equations" if len(numeric.equations) > 1 else "Equation", equations))
    parts.append(section("Fields", table(_fields(problem))))
    parts.append(section("Derived fields", [wrapped(f"{n} = {text(e)}", hanging=4) for n, e in named.derived.items()]))
    parts.append(section("Velocity", [wrapped(f"along {n}: {text(e)}", hanging=4) for n, e in named.velocity.items()]))
    parts.append(section("Coordinates", table(_axis(n, a) for n, a in numeric.domain.axes.items())))
    parts.append(section("Parameters", table(_parameters(problem))))
    parts.append(section("Conditions", _conditions(numeric, named)))
    parts.append(section("Good values", [wrapped(problem.good_values)] if problem.good_values else []))
    parts.append(section("Reference solution", [wrapped(_reference(problem))]))
    parts.append(section("Source", [wrapped(problem.source)] if problem.source else []))
    return "\n\n".join(p for p in parts if p) + "\n"


def _equations(traced: Traced, units: dict[str, str]) -> Iterable[str]:
    names, expressions = list(traced.equations), list(traced.equations.values())
    meaning: dict[str, Expression] = {}
    if any(len(text(e)) > LONG for e in expressions):
        expressions, meaning = abbreviate(expressions)
    for name, e in zip(names, expressions, strict=True):
        label = f"{name}: " if len(names) > 1 else ""
        unit = f"   [{units[name]}]" if units else ""
        yield wrapped(f"{label}{text(e)} = 0{unit}", hanging=4)
    for name, e in meaning.items():
        yield wrapped(f"    {name} = {text(e)}", hanging=8)
    yield wrapped("In LaTeX:")
    for e in expressions:
        yield wrapped(f"{latex(e)} = 0", hanging=4)
    for name, e in meaning.items():
        yield wrapped(f"    {latex(field(name))} = {latex(e)}", hanging=8)


def _fields(problem: Problem) -> Iterable[tuple[str, str, str]]:
    for f in problem.field_list():
        typical = f"values near {f.offset:g} + {f.scale:g}" if f.scale and f.offset else ""
        typical = typical or (f"values near {f.scale:g}" if f.scale else "")
        yield f.name, _unit(f.unit), _joined(f.doc, typical)


def _axis(name: str, axis: Axis) -> tuple[str, str, str]:
    kind = {"space": "", "time": "time", "parameter": "a parameter, solved for all values at once"}[axis.kind]
    return (
        name,
        f"{axis.low:g} to {axis.high:g} {_unit(axis.unit)}".strip(),
        _joined(kind, "periodic" if axis.periodic else ""),
    )


def _parameters(problem: Problem) -> Iterable[tuple[str, str, str]]:
    numbers = problem.numbers()
    for f in dataclasses.fields(problem):
        value, doc, unit = getattr(problem, f.name), f.metadata.get("doc", ""), f.metadata.get("unit", "")
        if isinstance(value, Unknown):
            between = f", between {value.low:g} and {value.high:g}" if value.low is not None else ""
            said = f"to be found; first guess {value.initial:g}{between} {_unit(unit or value.unit)}"
        elif isinstance(value, UnknownFunction):
            said = f"a function to be found, near {value.initial:g} {_unit(unit or value.unit)} to begin with"
        elif isinstance(value, Range):
            said = f"every value from {value.low:g} to {value.high:g} {_unit(unit)}"
        else:
            said = f"= {value:g} {_unit(unit)}" if f.name in numbers else f"= {value}"
        yield f.name, said.strip(), doc


def _conditions(numeric: Traced, named: Traced) -> Iterable[str]:
    numeric = with_functions(numeric, torch.Generator().manual_seed(0), torch.zeros(1, dtype=torch.float64))
    ansatz = build_ansatz(numeric, lambda n, o: MLP(sum(n), o, width=1, depth=1), harmonics=1, hard=True)
    for c, shown in zip(numeric.conditions, named.conditions, strict=True):
        met = "a residual" if any(c is s for s in ansatz.soft) else "exact by construction"
        yield wrapped(f"{c.condition.kind}, {_region(c.condition.region, numeric)} ({met})")
        for line in _statements(shown, numeric.domain.time):
            yield wrapped(line, " " * 8, hanging=4)
    for note in ansatz.notes:
        yield wrapped(f"Note: {note}", hanging=6)


def _statements(c: TracedCondition, time: str | None) -> Iterable[str]:
    if c.values:
        dot = "_" + (time or "") * c.condition.order if c.condition.order else ""
        return [f"{name}{dot} = {text(value)}" for name, value in c.values.items()]
    return [f"{text(e)} = 0" for e in c.residuals.values()]


def _region(region: Region, traced: Traced) -> str:
    match region:
        case Interior():
            return "over the whole domain"
        case Slice(fixed):
            return "at " + ", ".join(f"{n} = {v:g}" for n, v in fixed)
        case Places(points):
            return f"at {len(next(iter(points.values())))} given points"
        case Boundary(axis, side, where):
            part = f", where {getattr(where, '__name__', 'a function of the point holds')}" if where else ""
            part = part.replace("<lambda>", "a function of the point holds")
            if axis is None:
                return f"on the boundary{part}"
            ends = traced.domain.axes[axis]
            sides = [f"{axis} = {getattr(ends, s):g}" for s in ([side] if side else ["low", "high"])]
            return "at " + " and ".join(sides) + part


def _reference(problem: Problem) -> str:
    if problem.reference is None:
        return "none: a solve is judged by the residual at fresh points"
    return (inspect.getdoc(problem.reference) or "built in").split("\n\n")[0]


def _joined(*parts: str) -> str:
    return "; ".join(p for p in parts if p)


def _unit(unit: str) -> str:
    return f"[{unit}]" if unit else ""
