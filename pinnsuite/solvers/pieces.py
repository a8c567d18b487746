"""A solution as expressions: one set of fields, or one for each window of time."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.ansatz.frame import Frame, Rest
from pinnsuite.ansatz.functions import plug
from pinnsuite.calculus.expression import Expression, field
from pinnsuite.trace import Traced


@dataclass(frozen=True)
class Piece:
    """Fields, and those derived from them, on a window of time (None: everywhere), in the coordinates of a frame."""

    span: tuple[float, float] | None
    fields: Mapping[str, Expression]
    frame: Frame = dataclasses.field(default_factory=Rest)

    def evaluate(
        self,
        expressions: Sequence[Expression],
        coordinates: Sequence[str],
        points: Mapping[str, torch.Tensor],
        scalars: Mapping[str, torch.Tensor],
    ) -> torch.Tensor:
        """Expressions of the fields at points in space and time, (points, expressions)."""
        resolved = [self.frame.resolve(e, self.fields) for e in expressions]
        return evaluate(resolved, coordinates, self.frame.labels(points, scalars), scalars)


@dataclass(frozen=True)
class Pieces:
    """Fields over the whole domain; later windows hold from their first instant on."""

    coordinates: Sequence[str]
    time: str | None
    pieces: Sequence[Piece]
    scalars: Mapping[str, torch.Tensor]
    traced: Traced | None = None  # with the networks of unknown functions

    def evaluate(self, expressions: Sequence[Expression], points: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Expressions of a problem's fields at points with the solution put in, (points, expressions)."""
        if self.traced is not None and self.traced.functions:
            expressions = [plug(e, self.traced) for e in expressions]
        result: torch.Tensor | None = None
        for piece, mask in self._owners(points):
            here = {k: v[mask] for k, v in points.items()}
            part = piece.evaluate(expressions, self.coordinates, here, self.scalars)
            result = part.new_full((len(mask), part.shape[1]), float("nan")) if result is None else result
            result[mask] = part
        assert result is not None
        return result

    def _owners(self, points: Mapping[str, torch.Tensor]) -> list[tuple[Piece, torch.Tensor]]:
        """Each piece that holds at some points, and at which, (points,)."""
        owner = torch.zeros(len(points[self.coordinates[0]]), dtype=torch.long)
        if self.time is not None:
            for i, piece in enumerate(self.pieces):
                if piece.span is not None:
                    owner[points[self.time].cpu() >= piece.span[0]] = i
        return [(self.pieces[i], owner == i) for i in owner.unique().tolist()]

    def quality(self, points: Mapping[str, torch.Tensor]) -> dict[str, float]:
        """How well the frames serve at points (`Frame.quality`): the worst of all pieces."""
        found = [p.frame.quality({k: v[m] for k, v in points.items()}, self.scalars) for p, m in self._owners(points)]
        return {n: (min if n.startswith("least") else max)(f[n] for f in found) for n in found[0]}

    def fields(self, points: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """All fields and derived fields at points, (points, fields)."""
        return self.evaluate([field(n) for n in self.pieces[0].fields], points)

    def value(self, expression: Expression) -> torch.Tensor:
        """An expression without coordinates: an unknown number."""
        like = next(iter(self.scalars.values())).detach()[None]
        return evaluate([expression], self.coordinates, dict.fromkeys(self.coordinates, like), self.scalars)[0, 0]
