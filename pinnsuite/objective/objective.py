"""The least-squares objective that every optimizer sees."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import torch

from pinnsuite.calculus.program import PreparedPoints
from pinnsuite.calculus.tape import Tape
from pinnsuite.objective.block import Block
from pinnsuite.objective.directions import Directions
from pinnsuite.objective.parameters import ParameterVector
from pinnsuite.objective.workers import Workers

log = logging.getLogger(__name__)
Chunk = tuple[Block, slice, PreparedPoints]
Result = TypeVar("Result")


@dataclass
class Objective:
    """f(theta) = sum over blocks of |residual|^2, evaluated in chunks of points that stay in cache, one per thread."""

    blocks: list[Block]
    parameters: ParameterVector
    chunk: int = 2000
    workers: Workers = field(default_factory=Workers, repr=False)
    _said: set[str] = field(default_factory=set, repr=False)

    @property
    def rows(self) -> int:
        return sum(b.size * len(b.names) for b in self.blocks)

    @property
    def mixable(self) -> bool:
        """Whether sums of some residuals may stand for all of them."""
        return not any(b.whole for b in self.blocks)

    def leading(self, rows: int) -> Objective:
        """The objective on the first points of each block, their share such that about ``rows`` residuals are left."""
        if rows >= self.rows:
            return self
        blocks = [b.leading(max(1, rows * b.size // self.rows)) for b in self.blocks]
        return Objective(blocks, self.parameters, self.chunk, self.workers, self._said)

    def residuals(self) -> torch.Tensor:
        """All weighted residuals, (rows,), without gradients, in the order of `jacobian`."""
        return self._replayed("residuals", lambda: torch.cat([w.T.reshape(-1) for _, w in self._evaluated()]))

    def losses(self) -> dict[str, float]:
        """The sum of squares of each residual by name; blocks that share a name are added."""
        result: dict[str, float] = {}
        for block, weighted in self._evaluated():
            for name, value in zip(block.names, weighted.double().square().sum(0).tolist(), strict=True):
                result[name] = result.get(name, 0.0) + value
        return result

    def _evaluated(self) -> list[tuple[Block, torch.Tensor]]:
        """Each chunk's block and weighted residuals (points, residuals), without gradients."""

        def work(chunk: Chunk) -> tuple[Block, torch.Tensor]:
            block, part, prepared = chunk
            with torch.no_grad():
                return block, block.evaluate(prepared, part, self.parameters, Tape())

        return self._map(work)

    def loss(self) -> float:
        return sum(self.losses().values())

    def gradient(self) -> tuple[float, torch.Tensor]:
        """f and its gradient, (parameters,)."""
        found = self._replayed("gradient", lambda: torch.stack(self._map(self._loss_and_gradient)).sum(0))
        # a copy: how products of a tensor are rounded depends on where in memory it starts
        loss, gradient = float(found[0]), found[1:].to(self.parameters.values, copy=True)
        for name in self.parameters.held:
            gradient[self.parameters.slices[name]] = 0
        return loss, gradient

    def _loss_and_gradient(self, chunk: Chunk) -> torch.Tensor:
        """The part of a chunk, one after the other, (1 + parameters,), in float64."""
        block, part, prepared = chunk
        with torch.enable_grad():
            value = block.evaluate(prepared, part, self.parameters, Tape()).square().sum()
        result = torch.zeros(1 + len(self.parameters), dtype=torch.float64, device=value.device)
        result[0] = value.detach()
        if value.requires_grad:
            result[1:] = self._flat(torch.autograd.grad(value, self.parameters.tensors, allow_unused=True))
        return result

    def _replayed(self, what: str, work: Callable[[], torch.Tensor]) -> torch.Tensor:
        """What ``work`` gives on all blocks; on a GPU from a recording, if it was asked for on these points before."""
        if not self.workers.gpu:
            return work()
        vector = self.parameters
        return self.workers.replays(
            what, [self.chunk, vector.values, *vector.tensors, *(x for b in self.blocks for x in b.depends_on)], work
        )

    def _flat(self, pieces: Sequence[torch.Tensor | None]) -> torch.Tensor:
        tensors = self.parameters.tensors
        filled = [torch.zeros_like(p) if g is None else g for p, g in zip(tensors, pieces, strict=True)]
        return torch.cat([g.reshape(-1) for g in filled])

    def jacobian(self, directions: Directions | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Weighted residuals (rows,) and their Jacobian (rows, parameters), or that along ``directions`` (rows, count).

        The first use of a slow way to the Jacobian is logged.
        """
        for reason in {b.program.no_rows for b in self.blocks} - {"", *self._said}:
            self._said.add(reason)
            log.warning("Jacobian rows take one backward pass each, which is slow, because %s.", reason)
        chunks = self._chunks()
        like = self.parameters.values
        jacobian = _zeros(self.rows, len(like) if directions is None else directions.count, like)
        parts = jacobian.split([block.row_count(prepared) for block, _, prepared in chunks])

        def work(task: tuple[Chunk, torch.Tensor]) -> torch.Tensor:
            (block, part, prepared), rows = task
            if directions is not None:
                return block.rows_along(directions, prepared, part, self.parameters, rows)
            return block.rows(prepared, part, self.parameters, rows)

        return torch.cat(self.workers.map(work, list(zip(chunks, parts, strict=True)))), jacobian

    def gram(self, matrix: torch.Tensor) -> torch.Tensor:
        """J'J times a matrix, (parameters, columns), with the rows of a few points held at a time."""

        def work(chunk: Chunk) -> torch.Tensor:
            block, part, prepared = chunk
            total = torch.zeros_like(matrix)
            for _, _, rows in block.pieces(prepared, part, self.parameters):
                total.addmm_(rows.T, rows @ matrix)
            return total

        chunks, result, many = self._chunks(), torch.zeros_like(matrix), self.workers.at_a_time
        for start in range(0, len(chunks), many):  # as many results are held as are worked on at once
            for part in self.workers.map(work, chunks[start : start + many]):
                result += part
        return result

    def kernel_trace(self) -> float:
        """|J|_F^2, the trace of J J', with the rows of a few points held at a time."""

        def work(chunk: Chunk) -> float:
            block, part, prepared = chunk
            pieces = block.pieces(prepared, part, self.parameters)
            return sum(float(rows.double().square().sum()) for _, _, rows in pieces)

        return sum(self._map(work))

    def _map(self, work: Callable[[Chunk], Result]) -> list[Result]:
        """The results of all chunks, in order."""
        return self.workers.map(work, self._chunks())

    def _chunks(self) -> list[Chunk]:
        points, share = self.workers.points(self.chunk), self.workers.at_a_time
        return [(b, part, prepared) for b in self.blocks for part, prepared in b.chunks(points, share)]


def _zeros(rows: int, columns: int, like: torch.Tensor) -> torch.Tensor:
    """Zeros, (rows, columns); on the CPU pages that the system zeroes when they are first touched."""
    if like.device.type != "cpu":
        return like.new_zeros(rows, columns)
    return torch.from_numpy(np.zeros((rows, columns), dtype=like.detach().numpy().dtype))
