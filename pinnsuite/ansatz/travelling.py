"""The ansatz in a moving frame: fields on labels, and where the labels travel, by one network or by two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch

from pinnsuite.ansatz.ansatz import Ansatz, SizedFactory, build_ansatz
from pinnsuite.ansatz.evaluate import evaluate, start_of
from pinnsuite.ansatz.moving import Moving
from pinnsuite.calculus.expression import (
    D,
    Expression,
    constant,
    coordinate,
    data,
    field,
    substitute,
    topological,
)
from pinnsuite.domain.box import Box
from pinnsuite.domain.region import Boundary, Interior, Slice
from pinnsuite.errors import InputError
from pinnsuite.trace import Traced

SAMPLE = 512
STEADY = 0.01  # of the largest speed: the least size of X_t - v, which else is that of what varies in v
STILL = 1e-9  # of the largest speed: what counts as none through a wall
STRAIGHT = 1e-10  # of an equation: what counts as nothing beside transport


def travelling(traced: Traced, network: SizedFactory, *, harmonics: int, hard: bool) -> Ansatz:
    """Fields w(xi, t) as `build_ansatz` makes them, on labels that travel along X = xi + speed (t - t0) d(xi) N(xi, t).

    N are the outputs of the network beyond the fields, one for each axis of space; d vanishes at the walls, which have
    to be closed. The equations X_t = v are left to residuals, in units of what varies in v at the start: a mean flow,
    however fast, leaves them as they are.
    """
    domain = _checked(traced)
    base = build_ansatz(traced, network, harmonics=harmonics, hard=hard, further=len(domain.space))
    at_start = Slice.at(**{domain.time: domain.axes[domain.time].low})
    velocity = _values(traced, base, list(traced.velocity.values()), domain.sample(at_start, SAMPLE, seed=0))
    largest, varying = velocity.abs().amax(0), (velocity - velocity.mean(0)).abs().amax(0)
    speeds = {n: float(speed) or 1.0 for n, speed in zip(domain.space, largest, strict=True)}
    sizes = {n: max(float(v), STEADY * speeds[n]) for n, v in zip(domain.space, varying, strict=True)}
    elapsed = coordinate(domain.time) - domain.axes[domain.time].low
    positions: dict[str, Expression] = {}
    for name, output in zip(domain.space, base.further, strict=True):
        positions[name] = coordinate(name) + speeds[name] * elapsed * (_within(domain, name) * output)
    frame = Moving(domain, positions)
    _refuse_open_walls(traced, base, float(largest.max()))
    equations = {
        f"travel_{n}": (D(positions[n], coordinate(domain.time)) - frame.resolve(v, base.fields), sizes[n])
        for n, v in traced.velocity.items()
    }
    return replace(base, frame=frame, equations=equations)


def _checked(traced: Traced) -> Any:
    """The domain, of a problem that can be followed."""
    domain, problem = traced.domain, traced.problem
    if not traced.velocity:
        raise InputError(
            f"{problem.name} does not say what carries its fields along",
            expected="a method velocity(self, ...) that gives the advecting velocity, such as `return u`",
            do="Declare it, or use solver=pinn",
        )
    ranged = [n for n, a in domain.axes.items() if a.kind == "parameter"]
    if ranged:
        raise InputError("A moving frame takes no ranges of numbers", given=ranged, do="Give each a value")
    if any(c.condition.kind == "integral" for c in traced.conditions):
        raise InputError("A moving frame takes no integral conditions", given=problem.name, do="Use solver=pinn")
    return domain


def _values(
    traced: Traced, ansatz: Ansatz, expressions: Sequence[Expression], points: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """Values of expressions of the fields where labels have not moved, (points, expressions)."""
    fields = {("field", n): e for n, e in ansatz.fields.items()}
    resolved = [substitute(e, fields) for e in expressions]
    return evaluate(resolved, traced.coordinates, points, start_of(traced))


def _within(domain: Any, name: str) -> Expression:
    """What vanishes at the walls of a box across an axis; 1 along a periodic axis, and in a shape."""
    axis, x = domain.axes[name], coordinate(name)
    if axis.periodic or not isinstance(domain, Box):
        return constant(1.0)
    found: Any = (4 / axis.length**2) * ((x - axis.low) * (axis.high - x))
    return found


def _refuse_open_walls(traced: Traced, ansatz: Ansatz, speed: float) -> None:
    domain = traced.domain
    walls = [n for n in domain.space if not domain.axes[n].periodic]
    if not walls:
        return
    points = domain.sample(Boundary(), SAMPLE, seed=0)
    through = sum((traced.velocity[n] * data(f"normal_{n}") for n in domain.space), constant(0.0))
    fastest = float(_values(traced, ansatz, [through], points).abs().max())
    if fastest > STILL * max(speed, 1e-300):
        raise InputError(
            f"Characteristics enter or leave the domain along {' or '.join(walls)}",
            given=f"a velocity of {fastest:.3g} through its ends",
            expected="a periodic axis, or walls with no velocity through them",
            do="Use solver=pinn, or a larger domain that nothing crosses",
        )


def crossing(traced: Traced) -> tuple[float, float] | None:
    """When and where characteristics first meet, t0 - 1 / min v_x at the start, in one dimension of space.

    That holds where they are straight: the equation says u_t + v u_x = 0, and v depends on u alone. None otherwise, and
    where they do not meet in time.
    """
    domain = traced.domain
    if len(domain.space) != 1 or not traced.velocity or domain.time is None or not _straight(traced):
        return None
    (name,), start = domain.space, domain.axes[domain.time].low
    starts = [c for c in traced.conditions if c.condition.kind == "initial" and c.condition.order == 0]
    initial = {("field", n): v for c in starts for n, v in c.values.items()}
    if not initial:
        return None
    x = torch.linspace(domain.axes[name].low, domain.axes[name].high, 4097, dtype=torch.float64)
    velocity = substitute(traced.velocity[name], initial)
    points = {name: x, domain.time: torch.full_like(x, start)}
    speed, slope = evaluate([velocity, D(velocity, coordinate(name))], traced.coordinates, points, start_of(traced)).T
    first = int(slope.argmin())
    if not slope[first] < 0 or start - 1 / slope[first] >= domain.axes[domain.time].high:
        return None
    time = float(start - 1 / slope[first])
    place = float(x[first] + (time - start) * speed[first])
    axis = domain.axes[name]
    return time, axis.low + (place - axis.low) % axis.length if axis.periodic else place


def _straight(traced: Traced) -> bool:
    """Whether the equation is c (u_t + v u_x) = 0 with a number c and v(u), as two functions in place of u tell."""
    (name,) = traced.domain.space
    if len(traced.field_names) > 1 or any(n.op == "coordinate" for n in topological([traced.velocity[name]])):
        return False
    (equation,), (field_name,) = traced.equations.values(), traced.field_names
    x, t, u = coordinate(name), coordinate(traced.domain.time), field(field_name)
    carried = D(u, t) + traced.velocity[name] * D(u, x)
    points = traced.domain.sample(Interior(), SAMPLE, seed=0)
    some: Any = torch.sin(x * (3 / traced.domain.axes[name].length) + t * (2 / traced.domain.axes[t.static].length))
    put = {("field", field_name): 1.5 + some * torch.exp(some)}
    values = evaluate([substitute(e, put) for e in (equation, carried)], traced.coordinates, points, start_of(traced))
    along = (values[:, 0] @ values[:, 1]) / values[:, 1].square().sum()
    return bool((values[:, 0] - along * values[:, 1]).abs().max() < STRAIGHT * values[:, 0].abs().max())
