"""Initial fields whose slope jumps where a period closes: the kink as diffusion rounds it off, put into the ansatz.

A network of smooth functions is bad at a kink, and an ansatz G(x) + t N that takes the initial values keeps it for all
time. Where the equation diffuses, u_t = D u_xx + c u + ... near the kink, the kink of slope jump J becomes

    u0(x) + J (e^{c t} K(x, t) - K(x, 0)),  K = q/2 - q^2/(2 L) + sum_k V(q + k L) + V((k + 1) L - q),  q = x - low,
    V(s) = sqrt(D t / pi) exp(-s^2 / (4 D t)) - s/2 erfc(s / sqrt(4 D t))    for s >= 0

(Carslaw and Jaeger 1959, 2.4: V is the integral of erfc), which takes the values u0 at t = 0 and is smooth afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from pinnsuite.ansatz.evaluate import evaluate, start_of
from pinnsuite.ansatz.hard import replace_coordinate
from pinnsuite.calculus.expression import D, Expression, coordinate, substitute, topological
from pinnsuite.trace import Traced, TracedCondition

IMAGES = 4  # of the kink on either side
FARTHEST = 0.1  # D T / L^2 up to which the images further away are below rounding
SMALL = 1e-4  # of the field: the difference that measures the coefficients of the equation


def without_kinks(traced: Traced, name: str, condition: TracedCondition, notes: list[str]) -> TracedCondition | None:
    """The condition with values that the ansatz may contain; None if kinks remain, and the condition has to be soft."""
    for axis_name, axis in traced.domain.axes.items():
        if not axis.periodic or condition.condition.hard:
            continue
        for order, jump in jumps(traced, name, condition, axis_name):
            rounded = _rounded(traced, name, condition, axis_name) if order == 1 else None
            start = f"{name}: derivative {order} of the initial field jumps by {jump:.3g} across the periodic boundary"
            if rounded is None:
                notes.append(
                    f"{start} of {axis_name}; the initial condition is soft, because an exact one would keep that kink"
                )
                return None
            notes.append(f"{start} of {axis_name}; the ansatz contains that kink as diffusion rounds it off")
            condition = replace(condition, values={**condition.values, name: rounded})
    return condition


def jumps(traced: Traced, name: str, condition: TracedCondition, axis_name: str) -> list[tuple[int, float]]:
    """The orders, below that of the equation, of the derivatives that are not periodic, and by how much they jump."""
    axis, value, x = traced.domain.axes[axis_name], condition.values[name], coordinate(axis_name)
    derivatives = [D(value, *[x] * k) if k else value for k in range(highest_order(traced, axis_name))]
    ends = {n: torch.full((2,), a.low, dtype=torch.float64) for n, a in traced.domain.axes.items()}
    ends[axis_name] = torch.tensor([axis.low, axis.high], dtype=torch.float64)
    values = evaluate(derivatives, traced.coordinates, ends, start_of(traced))
    largest = max(1.0, float(values[:, 0].abs().max()))
    return [
        (k, float(high - low))
        for k, (low, high) in enumerate(values.T)
        if abs(low - high) * axis.scale**k > 1e-8 * largest
    ]


def highest_order(traced: Traced, axis: str) -> int:
    """Of the derivatives along an axis in the equations; at least 1."""
    orders = [
        sum(order for n, order in node.static if n == axis)
        for node in topological(list(traced.equations.values()))
        if node.op == "D"
    ]
    return max([1, *orders])


def _rounded(traced: Traced, name: str, condition: TracedCondition, axis_name: str) -> Expression | None:
    """The initial field with its kink rounded off in time, for one field with one first-order equation in time."""
    domain = traced.domain
    if len(traced.field_names) > 1 or len(traced.equations) > 1:
        return None
    if highest_order(traced, axis_name) != 2 or highest_order(traced, domain.time) != 1:
        return None
    axis, time = domain.axes[axis_name], domain.axes[domain.time]
    diffusivity, growth = _linear_part(traced, name, condition, axis_name)
    if not 0 < diffusivity * time.length <= FARTHEST * axis.length**2 or abs(growth) * time.length > 100:
        return None
    value: Any = condition.values[name]
    x, t = coordinate(axis_name), coordinate(domain.time)
    slope = D(value, x)
    jump: Any = replace_coordinate(slope, axis_name, axis.low) - replace_coordinate(slope, axis_name, axis.high)
    q: Any = x - axis.low
    spread: Any = 4 * diffusivity * (t - time.low + 1e-30 * time.length)
    parts = [_decaying(s, spread) for k in range(IMAGES) for s in (q + k * axis.length, (k + 1) * axis.length - q)]
    still: Any = q / 2 - q * q / (2 * axis.length)
    return value + jump * (torch.exp(growth * (t - time.low)) * (still + sum(parts[1:], parts[0])) - still)


def _decaying(s: Any, spread: Any) -> Any:
    """V(s), with spread = 4 D t."""
    return torch.sqrt(spread / (4 * math.pi)) * torch.exp(-s * s / spread) - s / 2 * (
        1 - torch.erf(s / torch.sqrt(spread))
    )


def _linear_part(traced: Traced, name: str, condition: TracedCondition, axis_name: str) -> tuple[float, float]:
    """D and c of u_t = D u_xx + c u + ..., by differences of the equation at the kink; NaN where there is no u_t."""
    domain = traced.domain
    axis, time = domain.axes[axis_name], domain.axes[domain.time]
    dx, dt = coordinate(axis_name) - axis.low, coordinate(domain.time) - time.low
    (equation,) = traced.equations.values()
    points = {n: torch.full((1,), a.low, dtype=torch.float64) for n, a in domain.axes.items()}

    def response(change: Any) -> float:
        both: Sequence[Expression] = [
            substitute(equation, {("field", name): condition.values[name] + sign * SMALL * change}) for sign in (1, -1)
        ]
        up, down = evaluate(both, traced.coordinates, points, start_of(traced))[0].tolist()
        return (up - down) / (2 * SMALL)

    rate = response(dt)
    if not rate:
        return math.nan, math.nan
    return -response(dx * dx / 2) / rate, -response(dx * 0 + 1) / rate
