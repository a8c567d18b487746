"""Cost laws: the powers of each size that time and memory grow with, and the figure with the roofline.

The roofline of the time is that of the matrix products of the layers at the peak of a large one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pinnsuite.report.cost import MIDDLE, SWEEPS
from pinnsuite.report.step_cost import step_cost_lines
from pinnsuite.run.manifest import read_json


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
        "",
        *step_cost_lines(cost.get("steps", [])),
    ]
