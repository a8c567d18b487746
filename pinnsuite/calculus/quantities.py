"""Units as pint quantities of magnitude one (times prefixes) in base units."""

from __future__ import annotations

import math
from typing import Any

from pinnsuite.errors import InputError

Unit = Any  # a pint quantity, or None where any unit would do


def parse(unit: str, name: str) -> Unit:
    """The unit of the quantity called ``name``; dimensionless if empty. Raises `InputError` if pint cannot read it."""
    import pint

    registry: Any = pint.get_application_registry()
    try:
        return registry.Quantity(1.0, registry.parse_units(unit, as_delta=True)).to_base_units()
    except Exception as error:  # pint raises many kinds
        raise InputError(f"The unit of '{name}' cannot be read ({error})", given=unit, do="Write m**2/s") from None


def shown(unit: Unit) -> str:
    """A unit as it is printed, dimensionless as 1."""
    import pint

    assert isinstance(unit, pint.Quantity)
    # powers with broken exponents leave rounding errors, 0.9999999 instead of 1
    items: dict[str, Any] = dict(unit.unit_items())
    rounded = {n: round(float(e), 9) for n, e in items.items()}
    exact = {n: int(e) if e.is_integer() else e for n, e in rounded.items() if e}
    printed = f"{unit._REGISTRY.Unit(pint.util.UnitsContainer(exact)):~P}" or "1"
    return printed if math.isclose(unit.magnitude, 1.0) else f"{unit.magnitude:g} {printed}"


def is_dimensionless(unit: Unit) -> bool:
    return all(abs(exponent) < 1e-9 for exponent in unit.dimensionality.values())
