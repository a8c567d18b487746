"""A sum of products of functions of one coordinate each."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from pinnsuite.calculus.indices import LowerSet
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.networks.sparse import Sparse, dense, product


class Separable(torch.nn.Module):
    """u(x) = sum over r of prod_j f_jr(x_j), with an `MLP` f_j of ``rank`` functions for every coordinate.

    Each f_j carries derivatives along its own coordinate alone. (SPINN: Cho et al. 2023, eq. 5.)
    (points, inputs) to (points, outputs). Raises `InputError` for a rank below one, and as `MLP` does.
    """

    def __init__(
        self,
        groups: Sequence[int],
        outputs: int,
        *,
        rank: int = 16,
        width: int = 16,
        depth: int = 2,
        activation: str = "tanh",
        factorised: bool = False,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        """``groups``: the number of inputs that belong to each coordinate."""
        super().__init__()
        if rank < 1:
            raise InputError("A separable network needs a rank of at least 1", given=rank)
        self.groups, self.shape = tuple(groups), (outputs, rank)
        self.factors = torch.nn.ModuleList(
            MLP(
                inputs,
                outputs * rank,
                width=width,
                depth=depth,
                activation=activation,
                factorised=factorised,
                output_gain=1.0,
                generator=generator,
                dtype=dtype,
            )
            for inputs in self.groups
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result = torch.ones_like(x[:, :1])
        for factor, part in zip(self.factors, x.split(self.groups, 1), strict=True):
            result = result * factor(part)
        return result.view(-1, *self.shape).sum(2)

    def taylor(self, z: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        result: Sparse | None = None
        for factor, part in zip(self.factors, z.split(self.groups, 2), strict=True):
            assert isinstance(factor, MLP)
            own = _along(part, carried)
            at = [carried.position[a] for a in own.members]
            found = dict(zip(at, factor.taylor(part[at].contiguous(), own, tape), strict=True))
            result = found if result is None else product(result, found, carried)
        assert result is not None
        series = dense(result, carried)
        return series.view(*series.shape[:2], *self.shape).sum(3)


def _along(part: torch.Tensor, carried: LowerSet) -> LowerSet:
    """The multi-indices of derivatives along those coordinates alone that some inputs depend on."""
    used = {j for a, c in zip(carried.members, part, strict=True) if bool(c.any()) for j, i in enumerate(a) if i}
    return LowerSet(tuple(a for a in carried.members if all(j in used for j, i in enumerate(a) if i)))
