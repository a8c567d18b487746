"""How large a residual typically is, from the sizes of what it is made of: its unit in a non-dimensional loss."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch

from pinnsuite.calculus.expression import Expression
from pinnsuite.calculus.indices import MultiIndex, factorial
from pinnsuite.calculus.jet import Coefficient, Jet, number, variable
from pinnsuite.calculus.leaves import Fixed, read
from pinnsuite.calculus.terms import additive_terms
from pinnsuite.domain.axis import Axis
from pinnsuite.parameters import Range, Unknown

if TYPE_CHECKING:
    from pinnsuite.trace import Traced

COUNT = 64


def typical(expression: Expression, traced: Traced, field_scales: Mapping[str, float]) -> float:
    """The largest typical magnitude of a residual's additive terms; always finite and positive.

    A field is worth offset + scale and its derivatives scale / (axis scales), coordinates run over the domain, and
    parameters have their first values. All are signed, so that exp(-E / (R T)) is what it is; only the terms lose
    their sign. The median over coordinates is taken, or the root mean square where that is zero; 1 if nothing is
    left. ``expression`` comes from `trace` without ``symbolic``: the parameters in it are the scaled trained numbers.
    """
    axes: dict[str, Axis] = dict(traced.domain.axes)
    names = list(axes)
    # midpoints of equal cells, in a different order on every axis: no point lies on a boundary or on a diagonal
    middles = (torch.arange(COUNT, dtype=torch.float64) + 0.5) / COUNT
    steps = [1 + 2 * ((37 * i + 11) % 32) for i in range(len(names))]
    points = {
        n: axes[n].low + axes[n].length * middles[torch.arange(COUNT) * step % COUNT]
        for n, step in zip(names, steps, strict=True)
    }
    offsets, functions = {f.name: f.offset for f in traced.problem.field_list()}, traced.problem.functions()

    def leaf(fixed: Fixed, node: Expression) -> Jet:
        match node.op:
            case "coordinate":
                return variable(dict(fixed).get(node.static, points[node.static]), names.index(node.static))
            case "parameter":
                return number(_first_value(traced, node.static))
            case "field":
                return _leaf(offsets.get(node.static, 0.0), field_scales.get(node.static, 1.0), list(axes.values()))
            case "output":
                return _leaf(0.0, 1.0, list(axes.values()))
            case "function":
                spec = functions[node.static]
                return _leaf(spec.initial, spec.initial if spec.positive else spec.size, list(axes.values()))
        return number(1.0)

    sizes = []
    for term in additive_terms(expression):
        value = torch.as_tensor(_number(read(term, names, leaf)[(0,) * len(names)]), dtype=torch.float64).abs()
        for size in (value.quantile(0.5), value.square().mean().sqrt()):
            if math.isfinite(float(size)) and float(size) > 0:
                sizes.append(float(size))
                break
    return max(sizes, default=1.0)


def _leaf(offset: float, scale: float, axes: list[Axis]) -> Jet:
    def rule(a: MultiIndex) -> Coefficient:
        if not any(a):
            return offset + scale
        return scale / math.prod(axis.scale**order for axis, order in zip(axes, a, strict=True)) / factorial(a)

    return Jet(rule)


def _first_value(traced: Traced, name: str) -> float:
    if name in traced.unknowns:
        return traced.unknowns[name].start
    value = traced.problem.numbers().get(name, 1.0)
    return 1.0 if isinstance(value, Unknown | Range) else float(value)


def _number(value: Coefficient) -> torch.Tensor | float:
    return 0.0 if value is None else value
