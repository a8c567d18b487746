"""Measurements that lie outside a domain, or reach out of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pinnsuite.domain.axis import Axis
from pinnsuite.domain.box import Box
from pinnsuite.domain.shape import Shape
from pinnsuite.errors import InputError, choose

SLACK = 1e-9  # of an axis


def refuse_outside(
    points: Mapping[str, np.ndarray], where: Mapping[str, str], entries: np.ndarray, domain: Box | Shape
) -> None:
    """Raise `InputError` for a point outside, naming the column (``where``) and the entry in it; (points,) each."""
    for n, x in points.items():
        bad = np.flatnonzero(~np.isfinite(x))
        if len(bad):
            raise InputError(
                f"{where[n]}, entry {entries[bad[0]] + 1}: not a number",
                given=f"{n} = {x[bad[0]]:g}",
                do="Every value needs its coordinates",
            )
        axis = domain.axes[n]
        slack = SLACK * axis.length
        bad = np.flatnonzero((x < axis.low - slack) | (x > axis.high + slack)) if not axis.periodic else bad
        if len(bad):
            raise InputError(
                f"{where[n]}, entry {entries[bad[0]] + 1}: the point lies outside the domain",
                given=f"{n} = {x[bad[0]]:g} ({len(bad)} of {len(x)} points)",
                expected=f"{axis.low:g} <= {n} <= {axis.high:g}",
            )
    if isinstance(domain, Shape):
        space = np.stack([points[n] for n in domain.space], axis=1)
        bad = np.flatnonzero(~domain.inside(space))
        if len(bad):
            place = ", ".join(f"{n} = {points[n][bad[0]]:g}" for n in domain.space)
            raise InputError(
                f"{where[domain.space[0]]}, entry {entries[bad[0]] + 1}: the point lies outside the shape",
                given=f"{place} ({len(bad)} of {len(space)} points)",
                expected="a point inside, or on the boundary",
            )


def refuse_averages_outside(
    points: Mapping[str, np.ndarray], over: Mapping[str, float], axes: Mapping[str, Axis]
) -> None:
    """Averages have to end inside the domain. Raises `InputError` for one that does not."""
    for c, length in over.items():
        axis = axes[choose(c, axes, "coordinate")]
        slack = SLACK * axis.length
        low, high = points[c].min() - length / 2, points[c].max() + length / 2
        if not length > 0 or (not axis.periodic and (low < axis.low - slack or high > axis.high + slack)):
            raise InputError(
                f"data.over.{c}: an average reaches out of the domain",
                given=f"{c} from {low:g} to {high:g}",
                expected=f"a positive length, and {axis.low:g} <= {c} <= {axis.high:g}",
            )
