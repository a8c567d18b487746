"""Measurements that are in a file more than once, as if they were further ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pinnsuite.errors import InputError

FEW = 2  # equal values at the same place, which may be chance


def refuse_duplicates(places: Sequence[np.ndarray], values: np.ndarray, entries: np.ndarray, where: str) -> None:
    """Raise `InputError` where a file repeats itself, which would make intervals narrower than the data are.

    ``places`` are the indices of repeated points (`repeated`), ``values`` those of all fields, (points, fields), and
    ``entries`` their numbers in the file. Repeats that were measured differ by their noise; on a coarse scale some are
    equal, some two and some five times. So the different values at repeated places are counted: if there are more than
    two, and more than half of them occur equally often and more than once, they are copies.
    """
    if not places:
        return
    members = np.concatenate(places)
    at = np.repeat(np.arange(len(places)), [len(p) for p in places])
    rows = np.column_stack([at, np.where(np.isfinite(values[members]), values[members], np.inf)])
    _, start, times = np.unique(rows, axis=0, return_index=True, return_counts=True)
    usual = int(np.bincount(times).argmax())
    copied = times == usual
    if usual < 2 or copied.sum() <= max(FEW, len(times) / 2):
        return
    first = min(start[copied], key=lambda i: members[i])
    one, other = entries[members[(rows == rows[first]).all(axis=1)]][:2] + 1
    raise InputError(
        f"{where}, entries {one} and {other}: the same values at the same place",
        given=f"{copied.sum()} measurements that are there {usual} times",
        expected="each once, or repeats that differ by their noise",
        do="Keep one of each (was the file appended to itself?), also of repeats that a coarse scale makes equal",
    )
