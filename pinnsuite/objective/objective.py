"""The least-squares objective that every optimizer sees."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import torch

from pinnsuite.calculus.tape import Tape
from pinnsuite.objective.block import Block
from pinnsuite.objective.parameters import ParameterVector

log = logging.getLogger(__name__)


@dataclass
class Objective:
    """f(theta) = sum over blocks of |residual|^2, evaluated in chunks of points that stay in cache."""

    blocks: list[Block]
    parameters: ParameterVector
    chunk: int = 2000
    _said: set[str] = field(default_factory=set, init=False, repr=False)

    @property
    def rows(self) -> int:
        return sum(b.size * len(b.names) for b in self.blocks)

    def residuals(self) -> torch.Tensor:
        """All weighted residuals, (rows,), without gradients, in the order of `jacobian`."""
        with torch.no_grad():
            parts = [
                block.evaluate(prepared, part, self.parameters, Tape()).T.reshape(-1)
                for block in self.blocks
                for part, prepared in block.chunks(self.chunk)
            ]
        return torch.cat(parts)

    def losses(self) -> dict[str, float]:
        """The sum of squares of each residual by name; blocks that share a name are added."""
        result: dict[str, float] = {}
        with torch.no_grad():
            for block in self.blocks:
                total = torch.zeros(len(block.names), dtype=torch.float64)
                for part, prepared in block.chunks(self.chunk):
                    total += block.evaluate(prepared, part, self.parameters, Tape()).square().sum(0).double().cpu()
                for name, value in zip(block.names, total.tolist(), strict=True):
                    result[name] = result.get(name, 0.0) + value
        return result

    def loss(self) -> float:
        return sum(self.losses().values())

    def gradient(self) -> tuple[float, torch.Tensor]:
        """f and its gradient, (parameters,)."""
        gradient = torch.zeros_like(self.parameters.values)
        loss = 0.0
        for block in self.blocks:
            for part, prepared in block.chunks(self.chunk):
                value = block.evaluate(prepared, part, self.parameters, Tape()).square().sum()
                loss += float(value.detach())
                if value.requires_grad:
                    gradient += self._flat(torch.autograd.grad(value, self.parameters.tensors, allow_unused=True))
        return loss, gradient

    def _flat(self, pieces: Sequence[torch.Tensor | None]) -> torch.Tensor:
        tensors = self.parameters.tensors
        filled = [torch.zeros_like(p) if g is None else g for p, g in zip(tensors, pieces, strict=True)]
        return torch.cat([g.reshape(-1) for g in filled])

    def jacobian(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Weighted residuals (rows,) and Jacobian (rows, parameters), chunk by chunk.

        The first use of a slow way to the Jacobian is logged.
        """
        for reason in {b.program.no_rows for b in self.blocks} - {"", *self._said}:
            self._said.add(reason)
            log.warning("Jacobian rows take one backward pass each, which is slow, because %s.", reason)
        for block in self.blocks:
            for part, prepared in block.chunks(self.chunk):
                yield block.rows(prepared, part, self.parameters)
