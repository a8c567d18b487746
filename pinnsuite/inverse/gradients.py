"""How quantities follow what is trained, and how far they spread with it: their gradients beside R of a posterior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch

from pinnsuite.ansatz.functions import plug
from pinnsuite.calculus.expression import Expression
from pinnsuite.objective.block import make_block
from pinnsuite.objective.objective import Objective

if TYPE_CHECKING:
    from pinnsuite.inverse.estimator import Estimator
    from pinnsuite.solvers.window import Window


def spreads(factor: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """The standard deviation of what has these gradients, |R^-T g| for every row g, (rows,)."""
    return torch.linalg.solve_triangular(factor, rows, upper=True, left=False).square().sum(1).sqrt()


def response(linear: Estimator, rows: torch.Tensor) -> torch.Tensor:
    """How quantities follow the data, (..., measurements), per unit of noise, from their gradients, (..., numbers)."""
    flat = rows.reshape(-1, rows.shape[-1]).to(linear.factor)
    found = torch.linalg.solve_triangular(linear.factor, flat, upper=True, left=False) @ linear.half.T
    return found.view(*rows.shape[:-1], -1)


def uncertainty(
    window: Window, factor: torch.Tensor, expressions: Sequence[Expression], points: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """Standard deviations of expressions of a problem's fields at points, (points, expressions)."""
    columns = [spreads(factor, gradients(window, e, points)[1].to(factor)) for e in expressions]
    return torch.stack(columns, dim=1)


def gradients(
    window: Window, expression: Expression, points: Mapping[str, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """An expression of a problem's fields at points, (points,), and its gradients by all trained numbers, (points,
    numbers)."""
    frame, like = window.ansatz.frame, window.like
    pinned = frame.pinned(plug(expression, window.traced), window.ansatz.fields)
    here = frame.pin({n: x.to(like) for n, x in points.items()}, window.vector.scalars)
    return rows_of(window, pinned, window.traced.coordinates, here)


def rows_of(
    window: Window, expression: Expression, names: Sequence[str], points: Mapping[str, torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same of an expression of ``names`` with networks in the place of fields and unknown functions."""
    block = make_block({"value": expression}, names, {"value": 1.0}, 1.0, window.like)
    block.place(points)
    values, rows = Objective([block], window.vector, window.policy.chunk, window.workers).jacobian()
    return values * block.size**0.5, rows * block.size**0.5
