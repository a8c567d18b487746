"""The moving frame: fields as functions w(xi, t) of labels that travel along x = X(xi, t).

With u(X(xi, t), t) = w(xi, t) and the Jacobian J_ij = dX_i/dxi_j,

    u_x_i = sum_j (J^-1)_ji w_xi_j,    u_t = w_t - sum_i X_i,t u_x_i

(Lagrangian PINNs: Mojgani, Balajewicz and Hassanzadeh 2023, whose public code leaves J out of the diffusion term.)
Derivatives of higher order apply these rules again, so an expression of any order is rewritten once, and every reader
of the calculus reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.ansatz.labels import invert, nearest
from pinnsuite.calculus.expression import D, Expression, constant, coordinate, data, rebuild, topological
from pinnsuite.domain.box import Box, Points
from pinnsuite.domain.region import Interior, Region, Slice
from pinnsuite.errors import InputError

PLACE = "place_"  # before a coordinate: where a point is pinned


@dataclass(frozen=True)
class Moving:
    """``positions``: X by coordinate of space, as expressions in which these coordinates stand for the labels."""

    domain: Box
    positions: Mapping[str, Expression]

    @property
    def space(self) -> list[str]:
        return list(self.positions)

    @cached_property
    def gradients(self) -> list[list[Expression]]:
        """J_ij = dX_i/dxi_j."""
        return [[D(x, coordinate(label)) for label in self.space] for x in self.positions.values()]

    @cached_property
    def stretch(self) -> Expression:
        """det J, how much larger a small volume is than it was; not positive where the map folds."""
        return _determinant(self.gradients)

    def resolve(self, expression: Expression, fields: Mapping[str, Expression]) -> Expression:
        """The expression with u(x, t) replaced by w(xi, t), x by X, and derivatives by the rules above."""
        memo: dict[int, Expression] = {}
        for node in topological([expression]):
            args = tuple(memo[id(a)] for a in node.args)
            match node.op:
                case "field":
                    new = fields[node.static]
                case "coordinate":
                    new = self.positions.get(node.static, node)
                case "D":
                    new = self._derivative(args[0], dict(node.static))
                case "at":
                    raise InputError(
                        "In a moving frame nothing can be evaluated at a fixed place or time, where other labels are",
                        given=f"at(..., {', '.join(node.static)})",
                        do="Use solver=pinn, or a condition that does not need it",
                    )
                case _:
                    new = node if args == node.args else rebuild(node, args)
            memo[id(node)] = new
        return memo[id(expression)]

    def _derivative(self, f: Expression, orders: Mapping[str, int]) -> Expression:
        for name in [n for n in self.space for _ in range(orders.get(n, 0))]:
            f = self._along(f, name)
        for name in [n for n, order in orders.items() if n not in self.positions for _ in range(order)]:
            still = coordinate(name)
            convected = [D(x, still) * self._along(f, n) for n, x in self.positions.items()]
            f = D(f, still)
            for part in convected:
                f = f - part
        return f

    def _along(self, f: Expression, name: str) -> Expression:
        """u_x_i as det(J with row i replaced by the gradient of w) / det J (Cramer's rule)."""
        slopes = [D(f, coordinate(label)) for label in self.space]
        rows = [slopes if n == name else row for n, row in zip(self.space, self.gradients, strict=True)]
        return _determinant(rows) / self.stretch

    def pins(self, region: Region) -> bool:
        """All but the whole domain and instants of time, which all labels make up."""
        instants = isinstance(region, Slice) and not {n for n, _ in region.fixed} & set(self.space)
        return not (isinstance(region, Interior) or instants)

    def pinned(self, expression: Expression, fields: Mapping[str, Expression]) -> Expression:
        """f + sum_i f_x_i (x_i - X_i) on labels that `pin` has found: to first order what f is at x when X changes."""
        value = total = self.resolve(expression, fields)
        for name, x in self.positions.items():
            total = total + self._along(value, name) * (data(PLACE + name) - x)
        return total

    def pin(self, points: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> Points:
        """The labels of places, with the places beside them."""
        return {**points, **self.labels(points, scalars), **{PLACE + n: points[n] for n in self.space}}

    def places(self, labels: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> torch.Tensor:
        """X at labels, (points, dimensions)."""
        return evaluate(list(self.positions.values()), list(self.domain.axes), labels, scalars)

    def labels(self, points: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> Points:
        """xi with X(xi, t) = x to rounding, by Newton's method; beyond the ends of a periodic axis where need be."""
        wanted = torch.stack([points[n] for n in self.space], dim=1)
        others = {n: v for n, v in points.items() if n not in self.positions}

        def named(labels: torch.Tensor, which: torch.Tensor) -> Points:
            return {**{n: v[which] for n, v in others.items()}, **dict(zip(self.space, labels.T, strict=True))}

        expressions = [*self.positions.values(), *(e for row in self.gradients for e in row)]

        def mapped(labels: torch.Tensor, which: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            values = evaluate(expressions, list(self.domain.axes), named(labels, which), scalars)
            size = len(self.space)
            return values[:, :size], values[:, size:].reshape(-1, size, size)

        start = nearest(self.domain, self.space, points, lambda labels: self.places(labels, scalars))
        return named(invert(mapped, wanted, start), torch.arange(len(wanted)))

    def quality(self, points: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> dict[str, float]:
        """The largest |X(xi, t) - x| that is left by `labels`, and the least det J."""
        labels = self.labels(points, scalars)
        wanted = torch.stack([points[n] for n in self.space], dim=1)
        missed = (self.places(labels, scalars) - wanted).abs().max()
        return {"largest_misplacement": float(missed), "least_stretch": float(self._stretched(labels, scalars).min())}

    def folds(self, labels: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> bool:
        return bool((self._stretched(labels, scalars) <= 0).any())

    def _stretched(self, labels: Mapping[str, torch.Tensor], scalars: Mapping[str, torch.Tensor]) -> torch.Tensor:
        return evaluate([self.stretch], list(self.domain.axes), labels, scalars)


def _determinant(rows: list[list[Expression]]) -> Expression:
    """By expansion along the first row."""
    if not rows:
        return constant(1.0)
    total = constant(0.0)
    for j, first in enumerate(rows[0]):
        minor = _determinant([[*row[:j], *row[j + 1 :]] for row in rows[1:]])
        total = total + first * minor if j % 2 == 0 else total - first * minor
    return total
