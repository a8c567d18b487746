"""A residual block: some residuals at some points, with weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch

from pinnsuite.calculus.expression import Expression
from pinnsuite.calculus.program import PreparedPoints, Program
from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.calculus.rows import Rows
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram
from pinnsuite.objective.batched import batched_rows
from pinnsuite.objective.directions import Directions
from pinnsuite.objective.parameters import ParameterVector

HELD = 2**24  # numbers of a full Jacobian that a thread holds at a time to project it
FEW = 1000  # points per thread, from which on a chunk is worth a thread


@dataclass
class Block:
    """sqrt(balance weight_c / N) r_c(point_n) / scale_c for residuals c and points n.

    With ``aggregate``, (k,), every k points in turn make one residual, the sum of theirs with these weights: an
    average, an integral.
    """

    names: Sequence[str]
    program: Program
    factors: torch.Tensor  # sqrt(weight) / scale per residual, (residuals,)
    point_weights: torch.Tensor | None = None  # (points,), mean one
    aggregate: torch.Tensor | None = None
    prepared: PreparedPoints | None = None
    points: Mapping[str, torch.Tensor] | None = None
    balance: float = 1.0  # a further weight, the same for all residuals (`rebalance`)
    emphasis: torch.Tensor | None = None  # a further weight of each point (causal weights), (points,)
    shift: torch.Tensor | None = None  # added to the pointwise residuals, (points, residuals)
    whole: bool = False  # whether some points cannot stand for all: measurements, each of which tells something else
    _chunks: dict[tuple[int, int], list[tuple[slice, PreparedPoints]]] = field(default_factory=dict, init=False)
    _leading: dict[int, Block] = field(default_factory=dict, init=False)

    def place(self, points: Mapping[str, torch.Tensor], point_weights: torch.Tensor | None = None) -> None:
        """Move the block to new points."""
        self.points, self.point_weights, self.emphasis, self.shift = dict(points), point_weights, None, None
        self.prepared, self._chunks, self._leading = self.program.prepare(points), {}, {}

    def emphasise(self, weights: torch.Tensor) -> None:
        """Set a further weight of each point."""
        self.emphasis, self._leading = weights, {}

    def leading(self, count: int) -> Block:
        """The same on the first points alone, of a quasi-random sequence as even as all; aggregates stay whole."""
        if self.aggregate is not None or self.whole or count >= self.size:
            return self
        if count not in self._leading:
            assert self.prepared is not None and self.points is not None
            weights = None if self.point_weights is None else self.point_weights[:count]
            self._leading = {
                count: replace(
                    self,
                    point_weights=None if weights is None else weights / weights.mean(),
                    emphasis=None if self.emphasis is None else self.emphasis[:count],
                    shift=None if self.shift is None else self.shift[:count],
                    prepared=self.prepared.rows(slice(0, count)),
                    points={n: v[:count] for n, v in self.points.items()},
                )
            }
        return self._leading[count]

    @property
    def size(self) -> int:
        """The number of points, or of sums over points."""
        assert self.prepared is not None
        return self.prepared.size // self._each

    @property
    def depends_on(self) -> list[object]:
        """Objects and numbers in place of which others would give other residuals, with the parameters as they are."""
        given = [self.program, self.prepared, self.factors, self.point_weights, self.aggregate, self.emphasis]
        return [*given, self.shift, self.balance]

    @property
    def _each(self) -> int:
        """Points that make one residual."""
        return 1 if self.aggregate is None else len(self.aggregate)

    def row_count(self, prepared: PreparedPoints) -> int:
        """The number of Jacobian rows of a chunk."""
        return len(self.names) * (prepared.size // self._each)

    def chunks(self, chunk: int, share: int = 1) -> Sequence[tuple[slice, PreparedPoints]]:
        """Even parts of at most about ``chunk`` points, their number a multiple of ``share`` where they are many."""
        if (chunk, share) not in self._chunks:
            self._chunks = {(chunk, share): list(self._cut(chunk, share))}
        return self._chunks[chunk, share]

    def _cut(self, chunk: int, share: int) -> Iterator[tuple[slice, PreparedPoints]]:
        assert self.prepared is not None
        size, unit = self.prepared.size, math.lcm(self.prepared.unit, self._each)
        count = math.ceil(size / chunk)
        if size >= share * FEW:
            count = math.ceil(count / share) * share
        step = math.ceil(size / count / unit) * unit
        for start in range(0, size, step):
            part = slice(start, min(start + step, size))
            yield part, self.prepared.rows(part)

    def scale(self, part: slice) -> torch.Tensor:
        """What raw residuals of a chunk are multiplied by, (points or 1, residuals)."""
        factors = self.factors[None] * (self.balance / self.size) ** 0.5
        for weights in (self.point_weights, self.emphasis) if self.aggregate is None else ():
            if weights is not None:
                factors = factors * weights[part, None].sqrt()
        return factors

    def evaluate(self, prepared: PreparedPoints, part: slice, vector: ParameterVector, tape: Tape) -> torch.Tensor:
        """Weighted residuals of a chunk, (points or sums, residuals)."""
        weighted = self._shifted(self.program(prepared, vector.scalars, tape), part) * self.scale(part)
        return self.summed(weighted)

    def summed(self, pointwise: torch.Tensor) -> torch.Tensor:
        """Numbers of every point, (..., points, columns), as those of sums, (..., sums, columns)."""
        if self.aggregate is None:
            return pointwise
        return self.aggregate @ pointwise.unflatten(-2, (-1, self._each))

    def _shifted(self, raw: torch.Tensor, part: slice) -> torch.Tensor:
        return raw if self.shift is None else raw + self.shift[part]

    def rows(self, prepared: PreparedPoints, part: slice, vector: ParameterVector, rows: torch.Tensor) -> torch.Tensor:
        """Weighted residuals of a chunk, (rows,), residual by residual; their Jacobian goes to ``rows``, zero before.

        One backward pass per residual where every layer supplies its rows, else one per residual and point.
        """
        result = rows.view(len(self.names), -1, len(vector))
        if self.aggregate is None:
            return self._pointwise(prepared, part, vector, result).T.reshape(-1)
        points = rows.new_zeros(len(self.names), prepared.size, len(vector))
        weighted = self._pointwise(prepared, part, vector, points)
        result.copy_(self.summed(points))
        return self.summed(weighted).T.reshape(-1)

    def rows_along(
        self,
        directions: Directions,
        prepared: PreparedPoints,
        part: slice,
        vector: ParameterVector,
        rows: torch.Tensor,
    ) -> torch.Tensor:
        """The same with the Jacobian along ``directions``; all its columns are held for a few points at a time."""
        result = rows.view(len(self.names), -1, directions.count)
        values = []
        for where, value, full in self.pieces(prepared, part, vector):
            values.append(value)
            result[:, where] = directions.gather(full).view(len(self.names), -1, directions.count)
        return torch.cat(values, dim=1).reshape(-1)

    def pieces(
        self, prepared: PreparedPoints, part: slice, vector: ParameterVector
    ) -> Iterator[tuple[slice, torch.Tensor, torch.Tensor]]:
        """Of a few points at a time: which rows of the chunk they make, their weighted residuals (residuals, rows), and
        the Jacobian of these (residuals rows, parameters)."""
        most = max(1, HELD // (len(self.names) * len(vector)))
        step = max(min(most, prepared.size) // self._each, 1) * self._each
        for start in range(0, prepared.size, step):
            piece = prepared.rows(slice(start, start + step))
            where = slice(part.start + start, part.start + start + piece.size)
            full = torch.zeros(
                self.row_count(piece), len(vector), dtype=vector.values.dtype, device=vector.values.device
            )
            value = self.rows(piece, where, vector, full).view(len(self.names), -1)
            yield slice(start // self._each, start // self._each + value.shape[1]), value, full

    def _pointwise(
        self, prepared: PreparedPoints, part: slice, vector: ParameterVector, rows: torch.Tensor
    ) -> torch.Tensor:
        """Weighted residuals (points, residuals), and into ``rows`` their Jacobian (residuals, points, parameters)."""
        scale = self.scale(part)
        if self.program.no_rows:
            raw = batched_rows(self.program, prepared, vector, rows)
            rows.mul_(scale.T[:, :, None])
            return self._shifted(raw, part) * scale
        tape = Tape(recording=True)
        with torch.enable_grad():
            weighted = self._shifted(self.program(prepared, vector.scalars, tape), part) * scale
        for column, jacobian in enumerate(rows if weighted.requires_grad else ()):
            total, last = weighted[:, column].sum(), column == len(rows) - 1
            gradients = torch.autograd.grad(total, tape.leaves, retain_graph=not last, allow_unused=True)
            tape.fill(Rows(jacobian, vector.offsets), gradients)
        return weighted.detach()


def make_block(
    residuals: Mapping[str, Expression],
    coordinates: Sequence[str],
    scales: Mapping[str, float],
    weight: float,
    like: torch.Tensor,
    reverse: bool = False,
) -> Block:
    """A block of residuals, each divided by its scale and given the same weight, read in Taylor or reverse mode."""
    factors = torch.tensor([weight**0.5 / scales[n] for n in residuals], dtype=like.dtype, device=like.device)
    reader = ReverseProgram if reverse else TaylorProgram
    return Block(tuple(residuals), reader(list(residuals.values()), coordinates), factors)
