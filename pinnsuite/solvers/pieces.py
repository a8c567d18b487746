"""A solution as expressions: one set of fields, or one for each window of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import Expression, substitute


@dataclass(frozen=True)
class Piece:
    """Fields, and those derived from them, on a window of time (None: everywhere)."""

    span: tuple[float, float] | None
    fields: Mapping[str, Expression]


@dataclass(frozen=True)
class Pieces:
    """Fields over the whole domain; later windows hold from their first instant on."""

    coordinates: Sequence[str]
    time: str | None
    pieces: Sequence[Piece]
    scalars: Mapping[str, torch.Tensor]

    def evaluate(
        self, of: Callable[[Mapping[str, Expression]], Sequence[Expression]], points: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """Expressions of the fields at points, (points, expressions)."""
        size = len(points[self.coordinates[0]])
        owner = torch.zeros(size, dtype=torch.long)
        if self.time is not None:
            for i, piece in enumerate(self.pieces):
                if piece.span is not None:
                    owner[points[self.time].cpu() >= piece.span[0]] = i
        result: torch.Tensor | None = None
        for i in owner.unique().tolist():
            mask = owner == i
            part = evaluate(
                of(self.pieces[i].fields), self.coordinates, {k: v[mask] for k, v in points.items()}, self.scalars
            )
            result = part.new_full((size, part.shape[1]), float("nan")) if result is None else result
            result[mask] = part
        assert result is not None
        return result

    def put_into(self, expressions: Sequence[Expression], points: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """Expressions of a problem's fields at points with the solution put in, (points, expressions)."""

        def resolved(fields: Mapping[str, Expression]) -> list[Expression]:
            replace = {("field", n): e for n, e in fields.items()}
            return [substitute(e, replace) for e in expressions]

        return self.evaluate(resolved, points)

    def fields(self, points: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """All fields and derived fields at points, (points, fields)."""
        return self.evaluate(lambda f: list(f.values()), points)

    def value(self, expression: Expression) -> torch.Tensor:
        """An expression without coordinates: an unknown number."""
        like = next(iter(self.scalars.values())).detach()[None]
        return evaluate([expression], self.coordinates, dict.fromkeys(self.coordinates, like), self.scalars)[0, 0]
