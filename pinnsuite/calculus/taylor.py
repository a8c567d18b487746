"""The Taylor reader: residuals by one forward pass that carries Taylor coefficients. This is the training path.

A `TaylorProgram` is made once from the residual expressions. A dry run on one point finds which coefficients of every
network and of every parameter-free part are asked for; the parameter-free parts (coordinates, initial fields,
distances, earlier windows' networks) are then evaluated once per set of points by `prepare`, and only networks and what
depends on them are evaluated at every step.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from pinnsuite.calculus.expression import Expression, held, shared, topological
from pinnsuite.calculus.indices import LowerSet, MultiIndex
from pinnsuite.calculus.jet import Coefficient, Jet, combine, number, restrict, shift, variable
from pinnsuite.calculus.program import check_leaves, without_rows
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError

Fixed = tuple[tuple[str, float], ...]  # coordinates held at a value, from enclosing `at`
Key = tuple[Fixed, int]  # a node inside such a context


@dataclass
class Prepared:
    """The parameter-free coefficients at one set of points, in the order the program asks for them."""

    size: int
    like: torch.Tensor  # one number of the right dtype and device
    coefficients: dict[Key, dict[MultiIndex, Coefficient]]
    inputs: dict[Key, Any]  # of networks, (coefficients, points, inputs), or what `arrange` made of that

    def rows(self, chunk: slice) -> Prepared:
        """The same for a part of the points."""
        cut = {
            key: {a: c[chunk] if isinstance(c, torch.Tensor) and c.ndim else c for a, c in known.items()}
            for key, known in self.coefficients.items()
        }
        size = len(range(self.size)[chunk])
        parts = {k: v[:, chunk] if isinstance(v, torch.Tensor) else v.rows(chunk) for k, v in self.inputs.items()}
        return Prepared(size, self.like, cut, parts)

    @property
    def unit(self) -> int:
        """How many points are best kept together."""
        return max((v.unit for v in self.inputs.values() if not isinstance(v, torch.Tensor)), default=1)


@dataclass
class _Plan:
    """What the dry run found: coefficients asked of each static part and of each network."""

    static: dict[Key, set[MultiIndex]] = field(default_factory=dict)
    calls: dict[Key, LowerSet] = field(default_factory=dict)


class TaylorProgram:
    """Residual expressions, (points,) coordinates in, (points, residuals) out, derivatives included."""

    def __init__(self, residuals: Sequence[Expression], coordinates: Sequence[str]) -> None:
        self.residuals = shared(residuals)
        self.coordinates = tuple(coordinates)
        self.zero: MultiIndex = (0,) * len(self.coordinates)
        self.nodes = {id(n): n for n in topological(self.residuals)}
        self._dynamic = _depends_on_training(self.nodes.values())
        self._plan: _Plan | None = None
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
            reader = _Reader(self, points=points, plan=self._plan)
            coefficients = {key: {a: reader.jet(*key)[a] for a in wanted} for key, wanted in self._plan.static.items()}
            inputs = {
                key: _arranged(reader.nodes[key[1]].static, reader.stacked(key, wanted, len(like)))
                for key, wanted in self._plan.calls.items()
                if key[1] in self._dynamic and not any(id(a) in self._dynamic for a in reader.nodes[key[1]].args)
            }
        return Prepared(len(like), like[:1], coefficients, inputs)

    def _dry_run(self, point: Mapping[str, torch.Tensor]) -> _Plan:
        plan = _Plan()
        with torch.no_grad():
            reader = _Reader(self, points=point, plan=plan, dry=True)
            for residual in self.residuals:
                _ = reader.jet((), id(residual))[self.zero]
                if id(residual) not in self._dynamic:
                    plan.static.setdefault(((), id(residual)), set()).add(self.zero)
        plan.calls = {key: LowerSet.closure(found) for key, found in reader.asked.items() if found}
        return plan

    def __call__(self, prepared: Prepared, parameters: Mapping[str, torch.Tensor], tape: Tape) -> torch.Tensor:
        """Residuals at prepared points, (points, residuals); the tape records what Jacobian rows need."""
        reader = _Reader(self, prepared=prepared, parameters=parameters, tape=tape, plan=self._plan)
        columns = [
            reader.jet((), id(r))[self.zero] if id(r) in self._dynamic else prepared.coefficients[(), id(r)][self.zero]
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


class _Reader:
    """One pass over the graph: from points (static parts, dry run) or from prepared parts (training)."""

    def __init__(
        self,
        program: TaylorProgram,
        *,
        points: Mapping[str, torch.Tensor] | None = None,
        prepared: Prepared | None = None,
        parameters: Mapping[str, torch.Tensor] | None = None,
        tape: Tape | None = None,
        plan: _Plan | None = None,
        dry: bool = False,
    ) -> None:
        self.program, self.points, self.prepared, self.parameters = program, points, prepared, parameters
        self.tape, self.plan = tape or Tape(), plan
        self.dry = dry
        self.nodes = program.nodes
        self.memo: dict[Key, Jet] = {}
        self.outputs: dict[Key, tuple[LowerSet, torch.Tensor]] = {}
        self.asked: dict[Key, set[MultiIndex]] = {}

    def jet(self, fixed: Fixed, identity: int) -> Jet:
        key = (fixed, identity)
        if key not in self.memo:
            self.memo[key] = self._read(fixed, self.nodes[identity])
        return self.memo[key]

    def _argument(self, fixed: Fixed, user: Expression, argument: Expression) -> Jet:
        """A static part used by a dynamic one is recorded (dry run) or looked up (training)."""
        program = self.program
        key = (fixed, id(argument))
        crosses = id(argument) not in program._dynamic and id(user) in program._dynamic
        if crosses and self.prepared is not None:
            known = self.prepared.coefficients[key]
            return Jet(lambda a: known[a])
        inner = self.jet(*key)
        if crosses and self.dry:
            assert self.plan is not None
            asked = self.plan.static.setdefault(key, set())
            return Jet(lambda a: _recorded(asked, inner, a))
        return inner

    def _read(self, fixed: Fixed, node: Expression) -> Jet:
        axes = self.program.coordinates
        match node.op:
            case "constant":
                return number(node.static)
            case "coordinate":
                value = dict(fixed).get(node.static)
                axis = axes.index(node.static)
                return variable(self._points(node.static) if value is None else value, axis)
            case "data":
                return number(self._points(node.static))
            case "parameter":
                if self.parameters is None:
                    return number(1.0)
                size = self.prepared.size if self.prepared else 1
                return number(self.tape.parameter(node.static, self.parameters[node.static], size))
            case "D":
                order = dict(node.static)
                return shift(self._argument(fixed, node, node.args[0]), tuple(order.get(n, 0) for n in axes))
            case "at":
                held_now = held(node)
                inner = self._argument((*fixed, *held_now), node, node.args[0])
                return restrict(inner, [axes.index(n) for n, _ in held_now])
            case "output":
                return self._network_output(fixed, node)
        return combine(node.op, *(self._argument(fixed, node, a) for a in node.args))

    def _points(self, name: str) -> torch.Tensor:
        if self.points is None:
            raise KeyError(name)
        if name not in self.points:
            raise InputError(f"No values were given for '{name}' at these points", given=sorted(self.points))
        return self.points[name]

    def _network_output(self, fixed: Fixed, node: Expression) -> Jet:
        call, column = node.args[0], node.static
        key = (fixed, id(call))
        if self.dry:
            asked = self.asked.setdefault(key, set())
            # inputs that are all static are stacked by `prepare`: none of them is looked up one by one
            still = not any(id(a) in self.program._dynamic for a in call.args)
            inputs = [self.jet(fixed, id(a)) if still else self._argument(fixed, call, a) for a in call.args]

            def probe(a: MultiIndex) -> Coefficient:
                if a not in asked:
                    asked.add(a)
                    for b in LowerSet.closure([a]).members:
                        for z in inputs:
                            _ = z[b]
                return self._probe_value()

            return Jet(probe)

        def rule(a: MultiIndex) -> Coefficient:
            wanted = self.plan.calls.get(key) if self.plan else None
            carried, values = self._evaluate(key, wanted or LowerSet.closure([a]))
            if a not in carried.position:
                carried, values = self._evaluate(key, LowerSet.closure([*carried.members, a]))
            return values[carried.position[a], :, column]

        return Jet(rule)

    def _probe_value(self) -> torch.Tensor:
        assert self.points is not None
        return torch.full_like(next(iter(self.points.values())), 0.5)

    def _evaluate(self, key: Key, wanted: LowerSet) -> tuple[LowerSet, torch.Tensor]:
        """Run the network once for all its coefficients."""
        if key not in self.outputs or len(self.outputs[key][0]) < len(wanted):
            if self.prepared is not None and key in self.prepared.inputs:
                stack = self.prepared.inputs[key]
            else:
                size = self.prepared.size if self.prepared else len(next(iter((self.points or {}).values())))
                stack = self.stacked(key, wanted, size)
            self.outputs[key] = (wanted, _network(self.nodes[key[1]].static, stack, wanted, self.tape))
        return self.outputs[key]

    def stacked(self, key: Key, wanted: LowerSet, size: int) -> torch.Tensor:
        """Network inputs as one tensor, (coefficients, points, inputs)."""
        fixed, call = key[0], self.nodes[key[1]]
        like = self.prepared.like if self.prepared else next(iter((self.points or {}).values()))
        parts = []
        for run in _runs(call.args):
            inner, first = run[0].args[0] if run[0].op == "output" else None, run[0].static
            if inner is not None and len(run) > 1 and (self.prepared is None or id(inner) in self.program._dynamic):
                parts.append(self._outputs((fixed, id(inner)), wanted)[:, :, first : first + len(run)])
                continue
            jets = [self._argument(fixed, call, a) for a in run]
            columns = [[_filled(z[a], size, like) for z in jets] for a in wanted.members]
            parts.append(torch.stack([torch.stack(row, dim=-1) for row in columns]))
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=2)

    def _outputs(self, key: Key, wanted: LowerSet) -> torch.Tensor:
        """Coefficients of all outputs of a network, (coefficients, points, outputs)."""
        known = self.plan.calls.get(key) if self.plan else None
        carried, values = self._evaluate(key, LowerSet.closure([*(known.members if known else ()), *wanted.members]))
        return values if carried == wanted else values[[carried.position[a] for a in wanted.members]]


def _runs(arguments: Sequence[Expression]) -> list[list[Expression]]:
    """Arguments in groups: neighbouring outputs of one network, and everything else."""

    def group(item: tuple[int, Expression]) -> tuple[int, int]:
        i, e = item
        return (id(e.args[0]), e.static - i) if e.op == "output" else (0, 0)

    return [[e for _, e in run] for _, run in itertools.groupby(enumerate(arguments), group)]


def _recorded(asked: set[MultiIndex], jet: Jet, a: MultiIndex) -> Coefficient:
    asked.add(a)
    return jet[a]


def _filled(value: Coefficient, size: int, like: torch.Tensor) -> torch.Tensor:
    if value is None or isinstance(value, float | int):
        return torch.full((size,), 0.0 if value is None else value, dtype=like.dtype, device=like.device)
    return value.expand(size)


def _arranged(module: Any, stack: torch.Tensor) -> Any:
    return module.arrange(stack) if hasattr(module, "arrange") else stack


def _network(module: Any, stack: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
    if not hasattr(module, "taylor"):
        raise InputError(
            f"The network {type(module).__name__} has no Taylor mode",
            expected="a module with taylor(coefficients, carried, tape)",
            do="Choose solver.derivatives=reverse, which takes any torch.nn.Module",
        )
    return module.taylor(stack, carried, tape)
