"""The record of a run: versions and machine, and JSON files written whole."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pinnsuite.errors import InputError
from pinnsuite.run.atomic import write_bytes

PACKAGES = ("pinnsuite", "numpy", "torch")
NOT_FINITE = ("nan", "inf", "-inf")  # the texts that stand for numbers which JSON lacks


def describe_machine(
    folder: Path | None = None, *, threads: int | None = None, packages: Sequence[str] = PACKAGES
) -> dict[str, Any]:
    """Return versions, platform, processor, threads and the git revision of ``folder`` (default: the working folder).

    Never fails: what cannot be found is None. No package is imported for its version. ``threads`` is the number in
    use, as the caller knows it; without it, the number of processors this process may run on.
    """
    return {
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in packages},
        "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "processors": _processors(),
        "gpus": _gpus(),
        "numerics": _numerics(),
        "threads": threads if threads is not None else _processors(),
        "git": _git(folder or Path()),
    }


def plain(value: Any, where: str = "value") -> Any:
    """Return ``value`` as dictionaries with text keys, lists, numbers, text and None; arrays and paths are converted.

    Raises ``InputError`` that names the entry which has no such form.
    """
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if callable(getattr(value, "tolist", None)):
        return plain(value.tolist(), where)
    raise InputError(
        f"{where} cannot be written as JSON", given=f"an object of type {type(value).__name__}", expected="plain data"
    )


def json_text(value: Any, indent: int | None = None) -> str:
    """Return ``value`` as strict JSON; numbers that JSON lacks become the texts "nan", "inf" and "-inf"."""
    return json.dumps(_finite(plain(value)), indent=indent, allow_nan=False, ensure_ascii=False)


def write_json(path: Path, value: Any) -> None:
    """Replace ``path`` by ``value`` as JSON, whole or not at all, and durably."""
    write_bytes(path, (json_text(value, indent=2) + "\n").encode())


def read_json(path: Path) -> Any:
    """Return the content of a JSON file, with the texts "nan", "inf" and "-inf" as the numbers that they stand for.

    Raises ``InputError`` that names the file and the place of the fault.
    """
    try:
        return _numbers(json.loads(path.read_bytes()))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path} is not a JSON file: {error}") from error


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def _numbers(value: Any) -> Any:
    """The reverse of `_finite`."""
    if isinstance(value, str) and value in NOT_FINITE:
        return float(value)
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    return [_numbers(item) for item in value] if isinstance(value, list) else value


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str | None:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except (OSError, ValueError):
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or None


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gpus() -> list[str]:
    """The names of the GPUs that torch sees, where it is loaded."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return []
    return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]


def _numerics() -> dict[str, Any]:
    """What torch may do to numbers, where it is loaded: round float32 products on a GPU, and add up in any order."""
    torch = sys.modules.get("torch")
    if torch is None:
        return {}
    return {
        "tf32": torch.backends.cuda.matmul.allow_tf32,
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
    }


def _git(folder: Path) -> dict[str, Any] | None:
    """Return the revision of the working folder and whether tracked files differ from it."""
    try:
        answers = [
            subprocess.run(
                ["git", "-C", str(folder), *words], capture_output=True, text=True, timeout=10, check=True
            ).stdout.strip()
            for words in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no"])
        ]
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return {"revision": answers[0], "modified": bool(answers[1])}
