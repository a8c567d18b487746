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

POINTS, STEPS, LAST, SIDE = 32_000, 70, 10, 2048
WORDS = ["problem=burgers", "network=mlp", "network.width=20", "network.depth=4", f"solver.points={POINTS}"]
PARTS = ("seconds_rows", "seconds_products", "seconds_factor", "seconds_trials")
METHODS = {
    "taken": GaussNewton(),
    "mixed": GaussNewton(first_rows=10**9, sketch=False),
    "whole": GaussNewton(first_rows=10**9, sketch=False, mix=0),
}


def measure_step(only: Sequence[str], seeds: Sequence[int], results: Path) -> None:
    """Train Burgers' equation by every method from one start, time the steps, and write ``gauss_newton_step.json``."""
    torch.set_num_threads(THREADS)
    taken = {name: timed_steps(method, STEPS, f"threads={THREADS}") for name, method in METHODS.items()}
    rate, size = peak(), int(taken["whole"][0]["parameters"])
    bare = 2 * POINTS * size**2 / rate
    early, late = slice(LAST, 2 * LAST), slice(STEPS - LAST, STEPS)
    phases = {f"{n}, {w}": s[p] for n, s in taken.items() for w, p in (("early", early), ("late", late))}
    record = {
        "what": f"Gauss-Newton on Burgers' equation, {POINTS} residuals, {size} parameters, "
        f"float64, {THREADS} threads: a step as it is taken, on as many residuals as the effective dimension calls "
        "for; one on all, mixed to three sums for each parameter; and one on all as they are. Medians of steps "
        f"{LAST + 1} to {2 * LAST} (early) and of the last {LAST} of {STEPS}.",
        "command": "pinnsuite bench step",
        "peak_gflops": rate / 1e9,
        "seconds_of_multiply_adds": bare,
        "rows": [{"phase": phase, **_medians(part, bare)} for phase, part in phases.items()],
        "losses": {name: [step["after"] for step in steps[LAST - 1 :: LAST]] for name, steps in taken.items()},
        "machine": machine(),
    }
    write_json(results / "gauss_newton_step.json", record)


def timed_steps(method: GaussNewton, count: int, *words: str) -> list[dict[str, float]]:
    """Of every step its seconds and their parts, and the loss on all residuals after it."""
    run = Run(compose([*WORDS, *words, "run.dir=unused"]))
    assert run.march is not None
    objective = run.march.objective
    state, taken = method.start(objective), []
    for k in range(count):
        if k and k % method.steps_per_draw(state) == 0:
            run.march.window.draw()
            state = method.redrawn(state)
        began = time.perf_counter()
        step, state = method.step(objective, state)
        seconds = time.perf_counter() - began
        figures = {p: step.figures[p] for p in (*PARTS, "rows")}
        taken.append(
            {"seconds": seconds, **figures, "after": objective.loss(), "parameters": len(objective.parameters)}
        )
    return taken


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
    if "losses" in step:
        lines += ["", "The loss on all residuals, from the same start:", ""]
        lines += ["| after step | " + " | ".join(str(LAST * (i + 1)) for i in range(STEPS // LAST)) + " |"]
        lines += ["|---" * (1 + STEPS // LAST) + "|"]
        lines += [f"| {n} | " + " | ".join(f"{v:.1e}" for v in losses) + " |" for n, losses in step["losses"].items()]
    return [
        *lines,
        "",
        f"Rows times parameters squared multiply-adds take {step['seconds_of_multiply_adds']:.2f} s at the measured "
        f"{step['peak_gflops']:.0f} Gflop/s of a matrix product. `{step['command']}`",
        "",
    ]
