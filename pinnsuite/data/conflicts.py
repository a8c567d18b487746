"""Measurements at the same place that contradict each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from pinnsuite.errors import InputError

CONFLICT = 6.0  # standard deviations of a difference that is not noise


def refuse_conflicts(
    points: Mapping[str, np.ndarray], values: np.ndarray, noise: np.ndarray, entries: np.ndarray, where: str
) -> None:
    """Raise `InputError` for two values at the same place that differ by more than their noise, (values,) all.

    ``entries`` are their numbers in the file. A repeated measurement is welcome.
    """
    table = np.stack(list(points.values()), axis=1)
    order = np.lexsort((values, *table.T))  # by place, and at each by value
    starts = np.flatnonzero(np.r_[True, (np.diff(table[order], axis=0) != 0).any(axis=1)])
    for group in np.split(order, starts[1:]) if len(starts) < len(values) else ():
        low, high = group[0], group[-1]
        gap, limit = values[high] - values[low], CONFLICT * float(np.hypot(noise[low], noise[high]))
        if gap > limit:
            first, second = sorted((low, high))
            place = ", ".join(f"{n} = {x[low]:g}" for n, x in points.items())
            raise InputError(
                f"{where}, entries {entries[first] + 1} and {entries[second] + 1}: "
                "two values at the same place contradict each other",
                given=f"{values[first]:g} and {values[second]:g} at {place}",
                expected=f"a difference below {limit:g}, {CONFLICT:g} standard deviations",
                do="Correct one of them, give a larger noise, or let values that are far off count for less: "
                "data.robust=true",
            )
