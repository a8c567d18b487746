"""What was measured is seen on the figure of its field, and hides nothing of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.image import imread

from pinnsuite import Axis, Box, D, Problem, Time
from pinnsuite.data.measured import Measured
from pinnsuite.report.figures import draw_solution
from pinnsuite.report.figures.measured import MOST, Marks, draw_places, draw_values, marks_of, said_of
from pinnsuite.run.solution import Solution
from pinnsuite.run.verdict import Verdict


class Line(Problem):
    domain = Box(x=Axis(0, 1))
    fields = ("u",)

    def equation(self, u: Any, x: Any) -> Any:
        return D(u, x) - 1.0


class Wave(Line):
    domain = Box(x=Axis(0, 1), t=Time(0, 2))


class Plane(Line):
    domain = Box(x=Axis(0, 1), y=Axis(0, 1), t=Time(0, 2))


def measured(problem: Problem, count: int, name: str = "u", **more: Any) -> Measured:
    points = {
        n: a.low + a.length * torch.linspace(0, 1, count, dtype=torch.float64) for n, a in problem.domain.axes.items()
    }
    return Measured(name, points, torch.ones(count, dtype=torch.float64), 0.1, "a file", **more)


def solution(problem: Problem, *data: Measured) -> Solution:
    def predict(points: dict[str, torch.Tensor]) -> torch.Tensor:
        return points["x"][:, None]

    return Solution(problem, ["u"], predict, Verdict.CONVERGED, {}, measured=data)


def test_only_what_is_the_field_at_a_place_is_marked() -> None:
    wave, line = Wave(), Line()
    assert list(marks_of(solution(wave, measured(wave, 5)))) == ["u"]
    assert marks_of(solution(wave, measured(wave, 5, "u_x"))) == {}
    assert marks_of(solution(wave, measured(wave, 5, over={"x": 0.1}))) == {}
    along = marks_of(solution(line, measured(line, 5, over={"x": 0.1})))["u"]
    assert along.half == pytest.approx(0.05 * np.ones(5))


def test_noise_is_that_of_the_fit_times_shares() -> None:
    wave = Wave()
    found = solution(wave, measured(wave, 4, shares=torch.tensor([1.0, 2.0, 1.0, 1.0])))
    assert marks_of(found)["u"].noise == pytest.approx([0.1, 0.2, 0.1, 0.1])
    estimated = Solution(**{**vars(found), "summary": {"data": {"noise": {"u": 0.5}}}})
    assert marks_of(estimated)["u"].noise == pytest.approx([0.5, 1.0, 0.5, 0.5])


def test_near_a_time_and_a_plane() -> None:
    plane = Plane()
    marks = marks_of(solution(plane, measured(plane, 101)))["u"]
    near = marks.near({"t": 1.01}, plane.domain.axes)
    assert near.points["t"] == pytest.approx([0.98, 1.0, 1.02, 1.04])
    assert len(marks.near({"t": 1.0, "x": 0.2}, plane.domain.axes).values) == 0


def test_many_are_thinned_and_small() -> None:
    few, many = (Marks({"x": np.arange(n)}, np.arange(n), np.zeros(n)) for n in (10, 10 * MOST))
    assert len(few.thinned().values) == 10 and said_of([few]) == "data"
    thinned = many.thinned()
    assert len(np.unique(thinned.values)) == MOST and np.array_equal(thinned.points["x"], thinned.values)
    assert said_of([few, many]) == f"data, at most {MOST} a panel" and many.size < few.size / 2


def test_values_that_are_far_off_leave_the_lines_to_be_seen() -> None:
    ax, far = Figure().subplots(), np.array([0.5, 1000.0])
    ax.plot([0, 1], [0, 1])
    low, high = ax.get_ylim()
    draw_values([ax], [Marks({"x": np.array([0.2, 0.4])}, far, np.ones(2))], "x")
    assert ax.get_ylim() == pytest.approx((low, high + (high - low)))
    assert ax.get_legend_handles_labels()[1] == ["data"]


def test_places_are_where_they_are() -> None:
    ax = Figure().subplots()
    ax.set(xlim=(0, 1), ylim=(0, 2))
    points = {"x": np.array([0.1, 0.9]), "t": np.array([0.0, 2.0])}
    draw_places(ax, Marks(points, np.zeros(2), np.zeros(2)), "t", "x", "data")
    (dots,) = ax.lines
    assert np.array_equal(dots.get_xdata(), points["t"]) and np.array_equal(dots.get_ydata(), points["x"])
    assert ax.get_xlim() == (0, 1) and ax.get_ylim() == (0, 2)


@pytest.mark.parametrize("problem", [Line(), Wave(), Plane()], ids=["lines", "images", "times"])
def test_a_figure_with_data_differs_from_one_without(problem: Problem, tmp_path: Path) -> None:
    pictures = []
    for name, data in {"with": [measured(problem, 50)], "without": []}.items():
        draw_solution(solution(problem, *data), tmp_path / name)
        pictures.append(imread(tmp_path / name / "solution.png"))
    assert pictures[0].shape != pictures[1].shape or not np.array_equal(*pictures)
