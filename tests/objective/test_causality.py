"""Causal weights: the formula, and that a causal solve sets them on its points."""

from __future__ import annotations

import json
import math
from functools import partial
from pathlib import Path

import pytest
import torch

from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.objective.causality import Causal, causal_weights, owners
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.problems.heat import Heat
from pinnsuite.problems.poisson import Poisson
from pinnsuite.run.solve import solve
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.pinn import Pinn


def test_weights_follow_from_strictly_earlier_slices() -> None:
    """Three points in each of four slices, of mean squares 1, 2, 3, 4."""
    time = torch.tensor([0.1, 0.2, 0.9, 1.0, 1.5, 1.9, 2.0, 2.2, 2.9, 3.0, 3.5, 4.0], dtype=torch.float64)
    squares = torch.tensor([1, 1, 1, 1, 2, 3, 3, 3, 3, 4, 4, 4], dtype=torch.float64)
    found = causal_weights(time, squares, (0.0, 4.0), 4, 0.5)
    assert found.tolist() == pytest.approx([1.0, math.exp(-0.5), math.exp(-1.5), math.exp(-3.0)])
    assert owners(time, (0.0, 4.0), 4).tolist() == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3


def test_empty_slices_and_a_vanishing_residual_change_nothing() -> None:
    time = torch.tensor([0.1, 0.9], dtype=torch.float64)
    assert causal_weights(time, torch.tensor([0.0, 5.0]).double(), (0, 1), 10, 1.0).tolist() == [1.0] * 10


@pytest.mark.parametrize("bad", [{"slices": 0}, {"ladder": ()}, {"settled": 1.0}, {"every": 0}, {"ladder": (-1.0,)}])
def test_bad_rules_are_refused(bad: dict) -> None:
    with pytest.raises(InputError, match="Causal weights need"):
        Causal(**bad)


def test_a_causal_solve_weighs_its_points() -> None:
    """Before training the residual is large and late points hardly count; weights come from the points themselves."""
    march = Pinn(points=400, causal=Causal(slices=4, ladder=(1.0, 5.0), settled=0.5, every=7)).prepare(
        Heat(), lambda n, o, g, dtype: MLP(sum(n), o, width=6, depth=2, generator=g), 0, torch.zeros(1).double()
    )
    block = march.window.blocks[0][0]
    assert march.window.weigh(0) and block.emphasis is not None and block.points is not None
    weights = [float(block.emphasis[block.points["t"] > low].max()) for low in (0.0, 0.25, 0.5, 0.75)]
    assert (
        weights[0] == 1.0
        and weights == sorted(weights, reverse=True)
        and weights[-1] == march.window.causal_weights[-1] < 1
    )
    scaled = block.scale(slice(0, 400))[:, 0] / block.factors[0] * 400**0.5
    assert torch.allclose(scaled, block.emphasis.sqrt())
    march.vector.set(torch.zeros_like(march.vector.values))
    march.window.draw()
    assert block.emphasis is None
    assert march.window.weigh(1) and block.emphasis is not None  # new points have weights at once


def test_causality_needs_time() -> None:
    with pytest.raises(InputError, match="need a time axis"):
        Pinn(causal=Causal()).prepare(
            Poisson(), lambda n, o, g, dtype: MLP(sum(n), o, width=6, depth=2, generator=g), 0, torch.zeros(1).double()
        )


@pytest.mark.parametrize("stop", [True, False])
def test_a_solve_may_end_when_all_times_count(tmp_path: Path, stop: bool) -> None:
    """With the last rung at 1e-3 the weights are near one as soon as the residuals have gone down a little."""
    solution = solve(
        Heat(),
        network=partial(MLP, width=8, depth=1),
        solver=Pinn(points=300, causal=Causal(slices=4, ladder=(1e-4, 1e-3), stop=stop)),
        optimizer=GaussNewton(max_steps=6),
        run={"dir": str(tmp_path), "figures": False, "log_every": 1},
    )
    ended_early = solution.verdict is Verdict.CONVERGED and solution.summary["steps"] < 6
    assert ended_early == stop
    records = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert all(len(r["causal_weights"]) == 4 and r["causal_weights"][-1] == r["least_weight"] for r in records)
    assert records[-1]["least_weight"] > 0.99 and records[-1]["rung"] == 1
