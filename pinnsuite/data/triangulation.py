"""Triangles (tetrahedra in space) between scattered points, without those across holes."""

from __future__ import annotations

from typing import Any

import numpy as np

LONGEST = 3.0  # times the median: an edge that is taken for a bridge across a hole


def triangulate(points: np.ndarray, domain: Any = None) -> np.ndarray:
    """Delaunay cells between points (points, 2 or 3), as indices (cells, 3 or 4); empty where there are too few points.

    Cells whose centroid lies outside ``domain.inside`` are dropped; without such a domain, those whose longest edge is
    more than three times the median.
    """
    from scipy.spatial import Delaunay, QhullError

    size = points.shape[1] + 1
    try:
        cells = np.asarray(Delaunay(points).simplices)
    except (QhullError, ValueError):  # fewer points than a cell has, or all in one line
        return np.empty((0, size), dtype=int)
    if hasattr(domain, "inside"):
        return cells[np.asarray(domain.inside(points[cells].mean(axis=1)), dtype=bool)]
    first, second = np.triu_indices(size, 1)
    longest = np.linalg.norm(points[cells[:, first]] - points[cells[:, second]], axis=2).max(axis=1)
    return cells[longest <= LONGEST * np.median(longest)]
