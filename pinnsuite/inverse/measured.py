"""Measurements as conditions of a problem, in units that make precise ones count for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from pinnsuite.ansatz.functions import curvatures
from pinnsuite.calculus.expression import Expression, data, substitute
from pinnsuite.conditions import Condition
from pinnsuite.data.measured import Measured, quantity
from pinnsuite.domain.region import Interior, Places
from pinnsuite.trace import Traced, TracedCondition

KIND, PRIOR = "data", "prior"
UNKNOWN = 0.01  # of the spread of values: noise that is not known, for a prior
VALUE, SHARE = "measured_", "share_"  # before a field: its value at a point, and the noise of that over the usual


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
        points, weights = m.nodes(order)
        columns = {VALUE + m.name: m.values, **({} if m.shares is None else {SHARE + m.name: m.shares})}
        points |= {n: x[order].repeat_interleave(len(weights)) for n, x in columns.items()}
        residual = with_derived(quantity(m.name, traced.problem), traced) - data(VALUE + m.name)
        if m.shares is not None:
            residual = residual / data(SHARE + m.name)
        condition = Condition(Places(points, weights), _given, KIND)
        conditions.append(TracedCondition(condition, {m.name: residual}, {}, {m.name: size}, m.robust))
    return replace(traced, conditions=(*traced.conditions, *conditions))


def with_prior(traced: Traced, measured: Sequence[Measured]) -> Traced:
    """The problem with a prior for each unknown function of coordinates: that it is no rougher than its data call for.

    Its curvature along the axes (`curvatures`) is normal with standard deviation ``roughness``, and weighs what one
    measurement does: without it, a function takes on whatever noise and gaps between measurements let it. The noise of
    data is taken for a hundredth of their spread where it is not known.
    """
    if not measured or not traced.functions:
        return traced
    relative = min((m.noise or UNKNOWN * spread_of(m.values)) / spread_of(m.values) for m in measured)
    count, specs = max(len(m.values) for m in measured), traced.problem.functions()
    conditions = []
    for name, bends in curvatures(traced).items():
        size = specs[name].roughness * count**0.5 / relative
        residuals = {f"{name}_{i}" if len(bends) > 1 else name: e for i, e in enumerate(bends)}
        condition = Condition(Interior(), _given, PRIOR)
        conditions.append(TracedCondition(condition, residuals, {}, dict.fromkeys(residuals, size)))
    return replace(traced, conditions=(*traced.conditions, *conditions))


def with_derived(expression: Expression, traced: Traced) -> Expression:
    """An expression of a problem's outputs as one of its fields alone."""
    return substitute(expression, {("field", n): e for n, e in traced.derived.items()})


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
