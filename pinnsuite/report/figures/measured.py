"""Measured values on the figures of their fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pinnsuite.data.sampled import NEAR
from pinnsuite.report.figures.style import ORANGE, make_room

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from pinnsuite.domain.axis import Axis
    from pinnsuite.run.solution import Solution

MOST = 400  # values that are drawn in a panel
LARGEST, SMALLEST, FEW = 4.0, 1.5, 60  # the size of a dot, which shrinks as there are more than a few


@dataclass(frozen=True)
class Marks:
    """Values of a field at points, (n,) each. noise: their standard deviations, as they are given or estimated.

    half: to where from its point each is averaged along the only coordinate.
    """

    points: Mapping[str, np.ndarray]
    values: np.ndarray
    noise: np.ndarray
    half: np.ndarray | None = None

    def near(self, fixed: Mapping[str, float], axes: Mapping[str, Axis]) -> Marks:
        """Those whose coordinates are within 2 % of the length of their axes of fixed ones."""
        keep = np.ones(len(self.values), dtype=bool)
        for n, value in fixed.items():
            keep &= np.abs(self.points[n] - value) <= NEAR * axes[n].length
        return self._part(keep)

    def thinned(self) -> Marks:
        """At most so many as leave the field to be seen, at random."""
        count = len(self.values)
        chosen = np.random.default_rng(0).choice(count, MOST, replace=False) if count > MOST else np.arange(count)
        return self._part(chosen)

    @property
    def size(self) -> float:
        """Of a dot, in points."""
        shown = min(len(self.values), MOST)
        return max(SMALLEST, LARGEST * min(1.0, (FEW / max(shown, 1)) ** 0.5))

    def _part(self, which: np.ndarray) -> Marks:
        points = {n: x[which] for n, x in self.points.items()}
        return Marks(points, self.values[which], self.noise[which], None if self.half is None else self.half[which])


def marks_of(solution: Solution) -> dict[str, Marks]:
    """What was measured of each field itself. Derivatives are left out, and so are averages over boxes or along
    segments where a domain has more than one coordinate, because a dot would say that they belong to one place."""
    (only, *others), found = list(solution.problem.domain.axes), {}
    noises = solution.summary.get("data", {}).get("noise", {})
    for m in solution.measured:
        if m.name not in solution.fields or (m.averaged and others):
            continue
        noise = noises.get(m.name, m.noise or 0.0) * (np.ones(len(m.values)) if m.shares is None else m.shares.numpy())
        length = m.reach[only].abs().numpy() if m.to else np.full(len(m.values), m.over.get(only, 0.0))
        places = {n: x.numpy() for n, x in m.middle.items()}
        found[m.name] = Marks(places, m.values.numpy(), noise, length / 2 if m.averaged else None)
    return found


def said_of(marks: Sequence[Marks]) -> str:
    """What a legend says of them."""
    return f"data, at most {MOST} a panel" if any(len(m.values) > MOST for m in marks) else "data"


def draw_values(panels: Sequence[Axes], marks: Sequence[Marks], name: str) -> None:
    """Values over one coordinate, each with its standard deviation, on panels of one scale that have their lines."""
    every = np.concatenate([m.values for m in marks])
    if not every.size:
        return
    bottom, top = panels[0].get_ylim()
    for ax, m in zip(panels, marks, strict=True):
        if len(m.values):
            few = m.thinned()
            bars: Any = {
                "fmt": "o",
                "ms": m.size,
                "mew": 0,
                "elinewidth": 0.6,
                "color": ORANGE,
                "alpha": 0.8,
                "zorder": 1.5,
            }
            ax.errorbar(few.points[name], few.values, few.noise, few.half, label=said_of(marks), **bars)
    panels[0].set_ylim(bottom, top)
    make_room(panels[0], float(every.min()), float(every.max()))


def draw_places(ax: Axes, marks: Marks, across: str, up: str, label: str) -> None:
    """Where a field of two coordinates was measured: dots with an outline, seen on every colour."""
    if not len(marks.values):
        return
    few = marks.thinned()
    ax.autoscale(False)
    look: Any = {"ms": marks.size, "mfc": "white", "mec": "black", "mew": 0.12 * marks.size, "clip_on": False}
    ax.plot(few.points[across], few.points[up], "o", label=label, **look)
