"""Measurements of a problem's fields: read from a file, converted, checked against the domain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from pinnsuite.data.columns import Column, column, read_columns
from pinnsuite.data.conflicts import refuse_conflicts
from pinnsuite.data.measured import Measured, quantity, unit_of
from pinnsuite.data.outside import refuse_averages_outside, refuse_outside
from pinnsuite.domain.axis import Axis
from pinnsuite.errors import InputError, choose
from pinnsuite.problem import Problem


@dataclass(frozen=True)
class Observations:
    """Columns of a file as measurements of fields (also derived ones) at points of a problem's domain.

    coordinates, fields: the column of each; a name that is left out is its own column. Without ``fields`` every field
        that has a column of its name is taken. A field may also be a derivative, u_x, and its column an array over the
        grid of its coordinates, an image, in which NaN masks what was not seen.
    units: of columns for which the file gives none; without one a column is in the problem's unit.
    noise: the standard deviation of each field's measurements, a number in the problem's unit or the name of a column
        with that of every value; what is left out is estimated.
    over: lengths along coordinates; every value is the average over such a box around its point: a pixel, an exposure
        time, and with the length of the axis, for which no column is needed then, a line of sight.
    robust: values that are far off count for less (Huber's weights).
    """

    file: str
    coordinates: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    noise: Mapping[str, float | str] = field(default_factory=dict)
    over: Mapping[str, float] = field(default_factory=dict)
    robust: bool = False

    def __post_init__(self) -> None:
        if self.robust and self.over:
            raise InputError("data: averages have no robust weights", do="Leave out data.robust or data.over")

    def true_values(self, problem: Problem) -> dict[str, float]:
        """Nothing is known beside the data."""
        return {}

    def read(self, problem: Problem) -> list[Measured]:
        """The measurements, one entry for each field.

        Raises `InputError`, naming file, column and row, for columns that are missing or of another length or unit, for
        coordinates that are not numbers or outside the domain, and for values that contradict each other.
        """
        path, axes = Path(self.file), problem.domain.axes
        columns = read_columns(path)
        known = [f.name for f in problem.outputs()]
        self._refuse_unknown(problem)
        for title in self.units:
            if column(columns, title, path).unit not in {"", self.units[title]}:
                given = f"{self.units[title]}, and {columns[title].unit} in the file"
                raise InputError(f"data.units.{title}: the file gives another unit", given=given, do="Leave it out")
        wanted = dict(self.fields) or {n: n for n in known if n in columns}
        if not wanted:
            raise InputError(
                f"{path} holds no column with the name of a field",
                given=", ".join(columns),
                expected=", ".join(known),
                do="Say which: data.fields.u=COLUMN",
            )
        count = max(column(columns, title, path).values.size for title in wanted.values())
        places = {n: self._place(n, a, columns, count) for n, a in axes.items()}
        found = []
        for name, title in wanted.items():
            unit = unit_of(name, problem)
            noise = self.noise.get(name)
            spread = self._converted(columns, noise, unit, difference=True) if isinstance(noise, str) else noise
            points, values = _aligned(places, self._converted(columns, title, unit))
            refuse_outside(points, {n: c.where for n, c in places.items()}, problem.domain)
            found.append(self._measured(name, points, values, spread))
        for m in found:
            refuse_averages_outside({n: x.numpy() for n, x in m.points.items()}, self.over, axes)
        return found

    def _measured(
        self, name: str, points: Mapping[str, np.ndarray], given: Column, spread: Column | float | None
    ) -> Measured:
        noise, shares = (spread, None) if not isinstance(spread, Column) else _shares(spread, given)
        kept = np.isfinite(given.values)
        if not kept.any():
            raise InputError(f"{given.where}: there is no value", given=f"{len(kept)} entries, none of them a number")
        points, values = {n: x[kept] for n, x in points.items()}, given.values[kept]
        shares = None if shares is None else shares[kept]
        if noise is not None and not self.robust:
            each = noise * (np.ones(len(values)) if shares is None else shares)
            refuse_conflicts(points, values, each, np.flatnonzero(kept), given.where)
        return Measured(
            name,
            {n: torch.from_numpy(x.copy()) for n, x in points.items()},
            torch.from_numpy(values.copy()),
            noise,
            given.where,
            missing=int((~kept).sum()),
            shares=None if shares is None else torch.from_numpy(shares),
            over=self.over,
            robust=self.robust,
        )

    def _refuse_unknown(self, problem: Problem) -> None:
        for given in (self.coordinates, self.over):
            for name in given:
                choose(name, problem.domain.axes, "coordinate")
        for name in (*self.fields, *self.noise):
            quantity(name, problem)
        for name, noise in self.noise.items():
            if not isinstance(noise, str) and not noise > 0:
                raise InputError(f"data.noise.{name} must be positive", given=noise, do="Leave it out to estimate it")

    def _place(self, name: str, axis: Axis, columns: Mapping[str, Column], count: int) -> Column:
        """A column of coordinates; the middle of an axis over all of which values are averaged."""
        title = self.coordinates.get(name, name)
        whole = self.over.get(name, 0.0) >= axis.length * (1 - 1e-9)
        if whole and title not in columns:
            return Column(np.full(count, (axis.low + axis.high) / 2), axis.unit, f"the middle of {name}")
        return self._converted(columns, title, axis.unit)

    def _converted(self, columns: Mapping[str, Column], title: str, unit: str, difference: bool = False) -> Column:
        """A column in the unit of the problem; of differences, a degree Celsius is one Kelvin."""
        import pint

        given = column(columns, title, Path(self.file))
        own = given.unit or self.units.get(title, "")
        if not own or own == unit:
            return given
        registry = pint.get_application_registry()
        try:
            values, zero = (
                registry.Quantity(v, own).to(unit or "dimensionless").magnitude for v in (given.values, 0.0)
            )
        except Exception as error:  # pint raises many kinds
            raise InputError(
                f"{given.where}: its unit cannot be converted",
                given=own,
                expected=unit or "a plain number",
                do=str(error),
            ) from None
        return Column(np.asarray(values - zero if difference else values, dtype=float), unit, given.where)


def _shares(spread: Column, given: Column) -> tuple[float, np.ndarray]:
    """The root mean square of the noise of values, and that of each over it."""
    noise = spread.values.reshape(-1)
    if noise.size != given.values.size or not np.all(noise[np.isfinite(given.values.reshape(-1))] > 0):
        raise InputError(
            f"{spread.where} does not give the noise of {given.where}",
            given=f"{noise.size} entries, the smallest {np.nanmin(noise):g}",
            expected=f"{given.values.size} positive standard deviations",
        )
    size = float(np.sqrt(np.nanmean(noise**2)))
    return size, noise / size


def _aligned(places: Mapping[str, Column], given: Column) -> tuple[dict[str, np.ndarray], Column]:
    """Coordinates and values as columns of the same length; values may be an array over the grid of coordinates."""
    flat = {n: c.values.reshape(-1) for n, c in places.items()}
    sizes, values = tuple(len(x) for x in flat.values()), given.values.reshape(-1)
    if given.values.ndim == len(sizes) > 1 and given.values.shape == sizes:
        grid = np.meshgrid(*flat.values(), indexing="ij")
        flat = {n: x.reshape(-1) for n, x in zip(flat, grid, strict=True)}
    for n, x in flat.items():
        if len(x) != len(values):
            raise InputError(
                f"{given.where} does not fit its coordinates",
                given=f"{given.values.shape} values, {len(x)} of {n}",
                expected=f"as many, or an array over the grid {sizes}",
            )
    return flat, replace(given, values=values)
