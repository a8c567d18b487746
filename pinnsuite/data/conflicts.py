"""Measurements at the same place that contradict each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import ndtr, ndtri

from pinnsuite.errors import InputError

CONFLICT = 6.0  # standard deviations of a difference that is not noise, of two values


def refuse_conflicts(
    places: Sequence[np.ndarray],
    points: Mapping[str, np.ndarray],
    values: np.ndarray,
    noise: np.ndarray,
    entries: np.ndarray,
    where: str,
) -> None:
    """Raise `InputError` for two values at the same place with |v_i - v_j| > c (s_i^2 + s_j^2)^(1/2), s their noise.

    For two values c is 6. Among k values there are k (k - 1) / 2 differences, and c grows such that by chance one of
    them is larger as rarely as that of two, in two of a billion cases. A repeated measurement is welcome.
    ``places`` are the indices of `repeated` points, ``entries`` the numbers of all values in the file.
    """
    for place in places:
        v, s = values[place], noise[place]
        limit = float(-ndtri(ndtr(-CONFLICT) * 2 / (len(v) * (len(v) - 1))))
        mean = np.average(v, weights=s**-2.0)
        # Of two values that are so far apart, one is c s / sqrt(2) away from whatever number: only such are compared.
        for i in np.flatnonzero(np.abs(v - mean) > limit / 2**0.5 * s):
            off = np.abs(v - v[i]) / np.hypot(s, s[i])
            j = int(off.argmax())
            if off[j] <= limit:
                continue
            one, other = sorted((place[i], place[j]))
            at = ", ".join(f"{n} = {x[one]:g}" for n, x in points.items())
            raise InputError(
                f"{where}, entries {entries[one] + 1} and {entries[other] + 1}: "
                "two values at the same place contradict each other",
                given=f"{values[one]:g} and {values[other]:g} at {at}",
                expected=f"a difference below {limit * np.hypot(s[i], s[j]):g}, {limit:.3g} standard deviations",
                do="Correct one of them, give a larger noise, or let values that are far off count for less: "
                "data.robust=true",
            )
