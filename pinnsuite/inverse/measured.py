"""Measurements as conditions of a problem, in units that make precise ones count for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from pinnsuite.calculus.expression import data, field
from pinnsuite.conditions import Condition
from pinnsuite.data.observations import Measured
from pinnsuite.domain.region import Places
from pinnsuite.trace import Traced, TracedCondition

KIND = "data"
VALUE = "measured_"  # before a field: its measured value at a point


def with_measurements(traced: Traced, measured: Sequence[Measured]) -> Traced:
    """The problem with one condition more for each measured field: u(x_i) - u_i = 0 at the measured points.

    The points are shuffled, so that the first of them are spread as all. Residuals are in units of the spread of the
    values, and of their noise where it is known for all: what is known half as precisely, relative to its spread, as
    the most precise field counts a quarter as much.
    """
    spreads = [spread_of(m.values) for m in measured]
    relative = [m.noise / s if m.noise is not None else None for m, s in zip(measured, spreads, strict=True)]
    known = [r for r in relative if r is not None]
    finest = min(known) if len(known) == len(measured) and known else None
    conditions = []
    for m, spread, noise in zip(measured, spreads, relative, strict=True):
        size = spread * (noise / finest if noise is not None and finest is not None else 1.0)
        order = order_of(len(m.values))
        points = {n: x[order] for n, x in {**m.points, VALUE + m.name: m.values}.items()}
        left = traced.derived.get(m.name, field(m.name))
        residual = {m.name: left - data(VALUE + m.name)}
        conditions.append(TracedCondition(Condition(Places(points), _given, KIND), residual, {}, {m.name: size}))
    return replace(traced, conditions=(*traced.conditions, *conditions))


def order_of(count: int) -> torch.Tensor:
    """Which measurement comes first, second, ..."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(0))


def spread_of(values: torch.Tensor) -> float:
    """The standard deviation of values, or the size of a single one; 1 if all vanish."""
    spread = float(values.std()) if len(values) > 1 else 0.0
    return spread or float(values.abs().max()) or 1.0


def _given(**names: Any) -> Any:
    """Never called: the residual is traced already."""
    raise AssertionError
