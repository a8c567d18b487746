"""How strongly unknown functions bend, along each of their arguments."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch

from pinnsuite.ansatz.functions import called, seen_of
from pinnsuite.calculus.expression import D, Expression, call, coordinate, data
from pinnsuite.trace import Traced

WAVE = 4 * math.pi  # what goes up and down twice along an interval, by one, has the curvature (4 pi / length)^2
STEP = 1 / 32  # of the interval: the distance of differences along what is no coordinate
PLACES = 64  # at which those are taken


@dataclass(frozen=True)
class Bends:
    """An expression for each argument of a function; and columns of numbers, (64,) each, for those that are no
    coordinates."""

    expressions: Sequence[Expression]
    columns: Mapping[str, torch.Tensor] = field(default_factory=dict)


def bends(traced: Traced) -> dict[str, Bends]:
    """The second derivatives of what the network of each unknown function gives, along each of its arguments, times
    (length/(4 pi))^2: of the size of one where it goes up and down twice along the axis, by one.

    Along an argument that is no coordinate, such as a field, it is the second difference of a 32nd of the interval
    ``over``, at numbers that are spread over it.
    """
    return {name: _bends(traced, name) for name in traced.functions}


def _bends(traced: Traced, name: str) -> Bends:
    arguments, (low, high) = called(traced, name).args, traced.problem.functions()[name].over
    given = {i: data(f"{name}_argument_{i}") for i, a in enumerate(arguments) if a.op != "coordinate"}
    middle, step, found = _network(traced, name, arguments, given), STEP * (high - low), []
    for i, a in enumerate(arguments):
        if i in given:
            down, up = (_network(traced, name, arguments, {**given, i: given[i] + s * step}) for s in (-1, 1))
            found.append((down - 2 * middle + up) * (1 / (STEP * WAVE)) ** 2)
        else:
            length = traced.domain.axes[a.static].length
            found.append(D(middle, *[coordinate(a.static)] * 2) * (length / WAVE) ** 2)
    if not given:
        return Bends(found)
    spread = torch.quasirandom.SobolEngine(len(given), scramble=True, seed=0).draw(PLACES, dtype=torch.float64).T
    return Bends(found, {c.static: low + (high - low) * u for c, u in zip(given.values(), spread, strict=True)})


def _network(traced: Traced, name: str, arguments: Sequence[Expression], given: Mapping[int, Expression]) -> Expression:
    """What the network of a function gives at its arguments, some of them given."""
    spec = traced.problem.functions()[name]
    inputs = [e for i, a in enumerate(arguments) for e in seen_of(a, given.get(i, a), traced, spec)]
    (output,) = call(traced.functions[name], inputs, 1)
    return output
