"""Call a problem's functions once, on expressions, so that every reader can read them."""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as option
from typing import Any

import torch

from pinnsuite.calculus.expression import Expression, as_expression, coordinate, data, field, function, parameter
from pinnsuite.conditions import Condition, call_by_name
from pinnsuite.domain.axis import Axis
from pinnsuite.domain.region import Boundary, Slice
from pinnsuite.errors import InputError
from pinnsuite.objective.noise import Noise
from pinnsuite.parameters import Range, Unknown
from pinnsuite.problem import Problem


@dataclass(frozen=True)
class TracedCondition:
    """A condition with its residuals as expressions of fields, and its prescribed values as expressions too.

    sizes: what residuals are typically worth, where that is not to be worked out.
    noise: of the values of a field that are measured.
    """

    condition: Condition
    residuals: Mapping[str, Expression]
    values: Mapping[str, Expression]
    sizes: Mapping[str, float] = option(default_factory=dict)
    noise: Noise | None = None

    @property
    def name(self) -> str:
        region = self.condition.region
        if isinstance(region, Boundary) and region.axis:
            return f"{self.condition.kind}_{region.axis}" + (f"_{region.side}" if region.side else "")
        return self.condition.kind


@dataclass(frozen=True)
class Traced:
    """A problem as expressions: equations and conditions in fields and coordinates; unknown numbers as parameters."""

    problem: Problem
    domain: Any
    equations: Mapping[str, Expression]
    conditions: tuple[TracedCondition, ...]
    unknowns: Mapping[str, Unknown]
    derived: Mapping[str, Expression]
    budgets: Mapping[str, tuple[Expression, Expression]]
    velocity: Mapping[str, Expression]
    functions: Mapping[str, torch.nn.Module] = option(default_factory=dict)  # networks for unknown functions

    @property
    def coordinates(self) -> list[str]:
        return list(self.domain.axes)

    @property
    def field_names(self) -> list[str]:
        return [f.name for f in self.problem.field_list()]


def trace(problem: Problem, *, symbolic: bool = False) -> Traced:
    """Trace a problem. ``symbolic`` keeps fixed numbers as named parameters (for text and LaTeX).

    Raises `InputError` when the equation names a field or coordinate that the problem does not have, when a condition
    lies outside the domain, or when a function uses something that the calculus does not know.
    """
    numbers = problem.numbers()
    ranges = {n: v for n, v in numbers.items() if isinstance(v, Range)}
    unknowns = {n: v for n, v in numbers.items() if isinstance(v, Unknown)}
    bound = _bound(problem, symbolic)
    domain = problem.domain
    if ranges:
        domain = domain.with_axes(**{n: Axis(r.low, r.high, kind="parameter") for n, r in ranges.items()})
    names: dict[str, Any] = {f.name: field(f.name) for f in problem.field_list()}
    names |= {n: coordinate(n) for n in domain.axes if n not in ranges}
    equations = call_by_name(bound.equation, names, f"the equation of {problem.name}")
    if not isinstance(equations, Mapping):
        equations = {"equation": equations}
    derived = _derived(problem, bound, names)
    given = call_by_name(bound.budgets, names, f"the budgets of {problem.name}")
    budgets = {n: (as_expression(density), as_expression(source)) for n, (density, source) in given.items()}
    velocity = _velocity(problem, bound, names)
    names |= {f"normal_{n}": data(f"normal_{n}") for n in domain.space}
    names |= {"_axes": domain.axes, "_time": coordinate(domain.time) if domain.time else None}
    conditions = tuple(_trace_condition(c, domain, names, problem) for c in bound.conditions())
    traced = {n: as_expression(e) for n, e in equations.items()}
    return Traced(problem, domain, traced, conditions, unknowns, derived, budgets, velocity)


def _derived(problem: Problem, bound: Problem, names: Mapping[str, Any]) -> dict[str, Expression]:
    wanted = [f.name for f in problem.outputs()][len(problem.fields) :]
    given = call_by_name(bound.derive, names, f"the derived fields of {problem.name}") if wanted else {}
    if set(given) != set(wanted) or set(wanted) & set(names):
        raise InputError(
            f"{problem.name}: derived fields and what derive() gives must agree, with names of their own",
            given=sorted(given),
            expected=sorted(wanted),
        )
    return {n: as_expression(given[n]) for n in wanted}


def _velocity(problem: Problem, bound: Problem, names: Mapping[str, Any]) -> dict[str, Expression]:
    given, space = call_by_name(bound.velocity, names, f"the velocity of {problem.name}"), problem.domain.space
    if not isinstance(given, Mapping):
        given = dict.fromkeys(space[:1], given)
    if given and (set(given) != set(space) or problem.domain.time is None):
        raise InputError(
            f"{problem.name}: a velocity needs time, and a component along every axis of space",
            given=sorted(given),
            expected=space,
        )
    return {n: as_expression(given[n]) for n in space if given}


def _bound(problem: Problem, symbolic: bool) -> Problem:
    """A copy whose unknown and ranged numbers are expressions, and whose unknown functions give some."""
    bound = copy.copy(problem)
    for name, value in problem.numbers().items():
        if isinstance(value, Range):
            object.__setattr__(bound, name, coordinate(name))
        elif symbolic:
            object.__setattr__(bound, name, parameter(name))
        elif isinstance(value, Unknown):
            object.__setattr__(bound, name, value.expression(name))
    for name in problem.functions():
        object.__setattr__(bound, name, functools.partial(function, name))
    return bound


def _trace_condition(condition: Condition, domain: Any, names: Mapping[str, Any], problem: Problem) -> TracedCondition:
    if condition.kind == "initial":
        if domain.time is None:
            raise InputError(f"{problem.name} has an initial condition but no time axis", do="Add t=Time(0, 1)")
        condition = replace(condition, region=Slice.at(**{domain.time: domain.axes[domain.time].low}))
    domain.check(condition.region)
    unknown = set(condition.values) - {f.name for f in problem.field_list()}
    if unknown:
        raise InputError(
            f"A {condition.kind} condition of {problem.name} prescribes a field that the problem does not have",
            given=sorted(unknown),
            expected=[f.name for f in problem.field_list()],
        )
    values = {}
    for name, value in condition.values.items():
        given = call_by_name(value, names, f"the {condition.kind} value of {name}") if callable(value) else value
        values[name] = as_expression(given)
    return TracedCondition(condition, condition.residuals(names), values)
