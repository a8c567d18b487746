"""Whether what a fit leaves of its data is noise, or follows a pattern: something is missing from the model."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree
from scipy.stats import permutation_test

FEWEST = 10  # values
PERMUTATIONS, BATCH = 9999, 256


def by_chance(places: np.ndarray, left: np.ndarray) -> float:
    """How often residuals, (values,), in random order are as much alike at neighbouring places, (values, axes).

    sum_i r_i r_n(i) with n(i) the nearest other value (Moran's I with one neighbour: P. A. P. Moran, Biometrika 37
    (1950) 17), beside what it is for permutations. A model that fits leaves noise, which knows no neighbours; values at
    the same place show the noise as it is. 1 for too few values.
    """
    if len(left) < FEWEST:
        return 1.0
    _, nearest = cKDTree(places).query(places, k=2)
    itself = nearest == np.arange(len(left))[:, None]
    near = np.where(itself[:, 0], nearest[:, 1], nearest[:, 0])

    def likeness(residuals: np.ndarray, axis: int = -1) -> np.ndarray:
        found: np.ndarray = np.mean(residuals * residuals[..., near], axis=axis)
        return found

    found = permutation_test(
        (left,),
        likeness,
        permutation_type="pairings",
        alternative="greater",
        vectorized=True,
        n_resamples=PERMUTATIONS,
        batch=BATCH,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)
