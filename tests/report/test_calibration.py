"""Refits to other noise: linear ones follow whole ones, and intervals hold the truth as often as they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pinnsuite.data.synthetic import Synthetic
from pinnsuite.inverse.estimator import estimator
from pinnsuite.report.calibration import EXPERIMENTS, FULL, binomial, calibration_lines, data_seeds, refits
from pinnsuite.run.compose import compose
from pinnsuite.run.manifest import write_json
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
    found = refits("heat", 0.05, 0, tmp_path / "run")
    assert found["probability"]["alpha"] > 0.01
    assert found["spread_over_width"]["alpha"] == pytest.approx(1.0, abs=0.15)
    assert found["command"].startswith("pinnsuite bench calibration") and found["machine"]["processors"] > 0
    assert binomial(10, 200) == pytest.approx(1.0) and binomial(30, 200) < 1e-6


def test_the_table_counts_the_fits_of_its_own_level(tmp_path: Path) -> None:
    """Records whose data seeds belong to another level are left there from before: they miss, and do not count."""
    (experiment, levels), *_ = EXPERIMENTS.items()
    folder = tmp_path / "calibration" / experiment
    folder.mkdir(parents=True)

    def parameters(estimate: float) -> dict[str, dict[str, float]]:
        number = {"estimate": estimate, "low": estimate - 0.1, "high": estimate + 0.1, "true": 1.0}
        return {"a": {**number, "standard_error": 0.05}}

    for level, noise in enumerate(levels):
        linear = {"seeds": 200, "misses": {"a": 10 + level}, "probability": {"a": 0.5}, "parameters": parameters(1.02)}
        write_json(folder / f"noise{noise:g}.json", linear)
        for seed in range(FULL * len(levels)):
            own = seed in data_seeds(level)
            missed = not own or seed % FULL < 4 * level  # 0 of the first level, 4 of the second
            write_json(folder / f"noise{noise:g}-data{seed}.json", {"parameters": parameters(1.5 if missed else 1.01)})
    rows = [line for line in calibration_lines(tmp_path) if line.startswith(f"| `{experiment}`")]
    start = f"| `{experiment}` |"
    assert rows[0] == f"{start} 1% | a | 5.0e-02 | 10 of 200 | 0.50 | 0 of 20 | {binomial(0, 20):.2f} | 1.0e-02 |"
    assert rows[1].startswith(f"{start} 10% | a | 5.0e-02 | 11 of 200 | 0.50 | 4 of 20 | {binomial(4, 20):.2f} |")
    (folder / f"noise{levels[0]:g}.json").unlink()
    assert len([line for line in calibration_lines(tmp_path) if line.startswith("| `")]) == len(levels) - 1


def test_no_two_levels_share_a_draw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither data seeds of whole fits nor the generator of the linear ones, and its fit is the first whole one."""
    from pinnsuite.report import calibration

    linear: list[int] = []
    whole: list[str] = []
    monkeypatch.setattr(calibration, "refits", lambda name, noise, level, folder: {"level": linear.append(level)})
    monkeypatch.setattr(calibration, "recorded_run", lambda name, words, results: whole.append(words[-1]))
    calibration.run_calibration([], [0], tmp_path)
    assert linear == list(range(len(linear))) and len(whole) == len(set(whole)) == FULL * len(linear)
