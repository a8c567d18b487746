"""The speed of a Gauss-Newton step against the multiply-adds of its normal matrix at the machine's peak."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from pinnsuite.objective.workers import all_threads
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.report.engine import THREADS
from pinnsuite.report.machine import machine
from pinnsuite.run.compose import compose
from pinnsuite.run.manifest import read_json, write_json
from pinnsuite.run.solve import Run

POINTS, STEPS, LAST, WHOLE, SIDE = 32_000, 70, 10, 20, 2048
WORDS = ["problem=burgers", "network=mlp", "network.width=20", "network.depth=4", f"solver.points={POINTS}"]
PARTS = ("seconds_rows", "seconds_products", "seconds_factor", "seconds_trials")


def measure_step(only: Sequence[str], seeds: Sequence[int], results: Path) -> None:
    """Train Burgers' equation and time the steps; write ``gauss_newton_step.json``."""
    torch.set_num_threads(THREADS)
    run = Run(compose([*WORDS, f"threads={THREADS}", "run.dir=unused"]))
    assert run.march is not None
    objective, method = run.march.objective, GaussNewton()
    state, taken = method.start(objective), []
    for k in range(STEPS + WHOLE):
        if k == STEPS:
            state |= {"rows": objective.rows}
        if k and k % method.steps_per_draw(state) == 0:
            run.march.window.draw()
        began = time.perf_counter()
        step, state = method.step(objective, state)
        taken.append({"seconds": time.perf_counter() - began, **{p: step.figures[p] for p in (*PARTS, "rows")}})
    rate, size = peak(), len(objective.parameters)
    bare = 2 * objective.rows * size**2 / rate
    phases = {
        "early": slice(LAST, 2 * LAST),
        "late": slice(STEPS - LAST, STEPS),
        "whole": slice(STEPS + WHOLE - LAST, STEPS + WHOLE),
    }
    record = {
        "what": f"Gauss-Newton on Burgers' equation, {objective.rows} residuals, {size} parameters, float64, "
        f"{THREADS} threads, on as many residuals as the effective dimension calls for: median of steps {LAST + 1} to "
        f"{2 * LAST} (early), of the last {LAST} of {STEPS} (late), and of the last {LAST} of {WHOLE} more "
        "on all (whole).",
        "command": "pinnsuite bench step",
        "peak_gflops": rate / 1e9,
        "seconds_of_multiply_adds": bare,
        "rows": [{"phase": phase, **_medians(taken[part], bare)} for phase, part in phases.items()],
        "machine": machine(),
    }
    write_json(results / "gauss_newton_step.json", record)


def _medians(taken: Sequence[Mapping[str, float]], bare: float) -> dict[str, float]:
    medians = {name: statistics.median(t[name] for t in taken) for name in ("seconds", *PARTS, "rows")}
    return {**medians, "ratio": medians["seconds"] / bare}


def peak(rounds: int = 7) -> float:
    """Floating-point operations per second of a large matrix product in float64 on all threads."""
    a = np.random.default_rng(0).standard_normal((SIDE, SIDE))
    seconds = []
    with all_threads(SIDE**3):
        for _ in range(rounds):
            began = time.perf_counter()
            a @ a
            seconds.append(time.perf_counter() - began)
    return 2 * SIDE**3 / min(seconds)


def step_lines(results: Path) -> list[str]:
    """The table, if it was measured."""
    path = results / "gauss_newton_step.json"
    if not path.exists():
        return []
    step = read_json(path)
    lines = ["## A Gauss-Newton step against its multiply-adds at peak\n", step["what"] + "\n"]
    lines += ["| steps | residuals | seconds | Jacobian | J'J | factors | trials | times the multiply-adds |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    parts = ("seconds", *PARTS)
    lines += [
        f"| {r['phase']} | {r['rows']:.0f} | " + " | ".join(f"{r[p]:.2f}" for p in parts) + f" | {r['ratio']:.2f} |"
        for r in step["rows"]
    ]
    return [
        *lines,
        "",
        f"Rows times parameters squared multiply-adds take {step['seconds_of_multiply_adds']:.2f} s at the measured "
        f"{step['peak_gflops']:.0f} Gflop/s of a matrix product. `{step['command']}`",
        "",
    ]
