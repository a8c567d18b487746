"""What is measured of other tools: the error over their time, and when an error was reached."""

from __future__ import annotations

import pytest
import torch

from pinnsuite.report.peers.curve import RECORDS, Curve, setting
from pinnsuite.report.peers.time_to_error import reached


def test_a_peer_pays_for_its_training_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluating the error takes a hundred seconds of a clock that training moves on by one."""
    now = 0.0
    monkeypatch.setattr("time.perf_counter", lambda: now)
    _, grid = setting("heat")
    assert grid.reference is not None
    curve, right = Curve(grid, limit=RECORDS * 2.0, began=0.0), grid.reference

    def fields() -> torch.Tensor:
        nonlocal now
        now += 100.0
        return 1.5 * right

    for step in range(1, 11):
        now += 1.0
        assert curve.look(fields) == step
    assert [seconds for seconds, _ in curve.pairs] == [1, 2, 4, 6, 8, 10]
    assert [error for _, error in curve.pairs] == pytest.approx([0.5] * 6)


def test_an_error_is_reached_when_it_is_seen_first() -> None:
    assert reached({"curve": [(1.0, 1e-1), (2.0, 9e-4), (3.0, 2e-3), (4.0, 1e-4)]}, cap=600) == 2.0
    assert reached({"curve": [(1.0, 1e-1)]}, cap=600) == 600
