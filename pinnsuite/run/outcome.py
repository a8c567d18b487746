"""What a run leaves behind: its summary, solution, weights and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from pinnsuite.run.atomic import write_bytes
from pinnsuite.run.checkpoint import pack
from pinnsuite.run.evaluation import Evaluation
from pinnsuite.run.fit import parameters, patterns, told_by_march
from pinnsuite.run.folder import RunFolder
from pinnsuite.run.functions import found_functions, said_of_functions
from pinnsuite.run.loop import Loop
from pinnsuite.run.manifest import write_json
from pinnsuite.run.solution import Solution
from pinnsuite.run.uncertainty import Seen, of_fields, posterior
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.judging import audit, scales

if TYPE_CHECKING:
    from pinnsuite.run.solve import Run

TIMES = "seconds cover preparing, compilation, sampling, training and saving; not references, comparisons and figures"


def finish(run: Run, folder: RunFolder, comparison: Evaluation, loop: Loop, verdict: Verdict) -> Solution:
    """Write everything and return the solution; a preempted run keeps only its checkpoint."""
    march = loop.march
    with loop.watch.part("posterior"):
        fit = told_by_march(run, march) if verdict is not Verdict.PREEMPTED else {}
    summary = {
        **identity(run),
        "verdict": verdict.name.lower(),
        "sentence": verdict.value,
        "training_ended": verdict.name.lower(),
        "seconds": loop.watch.seconds,
        "times": TIMES,
        "seconds_by_part": loop.watch.parts,
        "share_outside_steps": 1 - loop.watch.parts.get("steps", 0.0) / loop.watch.seconds,
        "steps": loop.total,
        "optimizer_exhausted": loop.exhausted,
        "network_parameters": sum(p.numel() for p in march.window.ansatz.network.parameters() if p.requires_grad),
        "loss": march.objective.loss(),
        "residual_audit": audit(march.window),
        "parameters": parameters(run, march.unknowns(), fit),
        "scales": scales(march.window),
        "notes": march.notes,
    }
    summary |= {"data": fit["data"]} if fit else {}
    if march.windows.rule is not None:
        summary |= {"windows": march.log, "tolerance": march.windows.rule.tolerance, "reached": march.accepted}
    if march.short:
        summary["reached"] = march.whole.domain.axes[march.whole.domain.time].high
    found = solution(run, verdict, summary, folder.path, comparison, fit.get("seen"))
    found = judged(found, fit, summary) if fit else found
    few = comparison.coarse()
    few = few.part(few.before(summary["reached"])) if "reached" in summary else few
    seen_at = {n: v.to(run.like) for n, v in few.points.items()}
    frame = march.pieces().quality(seen_at) if len(next(iter(seen_at.values()))) else {}
    summary |= {"frame": frame} if frame else {}
    if comparison.reference is not None:
        summary |= comparison.errors(found.on_grid)
        summary |= _until(summary["reached"], comparison, found) if "reached" in summary else {}
    if verdict is Verdict.PREEMPTED:
        return found
    summary |= said_of_functions(found)
    seen = found.dynamics
    summary |= seen.summary(run.problem.lyapunov) if seen else {}
    write_bytes(folder.file("network.safetensors"), pack(march.weights()))
    found.save(folder.path)
    if run.settings.figures:
        found.plot(folder.path / "figures")
    write_json(folder.file("summary.json"), summary)
    return found


def judged(found: Solution, fit: Mapping[str, Any], summary: dict[str, Any]) -> Solution:
    """A fit with the verdict on it rather than on its training, and with patterns in what is left among its remarks.

    What the data leave open comes first. A loss that stalls where only noise is left has converged.
    """
    strange, verdict = patterns(found), found.verdict
    fit["data"]["remarks"] += strange
    if fit.get("open") and verdict.exit_status in {0, Verdict.STALLED.exit_status}:
        verdict = Verdict.NOT_IDENTIFIABLE
    elif verdict is Verdict.STALLED and fit.get("at_optimum") and not strange:
        verdict = Verdict.CONVERGED
    summary |= {"verdict": verdict.name.lower(), "sentence": verdict.value}
    return replace(found, verdict=verdict)


def _until(time: float, comparison: Evaluation, found: Solution) -> dict[str, Any]:
    """The error up to the end of the last accepted window."""
    keep = comparison.before(time)
    if not bool(keep.any()):
        return {}
    return {"relative_l2_until_reached": comparison.part(keep).errors(found.on_grid[keep])["relative_l2"]}


def solution(
    run: Run,
    verdict: Verdict,
    summary: Mapping[str, Any],
    path: Path | None,
    comparison: Evaluation | None,
    seen: Seen | None = None,
) -> Solution:
    """The present state of a run as a solution. ``seen`` is its posterior, where it is known already."""
    assert run.march is not None
    pieces = run.march.pieces()

    def predict(points: Mapping[str, torch.Tensor]) -> torch.Tensor:
        return pieces.fields({k: v.to(run.like) for k, v in points.items()}).double().cpu()

    names = [f.name for f in run.problem.outputs()]
    made = posterior(run, seen) if "chi_square" in summary.get("data", {}) else None
    deviations = of_fields(run, made) if made else None
    functions = found_functions(run, pieces, made)
    known = (run.measured, deviations, functions)
    return Solution(run.problem, names, predict, verdict, summary, path, pieces, comparison, *known)


def identity(run: Run) -> dict[str, Any]:
    keys = ("seed", "dtype", "device", "threads")
    return {**run.names, **{k: run.config[k] for k in keys}}
