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
        return torch.stack([torch.cos(phases), torch.sin(phases)], dim=-1).flatten(-2)

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, 1) to (coefficients, points, 2 harmonics).

        With c + i s = exp(i k theta): |a| (c + i s)_a = i k sum_{0 < b <= a} |b| theta_b (c + i s)_{a-b}.
        """
        k = self._numbers(z)
        used = [any(a) and bool(z[i].any()) for a, i in carried.position.items()]
        waves = z.new_zeros(len(carried), z.shape[1], self.harmonics, 2)
        torch.cos(k * z[0], out=waves[0, :, :, 0])
        torch.sin(k * z[0], out=waves[0, :, :, 1])
        filled = {0}
        for i, (a, splittings) in enumerate(zip(carried.members, carried.pairs, strict=True)):
            for b, rest in splittings:
                if used[b] and rest in filled:
                    slope = (sum(carried.members[b]) / sum(a)) * k * z[b]
                    waves[i, :, :, 0].addcmul_(slope, waves[rest, :, :, 1], value=-1)
                    waves[i, :, :, 1].addcmul_(slope, waves[rest, :, :, 0])
                    filled.add(i)
        return waves.flatten(-2)

    def _numbers(self, like: torch.Tensor) -> torch.Tensor:
        return torch.arange(1, self.harmonics + 1, dtype=like.dtype, device=like.device)
