"""Type hints of a constructor: resolved, and put in words for messages."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_WORDS: Mapping[object, str] = {
    str: "text",
    bool: "true or false",
    Path: "path",
    dict: "mapping",
    list: "list",
    tuple: "list",
    type(None): "null",
    None: "null",
}


def hints_of(target: Callable[..., object]) -> dict[str, object]:
    """The resolved hint of each parameter; ``Any`` for one that names something imported for type checkers only.

    A dataclass's hints are those of its fields, each resolved in the module of the class that declares it.
    """
    if inspect.isclass(target) and dataclasses.is_dataclass(target):
        found: dict[str, object] = {}
        for base in reversed(target.__mro__):
            found |= _resolve(base)
        return found
    return _resolve(target.__init__ if inspect.isclass(target) else target)


def _resolve(owner: object) -> dict[str, object]:
    module = sys.modules.get(getattr(owner, "__module__", ""))
    if module is None:  # written in C: no hints
        return {}
    found: dict[str, object] = {}
    names = vars(module) | (dict(vars(owner)) if inspect.isclass(owner) else {})
    for name, hint in inspect.get_annotations(owner).items():  # type: ignore[arg-type]
        if isinstance(hint, str):
            try:
                hint = eval(hint, dict(names))
            except (NameError, AttributeError, TypeError):
                hint = typing.Any
        found[name] = hint.type if isinstance(hint, dataclasses.InitVar) else hint
    return found


def spell(hint: object) -> str:
    """A type hint in words: ``float``, ``list of int``, ``one of 'log', 'linear'``, ``float or null``."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return "one of " + ", ".join(repr(option) for option in args)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(spell(option) for option in args)
    if origin is tuple and args and args[-1] is not Ellipsis:
        return f"list of {len(args)} values ({', '.join(spell(option) for option in args)})"
    if isinstance(origin, type):
        if issubclass(origin, Mapping):
            return f"mapping of {spell(args[0])} to {spell(args[1])}"
        if issubclass(origin, Sequence):
            return f"list of {spell(args[0])}"
        return origin.__name__
    if isinstance(hint, type) or hint is None:
        return _WORDS.get(hint, getattr(hint, "__name__", str(hint)))
    return str(hint)
