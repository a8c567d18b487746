"""The dimensional reader: the unit of every residual, and a refusal where the terms of a sum have different ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from textwrap import shorten

from pinnsuite.calculus.expression import Expression, topological
from pinnsuite.calculus.operations import OPERATIONS
from pinnsuite.calculus.printing import text
from pinnsuite.calculus.quantities import Unit, is_dimensionless, parse, shown
from pinnsuite.calculus.terms import additive_terms, named_power
from pinnsuite.errors import InputError
from pinnsuite.parameters import Unknown
from pinnsuite.problem import Problem
from pinnsuite.trace import Traced, trace


def check_units(problem: Problem) -> dict[str, str]:
    """The unit of each equation's residual by name; empty if the problem gives no units or hides its numbers.

    Conditions are checked too, except that numbers and functions of coordinates in them may have any unit. Raises
    `InputError` naming two terms whose units differ, a function of a quantity with a unit, or a unit that cannot be
    read.
    """
    given = [f.unit for f in problem.outputs()] + [a.unit for a in problem.domain.axes.values()]
    given += [problem.unit_of(n) for n in (*problem.numbers(), *problem.functions())]
    if not any(given):
        return {}
    try:
        traced = trace(problem, symbolic=True)
    except InputError:
        return {}  # numbers went through Python's math: their units are lost
    found = {name: _read(e, traced, False, f"the equation '{name}'") for name, e in traced.equations.items()}
    declared = {f.name: f.unit for f in problem.outputs()}
    for name, e in traced.derived.items():
        unit = _read(e, traced, False, f"the derived field '{name}'")
        if unit is not None and not is_dimensionless(unit / parse(declared[name], name)):
            raise InputError(f"The derived field '{name}' has another unit", given=shown(unit), expected=declared[name])
    axes = traced.domain.axes
    for name, e in traced.velocity.items():
        speed = parse(axes[name].unit, name) / parse(axes[traced.domain.time].unit, traced.domain.time)
        unit = _read(e, traced, False, f"the velocity along '{name}'")
        if unit is not None and not is_dimensionless(unit / speed):
            raise InputError(f"The velocity along '{name}' has another unit", given=shown(unit), expected=shown(speed))
    for c in traced.conditions:
        if not c.values:
            for name, e in c.residuals.items():
                _read(e, traced, True, f"the {c.name} condition '{name}'")
    return {name: "any" if unit is None else shown(unit) for name, unit in found.items()}


def _read(expression: Expression, traced: Traced, given_values: bool, where: str) -> Unit:
    problem = traced.problem
    fields = {f.name: f.unit for f in problem.field_list()}
    numbers = problem.numbers()

    def coordinate(name: str) -> Unit:
        unit = problem.unit_of(name) if name in numbers else traced.domain.axes[name].unit
        return parse(unit, name)

    nodes = topological([expression])
    powers = {id(n): power for n in nodes if (power := named_power(n)) is not None}
    logarithms = {id(n.args[0].args[1]) for n in nodes if id(n) in powers}
    one = parse("", "1")
    memo: dict[int, Unit] = {}
    for node in nodes:
        args = [memo[id(a)] for a in node.args]
        match node.op:
            case "constant":
                unit = None if given_values or node.static == 0 else one
            case "coordinate":
                unit = None if given_values else coordinate(node.static)
            case "field":
                unit = parse(fields[node.static], node.static)
            case "parameter":
                unit = parse(problem.unit_of(node.static), node.static)
            case "data":
                unit = one if node.static.startswith("normal_") else None
            case "function":
                unit = parse(problem.unit_of(node.static), node.static)
            case "call" | "output":
                unit = None
            case "D":
                unit = args[0]
                for name, order in node.static:
                    unit = None if unit is None else unit / coordinate(name) ** order
            case "exp" if id(node) in powers:
                base, exponent = powers[id(node)]
                value = numbers.get(str(exponent.static))
                value = value.initial if isinstance(value, Unknown) else value
                known = isinstance(value, int | float) and memo[id(base)] is not None
                unit = memo[id(base)] ** value if known else None
            case "log" if id(node) in logarithms:
                unit = one
            case _:
                unit = _operation(node, args, one, where)
        memo[id(node)] = unit
    return memo[id(expression)]


def _operation(node: Expression, args: list[Unit], one: Unit, where: str) -> Unit:
    match node.op:
        case "add" | "sub" | "minimum" | "maximum":
            return _common(node.args, args, where)
        case "where":
            return _common(node.args[1:], args[1:], where)
        case "lt" | "le":
            _common(node.args, args, where)
            return one
        case "neg" | "abs" | "relu" | "at":
            return args[0]
        case "mul":
            return None if None in args else args[0] * args[1]
        case "div":
            return None if None in args else args[0] / args[1]
        case "square" | "sqrt" | "pow":
            exponent = {"square": 2.0, "sqrt": 0.5}.get(node.op)
            return None if args[0] is None else args[0] ** (exponent or node.args[1].static)
    for argument, unit in zip(node.args, args, strict=True):
        if OPERATIONS[node.op].dimensionless and unit is not None and not is_dimensionless(unit):
            raise InputError(
                f"In {where}: {node.op}({text(argument)}) is a function of a quantity with a unit",
                given=shown(unit),
                do="Divide the argument by a reference value",
            )
    return None if None in args else one


def _common(nodes: Sequence[Expression], units: Sequence[Unit], where: str) -> Unit:
    """The unit that all terms of a sum share."""
    (first, a), (second, b) = zip(nodes, units, strict=True)
    if a is None or b is None:
        return b if a is None else a
    same = is_dimensionless(a / b)
    if not same or not math.isclose(a.magnitude, b.magnitude, rel_tol=1e-9):
        terms = [shorten(text(additive_terms(e)[0]), 80, placeholder=" ...") for e in (first, second)]
        raise InputError(
            f"In {where}: the terms {terms[0]} and {terms[1]} have different units",
            given=f"{shown(a)} and {shown(b)}",
            do="Correct the units of parameters, fields or axes" if same else "Correct the term or the units given",
        )
    return a
