"""The fields of a problem as expressions of coordinates and one network."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch

from pinnsuite.ansatz.embedding import inputs_of
from pinnsuite.ansatz.evaluate import evaluate, start_of
from pinnsuite.ansatz.frame import Frame, Rest
from pinnsuite.ansatz.hard import Exact, can_be_exact, exact
from pinnsuite.ansatz.kink import without_kinks
from pinnsuite.ansatz.symmetry import check_symmetry, symmetric_outputs
from pinnsuite.calculus.expression import Expression, call, constant, substitute
from pinnsuite.domain.box import Box
from pinnsuite.domain.region import Boundary, Interior
from pinnsuite.trace import Traced, TracedCondition

NetworkFactory = Callable[[Sequence[int], int, torch.Generator, torch.dtype], torch.nn.Module]
"""A network from the number of its inputs by coordinate and the number of its outputs."""
SizedFactory = Callable[[Sequence[int], int], torch.nn.Module]


@dataclass(frozen=True)
class Ansatz:
    """Fields as expressions, the network in them, the conditions left to residual blocks, and what was decided.

    further: outputs of the network beyond the fields. equations: what the frame needs of them, with the typical size.
    """

    fields: Mapping[str, Expression]
    network: torch.nn.Module
    soft: tuple[TracedCondition, ...]
    scales: Mapping[str, float]
    notes: tuple[str, ...]
    further: tuple[Expression, ...] = ()
    frame: Frame = field(default_factory=Rest)
    equations: Mapping[str, tuple[Expression, float]] = field(default_factory=dict)

    def resolve(self, expression: Expression) -> Expression:
        """An expression of fields with the fields replaced by this ansatz."""
        return self.frame.resolve(expression, self.fields)


def build_ansatz(
    traced: Traced,
    network: SizedFactory,
    *,
    harmonics: int,
    hard: bool,
    further: int = 0,
    symmetric: bool = False,
    layers: bool = False,
) -> Ansatz:
    """u_i = G_i + scale_i d_i N_i for every field, with G_i and d_i from the conditions that can be met exactly.

    ``symmetric`` and ``layers``: N has the symmetry, and sees the layers, that the problem declares; not where N is a
    series: half of its coefficients would be silent, and its functions are of the coordinates as they are.
    """
    notes: list[str] = []
    exacts = {name: _exact(traced, name, hard, notes) for name in traced.field_names}
    scales = {f.name: f.scale or _typical(exacts[f.name].known, traced) for f in traced.problem.field_list()}
    parity = traced.problem.symmetry if symmetric else {}
    across = traced.problem.layers if layers else {}
    count = len(exacts) + further

    def inputs(mirrored: Collection[str] = ()) -> list[list[Expression]]:
        return [
            inputs_of(n, axis, harmonics, layers=across.get(n, ()), mirrored=n in mirrored)
            for n, axis in traced.domain.axes.items()
        ]

    module = network([len(group) for group in inputs()], count)
    if (across or parity) and getattr(module, "fixed_functions", False):
        left = " and ".join(n for n, d in (("symmetry", parity), ("layers", across)) if d)
        notes.append(f"{type(module).__name__} takes coordinates as they are: {left} left out")
        across, parity = {}, {}
        module = network([len(group) for group in inputs()], count)
    found = symmetric_outputs(
        list(exacts), parity, lambda mirrored: call(module, [e for group in inputs(mirrored) for e in group], count)
    )
    outputs = dict(zip(exacts, found, strict=False))
    offsets = {f.name: f.offset for f in traced.problem.field_list()}
    fields = {
        name: e.known + (offsets[name] if not e.met else 0.0) + (scales[name] * outputs[name]) * e.distance
        for name, e in exacts.items()
    }
    check_symmetry(traced, fields, parity)
    # a condition on several fields is met when it is met for each of them
    soft = tuple(
        c
        for c in traced.conditions
        if not (c.values and all(any(c is m for m in exacts[name].met) for name in c.values))
    )
    return Ansatz(fields, module, soft, scales, tuple(notes), tuple(found[len(exacts) :]))


def _exact(traced: Traced, name: str, hard: bool, notes: list[str]) -> Exact:
    """The exact part of one field: as many conditions as can be met without harm."""
    none = Exact(constant(0.0), constant(1.0), ())
    box = traced.domain
    if not hard or not isinstance(box, Box):
        return none
    wanted = [c for c in traced.conditions if can_be_exact(c) and name in c.values]
    # the initial values first: where conditions disagree, the later ones are left to residuals
    met: list[TracedCondition] = []
    kept: list[TracedCondition] = []
    for c in sorted((c for c in wanted if c.condition.kind == "initial"), key=lambda c: c.condition.order):
        smooth = without_kinks(traced, name, c, notes) if c.condition.order == len(kept) else None
        if smooth is not None:  # u before u_t: t N would take a start of its own from the network
            met.append(c)
            kept.append(smooth)
    for c in (c for c in wanted if c.condition.kind != "initial"):
        if _all_met(exact(name, box, [*kept, c]), [*kept, c], name, traced):
            kept.append(c)
            met.append(c)
        else:
            first = "initial and boundary values" if c.condition.region == Boundary() else f"other values and {c.name}"
            notes.append(f"{name}: {first} disagree where they meet; the boundary values are soft")
    return replace(exact(name, box, kept), met=tuple(met))


def _all_met(result: Exact, conditions: Sequence[TracedCondition], name: str, traced: Traced) -> bool:
    """Whether G alone takes all prescribed values; the distance makes sure that the network does not change them."""
    for c in conditions:
        points = traced.domain.sample(c.condition.region, 256, seed=0)
        left_over = substitute(c.residuals[name], {("field", name): result.known})
        values = evaluate([left_over, c.values[name]], traced.coordinates, points, start_of(traced))
        if not bool(values[:, 0].abs().max() < 1e-9 * (1 + values[:, 1].abs().max())):
            return False
    return True


def _typical(known: Expression, traced: Traced) -> float:
    points = traced.domain.sample(Interior(), 512, seed=0)
    size = float(evaluate([known], traced.coordinates, points, start_of(traced)).abs().max())
    return size if size > 0 else 1.0
