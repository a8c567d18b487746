"""Where a residual is not finite."""

from __future__ import annotations

import math

import torch

from pinnsuite.calculus.tape import Tape
from pinnsuite.objective.objective import Objective


def blame(objective: Objective) -> list[str]:
    """Which blocks are not finite, and their worst points."""
    lines = []
    with torch.no_grad():
        for block in objective.blocks:
            for part, prepared in block.chunks(objective.chunk):
                values = block.program(prepared, objective.parameters.scalars, Tape())
                bad = ~values.isfinite().all(1)
                if bool(bad.any()) and block.points is not None:
                    where = {n: float(v[part][bad][0]) for n, v in block.points.items() if not math.isnan(float(v[0]))}
                    lines.append(
                        f"{'/'.join(block.names)} is not finite at {int(bad.sum())} points, for example {where}"
                    )
                    break
    return lines or ["the gradient is not finite, although every residual is"]
