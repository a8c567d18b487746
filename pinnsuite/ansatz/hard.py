"""Conditions met exactly by construction: u = G(x, t) + d(x, t) N(x, t).

G takes the prescribed values and d vanishes where they are prescribed. G is a Boolean sum (transfinite interpolation,
Gordon and Hall 1973): the initial data first, then, face by face, the mismatch between the data and what is there
already, spread linearly into the box. Where data agree at corners, earlier conditions stay exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pinnsuite.calculus.expression import Expression, at, constant, coordinate, substitute
from pinnsuite.domain.box import Box
from pinnsuite.domain.region import Boundary
from pinnsuite.trace import TracedCondition


@dataclass(frozen=True)
class Exact:
    """The two parts of the ansatz of one field, and the conditions that they meet."""

    known: Expression  # G
    distance: Expression  # d
    met: tuple[TracedCondition, ...]


def exact(name: str, box: Box, conditions: Sequence[TracedCondition]) -> Exact:
    """G and d of one field from those of its conditions that allow it; the others are left to residual blocks."""
    known, distance = constant(0.0), constant(1.0)
    met: list[TracedCondition] = []
    initial = [c for c in conditions if c.condition.kind == "initial" and name in c.values]
    if initial and box.time is not None:
        axis = box.axes[box.time]
        elapsed = coordinate(box.time) - axis.low
        for c in sorted(initial, key=lambda c: c.condition.order):
            order = c.condition.order
            known = known + c.values[name] * elapsed**order * (1 / math.factorial(order))
            met.append(c)
        distance = (elapsed * (1 / axis.length)) ** len(initial)
    faces: dict[str, dict[float, Expression]] = {}
    for c in conditions:
        if c.condition.kind == "dirichlet" and name in c.values and isinstance(c.condition.region, Boundary):
            for axis_name, value, _ in box.faces(c.condition.region):
                faces.setdefault(axis_name, {})[value] = c.values[name]
            met.append(c)
    for axis_name, prescribed in faces.items():
        axis = box.axes[axis_name]
        x: Any = coordinate(axis_name)
        before = known
        for value, target in prescribed.items():
            mismatch = replace_coordinate(target, axis_name, value) - replace_coordinate(before, axis_name, value)
            other = axis.high if value == axis.low else axis.low
            ramp = (x - other) * (1 / (value - other)) if len(prescribed) == 2 else constant(1.0)
            known = known + mismatch * ramp
            distance = distance * ((x - value) * (1 / (axis.low - axis.high if value == axis.high else axis.length)))
        if len(prescribed) == 2:
            distance = 4.0 * distance
    return Exact(known, distance, tuple(met))


def replace_coordinate(expression: Expression, name: str, value: float) -> Expression:
    """The trace of an expression of coordinates on {name = value}."""
    if _differentiates(expression):
        return at(expression, **{name: value})
    return substitute(expression, {("coordinate", name): constant(value)})


def _differentiates(expression: Expression) -> bool:
    from pinnsuite.calculus.expression import topological

    return any(n.op in {"D", "at", "call"} for n in topological([expression]))


def can_be_exact(condition: TracedCondition) -> bool:
    """Whether the ansatz can meet it: prescribed values at the start or on whole faces of a box."""
    c = condition.condition
    if not c.values or c.hard is False:
        return False
    if c.kind == "initial":
        return True
    return c.kind == "dirichlet" and isinstance(c.region, Boundary) and c.region.where is None
