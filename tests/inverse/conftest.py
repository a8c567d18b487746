"""A rod whose diffusivity is found from made-up temperatures, for what is asked of a finished fit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from pinnsuite import Solution, Unknown, solve
from pinnsuite.data.measured import Measured
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.heat import Heat
from pinnsuite.solvers.pinn import Pinn

RODS = Heat(alpha=Unknown(0.3, low=0.01, high=1.0, scale="log"))  # type: ignore[arg-type]


def data(noise: float, points: int) -> Synthetic:
    return Synthetic(points=points, noise=noise, truth={"alpha": 0.1})


@pytest.fixture
def temperatures() -> Callable[[float, int], Measured]:
    """The measurements of a fit, by noise and number of points."""
    return lambda noise, points: data(noise, points).read(RODS)[0]


@pytest.fixture
def fit() -> Callable[[Path, float, int], Solution]:
    """A fit in a folder, by noise and number of points."""

    def run(folder: Path, noise: float, points: int) -> Solution:
        return solve(
            RODS,
            solver=Pinn(points=400, condition_points=100),
            network=partial(MLP, width=8, depth=2),
            optimizer=GaussNewton(max_steps=40),
            threads=1,
            data=data(noise, points),
            run={"dir": str(folder), "figures": False},
        )

    return run
