"""The Jacobian rows of some points while layers fill them in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import torch

from pinnsuite.calculus.agreement import agree


class Rows:
    """A contiguous Jacobian (points, parameters), and where each trained tensor has its columns."""

    def __init__(self, jacobian: torch.Tensor, offsets: Mapping[int, int]) -> None:
        self.jacobian, self.offsets = jacobian, offsets

    def add(self, parameter: torch.Tensor, rows: torch.Tensor) -> None:
        """Add d r_n / d parameter, of shape (points, *parameter.shape); nothing if the parameter is not trained."""
        start = self.offsets.get(id(parameter))
        if start is not None:
            self.jacobian[:, start : start + parameter.numel()] += rows.reshape(len(rows), -1)

    def add_outer(self, parameter: torch.Tensor, left: torch.Tensor, right: torch.Tensor) -> None:
        """Add sum over c of left_c (x) right_c, from (c, points, outputs) and (c, points, inputs)."""
        start = self.offsets.get(id(parameter))
        if start is None:
            return
        if self.jacobian.device.type == "cpu" and _compiled_agrees(self.jacobian.dtype):
            _compiled(left, right, self.jacobian, start)
        else:
            self.add(parameter, _outer(left, right))


def _outer(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """sum over c of left_c (x) right_c, (points, outputs, inputs)."""
    return torch.einsum("cno,cni->noi", left, right)


def _compiled(left: torch.Tensor, right: torch.Tensor, jacobian: torch.Tensor, start: int) -> None:
    from pinnsuite.calculus.compiled import add_outer

    add_outer(left.contiguous().numpy(), right.contiguous().numpy(), jacobian.numpy(), start)


@cache
def _compiled_agrees(dtype: torch.dtype) -> bool:
    left, right = (torch.arange(1.0, n + 1, dtype=dtype).view(2, 3, -1).sin() for n in (24, 30))
    found = torch.ones(3, 22, dtype=dtype)
    _compiled(left, right, found, 1)
    wanted = torch.ones(3, 22, dtype=dtype)
    wanted[:, 1:21] += _outer(left, right).reshape(3, -1)
    return agree("The compiled loop over Jacobian rows", [found], [wanted])
