"""A residual block: some residuals at some points, with weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch

from pinnsuite.calculus.expression import Expression
from pinnsuite.calculus.program import PreparedPoints, Program
from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram
from pinnsuite.objective.batched import batched_rows
from pinnsuite.objective.parameters import ParameterVector


@dataclass
class Block:
    """sqrt(weight_c / N) r_c(point_n) / scale_c for residuals c and points n.

    With ``aggregate``, a matrix (rows, points) that sums to one along its rows, the residual is the matrix times the
    pointwise one: an average, an integral, a weak form.
    """

    names: Sequence[str]
    program: Program
    factors: torch.Tensor  # sqrt(weight) / scale per residual, (residuals,)
    point_weights: torch.Tensor | None = None  # (points,), mean one
    aggregate: torch.Tensor | None = None
    prepared: PreparedPoints | None = None
    points: Mapping[str, torch.Tensor] | None = None

    def place(self, points: Mapping[str, torch.Tensor], point_weights: torch.Tensor | None = None) -> None:
        """Move the block to new points."""
        self.points, self.point_weights = dict(points), point_weights
        self.prepared = self.program.prepare(points)

    @property
    def size(self) -> int:
        """The number of points, or of aggregated rows."""
        assert self.prepared is not None
        return self.prepared.size if self.aggregate is None else len(self.aggregate)

    def chunks(self, chunk: int) -> Iterator[tuple[slice, PreparedPoints]]:
        assert self.prepared is not None
        step = chunk if self.aggregate is None else self.prepared.size
        for start in range(0, self.prepared.size, step):
            part = slice(start, min(start + step, self.prepared.size))
            yield part, self.prepared.rows(part)

    def weighted(self, residuals: torch.Tensor, part: slice) -> torch.Tensor:
        """Raw residuals (points, residuals) of a chunk to weighted ones."""
        if self.aggregate is not None:
            residuals = self.aggregate @ residuals
        scaled = residuals * (self.factors / self.size**0.5)
        if self.point_weights is not None and self.aggregate is None:
            scaled = scaled * self.point_weights[part, None].sqrt()
        return scaled

    def evaluate(self, prepared: PreparedPoints, part: slice, vector: ParameterVector, tape: Tape) -> torch.Tensor:
        return self.weighted(self.program(prepared, vector.scalars, tape), part)

    def rows(self, prepared: PreparedPoints, part: slice, vector: ParameterVector) -> tuple[torch.Tensor, torch.Tensor]:
        """Weighted residuals (rows,) and their Jacobian (rows, parameters), residual by residual.

        One backward pass per residual where every layer supplies its rows, else one per residual and point.
        """
        if self.program.no_rows:
            raw, pointwise = batched_rows(self.program, prepared, vector)
        else:
            raw, pointwise = _taped_rows(self.program, prepared, vector)
        jacobians = [self._weighted_rows(jacobian, column, part) for column, jacobian in enumerate(pointwise)]
        return self.weighted(raw, part).T.reshape(-1), torch.cat(jacobians)

    def _weighted_rows(self, jacobian: torch.Tensor, column: int, part: slice) -> torch.Tensor:
        factor = self.factors[column] / self.size**0.5
        if self.aggregate is not None:
            return (self.aggregate @ jacobian) * factor
        if self.point_weights is not None:
            return jacobian.mul_(factor * self.point_weights[part, None].sqrt())
        return jacobian.mul_(factor)


def _taped_rows(
    program: Program, prepared: PreparedPoints, vector: ParameterVector
) -> tuple[torch.Tensor, Iterator[torch.Tensor]]:
    """Raw residuals (points, residuals), and each residual's Jacobian (points, parameters)."""
    tape = Tape(recording=True)
    raw = program(prepared, vector.scalars, tape)
    leaves = [c.outputs for c in tape.calls] + list(tape.scalars.values())

    def jacobians() -> Iterator[torch.Tensor]:
        for column in range(raw.shape[1]):
            jacobian = torch.zeros(len(raw), len(vector), dtype=raw.dtype, device=raw.device)
            if raw.requires_grad:
                last = column == raw.shape[1] - 1
                gradients = torch.autograd.grad(raw[:, column].sum(), leaves, retain_graph=not last, allow_unused=True)
                _fill(jacobian, tape, gradients, vector)
            yield jacobian

    return raw.detach(), jacobians()


def _fill(
    jacobian: torch.Tensor, tape: Tape, gradients: Sequence[torch.Tensor | None], vector: ParameterVector
) -> None:
    for call, gradient in zip(tape.calls, gradients, strict=False):
        if gradient is None:
            continue
        for p, row in zip(call.layer.parameters(), call.layer.rows(call.inputs.detach(), gradient), strict=True):  # type: ignore[call-overload]
            if id(p) in vector.offsets:
                start = vector.offsets[id(p)]
                jacobian[:, start : start + p.numel()] += row.reshape(len(row), -1)
    for name, gradient in zip(tape.scalars, gradients[len(tape.calls) :], strict=True):
        if gradient is not None:
            jacobian[:, vector.slices[name].start] += gradient


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
