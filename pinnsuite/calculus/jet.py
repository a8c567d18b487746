"""Elements of the truncated multivariate Taylor algebra, with coefficients worked out when they are asked for.

A `Jet` stands for f(z + h) = sum_a f_a h^a; coefficient ``jet[a]`` has shape (points,), is a plain number where it is
the same everywhere, or is None where it is known to be zero. D is a shift: (D^b f)_a = (a + b)!/a! f_{a+b}. Functions
of one argument follow from y = f(z), w = f'(z) by the radial derivative: |a| y_a = sum_{0 < b <= a} |b| z_b w_{a-b}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch

from pinnsuite.calculus.indices import MultiIndex, below, factorial, minus, plus
from pinnsuite.calculus.operations import OPERATIONS, TORCH_NAMES

Coefficient = torch.Tensor | float | None


class Jet:
    """A Taylor element given by the rule that yields its coefficients; each is computed at most once."""

    __slots__ = ("_known", "_rule")

    def __init__(self, rule: Callable[[MultiIndex], Coefficient]) -> None:
        self._rule = rule
        self._known: dict[MultiIndex, Coefficient] = {}

    def __getitem__(self, a: MultiIndex) -> Coefficient:
        if a not in self._known:
            self._known[a] = self._rule(a)
        return self._known[a]

    @classmethod
    def __torch_function__(
        cls, function: Callable, types: Iterable, args: tuple = (), kwargs: dict | None = None
    ) -> Jet:
        return combine(TORCH_NAMES[function], *(as_jet(a) for a in args))

    def __add__(self, other: Any) -> Jet:
        return combine("add", self, as_jet(other))

    def __sub__(self, other: Any) -> Jet:
        return combine("sub", self, as_jet(other))

    def __rsub__(self, other: Any) -> Jet:
        return combine("sub", as_jet(other), self)

    def __mul__(self, other: Any) -> Jet:
        return combine("mul", self, as_jet(other))

    def __truediv__(self, other: Any) -> Jet:
        return combine("div", self, as_jet(other))

    def __rtruediv__(self, other: Any) -> Jet:
        return combine("div", as_jet(other), self)

    def __neg__(self) -> Jet:
        return combine("neg", self)

    __radd__ = __add__
    __rmul__ = __mul__


def as_jet(value: Any) -> Jet:
    return value if isinstance(value, Jet) else number(float(value))


def number(value: torch.Tensor | float) -> Jet:
    """The same value at every point, or one per point, with no derivative."""
    return Jet(lambda a: value if not any(a) else None)


def variable(value: torch.Tensor | float, axis: int) -> Jet:
    """A coordinate: its value and a first derivative of one along its own axis."""
    return Jet(lambda a: value if not any(a) else 1.0 if sum(a) == 1 and a[axis] == 1 else None)


def shift(f: Jet, b: MultiIndex) -> Jet:
    """The derivative D^b of a jet."""

    def rule(a: MultiIndex) -> Coefficient:
        c = plus(a, b)
        return times(f[c], factorial(c) / factorial(a))

    return Jet(rule)


def restrict(f: Jet, axes: Iterable[int]) -> Jet:
    """A function that was evaluated on fixed coordinates: no derivative along those axes is left."""
    fixed = tuple(axes)
    return Jet(lambda a: None if any(a[i] for i in fixed) else f[a])


def combine(name: str, *z: Jet) -> Jet:
    """One operation of the table on jets."""
    match name:
        case "add":
            return Jet(lambda a: total([z[0][a], z[1][a]]))
        case "sub":
            return Jet(lambda a: total([z[0][a], times(z[1][a], -1.0)]))
        case "neg":
            return Jet(lambda a: times(z[0][a], -1.0))
        case "mul":
            return Jet(lambda a: total(times(z[0][b], z[1][minus(a, b)]) for b in below(a)))
        case "div":
            return _quotient(*z)
        case "pow":
            return _power(z[0], z[1])
        case "where" | "minimum" | "maximum":
            return _choice(name, *z)
    operation = OPERATIONS[name]
    if operation.kind == "locally constant":
        return Jet(lambda a: None if any(a) else _value(name, *(f[a] for f in z)))
    return _function(lambda value: _value(name, value), operation.derivative, z[0])


def _function(value: Callable, derivative: Callable[[Any, Any], Any] | None, z: Jet) -> Jet:
    assert derivative is not None
    slope: list[Jet] = []

    def rule(a: MultiIndex) -> Coefficient:
        if not any(a):
            return value(z[a])
        if not slope:
            slope.append(as_jet(derivative(z, y)))
        w, order = slope[0], sum(a)
        return total(times(times(z[b], w[minus(a, b)]), sum(b) / order) for b in below(a) if any(b))

    y = Jet(rule)
    return y


def _quotient(f: Jet, g: Jet) -> Jet:
    def rule(a: MultiIndex) -> Coefficient:
        zero = (0,) * len(a)
        rest = total(times(g[b], q[minus(a, b)]) for b in below(a) if any(b))
        top, bottom = total([f[a], times(rest, -1.0)]), g[zero]
        if top is None:
            return None
        return _value("div", top, 0.0 if bottom is None else bottom)

    q = Jet(rule)
    return q


def _power(z: Jet, exponent: Jet) -> Jet:
    p = exponent[()] if () in exponent._known else None
    if p is None:
        # the exponent is a constant by construction of the expression; any all-zero index gives it
        return Jet(lambda a: _power_of(z, exponent[(0,) * len(a)])[a])
    return _power_of(z, p)


def _power_of(z: Jet, p: Any) -> Jet:
    if p == 1:
        return z
    if p > 0 and float(p).is_integer():
        return _function(lambda v: _value("pow", v, p), lambda z, y: p * _power_of(z, p - 1), z)
    return _function(lambda v: _value("pow", v, p), lambda z, y: p * y / z, z)


def _choice(name: str, *z: Jet) -> Jet:
    def rule(a: MultiIndex) -> Coefficient:
        zero = (0,) * len(a)
        first, second = z[-2], z[-1]
        chosen = z[0][zero] if name == "where" else None
        if name != "where":
            p, q = first[zero], second[zero]
            chosen = _value("le", p, q) if name == "minimum" else _value("le", q, p)
        x, y = first[a], second[a]
        if x is None and y is None:
            return None
        left, right = _as_tensors(_filled(x), _filled(y))
        return torch.where(torch.as_tensor(chosen).bool(), left, right)

    return Jet(rule)


def _filled(c: Coefficient) -> torch.Tensor | float:
    return 0.0 if c is None else c


def _as_tensors(*values: torch.Tensor | float) -> tuple[torch.Tensor, ...]:
    like = next((v for v in values if isinstance(v, torch.Tensor)), torch.zeros((), dtype=torch.float64))
    return tuple(v if isinstance(v, torch.Tensor) else torch.full_like(like, v) for v in values)


def _value(name: str, *values: Coefficient) -> torch.Tensor | float:
    """The operation on plain values; numbers stay numbers."""
    filled = [_filled(v) for v in values]
    if any(isinstance(v, torch.Tensor) for v in filled):
        if name in {"pow", "div", "mul"}:
            return OPERATIONS[name].torch(*filled)
        return OPERATIONS[name].torch(*_as_tensors(*filled))
    return float(OPERATIONS[name].torch(*(torch.tensor(v, dtype=torch.float64) for v in filled)))


def times(x: Coefficient, y: Coefficient) -> Coefficient:
    if x is None or y is None:
        return None
    if isinstance(x, float) and x == 1.0:
        return y
    if isinstance(y, float) and y == 1.0:
        return x
    return x * y


def total(terms: Iterable[Coefficient]) -> Coefficient:
    result: Coefficient = None
    for term in terms:
        if term is not None:
            result = term if result is None else result + term
    return result
