"""Read an expression in the Taylor algebra, given only what its leaves are (fields on a grid, typical values)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pinnsuite.calculus.expression import Expression, held, topological
from pinnsuite.calculus.jet import Jet, combine, number, restrict, shift

Fixed = tuple[tuple[str, float], ...]  # coordinates held at a value, from enclosing `at`, the innermost last
Leaf = Callable[[Fixed, Expression], Jet]  # coordinates, fields, parameters, data, networks, functions


def read(expression: Expression, coordinates: Sequence[str], leaf: Leaf) -> Jet:
    """The Taylor element of an expression; its zeroth coefficient is the value.

    D is exact for everything but the leaves: D(k(x) D(u, x), x) is k' u_x + k u_xx with u_x and u_xx from ``leaf``.
    """
    nodes = {id(n): n for n in topological([expression])}
    memo: dict[tuple[Fixed, int], Jet] = {}

    def jet(fixed: Fixed, identity: int) -> Jet:
        key = (fixed, identity)
        if key not in memo:
            memo[key] = interpreted(fixed, nodes[identity])
        return memo[key]

    def interpreted(fixed: Fixed, node: Expression) -> Jet:
        match node.op:
            case "constant":
                return number(node.static)
            case "coordinate" | "parameter" | "field" | "data" | "output" | "function":
                return leaf(fixed, node)
            case "D":
                order = dict(node.static)
                return shift(jet(fixed, id(node.args[0])), tuple(order.get(n, 0) for n in coordinates))
            case "at":
                now = held(node)
                return restrict(jet((*fixed, *now), id(node.args[0])), [coordinates.index(n) for n, _ in now])
        return combine(node.op, *(jet(fixed, id(a)) for a in node.args))

    return jet((), id(expression))
