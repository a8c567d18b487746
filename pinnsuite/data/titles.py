"""Which columns of a file are measured fields, and what is said of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pinnsuite.data.columns import Column
from pinnsuite.errors import InputError
from pinnsuite.problem import Problem

SHOWN = 8  # names of columns that are not used


def measured_columns(
    file: str, columns: Mapping[str, Column], problem: Problem, fields: Mapping[str, str], noise: Iterable[str]
) -> dict[str, str]:
    """The column of each measured field: as ``fields`` say, or those with the name of one.

    Raises `InputError` where there is none, and for ``noise`` of a field that is not among them.
    """
    known = [f.name for f in problem.outputs()]
    wanted = dict(fields) or {n: n for n in known if n in columns}
    if not wanted:
        raise InputError(
            f"{file} holds no column with the name of a field",
            given=", ".join(columns),
            expected=", ".join(known),
            do="Say which: data.fields.u=COLUMN",
        )
    idle = next((n for n in noise if n not in wanted), None)
    if idle is not None:
        raise InputError(
            f"data.noise.{idle}: no column of {file} is read as {idle}",
            given=f"columns {', '.join(columns)}",
            expected=f"noise of {', '.join(wanted)}",
            do=f"Say which it is, data.fields.{idle}=COLUMN, or leave the noise out",
        )
    return wanted


def notes_on(columns: Mapping[str, Column], used: Mapping[str, Column]) -> list[str]:
    """What was done with the columns of a file, and which were left alone."""
    unused = [n for n in columns if n not in used]
    more = f", and {len(unused) - SHOWN} more" if len(unused) > SHOWN else ""
    left = [f"not used: {', '.join(unused[:SHOWN])}{more}"] if unused else []
    return [f"{n}: {note}" for n, c in used.items() for note in c.notes] + left
