"""Places at which more was measured than once."""

from __future__ import annotations

import numpy as np
import torch

from pinnsuite.data.measured import Measured


def repeated(m: Measured) -> list[np.ndarray]:
    """The indices of the values, in their order, at every place (between any two ends) where there are several."""
    table = torch.stack([*m.middle.values(), *m.reach.values()], dim=1).numpy()
    order = np.lexsort(table.T)  # a stable sort
    starts = np.flatnonzero(np.r_[True, (np.diff(table[order], axis=0) != 0).any(axis=1)])
    ends = np.r_[starts[1:], len(order)]
    several = ends - starts > 1
    return [order[a:b] for a, b in zip(starts[several], ends[several], strict=True)]
