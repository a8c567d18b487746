"""Coordinates, or arguments of a function, that broadcast against each other, as columns of points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from pinnsuite.domain.axis import Axis
from pinnsuite.errors import InputError


def points_of(
    given: Mapping[str, Any], names: Sequence[str], axes: Mapping[str, Axis], what: str
) -> tuple[dict[str, torch.Tensor], tuple[int, ...]]:
    """Columns, (points,) each, and the shape that what is given for ``names`` broadcasts to.

    Raises `InputError`, which begins with ``what``, for other names, and for points beyond the ends of an axis.
    """
    if set(given) != set(names):
        raise InputError(what, given=sorted(given), expected=list(names))
    arrays = np.broadcast_arrays(*(np.asarray(given[n], dtype=np.float64) for n in names))
    for n, a in zip(names, arrays, strict=True):
        if n in axes and a.size and not (axes[n].periodic or (a.min() >= axes[n].low and a.max() <= axes[n].high)):
            raise InputError(
                "A point lies outside the domain",
                given=f"{n} from {a.min():g} to {a.max():g}",
                expected=f"{axes[n].low:g} <= {n} <= {axes[n].high:g}",
            )
    return {n: torch.from_numpy(a.reshape(-1).copy()) for n, a in zip(names, arrays, strict=True)}, arrays[0].shape
