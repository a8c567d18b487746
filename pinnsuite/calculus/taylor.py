"""The Taylor reader: residuals by one forward pass that carries Taylor coefficients. This is the training path.

A `TaylorProgram` is made once from the residual expressions. A dry run on one point finds which coefficients of every
network and of every parameter-free part are asked for; the parameter-free parts (coordinates, initial fields,
distances, earlier windows' networks) are then evaluated once per set of points by `prepare`, and only networks and what
depends on them are evaluated at every step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import torch

from pinnsuite.calculus.expression import Expression, shared, topological
from pinnsuite.calculus.indices import LowerSet, MultiIndex
from pinnsuite.calculus.prepared import Key, Plan, Prepared
from pinnsuite.calculus.program import check_leaves, without_rows
from pinnsuite.calculus.reader import Reader, arranged
from pinnsuite.calculus.tape import Tape


class TaylorProgram:
    """Residual expressions, (points,) coordinates in, (points, residuals) out, derivatives included."""

    def __init__(self, residuals: Sequence[Expression], coordinates: Sequence[str]) -> None:
        self.residuals = shared(residuals)
        self.coordinates = tuple(coordinates)
        self.zero: MultiIndex = (0,) * len(self.coordinates)
        self.nodes = {id(n): n for n in topological(self.residuals)}
        self.dynamic = _depends_on_training(self.nodes.values())
        self._plan: Plan | None = None
        modules = {id(n.static): n.static for n in self.nodes.values() if n.op == "call"}
        missing = sorted({name for module in modules.values() for name in without_rows(module)})
        self.no_rows = f"these layers have no `rows`: {', '.join(missing)}" if missing else ""
        self.vectorises = False  # compiled loops take no batches
        check_leaves(self.residuals, self.coordinates)

    def prepare(self, points: Mapping[str, torch.Tensor]) -> Prepared:
        """Evaluate everything that does not depend on trained numbers at these points, shape (points,) each."""
        like = points[self.coordinates[0]]
        if self._plan is None:
            self._plan = self._dry_run({k: v[:1] for k, v in points.items()})
        with torch.no_grad():
            reader = Reader(self, points=points, plan=self._plan)
            coefficients = {key: {a: reader.jet(*key)[a] for a in wanted} for key, wanted in self._plan.static.items()}
            inputs = {
                key: arranged(reader.nodes[key[1]].static, reader.stacked(key, wanted, len(like)))
                for key, wanted in self._plan.calls.items()
                if key[1] in self.dynamic and not any(id(a) in self.dynamic for a in reader.nodes[key[1]].args)
            }
        return Prepared(len(like), like[:1], coefficients, inputs)

    def _dry_run(self, point: Mapping[str, torch.Tensor]) -> Plan:
        plan = Plan()
        with torch.no_grad():
            reader = Reader(self, points=point, plan=plan, dry=True)
            for residual in self.residuals:
                _ = reader.jet((), id(residual))[self.zero]
                if id(residual) not in self.dynamic:
                    plan.static.setdefault(((), id(residual)), set()).add(self.zero)
        plan.calls = {key: LowerSet.closure(found) for key, found in reader.asked.items() if found}
        return plan

    def __call__(self, prepared: Prepared, parameters: Mapping[str, torch.Tensor], tape: Tape) -> torch.Tensor:
        """Residuals at prepared points, (points, residuals); the tape records what Jacobian rows need."""
        reader = Reader(self, prepared=prepared, parameters=parameters, tape=tape, plan=self._plan)
        columns = [
            reader.jet((), id(r))[self.zero] if id(r) in self.dynamic else prepared.coefficients[(), id(r)][self.zero]
            for r in self.residuals
        ]
        like = prepared.like
        filled = [torch.as_tensor(0.0 if c is None else c, dtype=like.dtype, device=like.device) for c in columns]
        return torch.stack([c.expand(prepared.size) for c in filled], dim=1)

    @property
    def networks(self) -> dict[Key, LowerSet]:
        """The coefficients carried through each network; known after the first `prepare`."""
        return dict(self._plan.calls) if self._plan else {}


def _depends_on_training(nodes: Iterable[Expression]) -> set[int]:
    """Which nodes depend on trained numbers, from all nodes with arguments before their users."""
    dynamic: set[int] = set()
    for node in nodes:
        trained = node.op == "parameter" or (
            node.op == "call" and any(p.requires_grad for p in node.static.parameters())
        )
        if trained or any(id(a) in dynamic for a in node.args):
            dynamic.add(id(node))
    return dynamic
