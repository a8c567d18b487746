"""Which value belongs to which point: columns of one length, or arrays over the grid of coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from pinnsuite.data.columns import Column
from pinnsuite.errors import InputError


def in_order(given: Column, places: Mapping[str, Column], titles: Mapping[str, str], stated: Sequence[str]) -> Column:
    """An array over the grid of coordinates with its axes in their order; a column as it is.

    Which axis is which the file tells (dimension scales or labels of HDF5 with the ``titles`` of coordinates), or it is
    ``stated``; else the axes have the order of the domain, and their lengths bear it out. Raises `InputError` where two
    are as long and nothing tells: a transposed image looks like any other, and its fit is wrong.
    """
    names, sizes = list(places), [c.values.size for c in places.values()]
    if len(names) == 1 or sorted(given.values.shape) != sorted(sizes):
        if stated:
            raise InputError(
                f"data.axes: {given.where} is no array over the grid of coordinates",
                given=f"{given.values.shape} values",
                expected=f"the lengths {', '.join(f'{s} of {n}' for n, s in zip(names, sizes, strict=True))}",
                do="Leave it out for columns",
            )
        return given
    told = _told(given, titles)
    if told and stated and told != list(stated):
        raise InputError(
            f"data.axes: {given.where} has another order", given=list(stated), expected=told, do="Leave it out"
        )
    order = told or list(stated) or names
    if not told and not stated and len(set(sizes)) < len(sizes):
        raise InputError(
            f"{given.where}: nothing says which axis is which",
            given=f"an array {given.values.shape}",
            expected="coordinates of different lengths, or dimension scales (HDF5)",
            do=f"Say which order it is: data.axes=[{','.join(names)}] or another",
        )
    notes = () if order == names else (f"its axes are {', '.join(order)}",)
    values = given.values.transpose([order.index(n) for n in names])
    return replace(given, values=values, notes=(*given.notes, *notes))


def _told(given: Column, titles: Mapping[str, str]) -> list[str]:
    """The coordinate along each axis as the file has it, or nothing."""
    known = (
        {n: n for n in titles} | {t.split("/")[-1]: n for n, t in titles.items()} | {t: n for n, t in titles.items()}
    )
    found = [known.get(a, "") for a in given.axes]
    return found if sorted(found) == sorted(titles) else []


def aligned(places: Mapping[str, Column], given: Column) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Coordinates of all values, (values,) each, and which of these are numbers.

    Raises `InputError` for coordinates that do not fit, and where there is no value.
    """
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
    kept = np.flatnonzero(np.isfinite(values))
    if not len(kept):
        raise InputError(f"{given.where}: there is no value", given=f"{len(values)} entries, none of them a number")
    return flat, kept


def of_values(column: Column, given: Column) -> np.ndarray:
    """A column that has an entry for each value that is ``given``, (values,). Raises `InputError` for another one."""
    if column.values.size != given.values.size:
        raise InputError(
            f"{column.where} does not fit {given.where}",
            given=f"{column.values.shape} entries, {given.values.shape} values",
            expected="one for each value",
        )
    return column.values.reshape(-1)


def shares(spread: Column, given: Column, kept: np.ndarray) -> tuple[float, np.ndarray | None]:
    """The noise of the values that are ``kept``, as `apart` gives it."""
    fits = spread.values.shape == given.values.shape
    noise = spread.values.reshape(-1)[kept if fits else slice(None)]
    if not fits or not np.all((noise > 0) & np.isfinite(noise)):
        raise InputError(
            f"{spread.where} does not give the noise of {given.where}",
            given=f"{spread.values.shape} entries, the smallest {noise.min():g}",
            expected=f"{given.values.shape} positive standard deviations",
        )
    return apart(noise)


def apart(noise: np.ndarray) -> tuple[float, np.ndarray | None]:
    """The root mean square of noise, and that of each value over it; None where all are alike."""
    if (noise == noise[0]).all():
        return float(noise[0]), None
    size = float(np.sqrt(np.mean(noise**2)))
    return size, noise / size
