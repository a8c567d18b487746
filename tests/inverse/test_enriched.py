"""A posterior's own network: the same function, more columns, and the fit's weights left where they are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite import Problem, Unknown, solve
from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.inverse.enriched import enriched
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.burgers import Burgers
from pinnsuite.problems.convection import Convection
from pinnsuite.problems.heat_start import HeatStart
from pinnsuite.run.solve import load_run
from pinnsuite.solvers.pinn import Pinn

CASES: list[Any] = [
    pytest.param(HeatStart(alpha=Unknown(0.05, scale="log")), {"alpha": 0.1}, id="function"),  # type: ignore[arg-type]
    pytest.param(Burgers(nu=Unknown(0.1, scale="log")), {"nu": 0.2}, id="layers, symmetry"),  # type: ignore[arg-type]
    pytest.param(Convection(c=Unknown(1.0)), {"c": 2.0}, id="period"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize(("problem", "truth"), CASES)
def test_the_enriched_window_holds_the_same_solution(problem: Problem, truth: dict[str, float], tmp_path: Path) -> None:
    """Also after the window of the fit, whose weights it shares, has moved on and come back."""
    solve(
        problem,
        solver=Pinn(points=200, condition_points=20),
        network=partial(MLP, width=6, depth=2),
        optimizer=GaussNewton(max_steps=4),
        threads=1,
        data=Synthetic(points=20, noise=0.01, fields=["u"], truth=truth),
        run={"dir": str(tmp_path / "run"), "figures": False},
    )
    march = load_run(tmp_path / "run").march
    assert march is not None
    fitted = march.window
    along = torch.linspace(0.1, 0.9, 9, dtype=torch.float64)
    points = {n: a.low + a.length * along**k for k, (n, a) in enumerate(fitted.traced.domain.axes.items(), 1)}

    def values() -> list[np.ndarray]:
        return [
            evaluate(list(w.ansatz.fields.values()), w.traced.coordinates, points, w.vector.scalars).numpy()
            for w in (fitted, more)
        ]

    more = enriched(fitted)
    assert len(more.vector) > len(fitted.vector) + 100
    one, other = values()
    assert np.allclose(one, other, rtol=1e-13, atol=1e-15)
    before = fitted.vector.copy()
    fitted.vector.set(0.9 * before)
    assert not np.allclose(values()[0], one)
    fitted.vector.set(before)
    assert np.array_equal(values()[0], one)
