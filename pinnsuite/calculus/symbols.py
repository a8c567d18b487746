"""The symbolic reader: a traced expression as SymPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from pinnsuite.calculus.expression import Expression, topological
from pinnsuite.calculus.operations import OPERATIONS
from pinnsuite.calculus.terms import named_power


def to_sympy(expression: Expression, coordinates: Sequence[str]) -> Any:
    """Fields become functions of all coordinates, numbers symbols, D a `Derivative`, `at` a `Subs`.

    A network is an opaque function of its inputs; an operation is what the table of operations says.
    """
    variables = {n: sympy.Symbol(n, real=True) for n in coordinates}
    memo: dict[int, Any] = {}
    for node in topological([expression]):
        args = [memo[id(a)] for a in node.args]
        power = named_power(node)
        memo[id(node)] = memo[id(power[0])] ** memo[id(power[1])] if power else _symbol(node, args, variables)
    return memo[id(expression)]


def _symbol(node: Expression, args: list[Any], variables: dict[str, Any]) -> Any:
    match node.op:
        case "constant":
            return sympy.Integer(int(node.static)) if node.static.is_integer() else sympy.Float(node.static)
        case "coordinate":
            return variables.get(node.static, sympy.Symbol(node.static, real=True))
        case "parameter" | "data":
            return sympy.Symbol(node.static, real=True)
        case "field":
            return sympy.Function(node.static, real=True)(*variables.values())
        case "function":
            return sympy.Function(node.static, real=True)(*args)
        case "D":
            return sympy.Derivative(args[0], *((variables[n], order) for n, order in node.static))
        case "at":
            return sympy.Subs(args[0], tuple(variables[n] for n in node.static), tuple(args[1:]))
        case "call":
            return sympy.Tuple(*args)
        case "output":
            return sympy.Function(f"{type(node.args[0].static).__name__}_{node.static}", real=True)(*args[0])
        case "where" if not isinstance(args[0], sympy.logic.boolalg.Boolean):
            args = [sympy.Ne(args[0], 0), *args[1:]]
    return OPERATIONS[node.op].sympy(sympy, *args)
