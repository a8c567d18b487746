"""The result tables say what the records say."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pinnsuite.report import comparison, cost, cost_laws, step_cost
from pinnsuite.report import speed as speed_bench
from pinnsuite.report.accuracy import data_words, problem_words
from pinnsuite.report.optimizers import OPTIMIZERS
from pinnsuite.report.peak_memory import growth
from pinnsuite.report.tables import write_tables
from pinnsuite.run.compose import compose
from pinnsuite.run.manifest import write_json


def record(folder: Path, name: str, error: float, **more: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    common = {
        "solver": "pinn",
        "seed": 0,
        "seconds": 10.0,
        "steps": 5,
        "network_parameters": 7,
        "relative_l2": {"u": error},
    }
    write_json(folder / f"{name}.json", common | more)


def test_medians_targets_and_the_best_optimizer(tmp_path: Path) -> None:
    for seed, error in enumerate([3e-5, 1e-5, 2e-5]):
        curve = [(1.0, 1e-3), (2.0 + seed, 1e-8), (9.0, 1e-9)]
        record(tmp_path / "accuracy" / "heat", f"ours-seed{seed}", error, seed=seed, curve=curve)
    record(tmp_path / "accuracy" / "heat", "deepxde-seed0", 0.5, solver="deepxde")
    write_json(tmp_path / "targets.json", {"heat": "1e-7"})
    record(tmp_path / "optimizers" / "heat", "adam-seed0", 4e-2)
    for seed, error in enumerate([1e-8, 3e-8, 2e-8]):
        record(tmp_path / "optimizers" / "heat", f"gauss_newton-seed{seed}", error)
    lines = write_tables(tmp_path).read_text().splitlines()
    accuracy = next(line for line in lines if line.startswith("| `heat` | 1e-7"))
    assert "**2.0e-05** (1.0e-05 to 3.0e-05, 3 seeds) | 10 | 3 |" in accuracy and "5.0e-01 (1 seed)" in accuracy
    optimizers = next(line for line in lines if line.startswith("| `heat` | 4e-02"))
    assert optimizers.endswith("| **2e-08** |")
    assert (tmp_path / "figures" / "optimizers.png").exists()


def test_shares_of_the_seconds_are_medians(tmp_path: Path) -> None:
    """Of drawing and saving as far as records know their parts; steps and set-up do not count."""
    folder = tmp_path / "accuracy" / "heat"
    for seed, drawing in enumerate([0.05, 0.3, 0.1]):  # of 10 seconds
        parts = {"steps": 8.0, "drawing": drawing, "saving": 0.02, "windows": 1.0}
        record(folder, f"ours-seed{seed}", 1e-9, seed=seed, share_outside_steps=0.2, seconds_by_part=parts)
    record(folder, "ours-seed3", 1e-9, seed=3, share_outside_steps=0.2)
    record(tmp_path / "accuracy" / "poisson", "ours-seed0", 1e-9, share_outside_steps=0.3)
    lines = write_tables(tmp_path).read_text().splitlines()
    titles = next(line for line in lines if line.startswith("| experiment | must")).split(" | ")
    at = titles.index("drawing, saving")
    assert titles[at - 1] == "outside"
    rows = {n: next(line for line in lines if line.startswith(f"| `{n}`")).split(" | ") for n in ("heat", "poisson")}
    assert rows["heat"][at - 1 : at + 1] == ["20.0 %", "1.2 %"]
    assert rows["poisson"][at - 1 : at + 1] == ["30.0 %", ""]


def test_the_time_of_the_help_is_said_where_it_was_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The median without the first call; a record from before says nothing."""
    clock = iter([0.0, 9.0, 10.0, 10.2, 11.0, 11.3, 12.0, 12.1, 13.0, 13.5, 14.0, 14.4])
    asked: list[list[str]] = []
    monkeypatch.setattr(speed_bench, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
    monkeypatch.setattr(speed_bench, "subprocess", SimpleNamespace(run=lambda command, **_: asked.append(command[1:])))
    assert speed_bench.help_seconds() == pytest.approx(0.3)
    assert asked == [["-m", "pinnsuite", "--help"]] * 6
    row = {"path": "taylor", "seconds": 0.1, "memory_mib": 10.0, "gradient_difference": 0.0}
    measured = {"what": "W", "command": "C", "rows": [row]}
    write_json(tmp_path / "speed.json", measured)
    assert not any("--help" in line for line in speed_bench.speed_lines(tmp_path))
    write_json(tmp_path / "speed.json", measured | {"help_seconds": 0.3})
    (line,) = (line for line in speed_bench.speed_lines(tmp_path) if "--help" in line)
    assert "0.30 s" in line and "must: 0.5 s" in line


def test_marches_show_their_windows_and_dynamics(tmp_path: Path) -> None:
    for seed, until in enumerate([10.0, 20.0, 20.0]):
        more = {
            "tolerance": 1e-7,
            "reached": 20.0,
            "windows": {"accepted": 40 + seed, "shortened": 2},
            "valid": {"until": until, "lyapunov_times": 0.9 * until},
            "budget_defects": {"energy": 1e-5, "mean": 1e-9},
            "spectrum_decades": {"u": 0.01},
        }
        record(tmp_path / "accuracy" / "lorenz", f"ours-seed{seed}", 1e-6, seed=seed, **more)
    record(tmp_path / "accuracy" / "heat", "ours-seed0", 1e-6)
    lines = write_tables(tmp_path).read_text().splitlines()
    row = "| `lorenz` | 1e-07 | 41 | 0 | 2 | 20 | 20 (18 Lyapunov times) | 1.0e-05 | 1.0e-02 |"
    assert row in lines and sum("1e-07" in line for line in lines) == 1


def test_fits_stand_beside_their_bound_and_others(tmp_path: Path) -> None:
    folder = tmp_path / "accuracy" / "burgers_inverse"
    for seed, estimate in enumerate([1.01, 1.02, 0.97]):
        number = {"estimate": estimate, "true": 1.0, "standard_error": 0.015, "low": 0.9, "high": 1.1}
        record(folder, f"ours-seed{seed}", 0.1, seed=seed, parameters={"lambda1": number})
    number = {"estimate": 1.5, "true": 1.0}
    record(folder, "deepxde-seed0", 0.5, solver="deepxde", parameters={"lambda1": number})
    number = {"estimate": 1.001, "true": 1.0, "standard_error": 0.001}
    record(folder, "shooting-seed0", 0.5, solver="shooting", seconds=3.0, parameters={"lambda1": number})
    record(tmp_path / "accuracy" / "heat", "ours-seed0", 1e-6)
    lines = write_tables(tmp_path).read_text().splitlines()
    assert "| `burgers_inverse` | lambda1 | 2.0e-02 | 1.5e-02 | 10 | 1.0e-03, 3 | 5.0e-01, 10 |" in lines
    accuracy = next(line for line in lines if line.startswith("| `burgers_inverse` |  |"))
    assert "**2.0e-02** (1.0e-02 to 3.0e-02, 3 seeds)" in accuracy


def test_only_the_best_optimizer_gets_more_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def run(name: Path, words: list[str], results: Path) -> dict[str, Any] | None:
        asked.append(name.name)
        if "lbfgs" in name.name:
            return None  # a run that failed
        return {"relative_l2": {"u": 1e-3 if "soap" in name.name else 1e-2}}

    monkeypatch.setattr(comparison, "recorded_run", run)
    OPTIMIZERS.run(["heat"], [0, 1, 2], tmp_path)
    assert len(asked) == len(OPTIMIZERS.variants) + 2
    assert asked[-2:] == ["soap-seed1", "soap-seed2"]


def test_cost_laws_follow_the_largest_sizes(tmp_path: Path) -> None:
    """Of a width, in terms of the parameters, here its square."""
    rows = [
        {
            **cost.MIDDLE,
            name: size,
            "parameters": size**2 if name == "width" else 1000,
            "seconds": 1e-3 * size**power,
            "memory_mib": 2.0 * size ** (power - 0.5),
            "flops": 1e9,
        }
        for (name, sizes), power in zip(cost.SWEEPS.items(), (1.0, 2.0, 1.5, 0.5), strict=True)
        for size in sizes
    ]
    found = cost_laws.exponents(rows)
    assert list(found) == ["points", "parameters", "order", "dimension"]
    assert [t for t, _ in found.values()] == pytest.approx([1.0, 1.0, 1.5, 0.5])
    assert [m for _, m in found.values()] == pytest.approx([0.5, 0.75, 1.0, 0.0])
    (tmp_path / "accuracy").mkdir()
    write_json(tmp_path / "cost.json", {"what": "W", "command": "C", "peak_gflops": 50.0, "rows": rows})
    text = write_tables(tmp_path).read_text()
    assert "time grows as points^1.0, parameters^1.0, order^1.5, dimension^0.5" in text
    assert "memory as points^0.5, parameters^0.8, order^1.0, dimension^0.0" in text
    assert (tmp_path / "figures" / "cost.png").exists()


def test_peak_memory_is_what_is_taken_at_once() -> None:
    """Three arrays of 8 MiB one after the other are 8 MiB, at once they are 24."""

    def array() -> np.ndarray:
        return np.ones(2**20)

    assert growth(lambda: [array().sum() for _ in range(3)]) == pytest.approx(8, abs=4)
    assert growth(lambda: [array(), array(), array()]) == pytest.approx(24, abs=4)


def test_the_sizes_are_those_that_are_measured() -> None:
    """Fourth order in three dimensions: u, four derivatives on each axis; and the layers' work, counted by hand."""
    objective, carried = cost.make_objective(points=50, width=4, order=4, dimension=3)
    assert carried == 13 and objective.rows == 50
    found = cost.seconds_and_work(points=50, width=4, order=4, dimension=3)
    layers = 3 * 4 + 4 * 4 + 4 * 4 + 4 * 1
    assert found["flops"] == 2 * 50 * 13 * (3 * layers - 3 * 4) and found["seconds"] > 0


def test_a_step_is_that_on_all_points() -> None:
    """Its Jacobian is (residuals, parameters), and its parts do not exceed it."""
    found = step_cost.measured_step(points=1500, width=4)
    assert (found["rows"], found["parameters"]) == (1500, 3 * 4 + 5 * 4 + 5 * 4 + 5)
    assert 0 < sum(found[p] for p in step_cost.PARTS) <= found["seconds"]
    (row,) = (line for line in step_cost.step_cost_lines([found | {"memory_mib": 7.4}]) if line.startswith("| 1500"))
    assert row.startswith("| 1500 | 57 | ") and row.endswith(" | 7 | 1 |")
    assert step_cost.step_cost_lines([]) == []


def test_time_to_an_error(tmp_path: Path) -> None:
    """The first record below 1e-3; a peer that never gets there counts as the cap."""
    ours = [[1.0, 0.5], [4.0, 9e-4], [9.0, 2e-3], [12.0, 1e-6]]
    for seed in range(3):
        record(tmp_path / "accuracy" / "heat", f"ours-seed{seed}", 1e-6, curve=ours)
    record(tmp_path / "peers" / "heat", "deepxde-seed0", 0.02, solver="deepxde", curve=[[5.0, 0.4], [1700.0, 0.02]])
    text = write_tables(tmp_path).read_text()
    assert "| `heat` | 4 | DeepXDE | >= 1800 | >= 450 | 2.0e-02 | 1 |" in text
    assert "figures/peers_heat.png" in text and (tmp_path / "figures" / "peers_heat.png").exists()


def test_a_baseline_gets_the_problem_of_the_experiment() -> None:
    assert problem_words("burgers_nu001") == ["problem=burgers_nu001"]
    words = problem_words("lorenz_30")
    assert words == ["problem=lorenz", "problem.final_time=30.0"]
    assert compose(words)["problem"] == compose(["experiment=lorenz_30"])["problem"]


def test_errors_against_the_speed_of_a_flow(tmp_path: Path) -> None:
    folder = tmp_path / "frames" / "convection"
    for speed in (0, 30):
        record(folder, f"plain-c{speed}-seed0", 10.0 ** (speed - 9))
        for seed, error in enumerate([1e-9, 3e-9, 2e-9]):
            record(folder, f"lagrangian-c{speed}-seed{seed}", error, seed=seed)
    record(tmp_path / "accuracy" / "heat", "ours-seed0", 1e-6)
    lines = write_tables(tmp_path).read_text().splitlines()
    assert "| `convection`, c | plain | causal | curriculum | lagrangian |" in lines
    assert "| 30 | 1e+21 |  |  | 2e-09 |" in lines
    assert (tmp_path / "figures" / "frames_convection.png").exists()


@pytest.mark.parametrize("experiment", ["kdv_inverse", "lorenz_inverse"])
def test_the_baseline_gets_the_data_of_a_fit(experiment: str) -> None:
    words = [*problem_words(experiment), *data_words(experiment)]
    wanted, found = compose([f"experiment={experiment}"]), compose(words)
    assert (found["problem"], found["data"]) == (wanted["problem"], wanted["data"])
    assert data_words("burgers") == []
