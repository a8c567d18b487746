"""The traced form of an equation: what a problem's plain-torch function becomes when it is called once.

A problem writes ``D(u, t) + u * D(u, x) - self.nu * D(u, x, x)``. Called with `Expression` leaves it returns a small
graph; every reader (`taylor`, `reverse`, `grid`, `symbols`, `units`) interprets that same graph.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch

from pinnsuite.calculus.operations import OPERATIONS, SWAPPED, TORCH_NAMES
from pinnsuite.errors import InputError

Number = int | float


class Expression:
    """One node: an operation name, its arguments, and what is fixed about it (a number, a name, a multi-index)."""

    __slots__ = ("args", "op", "static")

    def __init__(self, op: str, args: tuple[Expression, ...] = (), static: Any = None) -> None:
        self.op, self.args, self.static = op, args, static

    @classmethod
    def __torch_function__(
        cls, function: Callable, types: Iterable, args: tuple = (), kwargs: dict | None = None
    ) -> Expression:
        if function in SWAPPED and len(args) == 2:
            return apply(SWAPPED[function], args[1], args[0])
        name = TORCH_NAMES.get(function)
        kwargs = {k: v for k, v in (kwargs or {}).items() if v not in (False, None, "none")}
        if name is None or kwargs:
            label = getattr(function, "__name__", str(function))
            raise InputError(
                f"An equation uses torch.{label}, which the calculus does not know"
                + (f" with the options {sorted(kwargs)}" if kwargs else ""),
                expected="one of " + ", ".join(sorted({f"torch.{o}" for o in OPERATIONS})),
                do="Write it with those, or give the term as a network",
            )
        return apply(name, *args)

    def __bool__(self) -> bool:
        raise InputError(
            "An equation tests a traced quantity with Python's `if`, `and`, `or`, `min` or `max`",
            do="Write torch.where(condition, a, b), torch.minimum or torch.maximum",
        )

    def __float__(self) -> float:
        raise InputError(
            "An equation turns a traced quantity into a Python number (math.sin, float(...), .item())",
            do="Use the torch function of the same name, for example torch.sin(x)",
        )

    __int__ = __index__ = __float__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in OPERATIONS:
            return lambda *args: apply(name, self, *args)
        self.__float__() if name in {"item", "numpy", "tolist"} else None
        raise AttributeError(f"an expression has no '{name}'; write torch.{name}(...) if the calculus knows it")

    def __add__(self, other: Operand) -> Expression:
        return apply("add", self, other)

    def __radd__(self, other: Operand) -> Expression:
        return apply("add", other, self)

    def __sub__(self, other: Operand) -> Expression:
        return apply("sub", self, other)

    def __rsub__(self, other: Operand) -> Expression:
        return apply("sub", other, self)

    def __mul__(self, other: Operand) -> Expression:
        return apply("mul", self, other)

    def __rmul__(self, other: Operand) -> Expression:
        return apply("mul", other, self)

    def __truediv__(self, other: Operand) -> Expression:
        return apply("div", self, other)

    def __rtruediv__(self, other: Operand) -> Expression:
        return apply("div", other, self)

    def __neg__(self) -> Expression:
        return apply("neg", self)

    def __pos__(self) -> Expression:
        return self

    def __abs__(self) -> Expression:
        return apply("abs", self)

    def __pow__(self, exponent: Operand) -> Expression:
        return apply("pow", self, exponent)

    def __rpow__(self, base: Operand) -> Expression:
        return apply("pow", base, self)

    def __lt__(self, other: Operand) -> Expression:
        return apply("lt", self, other)

    def __le__(self, other: Operand) -> Expression:
        return apply("le", self, other)

    def __gt__(self, other: Operand) -> Expression:
        return apply("lt", other, self)

    def __ge__(self, other: Operand) -> Expression:
        return apply("le", other, self)

    def __repr__(self) -> str:
        if self.op in {"constant", "coordinate", "parameter", "field", "data"}:
            return str(self.static)
        inside = ", ".join(map(repr, self.args))
        return f"{self.op}[{self.static}]({inside})" if self.static is not None else f"{self.op}({inside})"


Operand = Expression | Number | torch.Tensor


def constant(value: Number) -> Expression:
    return Expression("constant", (), float(value))


def coordinate(name: str) -> Expression:
    return Expression("coordinate", (), name)


def parameter(name: str) -> Expression:
    """A number of the problem that is found by the fit: one trainable scalar, the same at every point."""
    return Expression("parameter", (), name)


def field(name: str) -> Expression:
    """A field of the problem, replaced by its ansatz before training (`substitute`) or by data (grid reader)."""
    return Expression("field", (), name)


def function(name: str, *args: Operand) -> Expression:
    """An unknown function of the problem at some arguments, replaced by a network before training."""
    return Expression("function", tuple(as_expression(a) for a in args), name)


def data(name: str) -> Expression:
    """A number per point that no derivative sees: a normal component, a measured value."""
    return Expression("data", (), name)


def call(module: torch.nn.Module, inputs: Iterable[Expression], outputs: int) -> tuple[Expression, ...]:
    """The outputs of a network at the given inputs, as expressions."""
    node = Expression("call", tuple(inputs), module)
    return tuple(Expression("output", (node,), i) for i in range(outputs))


def apply(name: str, *args: Any) -> Expression:
    """Apply one operation of the table, folding constants and the neutral elements 0 and 1."""
    operation = OPERATIONS[name]
    if len(args) != operation.arity:
        raise InputError(f"torch.{name} takes {operation.arity} argument(s) in an equation", given=len(args))
    nodes = tuple(as_expression(a) for a in args)
    if all(n.op == "constant" for n in nodes):
        value = operation.torch(*(torch.tensor(n.static, dtype=torch.float64) for n in nodes))
        return constant(float(value))
    if name == "pow" and nodes[1].op != "constant":
        return apply("exp", nodes[1] * apply("log", nodes[0]))
    simpler = _simplified(name, nodes)
    return Expression(name, nodes) if simpler is None else simpler


def _simplified(name: str, nodes: tuple[Expression, ...]) -> Expression | None:
    values = [n.static if n.op == "constant" else None for n in nodes]
    match name:
        case "add":
            return nodes[1] if values[0] == 0 else nodes[0] if values[1] == 0 else None
        case "sub":
            return nodes[0] if values[1] == 0 else None
        case "mul":
            if 0 in values:
                return constant(0.0)
            return nodes[1] if values[0] == 1 else nodes[0] if values[1] == 1 else None
        case "div":
            return constant(0.0) if values[0] == 0 else nodes[0] if values[1] == 1 else None
        case "pow":
            return constant(1.0) if values[1] == 0 else nodes[0] if values[1] == 1 else None
    return None


def as_expression(value: Any) -> Expression:
    """Numbers and one-element tensors become constants; anything else that is not an expression is an error."""
    if isinstance(value, Expression):
        return value
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, Number):
        raise InputError(
            "An equation combines a traced quantity with something that is not a number",
            given=f"{type(value).__name__}",
            expected="a field, a coordinate, a parameter or a number",
        )
    if not math.isfinite(value):
        raise InputError("An equation contains a number that is not finite", given=value)
    return constant(value)


def D(expression: Operand, *coordinates: Expression) -> Expression:
    """The partial derivative of any expression: ``D(u, x, x)`` is u_xx, ``D(k * D(u, x), x)`` is (k u_x)_x.

    Derivatives commute, so nested ones are merged. Raises `InputError` if something else than a coordinate is given.
    """
    node = as_expression(expression)
    if not coordinates:
        raise InputError("D needs at least one coordinate", do="Write D(u, x)")
    orders: dict[str, int] = {}
    for c in coordinates:
        if not isinstance(c, Expression) or c.op != "coordinate":
            raise InputError("D differentiates with respect to coordinates", given=repr(c), expected="D(u, x)")
        orders[c.static] = orders.get(c.static, 0) + 1
    if node.op in {"constant", "parameter", "data"}:
        return constant(0.0)
    if node.op == "D":
        for name, order in node.static:
            orders[name] = orders.get(name, 0) + order
        node = node.args[0]
    return Expression("D", (node,), tuple(sorted(orders.items())))


def at(expression: Expression, **fixed: Operand) -> Expression:
    """The expression with some coordinates replaced: ``at(u, x=0.0)`` is the trace of u on x = 0.

    A derivative taken inside is evaluated there, as in u_x(0, t).
    """
    values = {name: as_expression(v) for name, v in fixed.items()}
    return Expression("at", (expression, *values.values()), tuple(values))


def held(node: Expression) -> tuple[tuple[str, float], ...]:
    """The coordinates that an `at` node fixes, with their values, which must be numbers."""
    for name, value in zip(node.static, node.args[1:], strict=True):
        if value.op != "constant":
            raise InputError(f"at(..., {name}=...) needs a number", given=repr(value), do="Give the value as a number")
    return tuple((name, value.static) for name, value in zip(node.static, node.args[1:], strict=True))


def substitute(expression: Expression, replace: Mapping[tuple[str, str], Expression]) -> Expression:
    """Replace leaves, given by their (operation, name), everywhere: fields by their ansatz, a parameter by a number."""
    memo: dict[int, Expression] = {}
    for node in topological([expression]):
        if not node.args:
            memo[id(node)] = replace.get((node.op, node.static), node) if node.op != "call" else node
            continue
        args = tuple(memo[id(a)] for a in node.args)
        memo[id(node)] = node if args == node.args else rebuild(node, args)
    return memo[id(expression)]


def rebuild(node: Expression, args: tuple[Expression, ...]) -> Expression:
    """The same operation on other arguments, simplified again."""
    if node.op == "D":
        return D(args[0], *(coordinate(n) for n, order in node.static for _ in range(order)))
    return apply(node.op, *args) if node.op in OPERATIONS else Expression(node.op, args, node.static)


def topological(expressions: Iterable[Expression]) -> list[Expression]:
    """All nodes below the given ones, arguments before the nodes that use them, each once."""
    order: list[Expression] = []
    seen: set[int] = set()
    stack = [(e, False) for e in reversed(list(expressions))]
    while stack:
        node, expanded = stack.pop()
        if expanded:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((a, False) for a in reversed(node.args))
    return order


def shared(expressions: Iterable[Expression]) -> list[Expression]:
    """The same expressions with equal subexpressions made one node, so that each is evaluated once."""
    roots = list(expressions)
    memo: dict[int, Expression] = {}
    known: dict[tuple, Expression] = {}
    for node in topological(roots):
        args = tuple(memo[id(a)] for a in node.args)
        key = (node.op, id(node.static) if node.op == "call" else node.static, tuple(map(id, args)))
        memo[id(node)] = known.setdefault(key, node if args == node.args else Expression(node.op, args, node.static))
    return [memo[id(r)] for r in roots]
