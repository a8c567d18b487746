"""The fields of a problem as expressions of coordinates and one network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from pinnsuite.ansatz.embedding import embed
from pinnsuite.ansatz.hard import Exact, can_be_exact, exact
from pinnsuite.calculus.expression import D, Expression, call, constant, coordinate, substitute, topological
from pinnsuite.calculus.program import Program
from pinnsuite.calculus.reverse import ReverseProgram
from pinnsuite.calculus.tape import Tape
from pinnsuite.calculus.taylor import TaylorProgram
from pinnsuite.domain.box import Box
from pinnsuite.domain.region import Boundary, Interior
from pinnsuite.trace import Traced, TracedCondition

NetworkFactory = Callable[[int, int, torch.Generator, torch.dtype], torch.nn.Module]
SizedFactory = Callable[[int, int], torch.nn.Module]


@dataclass(frozen=True)
class Ansatz:
    """Fields as expressions, the network in them, the conditions left to residual blocks, and what was decided."""

    fields: Mapping[str, Expression]
    network: torch.nn.Module
    soft: tuple[TracedCondition, ...]
    scales: Mapping[str, float]
    notes: tuple[str, ...]

    def resolve(self, expression: Expression) -> Expression:
        """An expression of fields with the fields replaced by this ansatz."""
        return substitute(expression, {("field", n): e for n, e in self.fields.items()})


def build_ansatz(traced: Traced, network: SizedFactory, *, harmonics: int, hard: bool) -> Ansatz:
    """u_i = G_i + scale_i d_i N_i for every field, with G_i and d_i from the conditions that can be met exactly."""
    notes: list[str] = []
    exacts = {name: _exact(traced, name, hard, notes) for name in traced.field_names}
    scales = {f.name: f.scale or _typical(exacts[f.name].known, traced) for f in traced.problem.field_list()}
    inputs = embed(traced.domain.axes, harmonics)
    module = network(len(inputs), len(exacts))
    outputs = dict(zip(exacts, call(module, inputs, len(exacts)), strict=True))
    offsets = {f.name: f.offset for f in traced.problem.field_list()}
    fields = {
        name: e.known + (offsets[name] if not e.met else 0.0) + (scales[name] * outputs[name]) * e.distance
        for name, e in exacts.items()
    }
    # a condition on several fields is met when it is met for each of them
    soft = tuple(
        c
        for c in traced.conditions
        if not (c.values and all(any(c is m for m in exacts[name].met) for name in c.values))
    )
    return Ansatz(fields, module, soft, scales, tuple(notes))


def _exact(traced: Traced, name: str, hard: bool, notes: list[str]) -> Exact:
    """The exact part of one field: as many conditions as can be met without harm."""
    none = Exact(constant(0.0), constant(1.0), ())
    box = traced.domain
    if not hard or not isinstance(box, Box):
        return none
    wanted = [c for c in traced.conditions if can_be_exact(c) and name in c.values]
    rough = [c for c in wanted if c.condition.kind == "initial" and _kinks(traced, name, c, notes)]
    wanted = [c for c in wanted if not any(c is r for r in rough)]
    # the initial values first: where conditions disagree, the later ones are left to residuals
    kept = [c for c in wanted if c.condition.kind == "initial"]
    for c in (c for c in wanted if c.condition.kind != "initial"):
        if _all_met(exact(name, box, [*kept, c]), [*kept, c], name, traced):
            kept.append(c)
        else:
            first = "initial and boundary values" if c.condition.region == Boundary() else f"other values and {c.name}"
            notes.append(f"{name}: {first} disagree where they meet; the boundary values are soft")
    return exact(name, box, kept)


def _kinks(traced: Traced, name: str, condition: TracedCondition, notes: list[str]) -> bool:
    """Whether prescribed initial data break the periodicity of a derivative that the equation needs.

    Then G + t N would keep the kink at the boundary for all time, and no interior point would see it.
    """
    if condition.condition.hard:
        return False
    for axis_name, axis in traced.domain.axes.items():
        if not axis.periodic:
            continue
        value, x = condition.values[name], coordinate(axis_name)
        orders = range(_highest_order(traced, axis_name))
        derivatives = [D(value, *[x] * k) if k else value for k in orders]
        ends = {n: torch.full((2,), a.low, dtype=torch.float64) for n, a in traced.domain.axes.items()}
        ends[axis_name] = torch.tensor([axis.low, axis.high], dtype=torch.float64)
        values = evaluate(derivatives, traced.coordinates, ends, _start(traced))
        for k, (low, high) in enumerate(values.T):
            if abs(low - high) * axis.scale**k > 1e-8 * max(1.0, float(values[:, 0].abs().max())):
                notes.append(
                    f"{name}: derivative {k} of the initial field jumps by {float(high - low):.3g} across the periodic "
                    f"boundary of {axis_name}; the initial condition is soft, because an exact one would keep that kink"
                )
                return True
    return False


def _highest_order(traced: Traced, axis: str) -> int:
    orders = [
        sum(order for n, order in node.static if n == axis)
        for node in topological(list(traced.equations.values()))
        if node.op == "D"
    ]
    return max(orders, default=1)


def _all_met(result: Exact, conditions: Sequence[TracedCondition], name: str, traced: Traced) -> bool:
    """Whether G alone takes all prescribed values; the distance makes sure that the network does not change them."""
    for c in conditions:
        points = traced.domain.sample(c.condition.region, 256, seed=0)
        left_over = substitute(c.residuals[name], {("field", name): result.known})
        values = evaluate([left_over, c.values[name]], traced.coordinates, points, _start(traced))
        if not bool(values[:, 0].abs().max() < 1e-9 * (1 + values[:, 1].abs().max())):
            return False
    return True


def _start(traced: Traced) -> dict[str, torch.Tensor]:
    return {n: torch.tensor(u.start, dtype=torch.float64) for n, u in traced.unknowns.items()}


def _typical(known: Expression, traced: Traced) -> float:
    points = traced.domain.sample(Interior(), 512, seed=0)
    size = float(evaluate([known], traced.coordinates, points, _start(traced)).abs().max())
    return size if size > 0 else 1.0


def evaluate(
    expressions: Sequence[Expression],
    coordinates: Sequence[str],
    points: Mapping[str, torch.Tensor],
    parameters: Mapping[str, torch.Tensor] | None = None,
    chunk: int = 4096,
) -> torch.Tensor:
    """Values of expressions at points without gradients, (points, expressions); any torch.nn.Module will do."""
    networks = [n.static for n in topological(expressions) if n.op == "call"]
    reader = TaylorProgram if all(hasattr(n, "taylor") for n in networks) else ReverseProgram
    program: Program = reader(expressions, coordinates)
    size = len(points[coordinates[0]])
    parts = []
    with torch.no_grad():
        for start in range(0, size, chunk):
            prepared = program.prepare({k: v[start : start + chunk] for k, v in points.items()})
            parts.append(program(prepared, parameters or {}, Tape()))
    return torch.cat(parts)
