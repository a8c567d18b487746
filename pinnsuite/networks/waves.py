"""Cosines and sines of a periodic coordinate, all harmonics at once."""

from __future__ import annotations

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape


class Waves(torch.nn.Module):
    """cos(theta), sin(theta), cos(2 theta), sin(2 theta), ... of a phase theta; nothing of it is trained.

    (points, 1) to (points, 2 harmonics). As one layer a hundred harmonics cost a few large operations; as expressions
    each would be two Taylor elements of its own.
    """

    def __init__(self, harmonics: int) -> None:
        super().__init__()
        self.harmonics = harmonics

    def forward(self, theta: torch.Tensor) -> torch.Tensor:
        phases = theta * self._numbers(theta)
        return _interleaved(torch.cos(phases), torch.sin(phases))

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, 1) to (coefficients, points, 2 harmonics).

        With c + i s = exp(i k theta): |a| (c + i s)_a = i k sum_{0 < b <= a} |b| theta_b (c + i s)_{a-b}.
        """
        k = self._numbers(z)
        zero = z.new_zeros(z.shape[1], self.harmonics)
        used = [any(a) and bool(z[i].any()) for a, i in carried.position.items()]
        cosines, sines = [torch.cos(k * z[0])], [torch.sin(k * z[0])]
        for a, splittings in zip(carried.members[1:], carried.pairs[1:], strict=True):
            c, s = zero, zero
            for b, rest in splittings:
                if used[b]:
                    slope = (sum(carried.members[b]) / sum(a)) * k * z[b]
                    c, s = c - slope * sines[rest], s + slope * cosines[rest]
            cosines.append(c)
            sines.append(s)
        return torch.stack([_interleaved(c, s) for c, s in zip(cosines, sines, strict=True)])

    def _numbers(self, like: torch.Tensor) -> torch.Tensor:
        return torch.arange(1, self.harmonics + 1, dtype=like.dtype, device=like.device)


def _interleaved(c: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
    return torch.stack([c, s], dim=-1).flatten(-2)
