"""The evaluation grid, the reference on it, and the errors against it. Training never sees any of this."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from pinnsuite.domain.box import Box
from pinnsuite.domain.region import Interior
from pinnsuite.parameters import Range, Unknown
from pinnsuite.problem import Problem

COUNTS = {1: 2001, 2: 401, 3: 61, 4: 21}  # points per axis by the number of axes


@dataclass(frozen=True)
class Evaluation:
    """Coordinates, flattened to (points,) each, with the reference as (points, fields), or None."""

    axes: Mapping[str, np.ndarray] | None  # a tensor grid, or None for scattered points
    points: Mapping[str, torch.Tensor]
    fields: tuple[str, ...]
    reference: torch.Tensor | None
    time: str | None

    def errors(self, values: torch.Tensor) -> dict[str, dict[str, float]]:
        """Relative L2 error over space and time, at the final time, and the largest error over the largest value.

        ``values``, (points, fields), may lack the last fields: a baseline gives no derived ones.
        """
        if self.reference is None:
            return {}
        reference, values = self.reference, values.to(self.reference)
        result: dict[str, dict[str, float]] = {"relative_l2": {}, "final_relative_l2": {}, "largest": {}}
        last = None
        if self.time is not None:
            t = self.points[self.time]
            last = t == t.max()
        for i, name in enumerate(self.fields[: values.shape[1]]):
            wrong, right = values[:, i] - reference[:, i], reference[:, i]
            result["relative_l2"][name] = float(wrong.norm() / right.norm())
            result["largest"][name] = float(wrong.abs().max() / right.abs().max())
            if last is not None:
                result["final_relative_l2"][name] = float(wrong[last].norm() / right[last].norm())
        return result

    def coarse(self, most: int = 4000) -> Evaluation:
        """Every n-th point, for the live error."""
        stride = max(1, len(next(iter(self.points.values()))) // most)
        stride += 1 - stride % 2  # an odd stride walks through a grid of rows
        reference = None if self.reference is None else self.reference[::stride]
        points = {k: v[::stride] for k, v in self.points.items()}
        return dataclasses.replace(self, axes=None, points=points, reference=reference)

    def before(self, last: float) -> torch.Tensor:
        """Which points lie up to a time, (points,)."""
        assert self.time is not None
        return self.points[self.time] <= last

    def part(self, keep: torch.Tensor) -> Evaluation:
        """Some of the points, by a mask."""
        points = {k: v[keep] for k, v in self.points.items()}
        reference = None if self.reference is None else self.reference[keep]
        return dataclasses.replace(self, axes=None, points=points, reference=reference)


def evaluation(problem: Problem) -> Evaluation:
    """The grid of a problem (points for a shape), and its reference where it has one. References are cached.

    There is no reference for a number or a function that is unknown, or every number of a range.
    """
    domain = problem.domain
    fields = tuple(f.name for f in problem.outputs())
    open_numbers = [n for n, v in problem.numbers().items() if isinstance(v, Range | Unknown)] + [*problem.functions()]
    axes = None
    if isinstance(domain, Box):
        count = COUNTS.get(len(domain.axes), 11)
        axes = {n: v.numpy() for n, v in domain.grid(dict.fromkeys(domain.axes, count)).items()}
        mesh = np.meshgrid(*axes.values(), indexing="ij")
        points = {n: torch.from_numpy(m.reshape(-1).copy()) for n, m in zip(axes, mesh, strict=True)}
    else:
        points = domain.sample(Interior(), 20000, seed=1)
    if problem.reference is None or open_numbers:
        return Evaluation(axes, points, fields, None, domain.time)
    coordinates = axes if axes is not None else {n: points[n].numpy() for n in domain.axes}
    found = problem.reference(**coordinates)
    columns = [torch.as_tensor(np.ascontiguousarray(found[f]), dtype=torch.float64).reshape(-1) for f in fields]
    return Evaluation(axes, points, fields, torch.stack(columns, 1), domain.time)
