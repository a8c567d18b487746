"""The boundary of a composite set: pieces of its primitives' boundaries that separate inside from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from pinnsuite.domain.geometry import Geometry
from pinnsuite.domain.quiet import deepxde


def outline(
    geometry: Geometry, whole: Any, primitives: Sequence[Any], unit: np.ndarray, step: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Points on the primitives' boundaries, outward normals, and which of them are on the boundary of the whole.

    ``unit``, (points, dim - 1) numbers in [0, 1), is mapped to all pieces in turn, in proportion to their measures: a
    low-discrepancy sequence stays one. A point counts when the whole contains it on exactly one side, at a distance of
    ``step`` diameters along the normal: that also holds where edges of two primitives coincide, where DeepXDE's own
    ``on_boundary`` does not (the corner cut out of a square). A point on two coinciding edges counts for the first.
    """
    owned = [(i, piece) for i, p in enumerate(geometry.primitives()) for piece in p.pieces()]
    ends = np.cumsum([piece.measure for _, piece in owned])
    position = unit[:, 0] * ends[-1]
    which = np.searchsorted(ends, position, side="right").clip(max=len(owned) - 1)
    points = np.empty((len(unit), unit.shape[1] + 1))
    normals, owner = np.empty_like(points), np.empty(len(unit), dtype=int)
    for k, (i, piece) in enumerate(owned):
        rows = which == k
        local = unit[rows].copy()
        local[:, 0] = (position[rows] - (ends[k] - piece.measure)) / piece.measure
        points[rows], normals[rows] = piece.place(local)
        owner[rows] = i
    low, high = geometry.bounds()
    offset = step * float(np.linalg.norm(high - low)) * normals
    with deepxde():
        before, after = whole.inside(points - offset), whole.inside(points + offset)
        keep = before != after
        for i, primitive in enumerate(primitives[:-1]):
            separates = primitive.inside(points - offset) != primitive.inside(points + offset)
            keep &= ~(separates & (owner > i))
    return points, np.where(np.asarray(after)[:, None], -normals, normals), np.asarray(keep, dtype=bool)
