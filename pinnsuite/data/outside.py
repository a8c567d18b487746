"""Measurements that lie outside a domain, or reach out of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pinnsuite.data.measured import Measured
from pinnsuite.domain.box import Box
from pinnsuite.domain.shape import Shape
from pinnsuite.errors import InputError

SLACK = 1e-9  # of an axis, or of a segment: ends on the boundary may be rounded

Points = Mapping[str, np.ndarray]
Columns = Mapping[str, str]


def refuse_outside(m: Measured, where: Columns, ends: Columns, entries: np.ndarray, domain: Box | Shape) -> None:
    """Raise `InputError` for a value whose point, box or segment is not inside a domain, naming its entry in the file.

    ``where`` and ``ends`` say in which column the coordinates of points and of other ends are.
    """
    points, to = ({n: x.numpy() for n, x in part.items()} for part in (m.points, m.to))
    _refuse_missing(points, where, entries)
    _refuse_missing(to, ends, entries)
    inward = {n: SLACK * (to[n] - points[n]) for n in to}
    _refuse_points({n: x + inward.get(n, 0.0) for n, x in points.items()}, where, entries, domain)
    if to:
        others = {n: to[n] - inward[n] if n in to else x for n, x in points.items()}
        _refuse_points(others, {**where, **ends}, entries, domain)
    _refuse_boxes(points, m.over, domain)
    if m.averaged and isinstance(domain, Shape):
        _refuse_nodes(m, entries, domain)


def _refuse_missing(points: Points, where: Columns, entries: np.ndarray) -> None:
    for n, x in points.items():
        bad = np.flatnonzero(~np.isfinite(x))
        if len(bad):
            raise InputError(
                f"{where[n]}, entry {entries[bad[0]] + 1}: not a number",
                given=f"{n} = {x[bad[0]]:g}",
                do="Every value needs its coordinates",
            )


def _refuse_points(points: Points, where: Columns, entries: np.ndarray, domain: Box | Shape) -> None:
    for n, x in points.items():
        axis = domain.axes[n]
        slack = SLACK * axis.length
        bad = np.flatnonzero((x < axis.low - slack) | (x > axis.high + slack))
        if len(bad) and not axis.periodic:
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


def _refuse_boxes(points: Points, over: Mapping[str, float], domain: Box | Shape) -> None:
    """Averages have to end between the ends of every axis."""
    for c, length in over.items():
        axis = domain.axes[c]
        slack = SLACK * axis.length
        low, high = points[c].min() - length / 2, points[c].max() + length / 2
        if not length > 0 or (not axis.periodic and (low < axis.low - slack or high > axis.high + slack)):
            raise InputError(
                f"data.over.{c}: an average reaches out of the domain",
                given=f"{c} from {low:g} to {high:g}",
                expected=f"a positive length, and {axis.low:g} <= {c} <= {axis.high:g}",
            )


def _refuse_nodes(m: Measured, entries: np.ndarray, domain: Shape) -> None:
    """Averages have to stay clear of holes, and of what an outline leaves out."""
    nodes, weights = m.nodes()
    space = np.stack([nodes[n].numpy() for n in domain.space], axis=1)
    bad = np.flatnonzero(~domain.inside(space))
    if len(bad):
        owners = bad // len(weights)
        place = ", ".join(f"{n} = {x:g}" for n, x in zip(domain.space, space[bad[0]], strict=True))
        raise InputError(
            f"{m.where}, entry {entries[owners[0]] + 1}: the average reaches out of the shape",
            given=f"{place} ({len(np.unique(owners))} of {len(m.values)} averages)",
            expected="boxes and segments inside",
        )
