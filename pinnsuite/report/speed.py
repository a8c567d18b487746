"""The speed benchmark: a Kuramoto-Sivashinsky residual and its gradient, Taylor mode against others; and --help."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.objective.objective import Objective
from pinnsuite.report.engine import THREADS, plain_objective
from pinnsuite.report.machine import machine
from pinnsuite.report.peak_memory import growth, peak_of
from pinnsuite.run.manifest import read_json, write_json

POINTS, WIDTH, DEPTH, ROUNDS = 10_000, 64, 4, 7
HELPS, HELP_MUST = 5, 0.5  # calls that are timed, and the seconds that one may take


def measure(only: Sequence[str], seeds: Sequence[int], results: Path) -> None:
    """Time all paths in turn in one process, measure the memory of each in its own, and write ``speed.json``."""
    torch.set_num_threads(THREADS)
    paths = ["taylor", "reverse", *(["jax"] if importlib.util.find_spec("jax") else [])]
    run = {path: gradient(path) for path in paths}
    gradients = {path: run[path]() for path in paths}  # warm up, and compare
    right = gradients["reverse"]
    seconds: dict[str, list[float]] = {path: [] for path in paths}
    for _ in range(ROUNDS):
        for path in paths:
            began = time.perf_counter()
            run[path]()
            seconds[path].append(time.perf_counter() - began)
    record = {
        "what": f"Residual of the Kuramoto-Sivashinsky equation (fourth order) and its gradient at {POINTS} points, "
        f"network {DEPTH} x {WIDTH}, float64, {THREADS} threads, rounds of all in turn. Taylor mode is ours; reverse "
        "mode is torch, nested; jax is jit with jet. Relative difference of the gradients beside.",
        "command": "pinnsuite bench speed",
        "rows": [
            {
                "path": path,
                "seconds": statistics.median(seconds[path]),
                "memory_mib": peak_of("pinnsuite.report.speed", path),
                "gradient_difference": float(np.linalg.norm(gradients[path] - right) / np.linalg.norm(right)),
            }
            for path in paths
        ],
        "help_seconds": help_seconds(),
        "machine": machine(),
    }
    write_json(results / "speed.json", record)


def help_seconds() -> float:
    """The wall time of `pinnsuite --help`: the median of five processes, after one that loads the files."""
    seconds = []
    for _ in range(HELPS + 1):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-m", "pinnsuite", "--help"], check=True, capture_output=True)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds[1:])


def gradient(path: str) -> Callable[[], np.ndarray]:
    """What gives the gradient of the mean square residual with respect to the parameters, by one path."""
    if path != "jax":
        own = objective(path)
        return lambda: own.gradient()[1].numpy()
    return _jax_gradient()


def _jax_gradient() -> Callable[[], np.ndarray]:
    import jax

    from pinnsuite.report.peers.jax_reader import JaxReader
    from pinnsuite.report.peers.jax_run import packed

    own = objective("reverse")
    (block,) = own.blocks
    assert isinstance(block.program, ReverseProgram) and block.points is not None
    residuals = JaxReader(block.program.residuals, block.program.coordinates)
    points = residuals.arrays(block.points)
    weights = [p.detach().numpy() for p in own.parameters.tensors]
    run = jax.jit(jax.grad(lambda weights, points: (residuals(weights, points) ** 2).mean()))
    return lambda: packed(run(weights, points))


def objective(path: str) -> Objective:
    """The objective of one path: Taylor mode in chunks that stay in cache, reverse mode all at once."""
    from pinnsuite.problems.kuramoto_sivashinsky import KuramotoSivashinsky

    chunk = 1000 if path == "taylor" else POINTS
    reverse = path == "reverse"
    return plain_objective(KuramotoSivashinsky(), points=POINTS, width=WIDTH, depth=DEPTH, chunk=chunk, reverse=reverse)


def speed_lines(results: Path) -> list[str]:
    """The table, if it was measured."""
    path = results / "speed.json"
    if not path.exists():
        return []
    speed = read_json(path)
    lines = ["## Derivatives: Taylor mode against others\n", speed["what"] + "\n"]
    lines += ["| path | seconds (median of rounds) | times ours | peak memory, MiB | times ours | gradient |"]
    lines += ["|---|---|---|---|---|---|"]
    ours = next(r for r in speed["rows"] if r["path"] == "taylor")
    lines += [
        f"| {r['path']} | {r['seconds']:.3f} | {r['seconds'] / ours['seconds']:.1f} | {r['memory_mib']:.0f} | "
        f"{r['memory_mib'] / ours['memory_mib']:.1f} | {r['gradient_difference']:.0e} |"
        for r in speed["rows"]
    ]
    if "help_seconds" in speed:
        said = f"(median of {HELPS} processes after one more; must: {HELP_MUST:g} s)"
        lines += ["", f"`pinnsuite --help` takes {speed['help_seconds']:.2f} s {said}."]
    return [*lines, "", f"`{speed['command']}`", ""]


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    sys.stdout.write(json.dumps(growth(gradient(sys.argv[1]))))
