"""A physics-informed PDE solver suite: an equation is written once, and everything else reads it.

The public names below are imported when they are first used, so ``import pinnsuite`` itself costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinnsuite.calculus.expression import D
    from pinnsuite.conditions import Dirichlet, Initial, Integral, Interface, Neumann, Periodic, PointValue, Robin
    from pinnsuite.domain.box import Axis, Box, Time
    from pinnsuite.errors import InputError
    from pinnsuite.parameters import Range, Unknown, UnknownFunction, number
    from pinnsuite.problem import Field, Problem
    from pinnsuite.run.solution import Solution
    from pinnsuite.run.solve import solve

_MODULES = {
    "Axis": "pinnsuite.domain.box",
    "Box": "pinnsuite.domain.box",
    "D": "pinnsuite.calculus.expression",
    "Dirichlet": "pinnsuite.conditions",
    "Field": "pinnsuite.problem",
    "Initial": "pinnsuite.conditions",
    "InputError": "pinnsuite.errors",
    "Integral": "pinnsuite.conditions",
    "Interface": "pinnsuite.conditions",
    "Neumann": "pinnsuite.conditions",
    "Periodic": "pinnsuite.conditions",
    "PointValue": "pinnsuite.conditions",
    "Problem": "pinnsuite.problem",
    "Range": "pinnsuite.parameters",
    "Robin": "pinnsuite.conditions",
    "Solution": "pinnsuite.run.solution",
    "Time": "pinnsuite.domain.box",
    "Unknown": "pinnsuite.parameters",
    "UnknownFunction": "pinnsuite.parameters",
    "number": "pinnsuite.parameters",
    "solve": "pinnsuite.run.solve",
}

__all__ = [
    "Axis",
    "Box",
    "D",
    "Dirichlet",
    "Field",
    "Initial",
    "InputError",
    "Integral",
    "Interface",
    "Neumann",
    "Periodic",
    "PointValue",
    "Problem",
    "Range",
    "Robin",
    "Solution",
    "Time",
    "Unknown",
    "UnknownFunction",
    "number",
    "solve",
]


def __getattr__(name: str) -> object:
    """Import a public name (or the version of the installed distribution) on first use."""
    if name == "__version__":
        from importlib.metadata import version

        return version("pinnsuite")
    if name not in _MODULES:
        raise AttributeError(f"module 'pinnsuite' has no attribute '{name}'")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
