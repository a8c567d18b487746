"""What is measured of other tools: the error over their time, and when an error was reached."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from pinnsuite.report.peers import time_to_error
from pinnsuite.report.peers.curve import RECORDS, Curve, setting
from pinnsuite.report.tables import first_below
from pinnsuite.run.manifest import read_json


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
    curve = [(1.0, 1e-1), (2.0, 9e-4), (3.0, 2e-3), (4.0, 1e-4)]
    assert first_below({"curve": curve}, 1e-3, never=600) == 2.0
    assert first_below({"curve": [(1.0, 1e-1)]}, 1e-3, never=600) == 600


def test_a_peer_s_record_says_how_and_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that ran, with this Python left out, and the machine with its git revision; none of a failed run."""
    ran: list[str] = []
    machine = {"processor": "CPU", "git": {"revision": "0123abc", "modified": False}}

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        ran[:] = command
        found = json.dumps({"solver": "jax", "curve": [[1.0, 0.5]]})
        return subprocess.CompletedProcess(command, int("burgers" in command), f"a line before\n{found}\n", "")

    monkeypatch.setattr(time_to_error, "subprocess", SimpleNamespace(run=run))
    monkeypatch.setattr(time_to_error, "machine", lambda: machine)
    for name in ("heat", "burgers"):
        time_to_error._run("jax", name, 3, tmp_path / name / "jax-seed3.json")
    record = read_json(tmp_path / "heat" / "jax-seed3.json")
    assert record["command"] == "python -m pinnsuite.report.peers.jax_run heat 600 3"
    assert record["machine"] == machine and record["curve"] == [[1.0, 0.5]]
    assert ran == [sys.executable, *record["command"].replace("heat", "burgers").split()[1:]]
    assert not (tmp_path / "burgers").exists()
