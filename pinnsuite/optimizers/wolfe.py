"""A line search that satisfies the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

from pinnsuite.objective.objective import Objective

Evaluate = Callable[[float], tuple[float, torch.Tensor, float]]  # step -> (value, gradient, slope)


@dataclass(frozen=True)
class Point:
    """A step length with the value, gradient and slope of the objective there."""

    step: float
    value: float
    gradient: torch.Tensor
    slope: float


def strong_wolfe(
    evaluate: Evaluate, start: Point, first: float, *, decrease: float = 1e-4, curvature: float = 0.9, trials: int = 25
) -> Point | None:
    """A step with f <= f0 + c1 a f0' and |f'| <= c2 |f0'| (Nocedal and Wright 2006, algorithms 3.5 and 3.6).

    A step with a sufficient decrease alone is returned after the given number of trials; None if there is none either.
    """
    below, length, best = start, first, None
    above: Point | None = None
    for _ in range(trials):
        point = Point(length, *evaluate(length))
        finite = math.isfinite(point.value) and math.isfinite(point.slope)
        enough = finite and point.value <= start.value + decrease * length * start.slope
        if enough and (best is None or point.value < best.value):
            best = point
        if not finite:
            above = Point(length, math.inf, point.gradient, math.nan)
        elif not enough or (point.value >= below.value and below.step > start.step):
            above = point
        elif abs(point.slope) <= -curvature * start.slope:
            return point
        elif point.slope >= 0 if above is None else point.slope * (above.step - below.step) >= 0:
            above, below = below, point
        else:
            below = point
        length = 2.5 * length if above is None else _between(below, above)
        if above is not None and abs(above.step - below.step) < 1e-14 * max(1.0, abs(below.step)):
            break
    return best


def search_along(
    objective: Objective, loss: float, gradient: torch.Tensor, direction: torch.Tensor, *, scaled: bool, trials: int
) -> Point | None:
    """Move the parameters along a direction to a point of `strong_wolfe`; where there is none they stay.

    The first trial is the whole direction, or one of length at most 1 where the direction is not ``scaled`` yet.
    """
    vector = objective.parameters
    origin = vector.copy()

    def evaluate(length: float) -> tuple[float, torch.Tensor, float]:
        vector.set(origin + length * direction)
        value, g = objective.gradient()
        return value, g, float(g @ direction)

    first = 1.0 if scaled else min(1.0, 1.0 / float(gradient.abs().sum()))
    start = Point(0.0, loss, gradient, float(gradient @ direction))
    found = strong_wolfe(evaluate, start, first, trials=trials)
    vector.set(origin if found is None else origin + found.step * direction)
    return found


def _between(below: Point, above: Point) -> float:
    """The minimiser of the cubic through both values and slopes, kept away from the ends."""
    width = above.step - below.step
    if not math.isfinite(above.value):
        return below.step + 0.1 * width
    inner = below.step + 0.5 * width
    if math.isfinite(above.slope):
        d1 = below.slope + above.slope - 3 * (below.value - above.value) / (below.step - above.step)
        square = d1 * d1 - below.slope * above.slope
        if square >= 0:
            d2 = math.copysign(math.sqrt(square), width)
            bottom = above.slope - below.slope + 2 * d2
            if bottom:
                inner = above.step - width * (above.slope + d2 - d1) / bottom
    low, high = sorted((below.step + 0.1 * width, below.step + 0.9 * width))
    return min(max(inner, low), high)
