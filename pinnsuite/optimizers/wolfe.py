"""A line search that satisfies the strong Wolfe conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch

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
