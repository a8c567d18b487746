"""The frame in which fields are represented: at rest, or moving along."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch

from pinnsuite.calculus.expression import Expression, substitute
from pinnsuite.domain.box import Points
from pinnsuite.domain.region import Region


class Frame(Protocol):
    """How an expression of a problem reads in the coordinates of the network, and where its points are there."""

    def resolve(self, expression: Expression, fields: Mapping[str, Expression]) -> Expression:
        """The expression with the fields put in, as one of the network's coordinates."""

    def labels(self, points: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> Points:
        """The network's coordinates of points in space and time, (points,) each."""

    def pins(self, region: Region) -> bool:
        """Whether points of a region have to be followed, because other labels come to their place."""

    def pinned(self, expression: Expression, fields: Mapping[str, Expression]) -> Expression:
        """The same as `resolve` at given places, while the frame goes on moving; it is read at points from `pin`."""

    def pin(self, points: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> Points:
        """The network's coordinates of places, and what `pinned` expressions need besides."""

    def quality(self, points: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> dict[str, float]:
        """How well the network's coordinates serve at points in space and time, by name; empty if nothing can fail."""

    def folds(self, labels: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> bool:
        """Whether different labels share a place."""


class Rest:
    """The coordinates of the problem themselves."""

    def resolve(self, expression: Expression, fields: Mapping[str, Expression]) -> Expression:
        return substitute(expression, {("field", n): e for n, e in fields.items()})

    def labels(self, points: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> Points:
        return dict(points)

    pinned, pin = resolve, labels

    def pins(self, region: Region) -> bool:
        return False

    def quality(self, points: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> dict[str, float]:
        return {}

    def folds(self, labels: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> bool:
        return False
