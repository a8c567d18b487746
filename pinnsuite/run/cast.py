"""One value of a configuration, checked against the type hint of the parameter that it is meant for."""

from __future__ import annotations

import difflib
import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pinnsuite.errors import InputError
from pinnsuite.run.hints import spell

Nested = Callable[[object, Mapping[str, object], str], object]
"""Builds a value given as a mapping: (hint, mapping, key path) -> object."""


def at(path: str, error: ValueError) -> InputError:
    """The same refusal with the configuration key in front of it."""
    located = InputError(path or "configuration")
    located.args = (f"{path}: {error}" if path else str(error),)
    return located


def refuse(path: str, value: object, hint: object, do: str | None = None) -> InputError:
    """The refusal of a value that does not fit its hint."""
    given = f"{value!r} ({type(value).__name__})"
    return InputError(f"{path}: wrong kind of value", given=given, expected=spell(hint), do=do)


def cast(value: object, hint: object, path: str, nested: Nested) -> object:
    """``value`` as the type that ``hint`` asks for.

    Numbers may be written as text (``"1e-3"``), whole numbers as floats (``1e4``); true and false are never numbers.
    A mapping for any other class goes to ``nested``. Raises ``InputError`` with ``path`` in front.
    """
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint in (typing.Any, object) or isinstance(hint, typing.TypeVar):
        return nested(hint, value, path) if isinstance(value, Mapping) and "target" in value else value
    if hint is None or hint is type(None):
        if value is None:
            return None
        raise refuse(path, value, None)
    if origin is typing.Literal:
        return _literal(value, hint, path)
    if origin in (typing.Union, types.UnionType):
        return _union(value, hint, path, nested)
    if origin is tuple or hint is tuple:
        return _tuple(value, hint, path, nested)
    if origin is Callable or origin is type:
        if callable(value):
            return value
        raise refuse(path, value, hint)
    kind = origin or hint
    if not isinstance(kind, type):
        return value
    if kind is bool:
        return _instance(value, bool, path)
    if kind in (int, float):
        return _number(value, kind, path)
    if kind is str:
        return _instance(value, str, path)
    if issubclass(kind, Path):
        return Path(typing.cast(str, value)) if isinstance(value, str | Path) else _instance(value, Path, path)
    if issubclass(kind, Mapping):
        if not isinstance(value, Mapping):
            raise refuse(path, value, hint)
        key, item = args or (typing.Any, typing.Any)
        return {cast(k, key, f"{path} key", nested): cast(v, item, f"{path}.{k}", nested) for k, v in value.items()}
    if issubclass(kind, Sequence):
        items = _items(value, hint, path)
        return [cast(v, args[0] if args else typing.Any, f"{path}[{i}]", nested) for i, v in enumerate(items)]
    if isinstance(value, Mapping):
        return nested(kind, value, path)
    return _instance(value, kind, path)


def _instance(value: object, kind: type, path: str) -> object:
    try:
        fits = isinstance(value, kind)
    except TypeError:  # a protocol that cannot be checked at run time
        return value
    if fits:
        return value
    do = None if kind in (bool, str, Path) else "Write the values as a mapping, {target: module.Class, ...}"
    raise refuse(path, value, kind, do=do)


def _number(value: object, kind: type, path: str) -> object:
    """An int or a float; NaN is refused, infinity is a float."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise refuse(path, value, kind)
    if kind is int and isinstance(value, int):
        return value
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise refuse(path, value, kind) from None
    if math.isnan(number) or (kind is int and not number.is_integer()):
        raise refuse(path, value, kind)
    return kind(number)


def _literal(value: object, hint: object, path: str) -> object:
    options = typing.get_args(hint)
    for option in options:
        if type(option) is type(value) and option == value:
            return option
    near = difflib.get_close_matches(str(value), [str(option) for option in options], n=1)
    raise refuse(path, value, hint, do=f"Did you mean '{near[0]}'?" if near else None)


def _union(value: object, hint: object, path: str, nested: Nested) -> object:
    """The alternative of exactly the value's type if there is one, else the first that accepts it."""
    options = typing.get_args(hint)
    if type(value) in options and type(value) not in (list, tuple, dict, float):
        return value
    refusals: list[tuple[object, InputError]] = []
    for option in options:
        try:
            return cast(value, option, path, nested)
        except InputError as error:
            refusals.append((option, error))
    if isinstance(value, Mapping | list | tuple):  # the alternative that was meant is the one with parts
        for option, refusal in refusals:
            if (typing.get_origin(option) or option) not in (type(None), bool, int, float, str, Path):
                raise refusal
    raise refuse(path, value, hint)


def _items(value: object, hint: object, path: str) -> Sequence[object]:
    if isinstance(value, list | tuple):
        return value
    raise refuse(path, value, hint)


def _tuple(value: object, hint: object, path: str, nested: Nested) -> tuple[object, ...]:
    items, args = _items(value, hint, path), typing.get_args(hint)
    if not args and hint is tuple:
        return tuple(items)
    kinds = [args[0]] * len(items) if args and args[-1] is Ellipsis else list(args)
    if len(kinds) != len(items):
        raise refuse(path, value, hint)
    return tuple(cast(v, kind, f"{path}[{i}]", nested) for i, (v, kind) in enumerate(zip(items, kinds, strict=True)))
