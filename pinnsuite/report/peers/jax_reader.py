"""The traced equation as a JAX function: values by jax.numpy, derivatives by Taylor mode (jet), float64.

What depends on coordinates alone, the ansatz' G and d, is computed once per point by this package's own reader.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import D, Expression, constant, coordinate, held, rebuild, topological
from pinnsuite.networks.mlp import MLP
from pinnsuite.networks.waves import Waves
from pinnsuite.solvers.baseline.known import NOT_KNOWN, hoist

NAMES = {"lt": "less", "le": "less_equal", "asin": "arcsin", "acos": "arccos", "atan": "arctan"}


class JaxReader:
    """Expressions of one `MLP`, (points,) coordinates in, (points, expressions) out."""

    def __init__(self, expressions: Sequence[Expression], coordinates: Sequence[str]) -> None:
        import jax

        jax.config.update("jax_enable_x64", True)
        self.coordinates = tuple(coordinates)
        self.expressions, self.known = hoist([_spread(e) for e in expressions])
        self.highest = _highest_orders(self.expressions)

    def arrays(self, points: Mapping[str, torch.Tensor]) -> dict[str, np.ndarray]:
        """What `__call__` needs of points: their coordinates, and what is known there."""
        found = {n: points[n] for n in self.coordinates}
        if self.known:
            values = evaluate(list(self.known.values()), self.coordinates, found)
            found |= dict(zip(self.known, values.T, strict=True))
        return {n: v.numpy().copy() for n, v in found.items()}

    def __call__(self, weights: Sequence[Any], arrays: Mapping[str, Any]) -> Any:
        """For W (outputs, inputs) and b of each layer in turn; to be compiled."""
        import jax.numpy as jnp

        reading = _Reading(self, weights, arrays)
        first = arrays[self.coordinates[0]]
        return jnp.stack([jnp.broadcast_to(reading.value(e), first.shape) for e in self.expressions], axis=1)


class _Reading:
    """One evaluation; what was computed is kept, and a jet gives all orders at once."""

    def __init__(self, reader: JaxReader, weights: Sequence[Any], arrays: Mapping[str, Any]) -> None:
        self.reader, self.weights, self.arrays = reader, weights, arrays
        self.values: dict[int, Any] = {}
        self.jets: dict[Any, Any] = {}

    def value(self, node: Expression) -> Any:
        if id(node) not in self.values:
            self.values[id(node)] = self._evaluated(node)
        return self.values[id(node)]

    def _at(self, changed: Mapping[str, Any]) -> _Reading:
        return _Reading(self.reader, self.weights, {**self.arrays, **changed})

    def _evaluated(self, node: Expression) -> Any:
        import jax.numpy as jnp

        match node.op:
            case "constant":
                return node.static
            case "coordinate" | "data":
                return self.arrays[node.static]
            case "call":
                return _network(node.static, self.weights, [self.value(a) for a in node.args])
            case "output":
                return self.value(node.args[0])[:, node.static]
            case "at":
                return self._at({n: jnp.full_like(self.arrays[n], v) for n, v in held(node)}).value(node.args[0])
            case "D":
                return self._derivative(node.args[0], list(node.static))
        return _applied(node, [self.value(a) for a in node.args])

    def _derivative(self, node: Expression, orders: Sequence[tuple[str, int]]) -> Any:
        """All orders along the last coordinate by one jet, of the derivative along the others."""
        import jax.numpy as jnp
        from jax.experimental.jet import jet

        *rest, (name, order) = orders
        key = (id(node), tuple(rest), name)
        if key not in self.jets:
            x = self.arrays[name]
            along = [jnp.ones_like(x), *[jnp.zeros_like(x)] * (self.reader.highest[key] - 1)]

            def inner(x: Any) -> Any:
                moved = self._at({name: x})
                return jnp.broadcast_to(moved._derivative(node, rest) if rest else moved.value(node), x.shape)

            _, self.jets[key] = jet(inner, (x,), (along,))
        return self.jets[key][order - 1]


def _network(module: Any, weights: Sequence[Any], inputs: Sequence[Any]) -> Any:
    import jax.numpy as jnp

    h = jnp.stack(jnp.broadcast_arrays(*inputs), axis=-1)
    if isinstance(module, Waves):
        angles = h * jnp.arange(1, module.harmonics + 1)
        return jnp.stack([jnp.cos(angles), jnp.sin(angles)], axis=-1).reshape(len(h), -1)
    assert isinstance(module, MLP) and module.activation.name == "tanh", module
    *hidden, (last, bias) = zip(weights[::2], weights[1::2], strict=True)
    for weight, b in hidden:
        h = jnp.tanh(h @ weight.T + b)
    return h @ last.T + bias


def _applied(node: Expression, values: Sequence[Any]) -> Any:
    import jax
    import jax.numpy as jnp

    match node.op:
        case "add" | "sub" | "mul" | "neg":
            return getattr(operator, node.op)(*values)
        case "div":
            return values[0] / values[1]
        case "pow":
            exponent = node.args[1].static
            return values[0] ** (int(exponent) if float(exponent).is_integer() else exponent)
        case "erf":
            return jax.scipy.special.erf(values[0])
        case "gelu":
            return jax.nn.gelu(values[0], approximate=False)
        case "sigmoid" | "softplus" | "relu":
            return getattr(jax.nn, node.op)(values[0])
    return getattr(jnp, NAMES.get(node.op, node.op))(*values)


def _highest_orders(expressions: Iterable[Expression]) -> dict[Any, int]:
    """Of what is differentiated, and along what before, along each coordinate."""
    found: dict[Any, int] = {}
    for node in topological(expressions):
        for i, (name, order) in enumerate(node.static if node.op == "D" else ()):
            key = (id(node.args[0]), tuple(node.static[:i]), name)
            found[key] = max(order, found.get(key, 0))
    return found


def _spread(expression: Expression) -> Expression:
    """Derivatives of sums and of products with what is known (Leibniz) as those of their parts, down to the network."""
    memo: dict[int, Expression] = {}
    for node in topological([expression]):
        args = tuple(memo[id(a)] for a in node.args)
        memo[id(node)] = _derived(args[0], node.static) if node.op == "D" else rebuild(node, args) if args else node
    return memo[id(expression)]


def _derived(node: Expression, orders: Sequence[tuple[str, int]]) -> Expression:
    for name, order in orders:
        node = _along(node, name, order)
    return node


def _along(node: Any, name: str, order: int) -> Expression:
    """The derivative of some order along one coordinate."""
    if not order:
        return node
    match node.op:
        case "add" | "sub" | "neg":
            return rebuild(node, tuple(_along(a, name, order) for a in node.args))
        case "mul" if any(map(_is_known, node.args)):
            one, other = node.args
            parts: list[Any] = [
                math.comb(order, k) * (_along(one, name, k) * _along(other, name, order - k)) for k in range(order + 1)
            ]
            return sum(parts[1:], parts[0])
        case "div" if _is_known(node.args[1]):
            return _along(node.args[0] * (constant(1.0) / node.args[1]), name, order)
    return D(node, *[coordinate(name)] * order)


def _is_known(node: Expression) -> bool:
    return not any(n.op in NOT_KNOWN for n in topological([node]))
