"""The reverse reader: derivatives by nested reverse mode. It takes any torch.nn.Module, and checks the Taylor reader.

Every node is evaluated on plain tensors of shape (points,). D asks `torch.autograd.grad` for the gradient of the sum
over points, which is each point's own derivative because residuals are pointwise; orders are taken one at a time, and
each is kept. The cost grows like 2^order, where the Taylor reader's grows like its square.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from pinnsuite.calculus.expression import Expression, held, shared
from pinnsuite.calculus.leaves import Fixed
from pinnsuite.calculus.operations import OPERATIONS
from pinnsuite.calculus.program import check_leaves
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError

Orders = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Points:
    """Coordinates and data at the points, (points,) each."""

    size: int
    like: torch.Tensor
    values: Mapping[str, torch.Tensor]

    unit = 1

    def rows(self, chunk: slice) -> Points:
        """A part of the points."""
        cut = {name: v[chunk] for name, v in self.values.items()}
        return Points(len(range(self.size)[chunk]), self.like, cut)


class ReverseProgram:
    """Residual expressions, (points,) coordinates in, (points, residuals) out, derivatives included."""

    def __init__(self, residuals: Sequence[Expression], coordinates: Sequence[str]) -> None:
        self.residuals = shared(residuals)
        self.coordinates = tuple(coordinates)
        self.no_rows = "the equation is read in reverse mode"
        self.vectorises = True
        check_leaves(self.residuals, self.coordinates)

    def prepare(self, points: Mapping[str, torch.Tensor]) -> Points:
        """Nothing is computed beforehand."""
        first = points[self.coordinates[0]]
        return Points(len(first), first[:1], dict(points))

    def __call__(self, prepared: Points, parameters: Mapping[str, torch.Tensor], tape: Tape) -> torch.Tensor:
        """Residuals at prepared points, (points, residuals); they carry a gradient if gradients are enabled."""
        wanted = torch.is_grad_enabled()
        with torch.enable_grad():
            pass_ = _Pass(self, prepared, parameters, tape)
            columns = [pass_.value((), r).expand(prepared.size) for r in self.residuals]
        result = torch.stack(columns, dim=1)
        return result if wanted else result.detach()


class _Pass:
    """One evaluation; values are kept per node and per set of coordinates held by `at`."""

    def __init__(
        self, program: ReverseProgram, points: Points, parameters: Mapping[str, torch.Tensor], tape: Tape
    ) -> None:
        self.program, self.points, self.parameters, self.tape = program, points, parameters, tape
        self.leaves: dict[tuple[str, Fixed], torch.Tensor] = {}
        self.values: dict[tuple[Fixed, int], torch.Tensor] = {}
        self.derivatives: dict[tuple[Fixed, int, Orders], torch.Tensor] = {}

    def value(self, fixed: Fixed, node: Expression) -> torch.Tensor:
        key = (fixed, id(node))
        if key not in self.values:
            self.values[key] = self._evaluated(fixed, node)
        return self.values[key]

    def _evaluated(self, fixed: Fixed, node: Expression) -> torch.Tensor:
        size, like = self.points.size, self.points.like
        match node.op:
            case "constant":
                return torch.full((), node.static, dtype=like.dtype, device=like.device)
            case "coordinate":
                return self._leaf(fixed, node.static)
            case "data":
                return self._given(node.static)
            case "parameter":
                return self.tape.parameter(node.static, self.parameters[node.static], size)
            case "call":
                inputs = [self.value(fixed, a).expand(size) for a in node.args]
                return node.static(torch.stack(inputs, dim=-1))
            case "output":
                return self.value(fixed, node.args[0])[:, node.static]
            case "at":
                return self.value((*fixed, *held(node)), node.args[0])
            case "D":
                return self._derivative(fixed, node.args[0], node.static)
        result = OPERATIONS[node.op].torch(*self._arguments(fixed, node))
        return result.to(like.dtype) if result.dtype is torch.bool else result

    def _arguments(self, fixed: Fixed, node: Expression) -> list[torch.Tensor]:
        values = [self.value(fixed, a) for a in node.args]
        return [values[0].bool(), *values[1:]] if node.op == "where" else values

    def _given(self, name: str) -> torch.Tensor:
        if name not in self.points.values:
            raise InputError(f"No values were given for '{name}' at these points", given=sorted(self.points.values))
        return self.points.values[name]

    def _leaf(self, fixed: Fixed, name: str) -> torch.Tensor:
        """A coordinate as an independent variable: held by the last `at` that names it, or free."""
        last = max((i for i, (n, _) in enumerate(fixed) if n == name), default=-1)
        key = (name, fixed[: last + 1])  # the same variable for everything below that `at`
        if key not in self.leaves:
            value = self._given(name) if last < 0 else torch.full_like(self._given(name), fixed[last][1])
            self.leaves[key] = value.detach().clone().requires_grad_()
        return self.leaves[key]

    def _derivative(self, fixed: Fixed, node: Expression, orders: Orders) -> torch.Tensor:
        if not orders:
            return self.value(fixed, node)
        key = (fixed, id(node), orders)
        if key not in self.derivatives:
            *rest, (name, order) = orders
            lower = self._derivative(fixed, node, (*rest, (name, order - 1)) if order > 1 else tuple(rest))
            leaf = self._leaf(fixed, name)
            if lower.requires_grad:
                (found,) = torch.autograd.grad(
                    lower.sum(), leaf, create_graph=True, allow_unused=True, materialize_grads=True
                )
            else:
                found = torch.zeros_like(leaf)
            self.derivatives[key] = found
        return self.derivatives[key]
