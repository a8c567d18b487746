"""Objects given in Python, written as the configuration that would build them."""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pinnsuite.errors import InputError


def section_of(choice: Any) -> dict[str, Any]:
    """{target, values that differ from the defaults} of a dataclass instance, a class or a functools.partial."""
    if isinstance(choice, functools.partial):
        if choice.args:
            raise InputError("Give the options of a network by name", given=repr(choice.args))
        return {"target": _path(choice.func), **_plain(choice.keywords)}
    if dataclasses.is_dataclass(choice) and not isinstance(choice, type):
        values = {}
        for f in dataclasses.fields(choice):
            value = getattr(choice, f.name)
            default = f.default_factory() if callable(f.default_factory) else f.default
            if value != default:
                values[f.name] = value
        return {"target": _path(type(choice)), **_plain(values)}
    if callable(choice):
        return {"target": _path(choice)}
    raise InputError("Not something a configuration can name", given=repr(choice), expected="a dataclass or a class")


def _path(thing: Callable[..., Any]) -> str:
    module = inspect.getmodule(thing)
    name = getattr(module, "__name__", None)
    file = getattr(module, "__file__", None)
    if file is not None and name in {None, "__main__"}:
        return f"{file}:{thing.__qualname__}"
    return f"{name}.{thing.__qualname__}"


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: _value(v) for k, v in values.items()}


def _value(value: Any) -> Any:
    from pinnsuite.parameters import Range, Unknown, UnknownFunction

    if isinstance(value, Unknown | UnknownFunction):
        key = "unknown" if isinstance(value, Unknown) else "function"
        return {key: {k: _value(v) for k, v in dataclasses.asdict(value).items() if v is not None}}
    if isinstance(value, Range):
        return {"range": [value.low, value.high]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return section_of(value)
    return list(value) if isinstance(value, tuple) else value
