"""How wide a 95 % band is, and whether it holds the truth."""

from __future__ import annotations

import numpy as np

BAND = 1.96  # standard deviations to either side


def compared(values: np.ndarray, spread: np.ndarray, truth: np.ndarray | None) -> dict[str, float]:
    """relative_standard_error: the root mean square of standard deviations over that of the truth, or of the values
    where the truth is not known; inside_band: the share of places where the truth is within the band.

    All have the shape (points,).
    """
    size = float(np.linalg.norm(values if truth is None else truth))
    found = {"relative_standard_error": float(np.linalg.norm(spread)) / (size or 1.0)}
    if truth is not None:
        found["inside_band"] = float(np.mean(np.abs(values - truth) <= BAND * spread))
    return found
