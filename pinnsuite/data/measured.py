"""Measured values of one quantity: a field, a derivative of one, or an average of either around a point or along a
segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch

from pinnsuite.calculus.expression import D, Expression, coordinate
from pinnsuite.calculus.expression import field as leaf
from pinnsuite.calculus.subscripts import taken_apart
from pinnsuite.data.averages import averaging
from pinnsuite.errors import choose
from pinnsuite.problem import Problem


@dataclass(frozen=True)
class Measured:
    """Values at points, (n,) each, in the problem's units.

    name: a field of the problem (also a derived one) or a derivative, u_x.
    noise: the standard deviation of a value, or None where it is to be estimated.
    shares: the noise of each value over ``noise``; None: all alike.
    over: lengths along coordinates; every value is the average over such a box around its point.
    to: coordinates of other ends, (n,) each; every value is the average along the segment from its point to there.
    robust: values that are far off count for less (`pinnsuite.objective.robust`).
    """

    name: str
    points: Mapping[str, torch.Tensor]
    values: torch.Tensor
    noise: float | None
    where: str  # file and column, for messages
    missing: int = 0  # entries without a value, left out
    shares: torch.Tensor | None = None
    over: Mapping[str, float] = field(default_factory=dict)
    to: Mapping[str, torch.Tensor] = field(default_factory=dict)
    robust: bool = False
    notes: Sequence[str] = ()  # what was done with its columns, in words

    @property
    def spread(self) -> float:
        """The standard deviation of the values, or the size of a single one; 1 if all vanish."""
        spread = float(self.values.std()) if len(self.values) > 1 else 0.0
        return spread or float(self.values.abs().max()) or 1.0

    @property
    def averaged(self) -> bool:
        """Whether values are averages, over boxes or along segments."""
        return bool(self.over or self.to)

    @property
    def middle(self) -> dict[str, torch.Tensor]:
        """The middle of what each value is measured over, (n,) of each coordinate."""
        return {c: (x + self.to[c]) / 2 if c in self.to else x for c, x in self.points.items()}

    @property
    def reach(self) -> dict[str, torch.Tensor]:
        """How far segments go along coordinates, (n,) each, whichever way: what is not zero first is positive."""
        if not self.to:
            return {}
        spans = torch.stack([end - self.points[c] for c, end in self.to.items()], dim=1)
        first = spans.gather(1, (spans != 0).long().argmax(dim=1, keepdim=True))
        return dict(zip(self.to, torch.where(first < 0, -spans, spans).unbind(1), strict=True))

    def nodes(self, order: torch.Tensor | None = None) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        """Where the quantity is needed, (n k,), and the weights, (k,), with which every k of those make one value.

        ``order`` says which of the n values comes first, second, ...
        """
        points, to = ({c: x if order is None else x[order] for c, x in part.items()} for part in (self.points, self.to))
        return averaging(points, self.over, to)

    def misfit(self, fitted: torch.Tensor, noise: float = 1.0) -> torch.Tensor:
        """(measured - fitted) / noise, (n,), from the quantity at `nodes`, (n k,)."""
        averaged = fitted.reshape(len(self.values), -1) @ self.nodes()[1]
        return (self.values - averaged) / (noise if self.shares is None else noise * self.shares)


def quantity(name: str, problem: Problem) -> Expression:
    """u, or u_xt as a derivative of u. Raises `InputError` with the nearest name for anything else."""
    base, below = _taken_apart(name, problem)
    return D(leaf(base), *(coordinate(n) for n in below)) if below else leaf(base)


def unit_of(name: str, problem: Problem) -> str:
    """The unit of a field, or of a derivative of it."""
    base, below = _taken_apart(name, problem)
    unit = next(f.unit for f in problem.outputs() if f.name == base)
    under = [problem.domain.axes[n].unit for n in below]
    return unit if not any(under) else "/".join([f"({unit})" if unit else "1", *(f"({u})" for u in under if u)])


def _taken_apart(name: str, problem: Problem) -> tuple[str, list[str]]:
    known = [f.name for f in problem.outputs()]
    base, below = (name, []) if name in known else taken_apart(name, known, list(problem.domain.axes))
    return choose(base, known, "field"), below
