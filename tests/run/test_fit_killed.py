"""Fits that are killed come back with the same bits: numbers, functions, and the start that was chosen."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pinnsuite import Solution, Unknown, solve
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.networks.mlp import MLP
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.heat_start import HeatStart
from pinnsuite.run.store import Store
from pinnsuite.solvers.pinn import Pinn

if TYPE_CHECKING:
    from .conftest import Child

STARTS, TRIED, STEPS = (0.03, 0.2, 0.08), 4, 14  # first guesses, steps of each, steps that follow


def fit(folder: Path, hard: bool) -> Solution:
    """An unknown diffusivity and an unknown start, saved after every step, with new points every five."""
    return solve(
        HeatStart(alpha=Unknown(0.05, scale="log")),  # type: ignore[arg-type]
        solver=Pinn(
            points=200, condition_points=30, hard=hard, redraw_every=5, starts={"alpha": STARTS}, start_steps=TRIED
        ),
        network=partial(MLP, width=6, depth=1),
        optimizer=GaussNewton(max_steps=STEPS),
        threads=1,
        data=Synthetic(points=40, noise=0.01, fields=["u"], truth={"alpha": 0.1}),
        run={"dir": str(folder), "figures": False, "checkpoint_every_seconds": 0.0},
    )


def fit_until(last: int, folder: Path, hard: bool) -> None:
    """The same; the process is killed as soon as it begins the step after ``last``, those of the starts included."""
    step, done = GaussNewton.step, []

    def counted(self: GaussNewton, *arguments: Any) -> Any:
        if len(done) == last:
            os.kill(os.getpid(), signal.SIGKILL)
        done.append(1)
        return step(self, *arguments)

    GaussNewton.step = counted  # type: ignore[method-assign]
    fit(folder, hard)


@pytest.mark.parametrize(
    ("saved", "hard"),
    [(0, False), (7, False), (7, True)],
    ids=["while starts are tried", "in mid-training", "in mid-training, start by construction"],
)
def test_a_killed_fit_has_the_same_bits(tmp_path: Path, child: Child, saved: int, hard: bool) -> None:
    """Before there is a checkpoint the starts are tried again; after that the fit goes on where it was."""
    last = len(STARTS) * TRIED + saved if saved else TRIED + 2
    code = "import runpy, sys; from pathlib import Path; runpy.run_path(sys.argv[1])['fit_until']"
    process = child(f"{code}(int(sys.argv[2]), Path(sys.argv[3]), {hard})", __file__, last, tmp_path / "killed")
    alone = fit(tmp_path / "alone", hard)
    assert process.wait(timeout=120) == -signal.SIGKILL
    checkpoint = Store(tmp_path / "killed" / "checkpoints").load()
    assert (checkpoint.step if checkpoint else 0) == saved and not (tmp_path / "killed" / "summary.json").exists()
    killed = fit(tmp_path / "killed", hard)
    assert killed.summary["steps"] == alone.summary["steps"] == STEPS
    one, other = ((tmp_path / f / "network.safetensors").read_bytes() for f in ("killed", "alone"))
    assert one == other
    for key in ("parameters", "data", "relative_l2"):
        assert killed.summary[key] == alone.summary[key]
    x = np.linspace(0, 1, 9)
    assert np.array_equal(Solution.load(tmp_path / "killed")(x=x, t=0.1)["u"], alone(x=x, t=0.1)["u"])
