"""A configuration's problem section as a problem, with unknown parameters and parameter ranges written as mappings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from pinnsuite.errors import InputError
from pinnsuite.problem import Problem
from pinnsuite.run.build import build, build_from


def build_problem(section: Mapping[str, object]) -> Problem:
    """The problem of ``{target: ..., parameter: value, ...}``.

    A parameter may be ``{unknown: {initial: 1.0, low: 0.1, high: 10.0, scale: log}}``, ``{range: [0.01, 0.1]}`` or
    ``{function: {initial: 1.0, positive: true}}``.
    """
    made = build_from(section, path="problem", convert=read_parameter)
    if not isinstance(made, Problem):
        raise InputError("problem.target: not a problem", given=type(made).__name__, expected="a pinnsuite.Problem")
    return made


def read_parameter(value: object) -> object:
    """An ``Unknown``, ``UnknownFunction`` or ``Range`` where one is written out, else ``NotImplemented``."""
    if not isinstance(value, Mapping) or not {"unknown", "function", "range"} & set(value):
        return NotImplemented
    from pinnsuite.parameters import Range, Unknown, UnknownFunction

    if len(value) != 1:
        raise InputError(
            "Too many keys beside an unknown or a range", given=", ".join(value), expected="only unknown, or only range"
        )
    for key, kind, options in (
        ("unknown", Unknown, "{initial, low, high, scale}"),
        ("function", UnknownFunction, "{initial, size, positive, over}"),
    ):
        if key in value:
            inner = value[key] or {}
            if not isinstance(inner, Mapping):
                raise InputError("Not a mapping", given=repr(inner), expected=f"{key}: {options}")
            return build(cast(Callable[..., object], kind), cast(Mapping[str, object], inner), path=key)
    bounds = value["range"]
    if not isinstance(bounds, list | tuple) or len(bounds) != 2:
        raise InputError("Not two bounds", given=repr(bounds), expected="range: [low, high]")
    return build(Range, {"low": bounds[0], "high": bounds[1]}, path="range")
