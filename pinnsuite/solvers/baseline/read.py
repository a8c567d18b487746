"""The traced equation as a DeepXDE residual: values by torch, derivatives by ``dde.grad``."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from pinnsuite.calculus.expression import Expression
from pinnsuite.calculus.operations import OPERATIONS
from pinnsuite.errors import InputError

Values = Mapping[str, torch.Tensor]


@dataclass(frozen=True)
class Reader:
    """Evaluates expressions of fields. ``network`` maps (points, coordinates) to fields, (points, fields)."""

    dde: Any
    coordinates: Sequence[str]
    fields: Sequence[str]
    network: Callable[[torch.Tensor], torch.Tensor]
    parameters: Values

    def __call__(
        self,
        expressions: Sequence[Expression],
        inputs: torch.Tensor,
        outputs: torch.Tensor | None = None,
        known: Values | None = None,
    ) -> list[torch.Tensor]:
        """Columns (points, 1). ``outputs`` belong to ``inputs``; ``known`` are numbers per point, (points, 1)."""
        reading = _Reading(self, inputs, outputs, known or {})
        return [reading.value(e).expand(len(inputs), 1) for e in expressions]


class _Reading:
    """One evaluation at one batch of points; every node and derivative once."""

    def __init__(self, reader: Reader, inputs: torch.Tensor, outputs: torch.Tensor | None, known: Values) -> None:
        self.reader, self.inputs, self.known = reader, inputs, known
        self._outputs = outputs
        self.values: dict[int, torch.Tensor] = {}
        self.derivatives: dict[tuple[int, tuple[int, ...]], torch.Tensor] = {}
        self.elsewhere: dict[tuple, _Reading] = {}

    @property
    def outputs(self) -> torch.Tensor:
        if self._outputs is None:
            self._outputs = self.reader.network(self.inputs)
        return self._outputs

    def value(self, node: Expression) -> torch.Tensor:
        if id(node) not in self.values:
            self.values[id(node)] = self._read(node)
        return self.values[id(node)]

    def _read(self, node: Expression) -> torch.Tensor:
        match node.op:
            case "constant":
                return self.inputs.new_full((1, 1), node.static)
            case "coordinate":
                i = self.reader.coordinates.index(node.static)
                return self.inputs[:, i : i + 1]
            case "field":
                i = self.reader.fields.index(node.static)
                return self.outputs[:, i : i + 1]
            case "output":
                return self.outputs[:, node.static : node.static + 1]
            case "parameter":
                return self.reader.parameters[node.static].reshape(1, 1)
            case "data":
                return self.known[node.static]
            case "D":
                path = [self.reader.coordinates.index(n) for n, order in node.static for _ in range(order)]
                return self.derivative(node.args[0], tuple(path))
            case "at":
                return self._at(node).value(node.args[0])
            case "pow" if node.args[1].op == "constant":
                return torch.pow(self.value(node.args[0]), node.args[1].static)
        if node.op not in OPERATIONS:
            raise InputError(f"The DeepXDE baseline cannot evaluate '{node.op}' in an equation", given=repr(node))
        return OPERATIONS[node.op].torch(*map(self.value, node.args))

    def derivative(self, node: Expression, path: tuple[int, ...]) -> torch.Tensor:
        """The derivative along a path of coordinates: jacobian, hessian, and then jacobians of the one before."""
        key = (id(node), path)
        if key not in self.derivatives:
            self.derivatives[key] = self._derive(node, path)
        return self.derivatives[key]

    def _derive(self, node: Expression, path: tuple[int, ...]) -> torch.Tensor:
        grad, last = self.reader.dde.grad, path[-1]
        if node.op == "field" and len(path) <= 2:
            component = self.reader.fields.index(node.static)
            if len(path) == 1:
                return grad.jacobian(self.outputs, self.inputs, i=component, j=last)
            return grad.hessian(self.outputs, self.inputs, component=component, i=path[0], j=last)
        before = self.value(node) if len(path) == 1 else self.derivative(node, path[:-1])
        # what does not depend on the coordinate has the derivative zero, where autograd would raise
        return grad.jacobian(before + 0.0 * self.inputs[:, last : last + 1], self.inputs, i=0, j=last)

    def _at(self, node: Expression) -> _Reading:
        """A reading of the same network on a face of the domain."""
        held = dict(zip(node.static, node.args[1:], strict=True))
        key = tuple((n, e.static if e.op == "constant" else id(e)) for n, e in held.items())
        if key not in self.elsewhere:
            columns = [
                self.value(held[n]).expand(len(self.inputs), 1) if n in held else self.inputs[:, i : i + 1]
                for i, n in enumerate(self.reader.coordinates)
            ]
            moved = torch.cat(columns, dim=1)
            moved = moved if moved.requires_grad else moved.requires_grad_()
            self.elsewhere[key] = _Reading(self.reader, moved, None, self.known)
        return self.elsewhere[key]
