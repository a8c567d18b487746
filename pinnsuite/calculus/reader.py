"""One pass of a Taylor program over its graph: every node as a jet, its coefficients worked out when asked for."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from pinnsuite.calculus.expression import Expression, held
from pinnsuite.calculus.indices import LowerSet, MultiIndex
from pinnsuite.calculus.jet import Coefficient, Jet, combine, number, restrict, shift, variable
from pinnsuite.calculus.prepared import Fixed, Key, Plan, Prepared
from pinnsuite.calculus.tape import Tape
from pinnsuite.errors import InputError

if TYPE_CHECKING:
    from pinnsuite.calculus.taylor import TaylorProgram


class Reader:
    """From points (static parts, dry run) or from prepared parts (training)."""

    def __init__(
        self,
        program: TaylorProgram,
        *,
        points: Mapping[str, torch.Tensor] | None = None,
        prepared: Prepared | None = None,
        parameters: Mapping[str, torch.Tensor] | None = None,
        tape: Tape | None = None,
        plan: Plan | None = None,
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
        """A node, where some coordinates are held."""
        key = (fixed, identity)
        if key not in self.memo:
            self.memo[key] = self._read(fixed, self.nodes[identity])
        return self.memo[key]

    def _argument(self, fixed: Fixed, user: Expression, argument: Expression) -> Jet:
        """A static part used by a dynamic one is recorded (dry run) or looked up (training)."""
        program = self.program
        key = (fixed, id(argument))
        crosses = id(argument) not in program.dynamic and id(user) in program.dynamic
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
            still = not any(id(a) in self.program.dynamic for a in call.args)
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
            if inner is not None and len(run) > 1 and (self.prepared is None or id(inner) in self.program.dynamic):
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


def arranged(module: Any, stack: torch.Tensor) -> Any:
    """Inputs of a network as it likes to have them."""
    return module.arrange(stack) if hasattr(module, "arrange") else stack


def _network(module: Any, stack: torch.Tensor, carried: LowerSet, tape: Tape) -> torch.Tensor:
    if not hasattr(module, "taylor"):
        raise InputError(
            f"The network {type(module).__name__} has no Taylor mode",
            expected="a module with taylor(coefficients, carried, tape)",
            do="Choose solver.derivatives=reverse, which takes any torch.nn.Module",
        )
    return module.taylor(stack, carried, tape)
