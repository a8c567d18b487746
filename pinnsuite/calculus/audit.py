"""The check of data against the equation that they are said to satisfy."""

from __future__ import annotations

from collections.abc import Mapping
from types import EllipsisType
from typing import Any

import torch

from pinnsuite.calculus.grid import GridReader
from pinnsuite.calculus.terms import additive_terms
from pinnsuite.trace import Traced


def audit(
    traced: Traced,
    fields: Mapping[str, Any],
    axes: Mapping[str, Any],
    parameters: Mapping[str, float] | None = None,
    order: int = 8,
) -> dict[str, float]:
    """Does this data satisfy the equation it is said to satisfy? Relative size of each residual on the given grid.

    That is the root mean square of the residual over that of its largest additive term. ``fields`` are arrays in the
    order of ``traced.coordinates``; a periodic axis may repeat its first point at the end. Unknown numbers are at their
    first guess unless ``parameters`` gives their scaled values.
    """
    reader, part = reader_on(traced, axes, order)
    arrays = {n: torch.as_tensor(v, dtype=torch.float64)[part] for n, v in fields.items()}
    values = {n: u.start for n, u in traced.unknowns.items()} | dict(parameters or {})
    result = {}
    for name, equation in traced.equations.items():
        residual, *terms = reader([equation, *additive_terms(equation)], arrays, values)
        largest = max(float(term.square().mean().sqrt()) for term in terms)
        result[name] = float(residual.square().mean().sqrt()) / largest if largest > 0 else 0.0
    return result


def reader_on(
    traced: Traced, axes: Mapping[str, Any], order: int = 8
) -> tuple[GridReader, tuple[EllipsisType | slice, ...]]:
    """What reads equations on a grid, and which part of arrays on it: not the first point of a period at its end."""
    grid = {n: torch.as_tensor(axes[n], dtype=torch.float64) for n in traced.coordinates}
    periodic = {n for n, axis in traced.domain.axes.items() if axis.periodic}
    part: list[EllipsisType | slice] = [...]
    for name, x in grid.items():
        span = float(x[-1] - x[0])
        closed = name in periodic and abs(span - traced.domain.axes[name].length) < 1e-9 * span
        part.append(slice(len(x) - closed))
        grid[name] = x[: len(x) - closed]
    return GridReader(grid, periodic, order), tuple(part)
