"""Recorded evaluations on a GPU are those that are not recorded, to the bit."""

from __future__ import annotations

import torch

from pinnsuite.objective.objective import Objective
from pinnsuite.objective.replay import Replays
from pinnsuite.objective.workers import Workers
from pinnsuite.run.compose import compose
from pinnsuite.run.solve import Run

from .conftest import NEEDS_GPU

pytestmark = NEEDS_GPU


def test_parameters_move_and_points_are_drawn_anew() -> None:
    words = ["problem=burgers", "network.width=12", "network.depth=2", "solver.points=900", "device=cuda"]
    march = Run(compose([*words, "run.dir=unused"])).march
    assert march is not None
    objective, start = march.objective, march.vector.copy()
    for _ in range(3):
        for k in range(5):
            march.vector.set(start * (1 + 0.1 * k))
            fresh = Objective(objective.blocks, objective.parameters, objective.chunk, Workers(start.device))
            assert torch.equal(objective.residuals(), fresh.residuals())
            assert torch.equal(objective.leading(400).residuals(), fresh.leading(400).residuals())
            (loss, gradient), (wanted_loss, wanted) = objective.gradient(), fresh.gradient()
            assert loss == wanted_loss and torch.equal(gradient, wanted)
        recorded = march.workers.replays._recordings.values()
        assert march.workers.replays.refusal == "" and any(r.graph is not None for r in recorded)
        march.window.draw()


def test_what_cannot_be_recorded_is_done_as_it_stands() -> None:
    replays, x = Replays(), torch.arange(3.0, device="cuda")
    for k in range(4):
        x.fill_(k)
        assert replays("asks for a number", [x], lambda: x * float(x.sum())).tolist() == [3.0 * k * k] * 3
    assert replays.refusal
    assert (x + 1).tolist() == [4.0] * 3  # the device goes on
