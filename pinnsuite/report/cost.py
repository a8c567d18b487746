"""What a residual and its gradient cost, in time and memory, by points, parameters, order and dimension."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from pinnsuite.calculus.expression import D
from pinnsuite.domain.axis import Axis
from pinnsuite.domain.box import Box
from pinnsuite.objective.objective import Objective
from pinnsuite.problem import Problem
from pinnsuite.report.engine import THREADS, plain_objective, timed
from pinnsuite.report.machine import machine
from pinnsuite.report.peak_memory import growth, peak_of
from pinnsuite.report.step_cost import measure_steps
from pinnsuite.report.step_speed import peak
from pinnsuite.run.manifest import write_json

ROUNDS, DEPTH = 5, 3
MIDDLE = {"points": 8000, "width": 32, "order": 2, "dimension": 2}
SWEEPS: dict[str, Sequence[int]] = {
    "points": (1000, 2000, 4000, 8000, 16000, 32000),
    "width": (8, 16, 32, 64, 128),
    "order": (1, 2, 3, 4, 5, 6),
    "dimension": (1, 2, 3, 4),
}


def measure_cost(only: Sequence[str], seeds: Sequence[int], results: Path) -> None:
    """Vary one size at a time about `MIDDLE`, and write ``cost.json``."""
    torch.set_num_threads(THREADS)
    seconds_and_work(**MIDDLE)  # warms up: the processor's clock, and what is compiled
    sizes = [{**MIDDLE, name: value} for name, values in SWEEPS.items() for value in values]
    timed = [{**size, **seconds_and_work(**size)} for size in sizes]
    record = {
        "what": f"Residual and gradient of sum_i D^order u + u^2, network {DEPTH} x width, float64, {THREADS} threads; "
        f"one size varied about {MIDDLE}. Roofline: the matrix products of the layers at the peak of a large one. "
        "Memory is what an evaluation adds to the process at its peak; points and compiled code are there before.",
        "command": "pinnsuite bench cost",
        "peak_gflops": peak() / 1e9,
        "rows": [{**row, "memory_mib": memory(**size)} for row, size in zip(timed, sizes, strict=True)],
        "steps": measure_steps(),
        "machine": machine(),
    }
    write_json(results / "cost.json", record)


def seconds_and_work(points: int, width: int, order: int, dimension: int) -> dict[str, float]:
    """Seconds (median of rounds), the coefficients carried, and the floating-point operations of the layers."""
    objective, carried = make_objective(points, width, order, dimension)
    _, seconds = timed(objective.gradient, ROUNDS)
    layers = [(p.shape[0], p.shape[1]) for p in objective.parameters.tensors if p.ndim == 2]
    products = 3 * sum(a * b for a, b in layers) - layers[0][0] * layers[0][1]  # forward, and two backward but one
    return {
        "seconds": seconds,
        "coefficients": carried,
        "parameters": len(objective.parameters),
        "flops": 2.0 * points * carried * products,
    }


def memory(**size: int) -> float:
    """Peak memory of one evaluation, MiB."""
    return peak_of("pinnsuite.report.cost", *(size[name] for name in MIDDLE))


def make_objective(points: int, width: int, order: int, dimension: int) -> tuple[Objective, int]:
    """The objective of one size, and the number of Taylor coefficients that its network carries."""
    problem = sum_of_derivatives(order, dimension)
    objective = plain_objective(problem, points=points, width=width, depth=DEPTH, chunk=4000)
    (carried,) = objective.blocks[0].program.networks.values()  # type: ignore[attr-defined]
    return objective, len(carried)


def sum_of_derivatives(order: int, dimension: int) -> Problem:
    """The sum over the axes of the derivative of one order, plus u^2, on a cube of up to four dimensions."""

    def total(u: Any, *axes: Any) -> Any:
        return sum((D(u, *[x] * order) for x in axes), start=u * u)

    equations = (
        lambda self, u, x: total(u, x),
        lambda self, u, x, y: total(u, x, y),
        lambda self, u, x, y, z: total(u, x, y, z),
        lambda self, u, x, y, z, w: total(u, x, y, z, w),
    )
    cube: dict[str, Any] = {n: Axis(-1, 1) for n in "xyzw"[:dimension]}
    members = {"domain": Box(**cube), "fields": ("u",), "equation": equations[dimension - 1]}
    return type("SumOfDerivatives", (Problem,), members)()


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    make_objective(points=50, width=4, order=1, dimension=1)[0].gradient()  # loads what is compiled
    evaluated, _ = make_objective(*map(int, sys.argv[1:]))
    sys.stdout.write(json.dumps(growth(evaluated.gradient)))
