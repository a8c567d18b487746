"""Measurements of a problem's fields: read from a file, converted, checked against the domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pinnsuite.data.alignment import in_order
from pinnsuite.data.checked import checked
from pinnsuite.data.columns import Column, column, read_columns
from pinnsuite.data.conversion import converted
from pinnsuite.data.integrals import integral_unit
from pinnsuite.data.measured import Measured, quantity, unit_of
from pinnsuite.data.titles import measured_columns, notes_on
from pinnsuite.domain.axis import Axis
from pinnsuite.errors import InputError, choose
from pinnsuite.problem import Problem


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
    to: the columns with the coordinates of another end, {x: x_end, y: y_end}; every value is the average along the
        straight segment from its point to there, on which the other coordinates stay as they are. On a periodic axis
        a segment goes from number to number, and over the end of the period if one of them lies there.
    integrals: values, and their noise, are integrals over such boxes and segments instead of averages, in the field's
        unit times those of the coordinates of boxes, and once that of segments.
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
    to: Mapping[str, str] = field(default_factory=dict)
    integrals: bool = False
    robust: bool = False
    axes: Sequence[str] = ()

    def __post_init__(self) -> None:
        averaged = bool(self.over or self.to)
        if self.robust and averaged:
            raise InputError(
                "data: averages have no robust weights", do="Leave out data.robust, or data.over and data.to"
            )
        if self.integrals and not averaged:
            raise InputError("data.integrals: over what?", expected="data.over.x=LENGTH or data.to.x=COLUMN")
        for n in self.to:
            if n in self.over:
                raise InputError(
                    f"data.over.{n} and data.to.{n}: both for one coordinate",
                    expected=f"values over a box along {n}, or along segments on which {n} changes",
                    do="Leave one of them out",
                )

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
        wanted = measured_columns(self.file, columns, problem, self.fields, self.noise)
        units = {n: self._unit(n, problem) for n in wanted}
        titles = {n: self.coordinates.get(n, n) for n in axes}
        count = max(column(columns, title, Path(self.file)).values.size for title in wanted.values())
        places = {n: self._place(n, a, titles[n], columns, count) for n, a in axes.items()}

        def over_grid(title: str, unit: str, difference: bool = False) -> Column:
            return in_order(self._converted(columns, title, unit, difference), places, titles, self.axes)

        ends = {n: over_grid(title, axes[n].unit) for n, title in self.to.items()}
        given = {n: over_grid(title, units[n]) for n, title in wanted.items()}
        noisy = {n: over_grid(s, units[n], True) for n, s in self.noise.items() if isinstance(s, str)}
        used = {titles[n]: c for n, c in places.items()} | {self.to[n]: c for n, c in ends.items()}
        used |= {wanted[n]: c for n, c in given.items()} | {str(self.noise[n]): c for n, c in noisy.items()}
        notes = notes_on(columns, used)
        known = {n: s for n, s in self.noise.items() if not isinstance(s, str)}
        spreads: dict[str, Column | float] = {**known, **noisy}
        how: dict[str, Any] = {"over": self.over, "robust": self.robust, "integrals": self.integrals}
        found = [checked(n, places, ends, given, spreads.get(n), problem.domain, **how) for n in wanted]
        return [replace(m, notes=[*notes, *m.notes]) for m in found]

    def _refuse_unknown(self, problem: Problem, columns: Mapping[str, Column]) -> None:
        axes = problem.domain.axes
        for given in (self.coordinates, self.over, self.to):
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

    def _unit(self, name: str, problem: Problem) -> str:
        """That of the values of a field."""
        unit = unit_of(name, problem)
        return integral_unit(unit, problem.domain.axes, self.over, self.to) if self.integrals else unit

    def _place(self, name: str, axis: Axis, title: str, columns: Mapping[str, Column], count: int) -> Column:
        """A column of coordinates; the middle of an axis over all of which values are averaged."""
        whole = self.over.get(name, 0.0) >= axis.length * (1 - 1e-9)
        if whole and title not in columns:
            return Column(np.full(count, (axis.low + axis.high) / 2), axis.unit, f"the middle of {name}")
        return self._converted(columns, title, axis.unit)

    def _converted(self, columns: Mapping[str, Column], title: str, unit: str, difference: bool = False) -> Column:
        given = column(columns, title, Path(self.file))
        return converted(given, given.unit or self.units.get(title, ""), unit, difference)
