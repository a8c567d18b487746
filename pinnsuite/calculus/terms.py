"""Pieces of an expression that readers look for: terms of a sum, what changes in time, powers with a named exponent."""

from __future__ import annotations

from pinnsuite.calculus.expression import D, Expression, coordinate, rebuild, topological

SUMS = {"add", "sub", "neg"}


def additive_terms(expression: Expression) -> list[Expression]:
    """The top-level terms, without their signs: u_t - nu u_xx gives u_t and nu u_xx.

    A single term that is a product, quotient or derivative of a sum is multiplied out: c (a - b) gives c a and c b.
    """
    terms: list[Expression] = []
    stack = [expression]
    while stack:
        node = stack.pop()
        if node.op in SUMS:
            stack.extend(reversed(node.args))
        else:
            terms.append(node)
    if len(terms) > 1:
        return terms
    (single,) = terms
    linear = {"mul": (0, 1), "div": (0,), "D": (0,)}.get(single.op, ())
    for position in linear:
        inner = additive_terms(single.args[position])
        if len(inner) > 1:
            before, after = single.args[:position], single.args[position + 1 :]
            return [rebuild(single, (*before, term, *after)) for term in inner]
    return terms


def stored(equation: Expression, time: str) -> list[Expression]:
    """What changes in time, with its coefficient: [u] for u_t + u u_x and [c T] for c T_t; empty without such terms."""
    found = []
    for term in additive_terms(equation):
        memo: dict[int, Expression] = {}
        changes = False
        for node in topological([term]):
            args = tuple(memo[id(a)] for a in node.args)
            memo[id(node)] = node if args == node.args else rebuild(node, args)
            orders = dict(node.static) if node.op == "D" else {}
            if orders.get(time):
                orders[time] -= 1
                along = [coordinate(n) for n, order in orders.items() for _ in range(order)]
                memo[id(node)] = D(args[0], *along) if along else args[0]
                changes = True
        found += [memo[id(term)]] if changes else []
    return found


def named_power(node: Expression) -> tuple[Expression, Expression] | None:
    """The base and exponent of u**n with a traced exponent, which is held as exp(n log u); None for anything else."""
    if node.op != "exp" or node.args[0].op != "mul" or node.args[0].args[1].op != "log":
        return None
    exponent, logarithm = node.args[0].args
    return logarithm.args[0], exponent
