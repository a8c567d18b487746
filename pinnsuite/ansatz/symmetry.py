"""Networks that are even or odd about the middle of an axis, whatever their weights."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Collection, Mapping, Sequence

from pinnsuite.ansatz.evaluate import evaluate, start_of
from pinnsuite.calculus.expression import Expression, substitute
from pinnsuite.domain.region import Interior
from pinnsuite.errors import InputError
from pinnsuite.trace import Traced

NEAR = 1e-6  # of the largest value: what two sides may differ by, that of a start handed over included

Parity = Mapping[str, Mapping[str, int]]
"""{axis: {field: 1 if it is even about the middle of the axis, -1 if it is odd}}."""


def symmetric_outputs(
    names: Sequence[str],
    parity: Parity,
    network: Callable[[Collection[str]], Sequence[Expression]],
) -> list[Expression]:
    """N(x), or (N(x) + s N(-x))/2 with s = 1 or -1 for each axis x, of the fields ``names`` and further outputs.

    ``network`` gives the outputs with some axes mirrored about their middle. Every further axis doubles the number of
    times that it is evaluated; as many points less do as well.
    """
    for axis, signs in parity.items():
        if set(signs) != set(names):
            raise InputError(f"The symmetry in {axis} has to name every field", given=dict(signs), expected=list(names))
    outputs = list(network(()))
    for turned in itertools.chain.from_iterable(itertools.combinations(parity, k + 1) for k in range(len(parity))):
        image = network(turned)
        for i, name in enumerate(names):
            outputs[i] = outputs[i] + math.prod(parity[axis][name] for axis in turned) * image[i]
    return [2.0 ** -len(parity) * e for e in outputs] if parity else outputs


def check_symmetry(traced: Traced, fields: Mapping[str, Expression], parity: Parity) -> None:
    """Raise `InputError` where fields with random networks, or the equations of them, do not have the symmetry."""
    points, start = traced.domain.sample(Interior(), 256, seed=0), start_of(traced)
    equations = {n: substitute(e, {("field", f): u for f, u in fields.items()}) for n, e in traced.equations.items()}
    for axis, signs in parity.items():
        line = traced.domain.axes[axis]
        image = {**points, axis: line.low + line.high - points[axis]}
        for name, expression in [*fields.items(), *equations.items()]:
            here, there = (evaluate([expression], traced.coordinates, p, start)[:, 0] for p in (points, image))
            sign = signs.get(name, float((here * there).sum().sign()))
            if float((here - sign * there).abs().max()) > NEAR * float(here.abs().max()):
                raise InputError(
                    f"{traced.problem.name} is not symmetric in {axis}: {name} differs on its two sides",
                    given=f"symmetry = {dict(parity)}",
                    do="Set solver.symmetric=false, or correct the problem's symmetry",
                )
