"""Cost laws: time and memory of a residual and its gradient against points, parameters, order and dimension.

The roofline of the time, the matrix products of the layers at the peak of a large one, is drawn beside it.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pinnsuite.calculus.expression import D
from pinnsuite.domain.axis import Axis
from pinnsuite.domain.box import Box
from pinnsuite.objective.objective import Objective
from pinnsuite.problem import Problem
from pinnsuite.report.engine import THREADS, machine, plain_objective
from pinnsuite.report.peak_memory import growth, peak_of
from pinnsuite.report.step_speed import peak
from pinnsuite.run.manifest import read_json, write_json

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
    sizes = [{**MIDDLE, name: value} for name, values in SWEEPS.items() for value in values]
    timed = [{**size, **seconds_and_work(**size)} for size in sizes]
    record = {
        "what": f"Residual and gradient of sum_i D^order u + u^2, network {DEPTH} x width, float64, {THREADS} threads; "
        f"one size varied about {MIDDLE}. Roofline: the matrix products of the layers at the peak of a large one. "
        "Memory is what an evaluation adds to the process at its peak; points and compiled code are there before.",
        "command": "pinnsuite bench cost",
        "peak_gflops": peak() / 1e9,
        "rows": [{**row, "memory_mib": memory(**size)} for row, size in zip(timed, sizes, strict=True)],
        "machine": machine(),
    }
    write_json(results / "cost.json", record)


def seconds_and_work(points: int, width: int, order: int, dimension: int) -> dict[str, float]:
    """Seconds (median of rounds), the coefficients carried, and the floating-point operations of the layers."""
    objective, carried = make_objective(points, width, order, dimension)
    objective.gradient()
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        objective.gradient()
        seconds.append(time.perf_counter() - began)
    layers = [(p.shape[0], p.shape[1]) for p in objective.parameters.tensors if p.ndim == 2]
    products = 3 * sum(a * b for a, b in layers) - layers[0][0] * layers[0][1]  # forward, and two backward but one
    return {
        "seconds": statistics.median(seconds),
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


def sweep(rows: Sequence[Mapping[str, float]], name: str) -> list[tuple[float, float, float, float]]:
    """(size, seconds, floating-point operations, MiB) as one size grows and the others stay in the middle.

    The size that belongs to a width is the number of parameters.
    """
    others = {k: v for k, v in MIDDLE.items() if k != name}
    size = _called(name)
    line = {
        r[size]: (r[size], r["seconds"], r["flops"], r["memory_mib"])
        for r in rows
        if all(r[k] == v for k, v in others.items())
    }
    return [line[value] for value in sorted(line)]


def exponents(rows: Sequence[Mapping[str, float]]) -> dict[str, tuple[float, float]]:
    """The powers of each size that time and memory grow with, from the two largest of its sweep."""
    found = {}
    for name in SWEEPS:
        (x0, t0, _, m0), (x1, t1, _, m1) = sweep(rows, name)[-2:]
        across = np.log(x1 / x0)
        found[_called(name)] = (float(np.log(t1 / t0) / across), float(np.log(m1 / m0) / across))
    return found


def _called(name: str) -> str:
    return "parameters" if name == "width" else name


def cost_lines(results: Path) -> list[str]:
    """The laws and their figure, if they were measured."""
    from pinnsuite.report.figures import draw_cost

    path = results / "cost.json"
    if not path.exists():
        return []
    cost = read_json(path)
    peak = cost["peak_gflops"] * 1e9
    sweeps = {
        _called(name): [(x, t, flops / peak, m) for x, t, flops, m in sweep(cost["rows"], name)] for name in SWEEPS
    }
    draw_cost(sweeps, results / "figures" / "cost.png")
    laws = exponents(cost["rows"])
    time_law, memory_law = (", ".join(f"{name}^{powers[i]:.1f}" for name, powers in laws.items()) for i in (0, 1))
    return [
        "## Cost laws\n",
        cost["what"] + f" At the large end time grows as {time_law}, and memory as {memory_law}: points go through in "
        f"chunks, of which each thread holds one. `{cost['command']}`\n",
        "![cost](figures/cost.png)",
    ]


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    make_objective(points=50, width=4, order=1, dimension=1)[0].gradient()  # loads what is compiled
    evaluated, _ = make_objective(*map(int, sys.argv[1:]))
    sys.stdout.write(json.dumps(growth(evaluated.gradient)))
