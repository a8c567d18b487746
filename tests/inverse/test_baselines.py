"""Fits by solvers with a training of their own: done once, handed back after that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinnsuite import Solution, Unknown, solve
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.errors import InputError
from pinnsuite.problems.heat import Heat
from pinnsuite.run.closing import closing_lines
from pinnsuite.solvers.deepxde import DeepXDE
from pinnsuite.solvers.shooting import Shooting

RODS = Heat(alpha=Unknown(0.3, low=0.01, high=1.0, scale="log"))  # type: ignore[arg-type]
DATA = Synthetic(points=40, noise=0.02, truth={"alpha": 0.1})
QUICK = DeepXDE(width=4, depth=1, domain_points=50, boundary_points=10, initial_points=10)
RUN = {"figures": False, "max_seconds": 1.0}


@pytest.mark.parametrize("solver", [Shooting(), QUICK], ids=["shooting", "deepxde"])
def test_a_finished_run_is_handed_back(tmp_path: Path, solver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its summary, and its fields on their grid; elsewhere there is nothing left to evaluate."""

    def run() -> Solution:
        return solve(RODS, solver=solver, threads=1, data=DATA, run={"dir": str(tmp_path / "run"), **RUN})

    first = run()
    monkeypatch.setattr(type(solver), "train", None)  # a second training would fail
    again = run()
    assert again.verdict is first.verdict and again.summary["parameters"] == first.summary["parameters"]
    assert closing_lines(again) == closing_lines(first)
    x, t = np.linspace(0, 1, 401)[::40], np.linspace(0, 1, 401)[::80]
    there = {"x": x[:, None], "t": t}
    assert again(**there)["u"] == pytest.approx(first(**there)["u"], abs=1e-12)
    drawn = {p.name for p in Solution.load(tmp_path / "run").plot(tmp_path / "figures")}
    assert drawn >= {"solution.png", "slices.png"}
    with pytest.raises(InputError, match="no network is kept"):
        again(x=0.1234, t=0.5)
