"""The same evaluations, steps and solves on the CPU and on a GPU: whether the numbers agree, and what they take."""

from __future__ import annotations

import os
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from pinnsuite.errors import InputError
from pinnsuite.objective.objective import Objective
from pinnsuite.report.accuracy import recorded_run
from pinnsuite.report.engine import plain_objective, timed
from pinnsuite.report.machine import machine
from pinnsuite.report.speed import DEPTH, WIDTH
from pinnsuite.report.step_speed import METHODS, timed_steps
from pinnsuite.run.manifest import read_json, write_json

ROUNDS, STEPS = 5, 6
POINTS = (10_000, 100_000, 1_000_000)
MOST_ON_CPU = 100_000  # points; more would take minutes
SOLVES = ("burgers", "allen_cahn", "kdv")


def measure_gpu(only: Sequence[str], seeds: Sequence[int], results: Path) -> None:
    """Compare both devices and write ``gpu.json``, then solve the experiments ``only`` on the GPU, seed 0."""
    if not torch.cuda.is_available():
        raise InputError("bench gpu: torch sees no GPU here", given=f"torch {torch.__version__}")
    torch.set_num_threads(os.cpu_count() or 1)
    if not (results / "gpu.json").exists():
        record = {
            "what": f"Residual of the Kuramoto-Sivashinsky equation (fourth order) and its gradient, network {DEPTH} x "
            f"{WIDTH} (median of {ROUNDS}), and a Gauss-Newton step on Burgers' equation (32000 residuals, 1365 "
            f"parameters; median of {STEPS - 1} after a first), on a GPU and on {torch.get_num_threads()} threads of "
            "the CPU beside it. Relative difference of the gradients, of the losses after the steps, beside.",
            "command": "pinnsuite bench gpu",
            "rows": [evaluation(points, dtype) for points in POINTS for dtype in (torch.float64, torch.float32)],
            "steps": [steps("float64")],
            "machine": machine(),
        }
        write_json(results / "gpu.json", record)
    for name in only or SOLVES:
        recorded_run(Path("gpu", name), [f"experiment={name}", "device=cuda", "seed=0"], results)


def evaluation(points: int, dtype: torch.dtype) -> dict[str, Any]:
    """Seconds of a gradient on each device, the relative difference of both, and the memory on the GPU."""
    gpu = _objective(points, dtype, "cuda")
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    on_gpu, seconds = timed(lambda: gpu.gradient()[1].cpu(), ROUNDS)
    row = {
        "points": points,
        "dtype": str(dtype).removeprefix("torch."),
        "seconds": seconds,
        "memory_mib": (torch.cuda.max_memory_allocated() - before) / 2**20,
    }
    if points <= MOST_ON_CPU:
        cpu = _objective(points, dtype, "cpu")
        on_cpu, row["seconds_cpu"] = timed(lambda: cpu.gradient()[1], ROUNDS)
        row["difference"] = float((on_gpu - on_cpu).norm() / on_cpu.norm())
    return row


def _objective(points: int, dtype: torch.dtype, device: str) -> Objective:
    from pinnsuite.problems.kuramoto_sivashinsky import KuramotoSivashinsky

    like = torch.zeros(1, dtype=dtype, device=device)
    return plain_objective(KuramotoSivashinsky(), points=points, width=WIDTH, depth=DEPTH, chunk=1000, like=like)


def steps(dtype: str) -> dict[str, Any]:
    """Seconds of a Gauss-Newton step on all residuals on each device, and the losses after some steps."""
    row: dict[str, Any] = {"dtype": dtype}
    for device, mark in (("cuda", ""), ("cpu", "_cpu")):
        words = [f"device={device}", f"dtype={dtype}", f"threads={torch.get_num_threads()}"]
        torch.cuda.reset_peak_memory_stats()
        taken = timed_steps(METHODS["whole"], STEPS, *words)
        row |= {f"seconds{mark}": statistics.median(t["seconds"] for t in taken[1:]), f"loss{mark}": taken[-1]["after"]}
        row |= {"memory_mib": torch.cuda.max_memory_allocated() / 2**20} if device == "cuda" else {}
    return row


def gpu_lines(results: Path) -> list[str]:
    """The tables, if they were measured."""
    path = results / "gpu.json"
    if not path.exists():
        return []
    record = read_json(path)
    lines = [f"## On a GPU: {', '.join(record['machine']['gpus'])}\n", record["what"] + "\n"]
    lines += ["| | precision | seconds | on the CPU | memory, MiB | difference |", "|---|---|---|---|---|---|"]
    for row in record["rows"]:
        cpu = f"{row['seconds_cpu']:.3f} | " if "seconds_cpu" in row else " | "
        apart = f"{row['difference']:.0e}" if "difference" in row else ""
        lines.append(
            f"| gradient, {row['points']} points | {row['dtype']} | {row['seconds']:.4f} | {cpu}"
            f"{row['memory_mib']:.0f} | {apart} |"
        )
    for row in record["steps"]:
        apart = f"{abs(row['loss'] - row['loss_cpu']) / row['loss_cpu']:.0e}"
        lines.append(
            f"| Gauss-Newton step | {row['dtype']} | {row['seconds']:.3f} | {row['seconds_cpu']:.3f} | "
            f"{row['memory_mib']:.0f} | {apart} |"
        )
    solved = {f.stem: read_json(f) for f in sorted((results / "gpu").glob("*.json"))}
    if solved:
        lines += ["", "Whole solves, seed 0, with the machine of the table of accuracy beside:", ""]
        lines += ["| experiment | error | seconds | steps | error there | seconds there | steps there |"]
        lines += ["|" + "---|" * 7]
        for name, r in solved.items():
            there = results / "accuracy" / name / "ours-seed0.json"
            both = [r, *([read_json(there)] if there.exists() else [])]
            cells = [f"{max(x['relative_l2'].values()):.1e} | {x['seconds']:.0f} | {x['steps']}" for x in both]
            lines.append(f"| {name} | {cells[0]} | {' | '.join(cells[1:]) or ' | | '} |")
    return [*lines, "", f"`{record['command']}`", ""]
