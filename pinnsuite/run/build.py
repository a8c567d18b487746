"""From a plain dictionary to an object: the constructor's own signature and type hints are the schema."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import cast as typed

from pinnsuite.errors import InputError, choose
from pinnsuite.run.cast import at, cast
from pinnsuite.run.hints import hints_of, spell

Convert = Callable[[object], object]
"""Looks at each value before it is checked; returns what to pass instead, or ``NotImplemented`` to decline."""


def build(
    target: str | Callable[..., object],
    values: Mapping[str, object],
    *,
    path: str = "",
    convert: Convert | None = None,
    **context: object,
) -> object:
    """Call ``target`` (``"module.Name"``, ``"file.py:Name"`` or the class itself) with checked ``values``.

    ``path`` is the configuration key of these values (``"optimizer"``), named in every refusal. ``context`` are
    arguments that the run supplies (the number of inputs of a network); those that the signature names are passed, and
    the configuration cannot set them. A value ``{target: ..., ...}``, or a mapping for a parameter whose hint is a
    class, is built in the same way. Raises ``InputError`` for an unknown or missing key, a value of the wrong kind, and
    for every ``ValueError`` of a constructor.
    """
    factory = resolve(target, path) if isinstance(target, str) else target
    parameters = inspect.signature(factory).parameters
    supplied = {name: value for name, value in context.items() if name in parameters}
    named = {
        name: parameter
        for name, parameter in parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY) and name not in supplied
    }
    is_open = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    label = getattr(factory, "__name__", str(factory))
    hints = hints_of(factory)
    _check_keys(values, named, supplied, is_open, hints, label, path)

    def nested(hint: object, value: object, key: str) -> object:
        if not isinstance(value, Mapping) or ("target" not in value and not callable(hint)):
            raise InputError(f"{key}: wrong kind of value", given=repr(value), expected=spell(hint))
        if "target" not in value:
            return build(typed(Callable[..., object], hint), value, path=key, convert=convert)
        made = build_from(value, path=key, convert=convert)
        return made if hint is object or not isinstance(hint, type) else cast(made, hint, key, nested)

    arguments = dict(supplied)
    for name, value in values.items():
        key = f"{path}.{name}" if path else name
        try:
            converted = convert(value) if convert is not None else NotImplemented
        except ValueError as error:
            raise at(key, error) from None
        checked = cast(value, hints.get(name, object), key, nested) if converted is NotImplemented else converted
        arguments[name] = checked
    try:
        return factory(**arguments)
    except ValueError as error:
        raise at(path, error) from None


def build_from(
    section: Mapping[str, object], *, path: str, convert: Convert | None = None, **context: object
) -> object:
    """``build`` for one section of a configuration: its ``target``, and beside it the values."""
    target = section.get("target")
    if not isinstance(target, str):
        raise InputError(
            f"{path}: no target",
            given=f"the keys {', '.join(section) or '(none)'}",
            expected="target: module.Class",
            do=f"Choose one with {path}=NAME",
        )
    values = {name: value for name, value in section.items() if name != "target"}
    return build(target, values, path=path, convert=convert, **context)


def resolve(target: str, path: str = "") -> Callable[..., object]:
    """The class or function that ``"module.Name"``, or ``"file.py:Name"`` for a user's problem, stands for."""
    if target.partition(":")[0].endswith(".py"):
        from pinnsuite.run.userfile import load_problem_file

        return load_problem_file(target)
    key = f"{path}.target" if path else "target"
    module_name, _, name = target.rpartition(".")
    if not module_name or not all(part.isidentifier() for part in target.split(".")):
        raise InputError(f"{key}: not a name", given=repr(target), expected="module.Class or path/to/file.py:Class")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise InputError(
            f"{key}: there is no module '{error.name}'", given=target, do="Check the spelling of the target"
        ) from None
    public = [word for word, value in vars(module).items() if callable(value) and not word.startswith("_")]
    try:
        return typed(Callable[..., object], getattr(module, choose(name, {*public}, f"class in {module_name}")))
    except InputError as error:
        raise at(key, error) from None


def _check_keys(
    values: Mapping[str, object],
    named: Mapping[str, inspect.Parameter],
    supplied: Mapping[str, object],
    is_open: bool,
    hints: Mapping[str, object],
    label: str,
    path: str,
) -> None:
    """Refuse keys that the signature does not know, then report all required ones that are missing."""
    for name in values:
        key = f"{path}.{name}" if path else name
        if name in supplied:
            raise InputError(f"{key}: set by the run itself", given=repr(values[name]), do="Leave it out")
        if name in named or is_open:
            continue
        if not named:
            raise InputError(f"{key}: {label} takes no options", given=repr(values[name]), do="Leave it out")
        try:
            choose(name, named, f"option of {label}")
        except InputError as error:
            raise at(key, error) from None
    missing = [name for name, p in named.items() if p.default is p.empty and name not in values]
    if missing:
        start = f"{path}: " if path else ""
        raise InputError(
            f"{start}{label} needs a value for {', '.join(missing)}",
            given=f"the keys {', '.join(values) or '(none)'}",
            expected=", ".join(f"{name}: {spell(hints.get(name, object))}" for name in missing),
        )
