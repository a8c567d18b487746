"""The residual of every equation over the domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import torch

from pinnsuite.calculus.expression import topological
from pinnsuite.data.sampling import held
from pinnsuite.trace import trace

if TYPE_CHECKING:
    from pinnsuite.run.solution import Solution
    from pinnsuite.solvers.pieces import Pieces


def residuals(solution: Solution, points: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The traced equations with the solution put in, at points, in the shape of their arrays and in physical units."""
    pieces = solution.pieces
    assert pieces is not None
    equations = trace(solution.problem).equations
    shape = next(iter(points.values())).shape
    like = _like(pieces)
    flat = {n: torch.from_numpy(a.reshape(-1).copy()).to(like) for n, a in points.items()}
    size = int(np.prod(shape))
    flat |= {n: torch.full((size,), v).to(like) for n, v in held(solution.problem).items()}
    values = pieces.evaluate(list(equations.values()), flat).double().cpu().numpy()
    return {n: values[:, i].reshape(shape) for i, n in enumerate(equations)}


def _like(pieces: Pieces) -> torch.Tensor:
    """A number of the dtype and on the device that the networks compute with."""
    for node in topological(pieces.pieces[0].fields.values()):
        for p in node.static.parameters() if node.op == "call" else ():
            return p.detach()
    return next(iter(pieces.scalars.values()), torch.zeros((), dtype=torch.float64))
