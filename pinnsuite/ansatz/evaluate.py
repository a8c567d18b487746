"""Values of expressions at points."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch

from pinnsuite.calculus.expression import Expression, topological
from pinnsuite.calculus.program import Program
from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram
from pinnsuite.trace import Traced


def start_of(traced: Traced) -> dict[str, torch.Tensor]:
    """The unknown numbers of a problem at their first guesses."""
    return {n: torch.tensor(u.start, dtype=torch.float64) for n, u in traced.unknowns.items()}


def evaluate(
    expressions: Sequence[Expression],
    coordinates: Sequence[str],
    points: Mapping[str, torch.Tensor],
    parameters: Mapping[str, torch.Tensor] | None = None,
    chunk: int = 4096,
) -> torch.Tensor:
    """Values of expressions at points without gradients, (points, expressions); any torch.nn.Module will do.

    They are worked out where the networks are and in their precision, and come back to where the points are.
    """
    networks = [n.static for n in topological(expressions) if n.op == "call"]
    kept = itertools.chain.from_iterable((*n.parameters(), *n.buffers()) for n in networks)
    home = points[coordinates[0]].device
    away = next((tensor for tensor in kept if tensor.is_floating_point()), points[coordinates[0]])
    reader = TaylorProgram if all(hasattr(n, "taylor") for n in networks) else ReverseProgram
    program: Program = reader(expressions, coordinates)
    size = len(points[coordinates[0]])
    parts = []
    with torch.no_grad():
        for start in range(0, size, chunk):
            prepared = program.prepare({k: v[start : start + chunk].to(away) for k, v in points.items()})
            parts.append(program(prepared, parameters or {}, Tape()))
    return torch.cat(parts).to(home)
