"""Conditions met by construction: exact at random points for any network; soft, with a note, where they do harm."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from pinnsuite.ansatz.ansatz import Ansatz, build_ansatz
from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.ansatz.kink import without_kinks
from pinnsuite.calculus.expression import D, at, coordinate
from pinnsuite.conditions import Condition, Dirichlet, Initial, Neumann, PointValue
from pinnsuite.domain.box import Axis, Box, Time
from pinnsuite.domain.region import Boundary
from pinnsuite.networks.mlp import MLP
from pinnsuite.parameters import Range, Unknown, number
from pinnsuite.problem import Field, Problem
from pinnsuite.trace import Traced, trace


def make(
    domain: Box,
    conditions: Sequence[Condition],
    fields: tuple[Any, ...] = ("u",),
    equation: Callable[..., Any] | None = None,
) -> Traced:
    def waves(self: Any, u: Any, x: Any) -> Any:
        return D(u, x, x)

    members = {
        "domain": domain,
        "fields": fields,
        "equation": equation or waves,
        "conditions": lambda self: conditions,
    }
    return trace(type("Mine", (Problem,), members)())


def ansatz(traced: Traced, hard: bool = True) -> Ansatz:
    generator = torch.Generator().manual_seed(4)

    def network(groups: Sequence[int], outputs: int) -> torch.nn.Module:
        module = MLP(sum(groups), outputs, width=8, depth=2, generator=generator)
        with torch.no_grad():
            module.layers[-1].bias.fill_(1.7)  # nothing vanishes by chance
        return module

    return build_ansatz(traced, network, harmonics=2, hard=hard)


def violation(traced: Traced, made: Ansatz) -> float:
    """The largest violation of all conditions, at 200 random points of each."""
    worst = 0.0
    for c in traced.conditions:
        points = traced.domain.sample(c.condition.region, 200, seed=5)
        values = evaluate([made.resolve(e) for e in c.residuals.values()], traced.coordinates, points)
        worst = max(worst, float(values.abs().max()))
    return worst


def sine(x: Any) -> Any:
    return torch.sin(math.pi * x)


X, T, Y = Axis(-1.0, 3.0), Time(0.5, 2.0), Axis(0.0, 0.7)
EXACT: dict[str, tuple[Box, list[Condition]]] = {
    "initial": (Box(x=X, t=T), [Initial(u=lambda x: torch.exp(x))]),
    "initial, periodic": (Box(x=Axis(0, 2, periodic=True), t=T), [Initial(u=sine)]),
    "both ends": (Box(x=X), [Dirichlet(Boundary("x", "low"), u=2.0), Dirichlet(Boundary("x", "high"), u=-1.0)]),
    "one end": (Box(x=X), [Dirichlet(Boundary("x", "high"), u=3.0)]),
    "initial and both ends": (Box(x=X, t=T), [Initial(u=sine), Dirichlet(u=0.0)]),
    "initial and moving ends": (
        Box(x=X, t=T),
        [
            Initial(u=lambda x: sine(x) + 0.5),
            Dirichlet(Boundary("x", "low"), u=lambda t: t),
            Dirichlet(Boundary("x", "high"), u=lambda t: torch.cos(t - 0.5) - 0.5),
        ],
    ),
    "initial and one end": (Box(x=X, t=T), [Initial(u=sine), Dirichlet(Boundary("x", "low"), u=lambda t: t - 0.5)]),
    "wave": (Box(x=X, t=T), [Initial(u=sine), Initial(1, u=lambda x: 2 * sine(x)), Dirichlet(u=0.0)]),
    "square": (Box(x=X, y=Y), [Dirichlet(u=lambda x, y: torch.exp(x) * torch.cos(y))]),
    "square, three sides": (
        Box(x=X, y=Y),
        [Dirichlet(Boundary("y"), u=lambda x, y: x * y), Dirichlet(Boundary("x", "low"), u=lambda x, y: x * y)],
    ),
    "square in time": (
        Box(x=X, y=Y, t=T),
        [
            Initial(u=lambda x, y: torch.cos(x) * y),
            Dirichlet(u=lambda x, y, t: torch.cos(x) * y + (t - 0.5) * torch.sin(x * y)),
        ],
    ),
    "cube": (Box(x=X, y=Y, z=Axis(0, 1)), [Dirichlet(u=lambda x, y, z: x * y * z + torch.sin(x + 2 * y - z))]),
    "half periodic": (
        Box(x=Axis(0, 2, periodic=True), y=Y, t=T),
        [Initial(u=lambda x, y: sine(x) * y), Dirichlet(u=lambda x, y: sine(x) * y)],
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_conditions_are_met_for_any_network(name: str) -> None:
    domain, conditions = EXACT[name]
    traced = make(domain, conditions)
    made = ansatz(traced)
    assert not made.soft and not made.notes
    assert violation(traced, made) < 1e-13 * 20  # values reach e^3 = 20
    soft = ansatz(traced, hard=False)
    assert len(soft.soft) == len(conditions) and violation(traced, soft) > 1e-2


@pytest.mark.parametrize("name", EXACT)
def test_the_network_is_free_inside(name: str) -> None:
    """The distance vanishes on the boundary alone, and is of order one."""
    domain, conditions = EXACT[name]
    traced = make(domain, conditions)
    made = ansatz(traced)
    middle = {n: torch.full((1,), (a.low + a.high) / 2, dtype=torch.float64) for n, a in domain.axes.items()}
    before = evaluate([made.fields["u"]], traced.coordinates, middle)
    with torch.no_grad():
        made.network.layers[-1].bias += 1.0  # type: ignore[union-attr, index, operator]
    change = float(evaluate([made.fields["u"]], traced.coordinates, middle) - before) / made.scales["u"]
    assert 0.2 < abs(change) < 5


def test_any_module_serves() -> None:
    domain, conditions = EXACT["initial and both ends"]
    traced = make(domain, conditions)

    def network(groups: Sequence[int], outputs: int) -> torch.nn.Module:
        layers = torch.nn.Linear(sum(groups), 4), torch.nn.Tanh(), torch.nn.Linear(4, outputs)
        return torch.nn.Sequential(*layers).double()

    made = build_ansatz(traced, network, harmonics=1, hard=True)
    assert violation(traced, made) < 1e-12


def test_several_fields_with_their_own_conditions() -> None:
    both = [Initial(u=sine, v=1.0), Dirichlet(Boundary("x", "low"), v=1.0), Neumann(Boundary("x", "high"), u=0.0)]
    traced = make(Box(x=X, t=T), both, ("u", Field("v", scale=3.0, offset=10.0), Field("w", offset=5.0)))
    made = ansatz(traced)
    assert [c.condition.kind for c in made.soft] == ["neumann"]
    hard = [c for c in traced.conditions if c.values]
    points = [traced.domain.sample(c.condition.region, 50, seed=1) for c in hard]
    for c, p in zip(hard, points, strict=True):
        assert evaluate([made.resolve(e) for e in c.residuals.values()], traced.coordinates, p).abs().max() < 1e-13
    assert made.scales == {"u": pytest.approx(1.0, rel=1e-2), "v": 3.0, "w": 1.0}
    p = traced.domain.sample(Boundary("x", "low"), 50, seed=1)
    assert 2 < evaluate([made.fields["w"]], traced.coordinates, p).mean() < 9  # around its offset


def test_corners_that_disagree_leave_the_boundary_soft() -> None:
    traced = make(Box(x=X, t=T), [Initial(u=lambda x: sine(x) + 1.0), Dirichlet(u=0.0)])
    made = ansatz(traced)
    assert [c.condition.kind for c in made.soft] == ["dirichlet"]
    assert made.notes == ("u: initial and boundary values disagree where they meet; the boundary values are soft",)
    points = traced.domain.sample(traced.conditions[0].condition.region, 50, seed=1)
    (initial,) = traced.conditions[0].residuals.values()
    assert evaluate([made.resolve(initial)], traced.coordinates, points).abs().max() < 1e-13


def test_walls_that_disagree_at_corners() -> None:
    """Without initial values as well: lid-driven cavity."""
    walls = [
        Dirichlet(Boundary("x"), u=0.0),
        Dirichlet(Boundary("y", "low"), u=0.0),
        Dirichlet(Boundary("y", "high"), u=1.0),
    ]
    traced = make(Box(x=X, y=Y), walls)
    made = ansatz(traced)
    met = [c for c in traced.conditions if not any(c is s for s in made.soft)]
    for c in met:
        points = traced.domain.sample(c.condition.region, 50, seed=1)
        (residual,) = c.residuals.values()
        assert evaluate([made.resolve(residual)], traced.coordinates, points).abs().max() < 1e-12
    assert [c.name for c in made.soft] == ["dirichlet_y_high"]
    assert made.notes == (
        "u: other values and dirichlet_y_high disagree where they meet; the boundary values are soft",
    )


def kinked(equation: Callable[..., Any], hard: bool | None = None, low: float = -1.0) -> Traced:
    """A periodic problem whose initial slope is +2 at the low end and -2 at the high end."""
    domain = Box(x=Axis(low, low + 2, periodic=True), t=Time(0.5, 1.5))
    start = Initial(u=lambda x: (x - low - 1) ** 2 * torch.cos(math.pi * (x - low - 1)), hard=hard)
    return make(domain, [start], equation=equation)


def allen_cahn(self: Any, u: Any, x: Any, t: Any) -> Any:
    return 3 * (D(u, t) - 1e-3 * D(u, x, x) + 5 * (u**3 - u))


def wave(self: Any, u: Any, x: Any, t: Any) -> Any:
    return D(u, t, t) - D(u, x, x)


def test_a_kink_under_two_equations_for_one_field_is_soft() -> None:
    def twice(self: Any, u: Any, x: Any, t: Any) -> dict[str, Any]:
        return {"first": D(u, t) - D(u, x, x), "second": D(u, x) - u}

    assert [c.condition.kind for c in ansatz(kinked(twice)).soft] == ["initial"]


def test_a_kink_that_nothing_rounds_off_is_soft() -> None:
    made = ansatz(kinked(wave))
    assert [c.condition.kind for c in made.soft] == ["initial"]
    assert "derivative 1 of the initial field jumps by -4 across the periodic boundary of x" in made.notes[0]
    forced = kinked(wave, hard=True)
    assert not ansatz(forced).soft and violation(forced, ansatz(forced)) < 1e-13
    assert len(ansatz(kinked(wave, hard=False)).soft) == 1


def started(**options: Any) -> Traced:
    """A wave with a speed at the start."""
    first = Initial(u=lambda x: torch.sin(math.pi * x), hard=options.get("hard"))
    further = [Initial(order=k, u=lambda x, k=k: k + torch.cos(math.pi * x)) for k in options.get("orders", (1,))]
    return make(Box(x=Axis(-1, 1, periodic=True), t=Time(0.5, 1.5)), [*further, first], equation=wave)


def test_a_start_and_its_derivatives_are_exact_together() -> None:
    traced = started(orders=(1, 2))
    assert not ansatz(traced).soft and violation(traced, ansatz(traced)) < 1e-12


def test_a_derivative_alone_is_soft() -> None:
    """With u soft, an exact u_t would come with u = 0."""
    assert sorted(c.condition.order for c in ansatz(started(hard=False)).soft) == [0, 1]
    assert [c.condition.order for c in ansatz(started(orders=(2,))).soft] == [2]


@pytest.mark.parametrize("low", [-1.0, 0.3])
def test_a_kink_that_diffusion_rounds_off_is_exact_and_then_periodic(low: float) -> None:
    """u0 at the start; after it, u and its derivatives match where the period closes."""
    traced = kinked(allen_cahn, low=low)
    made = ansatz(traced)
    assert not made.soft and "the ansatz contains that kink as diffusion rounds it off" in made.notes[0]
    assert violation(traced, made) < 1e-12
    u, x = made.fields["u"], coordinate("x")
    for k in range(3):
        e = D(u, *[x] * k) if k else u
        points = {n: torch.linspace(0.6, 1.5, 7, dtype=torch.float64) for n in ("x", "t")}
        values = evaluate([at(e, x=low), at(e, x=low + 2)], traced.coordinates, points)
        assert torch.allclose(values[:, 0], values[:, 1], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("time", [1e-4, 0.02])
def test_the_kink_solves_the_linear_equation(time: float) -> None:
    """Without the network, u_t = D u_xx + c u at the kink, c = -10, up to what the smooth rest of u0 does there."""
    traced = kinked(allen_cahn)
    known = without_kinks(traced, "u", traced.conditions[0], [])
    assert known is not None
    g, x, t = known.values["u"], coordinate("x"), coordinate("t")
    near = torch.linspace(0, 3, 20, dtype=torch.float64) * (4e-3 * time) ** 0.5 - 1.0
    points = {"x": near, "t": torch.full((20,), 0.5 + time, dtype=torch.float64)}
    rest, bend = evaluate([D(g, t) - 1e-3 * D(g, x, x) + 10 * (g + 1), 1e-3 * D(g, x, x)], ["x", "t"], points).T
    peak = math.exp(-10 * time) * 0.5 * 4 * (1e-3 / (math.pi * time)) ** 0.5  # of a rounded kink of jump 4
    assert bend.abs().max() == pytest.approx(peak, rel=0.05)
    assert rest.abs().max() < 0.15


def test_what_cannot_be_exact_stays_soft() -> None:
    part = Dirichlet(Boundary("x", where=lambda x, t: t > 1.0), u=0.0)
    traced = make(Box(x=X, t=T), [PointValue({"x": 0.0}, u=1.0), part, Neumann(u=0.0), Dirichlet(u=0.0, hard=False)])
    made = ansatz(traced)
    assert len(made.soft) == 4 and not made.notes


def test_periodic_axes_are_periodic_with_all_derivatives() -> None:
    traced = make(Box(x=Axis(-1, 1, periodic=True), t=T), [])
    made = ansatz(traced)
    u, x = made.fields["u"], coordinate("x")
    e = [at(D(u, *[x] * k) if k else u, x=-1.0) - at(D(u, *[x] * k) if k else u, x=1.0) for k in range(4)]
    points = {n: torch.linspace(0.5, 1, 5, dtype=torch.float64) for n in ("x", "t")}
    assert evaluate(e, traced.coordinates, points).abs().max() < 1e-11


def family(level: Any) -> Traced:
    """A boundary value that is a number of the problem."""

    def equation(self: Any, u: Any, x: Any) -> Any:
        return D(u, x, x) - self.level

    def conditions(self: Any) -> list[Condition]:
        return [Dirichlet(Boundary("x", "low"), u=lambda: self.level), Dirichlet(Boundary("x", "high"), u=0.0)]

    members = {
        "__annotations__": {"level": "float"},
        "level": number(level),
        "domain": Box(x=X),
        "fields": ("u",),
        "equation": equation,
        "conditions": conditions,
    }
    return trace(dataclass(frozen=True)(type("Family", (Problem,), members))())


def test_a_range_is_an_input_of_the_network() -> None:
    traced = family(Range(2.0, 5.0))
    made = ansatz(traced)
    assert traced.coordinates == ["x", "level"] and traced.domain.axes["level"].kind == "parameter"
    assert not made.soft and violation(traced, made) < 1e-12
    points = {"x": torch.full((3,), -1.0).double(), "level": torch.tensor([2.0, 3.0, 5.0]).double()}
    assert torch.allclose(evaluate([made.fields["u"]], traced.coordinates, points)[:, 0], points["level"])


@pytest.mark.parametrize(
    "unknown",
    [
        Unknown(3.0),
        Unknown(3.0, size=0.5),
        Unknown(3.0, scale="log"),
        Unknown(3.0, low=1.0, high=4.0),
        Unknown(3.0, low=1.0, high=4.0, scale="log"),
    ],
)
def test_an_unknown_starts_at_its_first_guess(unknown: Unknown) -> None:
    traced = family(unknown)
    assert traced.unknowns == {"level": unknown}
    start = {"level": torch.tensor(unknown.start, dtype=torch.float64)}
    points = {"x": torch.zeros(2, dtype=torch.float64)}
    made = ansatz(traced)
    assert not made.soft
    low = {"x": torch.full((2,), -1.0, dtype=torch.float64)}
    assert torch.allclose(evaluate([made.fields["u"]], ["x"], low, start), torch.tensor(3.0).double())
    value = unknown.expression("level")
    assert torch.allclose(evaluate([value], ["x"], points, start), torch.tensor(3.0).double(), rtol=1e-14)
    for scaled in (-50.0, 50.0):
        reached = evaluate([value], ["x"], points, {"level": torch.tensor(scaled).double()})
        if unknown.low is not None and unknown.high is not None:
            assert ((reached >= unknown.low - 1e-12) & (reached <= unknown.high + 1e-12)).all()
