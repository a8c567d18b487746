"""A content-addressed cache of arrays: the name of an entry is the SHA-256 of everything that determines it.

An entry is one ``.npz`` file (never a pickle) that carries a checksum of its arrays. It is written to a temporary
file in the same folder, flushed to the disk and moved into place in one step, so a reader sees a whole entry or none.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import platformdirs

from pinnsuite.errors import InputError

CHECKSUM = "sha256"
PREFIX = "array."  # keeps the names of arrays apart from the checksum
_keeping = ContextVar("keeping", default=True)


@contextmanager
def uncached() -> Iterator[None]:
    """Inside, every reference is computed and none is kept: for a search over many, and for honest timings."""
    token = _keeping.set(False)
    try:
        yield
    finally:
        _keeping.reset(token)


def cached(
    key_parts: Mapping[str, object], compute: Callable[[], dict[str, np.ndarray]], folder: Path | None = None
) -> dict[str, np.ndarray]:
    """Return the arrays of ``compute()``, from the cache if they were computed before under the same key.

    Args:
        key_parts: everything the result depends on: numbers, strings, booleans, None, arrays, and lists and mappings of
            these. Include `source_hash` of the solver, so that a changed solver does not find its old results.
        compute: makes the arrays, by name; called on a miss, and when the entry is damaged.
        folder: where entries lie; by default ``references`` in the user's cache folder of this package.

    Raises:
        InputError: for key parts without a canonical form and arrays that only a pickle could hold.

    A folder that cannot be written costs a warning, not the result.
    """
    if not _keeping.get():
        return {name: np.asarray(value) for name, value in compute().items()}
    target = _folder(folder) / f"{key_hash(key_parts)}.npz"
    stored = _read(target)
    if stored is not None:
        return stored
    arrays = {name: np.asarray(value) for name, value in compute().items()}
    objects = sorted(name for name, value in arrays.items() if value.dtype.hasobject)
    if objects:
        raise InputError("Arrays of objects cannot be stored", given=objects, expected="arrays of numbers or text")
    try:
        _write(target, arrays)
    except OSError as error:
        warnings.warn(f"The reference could not be kept in {target.parent}: {error}", RuntimeWarning, stacklevel=2)
    return arrays


def key_hash(key_parts: Mapping[str, object]) -> str:
    """Return the SHA-256, in hexadecimal, of ``key_parts`` as canonical JSON: sorted names, numbers by `repr`."""
    text = json.dumps(_canonical(key_parts), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def source_hash(*sources: FunctionType | ModuleType | type) -> str:
    """Return the SHA-256, in hexadecimal, of the source text of functions, classes or modules, in the given order.

    Raises:
        InputError: for an object whose source cannot be read.
    """
    digest = hashlib.sha256()
    for source in sources:
        try:
            text = inspect.getsource(source)
        except (OSError, TypeError) as error:
            raise InputError("The source text cannot be read", given=source, expected="Python source") from error
        digest.update(f"{len(text)}:{text}".encode())
    return digest.hexdigest()


def _folder(folder: Path | None) -> Path:
    return platformdirs.user_cache_path("pinnsuite") / "references" if folder is None else Path(folder)


def _canonical(value: object) -> object:
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise InputError("An array of objects has no canonical form", given=value.dtype)
        return {"array": _digest({"": value})}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float | complex):
        return {"number": repr(value)}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {"mapping": {name: _canonical(item) for name, item in value.items()}}
    raise InputError(
        "A key part has no canonical form",
        given=type(value).__name__,
        expected="numbers, text, arrays, lists or mappings",
    )


def _digest(arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(json.dumps([name, array.dtype.str, list(arrays[name].shape)]).encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def _read(path: Path) -> dict[str, np.ndarray] | None:
    """Return the arrays of an entry, or None where it is missing or not what was written."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except Exception:  # a damaged archive fails in many ways, and every one of them means: compute again
        return None
    checksum = str(arrays.pop(CHECKSUM, ""))
    named = {name.removeprefix(PREFIX): value for name, value in arrays.items()}
    return named if checksum == _digest(named) else None


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.stem[:16]}-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            entry: dict[str, Any] = {PREFIX + name: value for name, value in arrays.items()}
            entry[CHECKSUM] = np.array(_digest(arrays))
            np.savez(stream, **entry)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
