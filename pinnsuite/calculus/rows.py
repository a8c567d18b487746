"""The Jacobian rows of some points while layers fill them in."""

from __future__ import annotations

from collections.abc import Mapping

import torch


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
        if self.jacobian.device.type != "cpu":
            self.add(parameter, torch.einsum("cno,cni->noi", left, right))
            return
        from pinnsuite.calculus.compiled import add_outer

        add_outer(left.contiguous().numpy(), right.contiguous().numpy(), self.jacobian.numpy(), start)
