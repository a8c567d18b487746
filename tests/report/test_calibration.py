"""Refits to other noise: linear ones follow whole ones, and intervals hold the truth as often as they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pinnsuite.data.synthetic import Synthetic
from pinnsuite.inverse.estimator import estimator
from pinnsuite.report.calibration import binomial, refits
from pinnsuite.run.compose import compose
from pinnsuite.run.solve import Run
from pinnsuite.run.telemetry import SilentProgress

WORDS = [
    "problem=heat",
    "problem.alpha={unknown:{initial:0.2,scale:log}}",
    "data=synthetic",
    "data.points=60",
    "data.truth={alpha:0.1}",
    "network.width=6",
    "network.depth=2",
    "solver.points=400",
    "optimizer.max_steps=30",
    "run.figures=false",
    "threads=1",
]


def fit(folder: Path, seed: int, noise: float = 0.05) -> Run:
    run = Run(compose([*WORDS, f"data.noise={noise}", f"data.seed={seed}", f"run.dir={folder}"]))
    run.execute((), SilentProgress())
    return run


def test_the_number_follows_the_data_as_the_linear_map_says(tmp_path: Path) -> None:
    """The same points with other noise, put there by hand: another seed would draw other points."""
    first = fit(tmp_path / "a", 0)
    linear = estimator(first.march.window, first.measured)  # type: ignore[union-attr]
    (m,) = first.measured
    exact = Synthetic(points=60, truth={"alpha": 0.1}).read(first.problem)[0].values
    other = 0.05 * float(exact.std()) * np.random.default_rng(5).standard_normal(60)
    shift = linear.matrix.numpy() @ ((exact.numpy() + other - m.values.numpy()) / linear.posterior.noise["u"])
    second = Run(compose([*WORDS, "data.noise=0.05", f"run.dir={tmp_path / 'b'}"]))
    second.measured[0].values.copy_(exact + torch.from_numpy(other))
    second.march = second._march()
    second.execute((), SilentProgress())
    before, after = (float(r.march.vector.scalars["alpha"].detach()) for r in (first, second))  # type: ignore[union-attr]
    assert after - before == pytest.approx(float(shift[0]), abs=0.1 * float(linear.posterior.widths[0]))


def test_intervals_are_calibrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinnsuite.run.compose.compose", lambda words: compose([*WORDS, *words[1:]]))
    found = refits("heat", 0.05, tmp_path / "run")
    assert found["probability"]["alpha"] > 0.01
    assert found["spread_over_width"]["alpha"] == pytest.approx(1.0, abs=0.15)
    assert binomial(10, 200) == pytest.approx(1.0) and binomial(30, 200) < 1e-6
