"""Measurements of a problem's fields: read from a file, converted, checked against the domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from pinnsuite.data.alignment import in_order
from pinnsuite.data.checked import checked
from pinnsuite.data.columns import Column, column, read_columns
from pinnsuite.data.conversion import converted
from pinnsuite.data.measured import Measured, quantity, unit_of
from pinnsuite.data.outside import refuse_averages_outside
from pinnsuite.domain.axis import Axis
from pinnsuite.errors import InputError, choose
from pinnsuite.problem import Problem

SHOWN = 8  # names of columns that are not used


@dataclass(frozen=True)
class Observations:
    """Columns of a file as measurements of fields (also derived ones) at points of a problem's domain.

    coordinates, fields: the column of each; a name that is left out is its own column. Without ``fields`` every field
        that has a column of its name is taken. A field may also be a derivative, u_x, and its column an array over the
        grid of its coordinates, an image, in which NaN masks what was not seen, or lies outside a shape.
    units: of columns for which the file gives none; without one a column is in the problem's unit.
    noise: the standard deviation of each field's measurements, a number in the problem's unit or the name of a column
        with that of every value; what is left out is estimated.
    over: lengths along coordinates; every value is the average over such a box around its point: a pixel, an exposure
        time, and with the length of the axis, for which no column is needed then, a line of sight.
    robust: values that are far off count for less (Huber's weights).
    axes: the coordinates in the order of an image's axes. Without it they have the order that the file tells (dimension
        scales of HDF5), or else that of the domain if their lengths differ. A square image of which nothing tells the
        order is refused: its transpose would be fitted just as well, to wrong numbers.
    """

    file: str
    coordinates: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    noise: Mapping[str, float | str] = field(default_factory=dict)
    over: Mapping[str, float] = field(default_factory=dict)
    robust: bool = False
    axes: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.robust and self.over:
            raise InputError("data: averages have no robust weights", do="Leave out data.robust or data.over")

    def true_values(self, problem: Problem) -> dict[str, float]:
        """Nothing is known beside the data."""
        return {}

    def read(self, problem: Problem) -> list[Measured]:
        """The measurements, one entry for each field.

        Raises `InputError`, naming file, column and row, for columns that are missing or of another length or unit, for
        values whose coordinates are not numbers or outside the domain, and for values that contradict or copy others.
        """
        columns, axes = read_columns(self.file), problem.domain.axes
        self._refuse_unknown(problem, columns)
        wanted = self._wanted(problem, columns)
        titles = {n: self.coordinates.get(n, n) for n in axes}
        count = max(column(columns, title, Path(self.file)).values.size for title in wanted.values())
        places = {n: self._place(n, a, titles[n], columns, count) for n, a in axes.items()}

        def over_grid(title: str, unit: str, difference: bool = False) -> Column:
            return in_order(self._converted(columns, title, unit, difference), places, titles, self.axes)

        given = {n: over_grid(title, unit_of(n, problem)) for n, title in wanted.items()}
        noisy = {n: over_grid(s, unit_of(n, problem), True) for n, s in self.noise.items() if isinstance(s, str)}
        used = {titles[n]: c for n, c in places.items()} | {wanted[n]: c for n, c in given.items()}
        notes = _notes(columns, used | {str(self.noise[n]): c for n, c in noisy.items()})
        known = {n: s for n, s in self.noise.items() if not isinstance(s, str)}
        spreads: dict[str, Column | float] = {**known, **noisy}
        found = []
        for name in wanted:
            m = checked(name, places, given, spreads.get(name), problem.domain, self.robust)
            refuse_averages_outside({n: x.numpy() for n, x in m.points.items()}, self.over, axes)
            found.append(replace(m, over=self.over, notes=notes))
        return found

    def _refuse_unknown(self, problem: Problem, columns: Mapping[str, Column]) -> None:
        axes = problem.domain.axes
        for given in (self.coordinates, self.over):
            for name in given:
                choose(name, axes, "coordinate")
        if self.axes and sorted(self.axes) != sorted(axes):
            raise InputError("data.axes: every coordinate, once", given=list(self.axes), expected=list(axes))
        for name in (*self.fields, *self.noise):
            quantity(name, problem)
        for name, noise in self.noise.items():
            if not isinstance(noise, str) and not noise > 0:
                raise InputError(f"data.noise.{name} must be positive", given=noise, do="Leave it out to estimate it")
        for title, unit in self.units.items():
            own = column(columns, title, Path(self.file)).unit
            if own not in {"", unit}:
                both = f"{unit}, and {own} in the file"
                raise InputError(f"data.units.{title}: the file gives another unit", given=both, do="Leave it out")

    def _wanted(self, problem: Problem, columns: Mapping[str, Column]) -> dict[str, str]:
        """The column of each measured field."""
        known = [f.name for f in problem.outputs()]
        wanted = dict(self.fields) or {n: n for n in known if n in columns}
        if not wanted:
            raise InputError(
                f"{self.file} holds no column with the name of a field",
                given=", ".join(columns),
                expected=", ".join(known),
                do="Say which: data.fields.u=COLUMN",
            )
        idle = next((n for n in self.noise if n not in wanted), None)
        if idle is not None:
            raise InputError(
                f"data.noise.{idle}: no column of {self.file} is read as {idle}",
                given=f"columns {', '.join(columns)}",
                expected=f"noise of {', '.join(wanted)}",
                do=f"Say which it is, data.fields.{idle}=COLUMN, or leave the noise out",
            )
        return wanted

    def _place(self, name: str, axis: Axis, title: str, columns: Mapping[str, Column], count: int) -> Column:
        """A column of coordinates; the middle of an axis over all of which values are averaged."""
        whole = self.over.get(name, 0.0) >= axis.length * (1 - 1e-9)
        if whole and title not in columns:
            return Column(np.full(count, (axis.low + axis.high) / 2), axis.unit, f"the middle of {name}")
        return self._converted(columns, title, axis.unit)

    def _converted(self, columns: Mapping[str, Column], title: str, unit: str, difference: bool = False) -> Column:
        given = column(columns, title, Path(self.file))
        return converted(given, given.unit or self.units.get(title, ""), unit, difference)


def _notes(columns: Mapping[str, Column], used: Mapping[str, Column]) -> list[str]:
    """What was done with the columns of a file, and which were left alone."""
    unused = [n for n in columns if n not in used]
    more = f", and {len(unused) - SHOWN} more" if len(unused) > SHOWN else ""
    left = [f"not used: {', '.join(unused[:SHOWN])}{more}"] if unused else []
    return [f"{n}: {note}" for n, c in used.items() for note in c.notes] + left
