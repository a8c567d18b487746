"""The unknown functions of a solution, and what its summary says of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pinnsuite.ansatz.arguments import arguments, of_arguments, visited
from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.ansatz.functions import showing_functions
from pinnsuite.data.function_tables import Table
from pinnsuite.data.sampling import held, with_grid
from pinnsuite.inverse.bands import compared
from pinnsuite.problem import Problem
from pinnsuite.run.found import Found
from pinnsuite.run.uncertainty import Seen, of_function
from pinnsuite.trace import trace

if TYPE_CHECKING:
    from pinnsuite.run.solution import Solution
    from pinnsuite.run.solve import Run
    from pinnsuite.solvers.pieces import Pieces

PLACES = 2000  # of a condition, at which its function's argument is looked at


def found_functions(run: Run, pieces: Pieces, made: Callable[[], Seen] | None) -> dict[str, Found]:
    """Those of a trained run; ``made`` gives the posterior of a fit."""
    assert run.march is not None
    whole, like, domain = run.march.whole, run.like, run.problem.domain

    def found(name: str) -> Found:
        known, expression = arguments(whole, name), of_arguments(whole, name)

        def value(given: Mapping[str, torch.Tensor]) -> torch.Tensor:
            return evaluate([expression], list(given), {n: x.to(like) for n, x in given.items()})[:, 0].double().cpu()

        def visits(points: Mapping[str, torch.Tensor]) -> torch.Tensor:
            seen = []
            for region, call in visited(whole, name):
                at = points if region is None else domain.sample(region, PLACES, seed=1)
                seen.append(pieces.evaluate([call.args[0]], {n: x.to(like) for n, x in at.items()})[:, 0])
            return torch.cat(seen).double().cpu()

        spread = None if made is None else of_function(run, made, name)
        return Found(name, run.problem.unit_of(name), known, value, spread, visits, run.true.get(name))

    return {name: found(name) for name in whole.functions}


def given_functions(
    problem: Problem, given: Mapping[str, Callable[..., np.ndarray]], true: Mapping
) -> dict[str, Found]:
    """Those of coordinates that a solver with a training loop of its own found, as functions of arrays."""

    def found(name: str, function: Callable[..., np.ndarray]) -> Found:
        known = arguments(trace(problem), name)

        def value(at: Mapping[str, torch.Tensor]) -> torch.Tensor:
            return torch.from_numpy(function(*(at[a.name].numpy() for a in known)))

        return Found(name, problem.unit_of(name), known, value, true=true.get(name))

    return {name: found(name, function) for name, function in given.items()}


def tables_of(solution: Solution) -> dict[str, Table]:
    """Unknown functions of one argument over it, as far as the solution goes at the points of its grid."""
    grid = with_grid(solution).evaluation
    assert grid is not None
    size = len(next(iter(grid.points.values())))
    middles = {n: torch.full((size,), v, dtype=torch.float64) for n, v in held(solution.problem).items()}
    return {n: f.table({**grid.points, **middles}) for n, f in solution.functions.items() if len(f.arguments) == 1}


def said_of_functions(solution: Solution) -> dict[str, Any]:
    """For a summary: functions over their arguments, and how wide the bands of derived fields that show some are beside
    the reference, on the evaluation grid or a part of it (`compared`)."""
    tables = {n: t.summary() for n, t in solution.tables.items()}
    result: dict[str, Any] = {"functions": tables} if tables else {}
    grid = solution.evaluation
    if not solution.functions or solution.spread is None or grid is None or grid.reference is None:
        return result
    few, whole = grid.coarse(), solution.spread_on_grid
    values = solution.predict(few.points).numpy()
    spread = (solution.spread(few.points) if whole is None else whole).numpy()
    assert few.reference is not None
    for name in showing_functions(trace(solution.problem)).keys() & set(solution.fields):
        i = list(solution.fields).index(name)
        for key, number in compared(values[:, i], spread[:, i], few.reference[:, i].numpy()).items():
            result.setdefault(key, {})[name] = number
    return result
