"""What a run leaves behind: its summary, solution, weights and figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.spatial import cKDTree

from pinnsuite.errors import InputError
from pinnsuite.parameters import Unknown
from pinnsuite.run.atomic import write_bytes
from pinnsuite.run.checkpoint import pack
from pinnsuite.run.evaluation import Evaluation
from pinnsuite.run.fit import parameters, patterns, told, told_by_march
from pinnsuite.run.folder import RunFolder
from pinnsuite.run.functions import found_functions, given_functions, said_of_functions
from pinnsuite.run.loop import Loop
from pinnsuite.run.manifest import read_json, write_json
from pinnsuite.run.solution import Solution
from pinnsuite.run.telemetry import Progress
from pinnsuite.run.uncertainty import Seen, of_fields, posterior
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.judging import audit, scales
from pinnsuite.solvers.trained import Training

if TYPE_CHECKING:
    from pinnsuite.run.solve import Run

TIMES = "seconds cover preparing, compilation, sampling, training and saving; not references, comparisons and figures"
THERE = 1e-9  # of the lengths of axes: a place on a grid


def finish(run: Run, folder: RunFolder, comparison: Evaluation, loop: Loop, verdict: Verdict) -> Solution:
    """Write everything and return the solution; a preempted run keeps only its checkpoint."""
    march = loop.march
    with loop.watch.part("posterior"):
        fit = told_by_march(run, march) if verdict is not Verdict.PREEMPTED else {}
    summary = {
        **_identity(run),
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
    found = _judged(found, fit, summary) if fit else found
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


def _judged(found: Solution, fit: Mapping[str, Any], summary: dict[str, Any]) -> Solution:
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


def train_baseline(run: Run, folder: RunFolder, comparison: Evaluation, progress: Progress) -> Solution:
    """Let a solver with its own training loop run, and write the same files."""
    live = comparison.coarse()

    def error(predict: Any) -> float:
        found = live.errors(predict(live.points).double().cpu())
        return max(found["relative_l2"].values())

    progress.start(0, f"{run.names['problem']} ({run.names['solver']})")
    training = Training(
        run.measured,
        seed=run.seed,
        dtype=run.like.dtype,
        threads=int(run.config["threads"]),
        max_seconds=run.settings.max_seconds or 300.0,
        progress=progress.update,
        error=error if live.reference is not None else None,
    )
    trained = run.solver.train(run.problem, training)
    fit, verdict = {}, trained.verdict
    if trained.posterior is not None and trained.scaled is not None:
        unknowns = {n: v for n, v in run.problem.numbers().items() if isinstance(v, Unknown)}
        fit = told(run, trained.posterior, unknowns, trained.scaled)
    summary = {
        **_identity(run),
        "optimizer": trained.method,
        "verdict": verdict.name.lower(),
        "sentence": verdict.value,
        "training_ended": verdict.name.lower(),
        "seconds": trained.seconds,
        "times": TIMES,
        "steps": trained.steps,
        "network_parameters": trained.network_parameters,
        "parameters": parameters(run, trained.parameters, fit),
        "history": trained.history,
        **({"data": fit["data"]} if fit else {}),
    }
    fields = [f.name for f in (run.problem.outputs() if trained.derived else run.problem.field_list())]
    known = run.measured if fit else ()
    functions = given_functions(run.problem, trained.functions, run.true)
    found = Solution(
        run.problem,
        fields,
        trained.predict,
        verdict,
        summary,
        folder.path,
        evaluation=comparison,
        measured=known,
        functions=functions,
    )
    found = _judged(found, fit, summary) if fit else found
    summary |= comparison.errors(found.on_grid) if comparison.reference is not None else {}
    summary |= said_of_functions(found)
    found.save(folder.path)
    if run.settings.figures:
        found.plot(folder.path / "figures")
    write_json(folder.file("summary.json"), summary)
    progress.close(found.verdict.value)
    return found


def load_baseline(run: Run, path: Path) -> Solution:
    """A finished run of such a solver, which keeps no network: its summary, and its fields on the grid of solution.h5.

    Asked for values at other places, those of its data among them, the solution raises `InputError`.
    """
    from pinnsuite.data.hdf5 import read_solution

    kept, summary = read_solution(path), read_json(path / "summary.json")
    lengths = {n: run.problem.domain.axes[n].length for n in kept["coordinates"]}
    columns = [x / lengths[n] for n, x in kept["coordinates"].items()]
    if kept["attributes"]["layout"] == "grid":
        columns = list(np.meshgrid(*columns, indexing="ij"))
    places = np.stack([x.reshape(-1) for x in columns], axis=1)
    tree, values = cKDTree(places), np.stack([a.reshape(-1) for a in kept["fields"].values()], axis=1)

    def predict(points: Mapping[str, torch.Tensor]) -> torch.Tensor:
        asked = np.stack([points[n].double().cpu().numpy() / length for n, length in lengths.items()], axis=1)
        away, nearest = tree.query(asked)
        if away.max() > THERE:
            raise InputError(
                f"{path} holds a run of solver={summary['solver']}, of which no network is kept",
                given=f"{int((away > THERE).sum())} points that are not on its grid",
                expected="points of the grid in solution.h5",
            )
        return torch.from_numpy(values[nearest])

    verdict = Verdict[summary["verdict"].upper()]
    return Solution(run.problem, list(kept["fields"]), predict, verdict, summary, path)


def _identity(run: Run) -> dict[str, Any]:
    keys = ("seed", "dtype", "device", "threads")
    return {**run.names, **{k: run.config[k] for k in keys}}
