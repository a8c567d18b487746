"""Columns in the units of a problem."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pinnsuite.data.columns import Column
from pinnsuite.errors import InputError


def converted(given: Column, own: str, unit: str, difference: bool = False) -> Column:
    """A column in another unit than its ``own``; of differences, a degree Celsius is one Kelvin.

    Raises `InputError` for units that do not go together, naming the column.
    """
    import pint

    if not own or own == unit:
        return given
    registry = pint.get_application_registry()
    try:
        values, zero = (registry.Quantity(v, own).to(unit or "dimensionless").magnitude for v in (given.values, 0.0))
    except Exception as error:  # pint raises many kinds
        raise InputError(
            f"{given.where}: its unit cannot be converted",
            given=own,
            expected=unit or "a plain number",
            do=str(error),
        ) from None
    values = np.asarray(values - zero if difference else values, dtype=float)
    return replace(given, values=values, unit=unit, notes=(*given.notes, f"from {own} to {unit or 'a plain number'}"))
