"""Equations as a paper prints them, in the order in which they were written: plain text and LaTeX."""

from __future__ import annotations

from pinnsuite.calculus.expression import Expression, topological
from pinnsuite.calculus.notation import ATOM, POWER, PRODUCT, SIGN, SUM, Latex, Printed, Text, held_together
from pinnsuite.calculus.terms import named_power


def text(expression: Expression) -> str:
    """``u_t + u*u_x - nu*u_xx``: derivatives as subscripts, (k*u_x)_x for those of an expression, u(x=0) for `at`."""
    return _print(expression, Text())


def latex(expression: Expression) -> str:
    """The same as LaTeX source, without dollar signs."""
    return _print(expression, Latex())


def _print(expression: Expression, style: Text) -> str:
    memo: dict[int, Printed] = {}
    for node in topological([expression]):
        if (power := named_power(node)) is not None:
            base, exponent = (memo[id(part)] for part in power)
            memo[id(node)] = style.power(held_together(base, ATOM, style), exponent), POWER
        else:
            memo[id(node)] = _printed(node, [memo[id(a)] for a in node.args], style)
    return memo[id(expression)][0]


def _printed(node: Expression, args: list[Printed], style: Text) -> Printed:
    match node.op:
        case "constant":
            return style.number(node.static)
        case "coordinate" | "parameter" | "field" | "data":
            return style.name(node.static), ATOM
        case "add" | "sub":
            return _sum(node.op == "add", args[0], args[1], style), SUM
        case "neg":
            return f"-{held_together(args[0], PRODUCT, style)}", SIGN
        case "mul" | "div":
            negative = args[0][1] == SIGN
            left = (args[0][0][1:], PRODUCT) if negative else args[0]
            if node.op == "div":
                body = style.quotient(left, args[1])[0]
            else:
                body = f"{held_together(left, PRODUCT, style)}{style.times}{held_together(args[1], PRODUCT, style)}"
            return ("-" + body, SIGN) if negative else (body, PRODUCT)
        case "pow" | "square":
            exponent = args[1] if node.op == "pow" else style.number(2.0)
            return style.power(held_together(args[0], ATOM, style), exponent), POWER
        case "D":
            return style.derivative(args[0], [n for n, order in node.static for _ in range(order)]), ATOM
        case "at":
            fixed = [f"{style.name(n)}={value[0]}" for n, value in zip(node.static, args[1:], strict=True)]
            return style.at(held_together(args[0], ATOM, style), fixed), ATOM
        case "call":
            return ", ".join(a[0] for a in args), ATOM
        case "output":
            return style.function(f"{type(node.args[0].static).__name__}{node.static or ''}", [args[0][0]]), ATOM
        case "function":
            return style.function(node.static, [a[0] for a in args]), ATOM
        case "lt" | "le":
            return f"{args[0][0]} {'<' if node.op == 'lt' else style.at_most} {args[1][0]}", SUM
    return style.function(node.op, [a[0] for a in args]), ATOM


def _sum(plus: bool, left: Printed, right: Printed, style: Text) -> str:
    if right[1] == SIGN:
        return f"{left[0]} {'-' if plus else '+'} {right[0][1:]}"
    return f"{left[0]} {'+' if plus else '-'} {held_together(right, SUM if plus else PRODUCT, style)}"
