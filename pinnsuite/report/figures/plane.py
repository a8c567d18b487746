"""What of a solution is shown on paper: at most two coordinates, with their units and proportions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pinnsuite.data.sampled import Sampled
from pinnsuite.data.triangulation import triangulate
from pinnsuite.report.figures.images import Plane
from pinnsuite.report.figures.style import symbol

if TYPE_CHECKING:
    from pinnsuite.run.solution import Solution


def flat(state: Sampled, solution: Solution) -> tuple[Sampled, dict[str, float]]:
    """At most two coordinates, periodic ones closed, and where the others are cut: in the middle."""
    held = {n: middle(solution, n) for n in state.names[2:]}
    for n, value in held.items():
        state = state.cut(n, value)
    axes = solution.problem.domain.axes
    for n in [n for n in state.names if axes[n].periodic]:
        state = state.closed(n, axes[n].high)
    return state, held


def said(held: dict[str, float]) -> str:
    """What a title says about coordinates that are held."""
    return "".join(f", {symbol(n)} = {value:.3g}" for n, value in held.items())


def middle(solution: Solution, name: str) -> float:
    axis = solution.problem.domain.axes[name]
    return (axis.low + axis.high) / 2


def units_of(solution: Solution) -> dict[str, str]:
    """Of coordinates, fields and derived fields."""
    units = {n: a.unit for n, a in solution.problem.domain.axes.items()}
    return units | {f.name: f.unit for f in solution.problem.outputs()}


def plane_of(state: Sampled, solution: Solution) -> Plane:
    """Time runs to the right; two coordinates in space keep their proportions unless those are extreme."""
    domain = solution.problem.domain
    across, up = state.names
    if up == domain.time:
        across, up = up, across
    ratio = domain.axes[across].length / domain.axes[up].length
    equal = domain.time not in (across, up) and domain.axes[across].unit == domain.axes[up].unit and 0.2 < ratio < 5
    cells = None
    if state.axes is None:
        points = np.stack([state.points[across], state.points[up]], axis=1)
        cells = triangulate(points, domain if set(domain.space) == {across, up} else None)
    return Plane(across, up, units_of(solution), equal, cells)
