"""The error of a solve in progress."""

from __future__ import annotations

import math

import torch

from pinnsuite.run.evaluation import Evaluation
from pinnsuite.solvers.march import March


class LiveError:
    """Relative L2 errors on some of the evaluation grid, up to the end of the window at work.

    What finished windows give is kept, so that a march of hundreds of windows is not evaluated anew each time.
    """

    def __init__(self, evaluation: Evaluation, march: March) -> None:
        self.grid, self.march = evaluation.coarse(), march
        count = len(next(iter(self.grid.points.values())))
        self.values = torch.full((count, len(self.grid.fields)), math.nan, dtype=torch.float64)
        self.final = -math.inf  # the time before which values stay

    def __call__(self) -> dict[str, float]:
        """{"error.FIELD": error}; empty without a reference or before the first points."""
        grid, march = self.grid, self.march
        if grid.reference is None:
            return {}
        inside = torch.ones(len(self.values), dtype=torch.bool)
        moving = inside
        if grid.time is not None and march.windows.span is not None:
            start, end = march.windows.span
            inside = grid.before(end)
            moving = inside & (grid.points[grid.time] >= self.final)
            self.final = start
        if bool(moving.any()):
            points = {n: x[moving].to(march.like) for n, x in grid.points.items()}
            self.values[moving] = march.pieces().fields(points).double().cpu()
        if not bool(inside.any()):
            return {}
        found = grid.part(inside).errors(self.values[inside])["relative_l2"]
        return {f"error.{n}": e for n, e in found.items()}
