"""A sum of products of functions of one coordinate each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from pinnsuite.calculus.indices import LowerSet, MultiIndex
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError
from pinnsuite.networks.lines import Lines
from pinnsuite.networks.mlp import MLP
from pinnsuite.networks.sparse import Sparse, dense, product


class Separable(torch.nn.Module):
    """u(x) = sum over r of prod_j f_jr(x_j), with an `MLP` f_j of ``rank`` functions for every coordinate.

    Each f_j carries derivatives along its own coordinate alone, and on a tensor grid (`solver.lattice`) it is evaluated
    on its axis alone: the sum over r is then a matrix product. Jacobian rows are taken point by point.
    (SPINN: Cho et al. 2023, eq. 5.)
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

    def arrange(self, stack: torch.Tensor) -> torch.Tensor | Lines:
        """Inputs of `taylor` as lines where they are those of a tensor grid."""
        return Lines.of(stack, self.groups) or stack

    def taylor(self, z: torch.Tensor | Lines, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """The same on Taylor coefficients, (coefficients, points, inputs) to (coefficients, points, outputs)."""
        if isinstance(z, Lines):
            if not tape.recording:
                return self._by_lines(z, carried, tape)
            z = z.dense()
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

    def _by_lines(self, lines: Lines, carried: LowerSet, tape: Tape) -> torch.Tensor:
        """Coefficient a of the product has one term, of the coefficients of the factors along their own coordinates."""
        factors, axes = [], []
        for factor, part in zip(self.factors, lines.parts, strict=True):
            assert isinstance(factor, MLP)
            own = _along(part, carried)
            at = [carried.position[a] for a in own.members]
            series = factor.taylor(part[at].contiguous(), own, tape).view(len(own), part.shape[1], *self.shape)
            factors.append(dict(zip(own.members, series, strict=True)))
            axes.append({j for a in own.members for j, i in enumerate(a) if i})
        tails: dict[tuple[MultiIndex, ...], torch.Tensor] = {}
        columns = []
        for a in carried.members:
            split = tuple(tuple(i if j in used else 0 for j, i in enumerate(a)) for used in axes)
            known = all(b in f for b, f in zip(split, factors, strict=True)) and sum(map(sum, split)) == sum(a)
            columns.append(_contracted(split, factors, tails) if known else None)
        like = next(c for c in columns if c is not None)
        return torch.stack([torch.zeros_like(like) if c is None else c for c in columns])


def _contracted(
    split: tuple[MultiIndex, ...],
    factors: Sequence[Mapping[MultiIndex, torch.Tensor]],
    tails: dict[tuple[MultiIndex, ...], torch.Tensor],
) -> torch.Tensor:
    """sum over r of the products of one coefficient of each factor, (points of the grid, outputs)."""
    first, rest = factors[0][split[0]], split[1:]
    if not rest:
        return first.sum(2)
    if rest not in tails:
        tail = factors[-1][rest[-1]]
        for f, b in zip(factors[-2:0:-1], rest[-2::-1], strict=True):
            tail = (f[b][:, None] * tail).flatten(0, 1)
        tails[rest] = tail.permute(1, 2, 0).contiguous()  # (outputs, rank, points of the other axes)
    return torch.matmul(first.transpose(0, 1), tails[rest]).flatten(1).T


def _along(part: torch.Tensor, carried: LowerSet) -> LowerSet:
    """The multi-indices of derivatives along those coordinates alone that some inputs depend on."""
    used = {j for a, c in zip(carried.members, part, strict=True) if bool(c.any()) for j, i in enumerate(a) if i}
    return LowerSet(tuple(a for a in carried.members if all(j in used for j, i in enumerate(a) if i)))
