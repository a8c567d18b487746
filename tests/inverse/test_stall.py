"""A loss that stalls is the end of a fit where only noise is left, and nowhere else."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from pinnsuite import Unknown, solve
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.heat import Heat
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.pinn import Pinn

ALPHA = 0.1
RODS = Heat(alpha=Unknown(0.3, low=0.01, high=1.0, scale="log"))  # type: ignore[arg-type]


@pytest.mark.parametrize(("steps", "verdict"), [(2, Verdict.STALLED), (4, Verdict.STALLED), (10, Verdict.CONVERGED)])
def test_a_stall_is_the_end_of_a_fit_at_its_optimum_alone(tmp_path: Path, steps: int, verdict: Verdict) -> None:
    """Every step counts as one that gains nothing: after two the data are not met, after four they are, but the
    equation is not, of which chi-square and patterns know nothing; after ten nothing is left to gain."""
    found = solve(
        RODS,
        solver=Pinn(points=600, condition_points=100),
        network=partial(MLP, width=8, depth=2),
        optimizer=GaussNewton(max_steps=40, stall=1.0, patience=steps),
        threads=1,
        data=Synthetic(points=100, noise=0.02, truth={"alpha": ALPHA}),
        run={"dir": str(tmp_path / "run"), "figures": False},
    )
    assert found.summary["training_ended"] == "stalled" and found.summary["steps"] == steps
    assert found.verdict is verdict and found.summary["verdict"] == verdict.name.lower()
    alpha, data, is_near = found.summary["parameters"]["alpha"], found.summary["data"], verdict is Verdict.CONVERGED
    assert (abs(alpha["estimate"] - ALPHA) < 4 * alpha["standard_error"]) is is_near
    assert (data["from_optimum"] < 0.1) is is_near and (data["from_optimum"] > 4) is not is_near
    assert any("does not describe" in r for r in data["remarks"]) is (steps == 2)
    assert any("not trained to the end" in r for r in data["remarks"]) is not is_near


def test_a_stall_without_noise_stays_one(tmp_path: Path) -> None:
    """What is left is the error of the network, and more steps or a larger one would lower it."""
    found = solve(
        RODS,
        solver=Pinn(points=600),
        network=partial(MLP, width=8, depth=2),
        optimizer=GaussNewton(max_steps=40, stall=1.0, patience=15),
        threads=1,
        data=Synthetic(points=100, truth={"alpha": ALPHA}),
        run={"dir": str(tmp_path / "run"), "figures": False},
    )
    assert found.summary["data"]["noiseless"] and found.verdict is Verdict.STALLED
