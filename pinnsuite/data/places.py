"""Places at which more was measured than once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def repeated(points: Mapping[str, np.ndarray]) -> list[np.ndarray]:
    """The indices of the points, (points,) each coordinate, at every place where there are several, in their order."""
    table = np.stack(list(points.values()), axis=1)
    order = np.lexsort(table.T)  # a stable sort
    starts = np.flatnonzero(np.r_[True, (np.diff(table[order], axis=0) != 0).any(axis=1)])
    ends = np.r_[starts[1:], len(order)]
    several = ends - starts > 1
    return [order[a:b] for a, b in zip(starts[several], ends[several], strict=True)]
