"""Measurements as conditions of a problem, in units that make precise ones count for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch

from pinnsuite.ansatz.bending import PLACES, bends
from pinnsuite.calculus.expression import Expression, data, substitute
from pinnsuite.conditions import Condition
from pinnsuite.data.measured import Measured, quantity
from pinnsuite.domain.region import Interior, Places, Region
from pinnsuite.objective.noise import ASSUMED, Noise
from pinnsuite.trace import Traced, TracedCondition

KIND, PRIOR = "data", "prior"
DATA_WEIGHT = 0.01  # of measurements beside equations, unless another is given
VALUE, SHARE = "measured_", "share_"  # before a field: its value at a point, and the noise of that over the usual


def with_measurements(traced: Traced, measured: Sequence[Measured]) -> Traced:
    """The problem with one condition more for each measured field: u(x_i) - u_i = 0 at the measured points.

    The points are shuffled, so that the first of them are spread as all. Each value counts as its noise^-2, whatever
    the number of values of its field, and one of the most precise field as its spread^-2. Noise that is not known is
    taken for a hundredth of the spread.
    """
    noises, most = [noise_of(m) for m in measured], max((len(m.values) for m in measured), default=0)
    conditions = []
    for m, noise in zip(measured, noises, strict=True):
        size = noise.spread * noise.relative / _finest(noises) * (most / len(m.values)) ** 0.5
        order = order_of(len(m.values))
        points, weights = m.nodes(order)
        columns = {VALUE + m.name: m.values, **({} if m.shares is None else {SHARE + m.name: m.shares})}
        points |= {n: x[order].repeat_interleave(len(weights)) for n, x in columns.items()}
        residual = with_derived(quantity(m.name, traced.problem), traced) - data(VALUE + m.name)
        if m.shares is not None:
            residual = residual / data(SHARE + m.name)
        condition = Condition(Places(points, weights), _given, KIND)
        conditions.append(TracedCondition(condition, {m.name: residual}, {}, {m.name: size}, noise))
    return replace(traced, conditions=(*traced.conditions, *conditions))


def with_prior(traced: Traced, measured: Sequence[Measured]) -> Traced:
    """The problem with a prior for each unknown function: that it is no rougher than its data call for.

    Its curvature along its arguments (`bends`) is normal with standard deviation ``roughness``, and weighs what one
    measurement does: without it, a function takes on whatever noise and gaps between measurements let it.
    """
    if not measured or not traced.functions:
        return traced
    relative = _finest([noise_of(m) for m in measured])
    count, specs = max(len(m.values) for m in measured), traced.problem.functions()
    conditions = []
    for name, found in bends(traced).items():
        size = specs[name].roughness * count**0.5 / relative
        residuals = {f"{name}_{i}" if len(found.expressions) > 1 else name: e for i, e in enumerate(found.expressions)}
        region: Region = Interior()
        if found.columns:  # numbers that are no coordinates are given at as many points, wherever those lie
            region = Places({**traced.domain.sample(region, PLACES, seed=0), **found.columns})
        condition = Condition(region, _given, PRIOR)
        conditions.append(TracedCondition(condition, residuals, {}, dict.fromkeys(residuals, size)))
    return replace(traced, conditions=(*traced.conditions, *conditions))


def noise_of(m: Measured) -> Noise:
    """As it is given, or assumed."""
    return Noise(m.spread, ASSUMED if m.noise is None else m.noise / m.spread, m.noise is not None, m.robust)


def _finest(noises: Sequence[Noise]) -> float:
    return min(n.relative for n in noises)


def with_derived(expression: Expression, traced: Traced) -> Expression:
    """An expression of a problem's outputs as one of its fields alone."""
    return substitute(expression, {("field", n): e for n, e in traced.derived.items()})


def order_of(count: int) -> torch.Tensor:
    """Which measurement comes first, second, ..."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(0))


def _given(**names: Any) -> Any:
    """Never called: the residual is traced already."""
    raise AssertionError
