"""Functions of coordinates alone: computed once per point and kept, not evaluated anew at every step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import D, Expression, coordinate, data, rebuild, shared

MOST_BATCHES = 16
NOT_KNOWN = {"field", "parameter", "data", "call"}


class Known:
    """Functions of coordinates that autograd may differentiate any number of times.

    Their values and derivatives come from the Taylor reader and are kept for each batch of points that is trained on;
    a backward pass only multiplies. Written in torch by hand they would be evaluated and differentiated at each step.
    """

    def __init__(self, functions: Sequence[Expression], coordinates: Sequence[str]) -> None:
        self.coordinates = tuple(coordinates)
        self.orders: list[list[Expression]] = [list(functions)]
        self.batches: list[tuple[torch.Tensor, dict[int, torch.Tensor]]] = []

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        """(points, coordinates) to (points, functions)."""
        if not inputs.requires_grad:
            return self._evaluate(inputs, 0)
        return _Known.apply(inputs, self, 0)

    def values(self, inputs: torch.Tensor, order: int) -> torch.Tensor:
        """All derivatives of one order, (points, functions * coordinates**order), the last coordinate fastest."""
        kept = next((k for p, k in self.batches if p.shape == inputs.shape and torch.equal(p, inputs)), None)
        if kept is None:
            kept = {}
            self.batches = [(inputs.clone(), kept), *self.batches][:MOST_BATCHES]
        if order not in kept:
            kept[order] = self._evaluate(inputs, order)
        return kept[
            order
        ].detach()  # autograd marks what a function gives, so each time a new tensor on the same numbers

    def _evaluate(self, inputs: torch.Tensor, order: int) -> torch.Tensor:
        while len(self.orders) <= order:
            self.orders.append([D(e, coordinate(n)) for e in self.orders[-1] for n in self.coordinates])
        columns = {n: inputs[:, i].detach().cpu().double() for i, n in enumerate(self.coordinates)}
        return evaluate(self.orders[order], self.coordinates, columns).to(inputs)


class _Known(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, known: Known, order: int) -> torch.Tensor:
        ctx.save_for_backward(inputs)
        ctx.known, ctx.order = known, order
        return known.values(inputs.detach(), order)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        (inputs,), (gradient,) = ctx.saved_tensors, gradients
        jacobian = _Known.apply(inputs, ctx.known, ctx.order + 1)
        if gradient.shape[1] == 1:
            return gradient * jacobian, None, None
        return (gradient[:, :, None] * jacobian.reshape(*gradient.shape, -1)).sum(1), None, None


def hoist(expressions: Sequence[Expression]) -> tuple[list[Expression], dict[str, Expression]]:
    """Take out what depends on coordinates alone and is not differentiated: computed once per point, not at every step.

    Gives the expressions with ``data`` leaves in those places, and what stands in them, by name.
    """
    memo: dict[int, Expression] = {}
    known: dict[str, Expression] = {}
    static: dict[int, bool] = {}

    def is_static(node: Expression) -> bool:
        if id(node) not in static:
            inside = all(map(is_static, node.args))
            static[id(node)] = inside and node.op not in NOT_KNOWN
        return static[id(node)]

    def replaced(node: Expression) -> Expression:
        if id(node) not in memo:
            memo[id(node)] = _replace(node)
        return memo[id(node)]

    def _replace(node: Expression) -> Expression:
        if not node.args or (node.op in {"D", "at", "output"} and not is_static(node)):
            return node
        if is_static(node) and node.op not in {"lt", "le"}:  # those are no numbers
            name = f"known_{len(known)}"
            known[name] = node
            return data(name)
        return rebuild(node, tuple(map(replaced, node.args)))

    return [replaced(e) for e in shared(expressions)], known
