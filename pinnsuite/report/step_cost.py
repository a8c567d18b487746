"""What a Gauss-Newton step on all points costs, in time and memory, by points and parameters."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.optimizers.protocol import State
from pinnsuite.report.engine import THREADS
from pinnsuite.report.peak_memory import growth, peak_of
from pinnsuite.report.step_speed import PARTS

SIZES = ((2000, 32), (8000, 32), (32_000, 32), (8000, 8), (8000, 16), (8000, 48))  # points, width
METHOD = GaussNewton()


def measure_steps() -> list[dict[str, Any]]:
    """Seconds of the second step, in all and by part, and the memory that it adds to the process at its peak."""
    return [measured_step(*size) | {"memory_mib": peak_of(__name__, *size)} for size in SIZES]


def measured_step(points: int, width: int) -> dict[str, Any]:
    """The seconds of the second step with a Jacobian of (residuals, parameters)."""
    objective, state = after_one(points, width)
    began = time.perf_counter()
    step, _ = METHOD.step(objective, state)
    seconds = time.perf_counter() - began
    sizes = {"rows": step.figures["rows"], "parameters": len(objective.parameters)}
    return {**sizes, "seconds": seconds, **{p: step.figures[p] for p in PARTS}}


def after_one(points: int, width: int) -> tuple[Objective, State]:
    """An objective of `bench cost`, and the state after a first step on all of its points, which warms up."""
    from pinnsuite.report.cost import MIDDLE, make_objective

    objective, _ = make_objective(points, width, MIDDLE["order"], MIDDLE["dimension"])
    _, state = METHOD.step(objective, METHOD.start(objective) | {"rows": objective.rows})
    return objective, state | {"rows": objective.rows}


def step_cost_lines(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    """The table; none of records from before."""
    if not steps:
        return []
    rows = [
        f"| {s['rows']:.0f} | {s['parameters']} | {s['seconds']:.2f} | "
        + " | ".join(f"{s[p]:.2f}" for p in PARTS)
        + f" | {s['memory_mib']:.0f} | {s['rows'] * s['parameters'] * 8 / 2**20:.0f} |"
        for s in steps
    ]
    return [
        "The second Gauss-Newton step on all of the points, while J'J serves (later ones factor J itself: the table "
        "above); trials are as many as it took.\n",
        "| residuals | parameters | seconds | Jacobian | J'J | factors | trials | peak memory, MiB | Jacobian, MiB |",
        "|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    warm, following = after_one(*map(int, sys.argv[1:]))
    sys.stdout.write(json.dumps(growth(lambda: METHOD.step(warm, following))))
