"""A user's own files: a problem, one Python file anywhere, imported under a private name; and data."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
import traceback
from pathlib import Path
from types import ModuleType

from pinnsuite.errors import InputError, choose


def is_problem_file(target: str) -> bool:
    """Whether ``target`` reads ``path/to/file.py`` or ``path/to/file.py:ClassName``."""
    return split_class(target)[0].endswith(".py")


def is_data_file(value: str) -> bool:
    """Whether a value reads like the path of a file of measurements, and not like the name of an option."""
    return bool(Path(value).suffix)


def split_class(target: str) -> tuple[str, str]:
    """``"file.py:Name"`` as file and class name, the latter empty when it is not given."""
    head, colon, name = target.rpartition(":")
    return (head, name) if colon and head.endswith(".py") else (target, "")


def load_problem_file(path: str | Path) -> type:
    """The problem class of a user's file, ``path/to/file.py`` or ``path/to/file.py:ClassName``.

    The file is executed once for each state of its text. Raises ``InputError``, with the file's own line, if the file
    is missing, does not run, or holds no problem or several without a name to choose by.
    """
    name, wanted = split_class(str(path))
    file = Path(name)
    try:
        source = file.read_bytes()
    except OSError as error:
        near = sorted(sibling.name for sibling in file.parent.glob("*.py")) if file.parent.is_dir() else []
        raise InputError(
            f"The problem file {file} cannot be read ({error.strerror})",
            given=path,
            expected="the path of a Python file that defines a Problem",
            do=f"Python files in that folder: {', '.join(near)}" if near else "Check the path",
        ) from None
    module = _execute(file.resolve(), file, source)
    problems = {
        cls.__name__: cls
        for cls in vars(module).values()
        if inspect.isclass(cls) and cls.__module__ == module.__name__ and _is_problem(cls)
    }
    if not problems:
        raise InputError(
            f"{file} holds no problem",
            given=", ".join(word for word in vars(module) if not word.startswith("_")) or "no definitions",
            expected="one class that derives from pinnsuite.Problem",
        )
    if wanted:
        return problems[choose(wanted, problems, f"problem in {file}")]
    if len(problems) > 1:
        raise InputError(
            f"{file} holds several problems",
            given=", ".join(problems),
            expected="one, or a name behind the path",
            do=f"Write problem={file}:{next(iter(problems))}",
        )
    return next(iter(problems.values()))


def _is_problem(cls: type) -> bool:
    return any(base.__name__ == "Problem" and base.__module__.startswith("pinnsuite.") for base in cls.__mro__[1:])


def _execute(resolved: Path, shown: Path, source: bytes) -> ModuleType:
    digest = hashlib.sha256(str(resolved).encode() + b"\0" + source).hexdigest()[:16]
    name = f"_pinnsuite_file_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, resolved)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their own module up while the file runs
    try:
        exec(compile(source, str(resolved), "exec"), vars(module))
    except Exception as error:
        del sys.modules[name]
        raise _refuse(error, resolved, shown, source) from None
    return module


def _refuse(error: Exception, resolved: Path, shown: Path, source: bytes) -> InputError:
    """The error with the line of the user's file that caused it, and none of the import machinery."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(resolved)]
    if isinstance(error, SyntaxError) and error.filename == str(resolved):
        number, message = error.lineno or 0, f"{type(error).__name__}: {error.msg}"
    else:
        number, message = frames[-1].lineno or 0 if frames else 0, f"{type(error).__name__}: {error}"
    lines = source.decode(errors="replace").splitlines()
    line = lines[number - 1].strip() if 0 < number <= len(lines) else "(no line)"
    return InputError(f"{shown}, line {number}: {message}", given=line, do="Correct the file and run again")
