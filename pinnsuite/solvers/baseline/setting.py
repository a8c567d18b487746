"""The problem in DeepXDE's terms: geometry, points, and conditions on sets of points."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.calculus.expression import Expression, topological
from pinnsuite.domain.region import Slice
from pinnsuite.domain.shape import Shape
from pinnsuite.errors import InputError
from pinnsuite.solvers.baseline.known import NOT_KNOWN, hoist
from pinnsuite.solvers.baseline.read import Reader
from pinnsuite.trace import Traced, TracedCondition


@dataclass(frozen=True)
class Counts:
    """Points inside, on the boundary and at the start, as in DeepXDE's data classes."""

    domain: int
    boundary: int
    initial: int


def usual_counts(traced: Traced) -> Counts:
    """What DeepXDE's examples take: Lorenz; Burgers and heat; Kovasznay flow; and a fifth of its Beltrami flow."""
    if len(traced.coordinates) == 1:
        return Counts(400, 2, 1)
    if len(traced.coordinates) == 2:
        return Counts(2540, 80, 160) if len(traced.field_names) == 1 else Counts(2601, 400, 400)
    return Counts(10_000, 1000, 1000)


def column_order(traced: Traced) -> list[str]:
    """Coordinates as DeepXDE wants them: space (and parameters), then time."""
    time = traced.domain.time
    return [n for n in traced.coordinates if n != time] + ([time] if time else [])


def geometry(dde: Any, domain: Any) -> Any:
    """The domain as a DeepXDE geometry."""
    lows, highs = ([getattr(a, end) for a in domain.axes.values() if a.kind != "time"] for end in ("low", "high"))
    time = dde.geometry.TimeDomain(domain.axes[domain.time].low, domain.axes[domain.time].high) if domain.time else None
    if isinstance(domain, Shape):
        place = domain.geometry.build(dde)
    elif not lows:
        return time
    elif len(lows) == 1:
        place = dde.geometry.Interval(lows[0], highs[0])
    else:
        kind = {2: dde.geometry.Rectangle, 3: dde.geometry.Cuboid}.get(len(lows), dde.geometry.Hypercube)
        place = kind(lows, highs)
    return dde.geometry.GeometryXTime(place, time) if time else place


def make_data(
    dde: Any,
    traced: Traced,
    soft: Sequence[TracedCondition],
    reader: Reader,
    counts: Counts,
    distribution: str,
    seed: int,
) -> Any:
    """``dde.data.TimePDE`` or ``PDE`` with the traced equations as its residual and the soft conditions."""
    equations, known = hoist(list(traced.equations.values()))

    def residual(inputs: torch.Tensor, outputs: torch.Tensor) -> list[torch.Tensor]:
        return reader(equations, inputs, outputs)

    def residual_with_known(inputs: torch.Tensor, outputs: torch.Tensor, columns: torch.Tensor) -> list[torch.Tensor]:
        return reader(equations, inputs, outputs, {n: columns[:, i : i + 1] for i, n in enumerate(known)})

    place = geometry(dde, traced.domain)
    arguments: dict[str, Any] = {
        "num_domain": counts.domain,
        "num_boundary": counts.boundary,
        "train_distribution": distribution,
    }
    if known:
        arguments["auxiliary_var_function"] = lambda x: _values(list(known.values()), reader.coordinates, x)
    pde = residual_with_known if known else residual
    bcs = _conditions(dde, traced, soft, reader, counts, seed)
    if isinstance(place, dde.geometry.GeometryXTime):
        return dde.data.TimePDE(place, pde, bcs, num_initial=counts.initial, **arguments)
    return dde.data.PDE(place, pde, bcs, **arguments)


def _conditions(
    dde: Any, traced: Traced, soft: Sequence[TracedCondition], reader: Reader, counts: Counts, seed: int
) -> list[Any]:
    """Each residual of each soft condition on its own points: prescribed values, or any operator."""
    result: list[Any] = []
    start = 0
    for c in soft:
        count = counts.initial if isinstance(c.condition.region, Slice) else counts.boundary
        key = zlib.crc32(f"{seed} {c.name} {len(result)}".encode())
        points = traced.domain.sample(c.condition.region, count, key)
        place = np.stack([points[n].numpy() for n in reader.coordinates], axis=1)
        if not len(place):
            raise InputError(f"The {c.name} condition has no points", do="Give the baseline more boundary_points")
        for name, residual in c.residuals.items():
            value = c.values.get(name)
            if value is not None and c.condition.order == 0 and _is_known(value):
                values = _values([value], reader.coordinates, place)
                result.append(dde.icbc.PointSetBC(place, values, component=list(reader.fields).index(name)))
            else:
                operator = _operator(residual, reader, slice(start, start + len(place)), points)
                result.append(dde.icbc.PointSetOperatorBC(place, 0.0, operator))
            start += len(place)
    return result


def _operator(residual: Expression, reader: Reader, rows: slice, points: Mapping[str, torch.Tensor]) -> Any:
    """A residual for ``PointSetOperatorBC``, which uses these rows of its answer only."""

    def function(inputs: torch.Tensor, outputs: torch.Tensor, _: np.ndarray) -> torch.Tensor:
        known = {n: v[:, None].to(inputs) for n, v in points.items() if n not in reader.coordinates}
        (values,) = reader([residual], inputs[rows], None, known)
        return torch.nn.functional.pad(values, (0, 0, rows.start, len(inputs) - rows.stop))

    return function


def _is_known(expression: Expression) -> bool:
    return all(n.op not in NOT_KNOWN for n in topological([expression]))


def _values(expressions: Sequence[Expression], coordinates: Sequence[str], place: np.ndarray) -> np.ndarray:
    """Values of functions of coordinates, (points, expressions), in the type of ``place``."""
    columns = {n: torch.as_tensor(place[:, i], dtype=torch.float64, device="cpu") for i, n in enumerate(coordinates)}
    return evaluate(expressions, coordinates, columns).numpy().astype(place.dtype)
