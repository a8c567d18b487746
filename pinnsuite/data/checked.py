"""Rows of columns as measurements, once nothing is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from pinnsuite.data.alignment import aligned, of_values, shares
from pinnsuite.data.columns import Column
from pinnsuite.data.conflicts import refuse_conflicts
from pinnsuite.data.duplicates import refuse_duplicates
from pinnsuite.data.integrals import as_averages
from pinnsuite.data.measured import Measured
from pinnsuite.data.outside import refuse_outside
from pinnsuite.data.places import repeated
from pinnsuite.domain.box import Box
from pinnsuite.domain.shape import Shape


def checked(
    name: str,
    places: Mapping[str, Column],
    ends: Mapping[str, Column],
    columns: Mapping[str, Column],
    spread: Column | float | None,
    domain: Box | Shape,
    *,
    over: Mapping[str, float],
    robust: bool,
    integrals: bool,
) -> Measured:
    """The values of one of the ``columns``; the others tell whether rows are copies.

    What is missing is left out, wherever it lies. Raises `InputError` for coordinates and noise that do not fit,
    points, boxes and segments that are not inside the domain, copies, and values that contradict each other (those of
    ``robust`` fields may).
    """
    given = columns[name]
    points, kept = aligned(places, given)
    points, values = {n: x[kept] for n, x in points.items()}, given.values.reshape(-1)[kept]
    to = {n: of_values(c, given)[kept] for n, c in ends.items()}
    noise, parts = shares(spread, given, kept) if isinstance(spread, Column) else (spread, None)
    m = Measured(
        name,
        {n: torch.from_numpy(x) for n, x in points.items()},
        torch.from_numpy(values),
        noise,
        given.where,
        missing=given.values.size - len(kept),
        shares=None if parts is None else torch.from_numpy(parts),
        over=over,
        to={n: torch.from_numpy(x) for n, x in to.items()},
        robust=robust,
    )
    where = {n: c.where if c.values.size == given.values.size else given.where for n, c in places.items()}
    refuse_outside(m, where, {n: c.where for n, c in ends.items()}, kept, domain)
    again = repeated(m)
    alike = [c.values.reshape(-1)[kept] for c in columns.values() if c.values.size == given.values.size]
    refuse_duplicates(again, np.stack(alike, axis=1), kept, given.where)
    if noise is not None and not robust:
        each = noise * (np.ones(len(values)) if parts is None else parts)
        refuse_conflicts(again, points | {f"to.{n}": x for n, x in to.items()}, values, each, kept, given.where)
    return as_averages(m, kept) if integrals else m
