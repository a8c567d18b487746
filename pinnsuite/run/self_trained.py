"""Runs of solvers with a training loop of their own: trained, written like any other, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.spatial import cKDTree

from pinnsuite.errors import InputError
from pinnsuite.parameters import Unknown
from pinnsuite.run.evaluation import Evaluation
from pinnsuite.run.fit import parameters, told
from pinnsuite.run.folder import RunFolder
from pinnsuite.run.functions import given_functions, said_of_functions
from pinnsuite.run.manifest import read_json, write_json
from pinnsuite.run.outcome import TIMES, identity, judged
from pinnsuite.run.solution import Solution
from pinnsuite.run.telemetry import Progress
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.trained import Training

if TYPE_CHECKING:
    from pinnsuite.run.solve import Run

THERE = 1e-9  # of the lengths of axes: a place on a grid


def train(run: Run, folder: RunFolder, comparison: Evaluation, progress: Progress) -> Solution:
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
        **identity(run),
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
    found = judged(found, fit, summary) if fit else found
    summary |= comparison.errors(found.on_grid) if comparison.reference is not None else {}
    summary |= said_of_functions(found)
    found.save(folder.path)
    if run.settings.figures:
        found.plot(folder.path / "figures")
    write_json(folder.file("summary.json"), summary)
    progress.close(found.verdict.value)
    return found


def load(run: Run, path: Path) -> Solution:
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
