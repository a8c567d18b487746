"""A solution evaluated on its evaluation grid, or on that grid's points in space at chosen times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from pinnsuite.data.sampled import Arrays, Sampled
from pinnsuite.errors import InputError
from pinnsuite.parameters import Range, Unknown
from pinnsuite.run.evaluation import Evaluation, evaluation

if TYPE_CHECKING:
    from pinnsuite.problem import Problem
    from pinnsuite.run.solution import Solution


def sample(solution: Solution) -> Sampled:
    """The fields on the evaluation grid, with the reference where there is one.

    A parameter that the solution covers a range of is held at the middle of it (`held`). Where points are few, a fit
    to data has its standard deviations there as well.
    """
    grid = _grid(solution)
    shape = tuple(len(a) for a in grid.axes.values()) if grid.axes is not None else (-1,)
    points = {n: v.detach().cpu().numpy().reshape(shape) for n, v in grid.points.items()}
    known = solution.evaluation is not None and not held(solution.problem)
    table = solution.on_grid.detach().cpu().double().numpy() if known else predict(solution, grid.points)
    values = _columns(solution.fields, table, shape)
    found = None if grid.reference is None else grid.reference.detach().cpu().numpy()
    deviations = with_grid(solution).spread_on_grid
    spread = None if deviations is None else deviations.numpy()
    reference = _columns(solution.fields, found, shape)
    return Sampled(grid.axes, points, values, reference, _columns(solution.fields, spread, shape))


def sample_times(solution: Solution, times: Sequence[float], whole: Sampled | None = None) -> list[Sampled]:
    """The fields at given times; the coordinate of time is left out. ``whole`` is `sample`'s answer, where it is known.

    A tensor grid has its reference at its own times; scattered points have one at every time if the problem has no
    unknown numbers. Raises `InputError` for a problem without time or a time outside the domain.
    """
    domain = solution.problem.domain
    if domain.time is None:
        raise InputError(f"{solution.problem.name} has no time axis", given=f"times {list(times)}")
    axis = domain.axes[domain.time]
    outside = [t for t in times if not axis.low <= t <= axis.high]
    if outside:
        raise InputError("A time lies outside the domain", given=outside, expected=f"{axis.low:g} to {axis.high:g}")
    grid = _grid(solution)
    if grid.axes is None:
        return [_scattered(solution, grid, domain.time, t) for t in times]
    whole = whole or sample(solution)
    return [_on_grid(solution, whole, domain.time, t) for t in times]


def grid_times(solution: Solution, count: int) -> list[float]:
    """The times of the evaluation grid, or ``count`` equally spaced ones where the points are scattered."""
    grid, domain = _grid(solution), solution.problem.domain
    assert domain.time is not None
    if grid.axes is not None:
        return [float(t) for t in grid.axes[domain.time]]
    axis = domain.axes[domain.time]
    return [float(t) for t in np.linspace(axis.low, axis.high, count)]


def with_grid(solution: Solution) -> Solution:
    """The same solution with its evaluation grid, computed once where it has none (a loaded one)."""
    return solution if solution.evaluation else replace(solution, evaluation=evaluation(solution.problem))


def held(problem: Problem) -> dict[str, float]:
    """The value at which each parameter with a range is held: the middle of the range."""
    return {n: (v.low + v.high) / 2 for n, v in problem.numbers().items() if isinstance(v, Range)}


def predict(solution: Solution, points: Mapping[str, torch.Tensor]) -> np.ndarray:
    """Fields at points of the domain, (points, fields)."""
    like = next(iter(points.values()))
    full = {**points, **{n: torch.full_like(like, v) for n, v in held(solution.problem).items()}}
    return solution.predict(full).detach().cpu().double().numpy()


def _grid(solution: Solution) -> Evaluation:
    return solution.evaluation or evaluation(solution.problem)


def _columns(names: Sequence[str], table: np.ndarray | None, shape: tuple[int, ...]) -> Arrays:
    return {} if table is None else {n: table[:, i].reshape(shape) for i, n in enumerate(names)}


def _on_grid(solution: Solution, whole: Sampled, time: str, t: float) -> Sampled:
    """Cut out of the grid, or computed where ``t`` lies between the grid's times."""
    assert whole.axes is not None
    nearest, times = whole.cut(time, t), whole.axes[time]
    if np.abs(times - t).min() <= 1e-9 * np.ptp(times):
        return nearest
    shape = next(iter(nearest.values.values())).shape
    flat = {n: torch.from_numpy(a.reshape(-1).copy()) for n, a in nearest.points.items()}
    flat[time] = torch.full((int(np.prod(shape)),), t, dtype=torch.float64)
    values = predict(solution, {n: flat[n] for n in whole.axes})
    return Sampled(nearest.axes, nearest.points, _columns(solution.fields, values, shape), {})


def _scattered(solution: Solution, grid: Evaluation, time: str, t: float) -> Sampled:
    problem = solution.problem
    at = {n: torch.full_like(v, t) if n == time else v.cpu() for n, v in grid.points.items()}
    space = {n: v.numpy() for n, v in at.items() if n != time}
    values = _columns(solution.fields, predict(solution, at), (-1,))
    is_known = not any(isinstance(v, Unknown | Range) for v in problem.numbers().values())
    if problem.reference is None or not is_known:
        return Sampled(None, space, values, {})
    found = problem.reference(**{n: v.numpy() for n, v in at.items()})
    return Sampled(None, space, values, {n: np.asarray(found[n]).reshape(-1) for n in solution.fields})
