"""Unknown functions as tables over their argument.

/functions/f           attributes: argument, what it is a function of
/functions/f/u         the argument, in even steps through what the solution goes through; attribute: unit
/functions/f/value     attribute: unit; beside it spread, standard deviations of a fit, and true, where that is known
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from pinnsuite.inverse.bands import compared

if TYPE_CHECKING:
    import h5py

    from pinnsuite.ansatz.arguments import Argument


@dataclass(frozen=True)
class Table:
    """An unknown function ``value`` of ``at``, (n,), with its standard deviations and the truth where they are known.

    visits: the argument at points spread over the domain, (points,), between the ends of ``at``; None of a coordinate.
    """

    COUNT: ClassVar[int] = 401

    name: str
    unit: str
    argument: Argument
    at: np.ndarray
    value: np.ndarray
    spread: np.ndarray | None
    true: np.ndarray | None
    visits: np.ndarray | None

    @property
    def relative_l2(self) -> float | None:
        """The L2 norm of the error over that of the truth, along the argument."""
        if self.true is None:
            return None
        return float(np.linalg.norm(self.value - self.true) / (np.linalg.norm(self.true) or 1.0))

    def summary(self) -> dict[str, Any]:
        """Its argument with the range, and how it compares with the truth and its band with both."""
        found: dict[str, Any] = {"argument": self.argument.text, "low": float(self.at[0]), "high": float(self.at[-1])}
        if self.relative_l2 is not None:
            found["relative_l2"] = self.relative_l2
        return found | (compared(self.value, self.spread, self.true) if self.spread is not None else {})


def write_tables(file: h5py.File, tables: Iterable[Table]) -> None:
    """A group for each function."""
    for table in tables:
        group = file.create_group(f"functions/{table.name}")
        group.attrs["argument"] = table.argument.text
        group.create_dataset(table.argument.name, data=table.at).attrs["unit"] = table.argument.unit
        for name, values in {"value": table.value, "spread": table.spread, "true": table.true}.items():
            if values is not None:
                group.create_dataset(name, data=values).attrs["unit"] = table.unit
