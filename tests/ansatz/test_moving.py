"""The moving frame: derivatives through the map against closed forms, labels of places, and what cannot be followed."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import pytest
import torch

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.ansatz.moving import Moving
from pinnsuite.ansatz.travelling import crossing, travelling
from pinnsuite.calculus.expression import D, Expression, at, constant, coordinate, field
from pinnsuite.domain.axis import Axis, Time
from pinnsuite.domain.box import Box
from pinnsuite.domain.region import Interior, Slice
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.parameters import Range
from pinnsuite.problem import Problem
from pinnsuite.problems.burgers import Burgers
from pinnsuite.problems.convection import Convection
from pinnsuite.problems.heat import Heat
from pinnsuite.problems.moving_shock import MovingShock
from pinnsuite.problems.rotation import Rotation
from pinnsuite.trace import trace

X, Y, T = coordinate("x"), coordinate("y"), coordinate("t")
LINE = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))
PLANE = Box(x=Axis(0, 2 * math.pi, periodic=True), y=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1))


def wave(x: Any, t: Any) -> Expression:
    return torch.sin(2 * x + 1) * torch.exp(-t) + torch.cos(x - 3 * t)


def swell(x: Any, y: Any, t: Any) -> Expression:
    return torch.sin(x + 2 * y - t) + torch.cos(2 * x) * torch.exp(torch.sin(y) - t)


LINE_MAP = {"x": X + 5 * T + T * 0.6 * torch.sin(X + T)}
PLANE_MAP = {
    "x": X + 3 * T + 0.4 * T * torch.sin(X + 2 * Y),
    "y": Y - T + 0.3 * T * torch.cos(X - Y + T),
}
ORDERS = ["x", "t", "xx", "xt", "tt", "xxx", "xxt", "xxxx"]
PLANE_ORDERS = ["x", "y", "t", "xx", "xy", "yy", "yt", "xxy", "xyt"]


@pytest.mark.parametrize(
    ("domain", "positions", "known", "by"),
    [(LINE, LINE_MAP, wave, by) for by in ORDERS] + [(PLANE, PLANE_MAP, swell, by) for by in PLANE_ORDERS],
)
def test_derivatives_through_the_map_are_those_in_space(domain, positions, known, by):
    """u(x, t) is known in space; on labels it is u(X(xi, t), t)."""
    frame, along = Moving(domain, positions), [coordinate(n) for n in by]
    labels = domain.sample(Interior(), 200, seed=1)
    carried = known(*positions.values(), T)
    found = evaluate([frame.resolve(D(field("u"), *along), {"u": carried})], list(domain.axes), labels)
    places = dict(zip(positions, frame.places(labels, {}).T, strict=True)) | {"t": labels["t"]}
    wanted = evaluate([D(known(*(coordinate(n) for n in domain.axes)), *along)], list(domain.axes), places)
    assert (found - wanted).abs().max() < 1e-10 * wanted.abs().max()


def test_derivatives_of_products_and_coefficients_that_depend_on_place():
    frame, labels = Moving(LINE, LINE_MAP), LINE.sample(Interior(), 100, seed=2)
    flux = D(torch.exp(torch.sin(X)) * D(field("u"), X), X)
    found = evaluate([frame.resolve(flux, {"u": wave(LINE_MAP["x"], T)})], ["x", "t"], labels)
    places = {"x": frame.places(labels, {})[:, 0], "t": labels["t"]}
    wanted = evaluate([D(torch.exp(torch.sin(X)) * D(wave(X, T), X), X)], ["x", "t"], places)
    assert (found - wanted).abs().max() < 1e-12 * wanted.abs().max()


@pytest.mark.parametrize(
    ("domain", "positions"),
    [
        (LINE, LINE_MAP),
        (LINE, {"x": X + 70 * T + 0.97 * T * torch.sin(X)}),  # the least X_xi is 0.03
        (PLANE, PLANE_MAP),
    ],
)
def test_labels_are_carried_to_the_places_they_are_sought_for(domain, positions):
    frame, points = Moving(domain, positions), domain.sample(Interior(), 3000, seed=3)
    labels = frame.labels(points, {})
    wanted = torch.stack([points[n] for n in positions], dim=1)
    assert (frame.places(labels, {}) - wanted).abs().max() < 2e-13
    assert frame.quality(points, {})["largest_misplacement"] < 2e-13
    assert not frame.folds(labels, {})


def test_what_is_pinned_to_places_does_not_move_with_the_labels():
    """To first order: labels found for one map, read with a slightly different one."""
    shift, points = 1e-4, LINE.sample(Slice.at(x=1.0), 50, seed=4)
    before = Moving(LINE, LINE_MAP)
    after = Moving(LINE, {"x": LINE_MAP["x"] + shift * T * torch.cos(X)})
    assert before.pins(Slice.at(x=1.0)) and not before.pins(Slice.at(t=0.5)) and not before.pins(Interior())
    fields, flux = {"u": wave(after.positions["x"], T)}, D(field("u"), X) * X
    found = evaluate([after.pinned(flux, fields), after.resolve(flux, fields)], ["x", "t"], before.pin(points, {}))
    wanted = evaluate([D(wave(X, T), X) * X], ["x", "t"], points)[:, 0]
    assert (found[:, 0] - wanted).abs().max() < 1e3 * shift**2
    assert (found[:, 1] - wanted).abs().max() > 0.3 * shift


def test_a_folded_map_is_seen():
    frame = Moving(LINE, {"x": X + 1.5 * T * torch.sin(X)})
    assert frame.folds(LINE.sample(Interior(), 500, seed=0), {})


def test_the_stretch_of_a_rotation_is_one():
    cosine, sine = torch.cos(3 * T), torch.sin(3 * T)
    turning = Moving(PLANE, {"x": cosine * X - sine * Y, "y": sine * X + cosine * Y})
    labels = PLANE.sample(Interior(), 50, seed=0)
    assert (evaluate([turning.stretch], ["x", "y", "t"], labels) - 1).abs().max() < 1e-14


def make(problem: Problem) -> Any:
    generator = torch.Generator().manual_seed(1)
    return travelling(
        trace(problem), lambda g, n: MLP(sum(g), n, width=4, depth=1, generator=generator), harmonics=1, hard=True
    )


def test_labels_start_where_they_are():
    ansatz, points = make(MovingShock(c=3.0)), LINE.sample(Interior(), 50, seed=0)
    places = ansatz.frame.places(points | {"t": torch.zeros(50, dtype=torch.float64)}, {})
    assert torch.equal(places[:, 0], points["x"])


def test_closed_walls_stay_where_they_are():
    """-1 and 1 of Burgers' equation, where u = 0; the circle of the turntable is not held, and nothing crosses it."""
    ansatz = make(Burgers())
    ends = {"x": torch.tensor([-1.0, 1.0], dtype=torch.float64), "t": torch.ones(2, dtype=torch.float64)}
    assert torch.equal(ansatz.frame.places(ends, {})[:, 0], ends["x"])
    assert set(make(Rotation()).equations) == {"travel_x", "travel_y"}


class Inviscid(MovingShock):
    domain = Box(x=Axis(0, 2 * math.pi, periodic=True), t=Time(0, 1.5))


class Damped(Inviscid):
    """Speeds fall on the way, u = u0 exp(-5 t), before any label catches up with another."""

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return D(u, t) + u * D(u, x) + 5 * u


class Conserved(Inviscid):
    """The same law as u_t + (u^2 / 2)_x = 0, times a number."""

    def equation(self, u: Any, x: Any, t: Any) -> Any:
        return 3 * D(u, t) + 3 * D(u * u / 2, x)


def test_characteristics_that_bend_are_not_foreseen_to_cross():
    assert crossing(trace(Damped(c=2.0, nu=0.0))) is None
    assert crossing(trace(Conserved(c=2.0, nu=0.0))) == pytest.approx((1.0, math.pi + 2.0), abs=1e-6)


def test_crossing_characteristics_are_foreseen():
    """From sin(x) + c they meet at t = 1 where the label pi has got to."""
    found = crossing(trace(Inviscid(c=2.0, nu=0.0)))
    assert found == pytest.approx((1.0, math.pi + 2.0), abs=1e-6)
    assert crossing(trace(Inviscid(c=2.0, nu=0.01))) is None
    assert crossing(trace(MovingShock(c=2.0, nu=0.0))) is None  # not before the end


class Leaving(Convection):
    domain = Box(x=Axis(0, 1), t=Time(0, 1))


class Averaged(Heat):
    def velocity(self, u: Any) -> Any:
        return {"x": u, "z": u}


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (Heat(), "does not say what carries"),
        (Leaving(c=1.0), "enter or leave the domain along x"),
        (Convection(c=Range(1, 2)), "no ranges"),
        (Averaged(), "every axis of space"),
    ],
)
def test_what_cannot_be_followed_is_refused(problem, message):
    with pytest.raises(InputError, match=message):
        make(problem)


def test_traces_at_a_fixed_place_are_refused():
    for held in ({"x": 0.0}, {"t": 0.0}):
        with pytest.raises(InputError, match="fixed place"):
            Moving(LINE, LINE_MAP).resolve(at(field("u"), **held), {"u": constant(1.0)})


def test_a_velocity_is_traced_by_axis():
    for c, nu in itertools.product((0.0, 2.0), (0.0, 0.1)):
        assert list(trace(Convection(c=c, nu=nu)).velocity) == ["x"]
    assert not trace(dataclasses.replace(Heat())).velocity
