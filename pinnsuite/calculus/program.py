"""What the Taylor and the reverse reader have in common: the face that residual blocks see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import torch

from pinnsuite.calculus.expression import Expression, topological
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError


class PreparedPoints(Protocol):
    """A program's points, with whatever was computed on them beforehand."""

    @property
    def size(self) -> int: ...

    @property
    def like(self) -> torch.Tensor:
        """One number of the right dtype and device."""
        ...

    @property
    def unit(self) -> int:
        """How many points are best kept together."""
        ...

    def rows(self, chunk: slice) -> PreparedPoints:
        """The same for a part of the points."""
        ...


class Program(Protocol):
    """Residual expressions as a function of points and trained numbers."""

    no_rows: str
    """Why the tape of a call does not give Jacobian rows; empty where it does."""

    vectorises: bool
    """Whether one backward pass may carry a batch of gradients (torch.vmap)."""

    def prepare(self, points: Mapping[str, torch.Tensor]) -> PreparedPoints: ...

    def __call__(self, prepared: Any, parameters: Mapping[str, torch.Tensor], tape: Tape) -> torch.Tensor:
        """Residuals, (points, residuals)."""
        ...


def without_rows(module: torch.nn.Module) -> list[str]:
    """The types of layers that hold trained parameters of their own but have no `rows`."""
    if hasattr(module, "rows"):
        return []
    own = any(p.requires_grad for p in module.parameters(recurse=False))
    found = [type(module).__name__] if own else []
    return sorted({*found, *(name for child in module.children() for name in without_rows(child))})


def check_leaves(residuals: Sequence[Expression], coordinates: Sequence[str]) -> None:
    """Raise `InputError` for a field that was not replaced by its ansatz, or a coordinate that there is not."""
    for node in topological(residuals):
        if node.op == "field":
            raise InputError(
                f"The equation contains the field '{node.static}', which the ansatz does not give",
                do="Replace fields by their ansatz first (substitute)",
            )
        if node.op == "coordinate" and node.static not in coordinates:
            raise InputError(f"Unknown coordinate '{node.static}'", expected=f"one of {coordinates}")
