"""Some random directions of parameter space, in which a step is sought when there are too many parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import torch

from pinnsuite.calculus.agreement import agree


@dataclass(frozen=True)
class Directions:
    """S, (parameters, count), with S'S = I: a count sketch (Charikar, Chen and Farach-Colton 2002).

    Each parameter belongs to one direction and enters it with a random sign. All parameters take part, where a choice
    of some of them would leave most at rest.
    """

    owner: torch.Tensor  # the direction of each parameter, (parameters,)
    factors: torch.Tensor  # sign / sqrt(number of parameters in the direction), (parameters,)
    count: int

    @classmethod
    def draw(cls, size: int, count: int, seed: int, like: torch.Tensor) -> Directions:
        """Directions with equally many parameters each, of ``like``'s type and on its device."""
        generator = torch.Generator().manual_seed(seed)
        owner = torch.randperm(size, generator=generator) % count
        signs = torch.randint(0, 2, (size,), generator=generator) * 2 - 1
        members = torch.bincount(owner, minlength=count)[owner]
        return cls(owner.to(like.device), (signs / members.sqrt()).to(like), count)

    def spread(self, move: torch.Tensor) -> torch.Tensor:
        """S d: a move along the directions, (count,), as one of the parameters, (parameters,)."""
        return move[self.owner] * self.factors

    def gather(self, jacobian: torch.Tensor) -> torch.Tensor:
        """J S, (rows, count), for a contiguous J, (rows, parameters)."""
        if jacobian.device.type != "cpu" or not _compiled_agrees(jacobian.dtype):
            return self._eager(jacobian)
        return self._compiled(jacobian)

    def _eager(self, jacobian: torch.Tensor) -> torch.Tensor:
        members, factors = self._members
        return (jacobian[:, members] * factors).sum(2)

    @cached_property
    def _members(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The parameters of each direction and their factors, (count, most), zero where one has fewer.

        A GPU adds up by index in any order, which no resumed run could repeat.
        """
        sizes = torch.bincount(self.owner, minlength=self.count)
        place = torch.arange(int(sizes.max()), device=self.owner.device)
        index = (sizes.cumsum(0) - sizes)[:, None] + place
        members = torch.argsort(self.owner, stable=True)[index.clamp_max(len(self.owner) - 1)]
        return members, self.factors[members] * (place < sizes[:, None])

    def _compiled(self, jacobian: torch.Tensor) -> torch.Tensor:
        from pinnsuite.calculus.compiled import gather_columns

        result = jacobian.new_zeros(len(jacobian), self.count)
        gather_columns(jacobian.numpy(), self.owner.numpy(), self.factors.numpy(), result.numpy())
        return result


@cache
def _compiled_agrees(dtype: torch.dtype) -> bool:
    some = Directions.draw(30, 7, 0, torch.zeros(1, dtype=dtype))
    jacobian = torch.arange(150, dtype=dtype).view(5, 30).sin()
    return agree("The compiled sum of columns", [some._compiled(jacobian)], [some._eager(jacobian)])
