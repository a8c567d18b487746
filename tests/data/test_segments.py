"""Averages and integrals along segments: their nodes, what tells them apart, units, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.polynomial import Polynomial

from pinnsuite import Axis, Box, D, Field, Problem, Time
from pinnsuite.data.measured import Measured
from pinnsuite.data.observations import Observations
from pinnsuite.domain.shape import Disk, Rectangle, Shape
from pinnsuite.errors import InputError
from pinnsuite.report.check_data import check_data
from pinnsuite.solvers.deepxde import DeepXDE

Read = Callable[..., Measured]
TO = {"x": "x_end", "y": "y_end"}
NAMES = "x,y,t,x_end,y_end,T"
ROWS = np.array([[0.1, 0.2, 0.5, 0.9, 0.6, 1.0], [0.1, 0.2, 0.5, 0.4, 0.6, 5.0], [0.5, 0.1, 0.2, 0.5, 0.1, 2.0]])


class Plate(Problem):
    domain = Box(x=Axis(0, 1, unit="m"), y=Axis(0, 1, unit="m"), t=Time(0, 1, unit="s"))
    fields = (Field("T", unit="K"),)

    def equation(self, T: Any, x: Any, y: Any, t: Any) -> Any:
        return D(T, t) - D(T, x, x) - D(T, y, y)


class Holed(Problem):
    domain = Shape(Disk((0, 0), 1.0) - Disk((0, 0), 0.3))
    fields = ("u",)

    def equation(self, u: Any, x: Any, y: Any) -> Any:
        return D(u, x, x) + D(u, y, y)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Rows as a file, and its only field as measurements."""

    def reading(names: str, rows: np.ndarray, problem: Problem | None = None, **options: Any) -> Measured:
        np.savetxt(tmp_path / "a.csv", rows, delimiter=",", header=names, comments="")
        (m,) = Observations(str(tmp_path / "a.csv"), **{"to": TO, **options}).read(problem or Plate())
        return m

    return reading


def columns(**given: np.ndarray) -> dict[str, torch.Tensor]:
    return {n: torch.tensor(x, dtype=torch.float64) for n, x in given.items()}


def averages(m: Measured, f: Callable[[Mapping[str, torch.Tensor]], torch.Tensor]) -> np.ndarray:
    """Of a function of coordinates, as a fit takes them."""
    return -m.misfit(f(m.nodes()[0])).numpy() + m.values.numpy()


def test_polynomials_are_averaged_exactly() -> None:
    """x^3 y^4 t^2 along segments in the plane, and over a box in time."""
    rng = np.random.default_rng(0)
    x, y, t, x_end, y_end = rng.uniform(size=(5, 7))
    x_end[3], y_end[3] = x[3], y[3]  # a point
    m = Measured(
        "u", columns(x=x, y=y, t=t), torch.zeros(7), None, "a test", over={"t": 0.2}, to=columns(y=y_end, x=x_end)
    )
    along = [
        float((Polynomial([a, c - a]) ** 3 * Polynomial([b, d - b]) ** 4).integ()(1.0))
        for a, b, c, d in zip(x, y, x_end, y_end, strict=True)
    ]
    found = averages(m, lambda p: p["x"] ** 3 * p["y"] ** 4 * p["t"] ** 2)
    np.testing.assert_allclose(found, np.array(along) * (t**2 + 0.2**2 / 12), rtol=1e-12)
    assert found[3] == pytest.approx(x[3] ** 3 * y[3] ** 4 * (t[3] ** 2 + 0.2**2 / 12), rel=1e-12)
    turned = torch.arange(6, -1, -1)
    nodes, weights = m.nodes(turned)
    for n, each in m.nodes()[0].items():
        assert torch.equal(nodes[n].view(7, -1), each.view(7, -1)[turned])
    assert float(weights.sum()) == pytest.approx(1.0, abs=1e-14)


def test_a_segment_along_an_axis_is_a_box() -> None:
    """The same nodes and weights; a short one needs few."""
    rng = np.random.default_rng(1)
    x, y = rng.uniform(size=(2, 9))
    for length in (0.5, 1e-3):
        box = Measured("u", columns(x=x, y=y), torch.zeros(9), None, "a test", over={"y": length})
        line = Measured("u", columns(x=x, y=y - length / 2), torch.zeros(9), None, "", to=columns(y=y + length / 2))
        (nodes, weights), (others, same) = box.nodes(), line.nodes()
        assert torch.equal(weights, same) and (len(weights) == 4) == (length < 0.1)
        for n in nodes:
            torch.testing.assert_close(others[n], nodes[n], rtol=0, atol=1e-15)


def test_other_ends_are_other_measurements(read: Read) -> None:
    """From the same start: neither contradictions nor copies; the same segment the other way round is the same."""
    m = read(NAMES, ROWS, noise={"T": 0.1})
    assert m.averaged and m.values.tolist() == [1.0, 5.0, 2.0]
    assert m.middle["x"].tolist() == [0.5, 0.25, 0.5] and m.middle["t"].tolist() == [0.5, 0.5, 0.2]
    back = ROWS[:, [3, 4, 2, 0, 1, 5]]
    torch.testing.assert_close(read(NAMES, back).reach, m.reach, rtol=0, atol=0)
    many = np.column_stack([np.tile(ROWS[0, :3], (20, 1)), np.linspace(0.2, 1, 20), np.full(20, 0.6), np.ones(20)])
    assert len(read(NAMES, many).values) == 20
    with pytest.raises(InputError, match=r"entries 1 and 21: .*20 measurements that are there 2 times"):
        read(NAMES, np.r_[many, many[:, [3, 4, 2, 0, 1, 5]]])
    with pytest.raises(InputError, match=r"entries 2 and 4: .* contradict .* y = 0.2, t = 0.5, to.x = 0.4, to.y = 0.6"):
        read(NAMES, np.r_[ROWS, back[1:2] + np.eye(6)[5]], noise={"T": 0.1})


def test_integrals_are_averages_times_lengths(read: Read) -> None:
    """With their noise, in other units, along segments, over boxes, and over both."""
    rows, lengths = ROWS[:2], np.hypot(ROWS[:2, 3] - 0.1, ROWS[:2, 4] - 0.2)
    plain = read(NAMES, rows)
    scaled = rows * [1, 1, 1, 1000, 100, 1]
    scaled[:, 5] *= 1000 * lengths
    names = "x,y,t,x_end [mm],y_end [cm],T [K mm],s [K mm]"
    m = read(names, np.column_stack([scaled, 100 * lengths]), integrals=True, noise={"T": "s"})
    torch.testing.assert_close(m.values, plain.values)
    torch.testing.assert_close(m.to, dict(plain.to), rtol=1e-15, atol=0)
    assert m.noise == pytest.approx(0.1) and (m.shares is None or torch.allclose(m.shares, torch.ones(2).double()))
    assert m.notes[-1] == "T: integrals along segments, read as averages"
    rows = np.column_stack([rows[:, :5], rows[:, 5] * lengths * 0.2])
    m = read("x,y,t,x_end,y_end,T [K m s]", rows, integrals=True, noise={"T": 0.01}, over={"t": 0.2})
    torch.testing.assert_close(m.values, plain.values)
    assert m.noise is not None and m.shares is not None
    np.testing.assert_allclose(m.noise * m.shares, 0.01 / (0.2 * lengths))
    unknown = read("x,y,t,x_end,y_end,T", rows, integrals=True, over={"t": 0.2})
    assert unknown.noise is None
    torch.testing.assert_close(unknown.shares, m.shares)
    m = read("x,y,t,T", ROWS[:, [0, 1, 2, 5]], integrals=True, to={}, over={"x": 0.1, "t": 0.4}, noise={"T": 1.0})
    np.testing.assert_allclose(m.values, ROWS[:, 5] / 0.04)
    assert m.noise == pytest.approx(1 / 0.04) and m.shares is None


def test_they_are_described(read: Read) -> None:
    m = read(NAMES, ROWS[:2], integrals=True)
    text = " ".join(check_data(Plate(), [m]).split())
    assert (
        "averages along segments in x, y; noise to be estimated; " in text and "they are averages: only a fit" in text
    )
    assert "T: integrals along segments, read as averages" in text
    assert "x 3 different 0.1 to 0.9 m" in text


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({}, {"over": {"x": 0.1}}, "data.over.x and data.to.x: both for one coordinate"),
        ({}, {"robust": True}, "no robust weights"),
        ({}, {"to": {"z": "x_end"}}, "no coordinate named 'z'"),
        ({}, {"to": {"x": "x_stop"}}, "no column named 'x_stop'"),
        ({}, {"to": {}, "integrals": True}, "data.integrals: over what?"),
        ({}, {"integrals": True}, "entry 3: an integral along a segment of no length.*x = 0.5 at both ends"),
        ({}, {"integrals": True, "to": {"x": "x_end", "t": "y_end"}}, "have no length. Given: x in m, t in s"),
        ({(1, 3): 1.2}, {}, "column 'x_end', entry 2: the point lies outside the domain. Given: x = 1.2"),
        ({(1, 0): -0.1}, {}, "column 'x', entry 2: the point lies outside the domain"),
        ({(2, 4): np.nan}, {}, "column 'y_end', entry 3: not a number"),
    ],
)
def test_what_cannot_be_is_refused(
    read: Read, change: dict[tuple[int, int], float], options: dict[str, Any], message: str
) -> None:
    rows = ROWS.copy()
    for place, value in change.items():
        rows[place] = value
    with pytest.raises(InputError, match=message):
        read(NAMES, rows, **options)


def test_units_that_are_not_those_of_integrals_are_refused(read: Read) -> None:
    for unit, integrals in (("K", True), ("K m", False)):
        with pytest.raises(InputError, match="column 'T': its unit cannot be converted"):
            read(NAMES.replace("T", f"T [{unit}]"), ROWS[:2], integrals=integrals)


def test_a_row_without_value_needs_no_ends(read: Read) -> None:
    rows = ROWS.copy()
    rows[0, 3:] = np.nan
    m = read(NAMES, rows)
    assert m.missing == 1 and m.to["x"].tolist() == [0.4, 0.5]


def test_ends_are_one_for_each_value(tmp_path: Path) -> None:
    """Values on a grid of starts have ends on that grid."""
    x, y, t, u = np.linspace(0, 1, 3), np.linspace(0, 1, 4), np.linspace(0, 1, 2), np.arange(24.0).reshape(3, 4, 2)
    file = str(tmp_path / "a.npz")
    np.savez(file, x=x, y=y, t=t, T=u, x_end=0 * u + 0.5, y_end=np.broadcast_to(y[None, :, None] / 2, u.shape))
    (m,) = Observations(file, to=TO).read(Plate())
    torch.testing.assert_close(m.to["y"], m.points["y"] / 2)
    np.savez(file, x=x, y=y, t=t, T=u, x_end=x, y_end=y)
    with pytest.raises(InputError, match=r"array x_end does not fit .*a\.npz, array T"):
        Observations(file, to=TO).read(Plate())


def test_what_crosses_a_hole_is_refused(read: Read) -> None:
    """Segments between points of the outer circle, which rounding may put outside, and boxes around points."""
    angle = np.linspace(0, 6, 25)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1) * (1 + 1e-15)
    assert not Holed.domain.inside(circle).all()
    rows = np.column_stack([circle, np.roll(circle, -3, axis=0), np.arange(25.0)])
    assert len(read("x,y,x_end,y_end,u", rows, Holed()).values) == 25
    rows[4, 2:4] = -circle[4]
    with pytest.raises(InputError, match=r"entry 5: the average reaches out of the shape.*\(1 of 25 averages\)"):
        read("x,y,x_end,y_end,u", rows, Holed())
    rows[4, 2:4] = 0.0
    with pytest.raises(InputError, match="column 'x_end', entry 5: the point lies outside the shape"):
        read("x,y,x_end,y_end,u", rows, Holed())
    boxes = np.array([[0.7, 0.0, 1.0], [0.5, 0.0, 1.0]])
    assert len(read("x,y,u", boxes[:1], Holed(), to={}, over={"x": 0.5}).values) == 1
    with pytest.raises(InputError, match="entry 2: the average reaches out of the shape"):
        read("x,y,u", boxes, Holed(), to={}, over={"x": 0.5})


def test_a_shape_that_turns_a_corner(read: Read) -> None:
    class Corner(Holed):
        domain = Shape(Rectangle((0, 0), (1, 1)) - Rectangle((0.5, 0.5), (2, 2)))

    rows = np.array([[0.0, 0.9, 0.9, 0.0, 1.0], [0.4, 0.9, 0.9, 0.4, 1.0]])
    assert len(read("x,y,x_end,y_end,u", rows[:1], Corner()).values) == 1
    with pytest.raises(InputError, match="entry 2: the average reaches out of the shape"):
        read("x,y,x_end,y_end,u", rows, Corner())


def test_the_baseline_refuses_them(read: Read) -> None:
    with pytest.raises(InputError, match="takes no averages"):
        DeepXDE().check(Plate(), [read(NAMES, ROWS)])
    DeepXDE().check(Plate(), [replace(read(NAMES, ROWS), to={})])
