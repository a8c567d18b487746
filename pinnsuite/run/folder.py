"""The folder of a run: named by what is computed, used by one process at a time, never mixed with another run."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import yaml

from pinnsuite.errors import InputError
from pinnsuite.run.atomic import TEMPORARY_SUFFIX, write_bytes
from pinnsuite.run.confighash import config_hash, leaves
from pinnsuite.run.manifest import plain

__all__ = ["RunFolder", "config_hash", "run_path"]

LOCK = ".lock"


def run_path(
    problem: str,
    solver: str,
    name: str,
    config: Mapping[str, Any],
    leave_out: Collection[str] = (),
    root: Path = Path("results/runs"),
) -> Path:
    """Return ``root/problem/solver/name-hash``, the folder that this configuration always has."""
    for word in (problem, solver, name):
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.=+-]*", word):
            raise InputError(
                "A run's folder cannot be named",
                given=repr(word),
                expected="letters, digits, '_', '-', '.', '=' or '+'",
            )
    return root / problem / solver / f"{name}-{config_hash(config, leave_out)}"


class RunFolder:
    """``with RunFolder(path, config, leave_out) as folder:`` holds the folder of one run for this process.

    Making the object only looks: a file, a folder of something else or of another configuration raises ``InputError``.
    Entering it makes the folder, locks it (``InputError`` if another process has it) and writes ``config.yaml``.
    ``config`` may differ from the stored one in the ``leave_out`` keys (budgets, folders, logging).
    """

    def __init__(self, path: Path, config: Mapping[str, Any], leave_out: Collection[str] = ()) -> None:
        self.path = Path(path)
        self.config: dict[str, Any] = plain(config, "config")
        self._leave_out = tuple(leave_out)
        self._lock: int | None = None
        self._check()

    @property
    def finished(self) -> bool:
        """Whether the run came to its end and wrote its summary."""
        return self.file("summary.json").exists()

    @property
    def started(self) -> bool:
        """Whether an earlier process began this run."""
        return self.file("config.yaml").exists()

    @property
    def checkpoints(self) -> Path:
        """The folder for a ``Store``."""
        return self.file("checkpoints")

    def file(self, name: str) -> Path:
        """Return the path of one of the run's files, such as ``metrics.jsonl``."""
        return self.path / name

    def has(self, group: str) -> bool:
        """Whether the stored configuration is this one in all of a group, budgets included."""
        stored = yaml.safe_load(self.file("config.yaml").read_bytes())
        return leaves(stored[group], ()) == leaves(self.config[group], ())

    def __enter__(self) -> RunFolder:
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.file(LOCK), os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            os.write(lock, str(os.getpid()).encode())
            self._check()
            text = yaml.safe_dump(self.config, sort_keys=False, allow_unicode=True)
            write_bytes(self.file("config.yaml"), text.encode())
        except BlockingIOError:
            holder = os.pread(lock, 20, 0).decode(errors="replace") or "unknown"
            os.close(lock)
            raise InputError(
                f"The run folder {self.path} is in use by another process (number {holder})",
                do="Wait for that run to end, or choose another folder",
            ) from None
        except BaseException:
            os.close(lock)
            raise
        self._lock = lock
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _check(self) -> None:
        """Refuse a path that is not free and not the folder of this configuration."""
        if self.path.exists() and not self.path.is_dir():
            raise InputError(f"{self.path} is a file", expected="a folder for the run", do="Choose another folder")
        if self.started:
            self._compare()
            return
        entries = sorted(path.name for path in self.path.iterdir()) if self.path.exists() else []
        foreign = [name for name in entries if name != LOCK and not name.endswith(TEMPORARY_SUFFIX)]
        if foreign:
            lost = "manifest.json" in foreign
            raise InputError(
                f"{self.path} has lost its config.yaml" if lost else f"{self.path} is not empty and not a run's folder",
                given=f"a folder with {', '.join(foreign[:3])}{' and more' if len(foreign) > 3 else ''}",
                expected="an empty or new folder, or one with the config.yaml of an earlier run",
                do="Choose another folder",
            )

    def _compare(self) -> None:
        file = self.file("config.yaml")
        try:
            stored = yaml.safe_load(file.read_bytes())
        except (OSError, ValueError, yaml.YAMLError) as error:
            raise InputError(f"{file} cannot be read: {error}", do="Restore it, or choose another folder") from error
        if not isinstance(stored, dict):
            raise InputError(f"{file} is not the configuration of a run", do="Choose another folder")
        there, here = leaves(stored, self._leave_out), leaves(self.config, self._leave_out)
        keys = [key for key in [*here, *(key for key in there if key not in here)] if there.get(key) != here.get(key)]
        if keys:
            shown = [f"{key} is {there.get(key, 'absent')} there and {here.get(key, 'absent')} here" for key in keys]
            more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
            raise InputError(
                f"{self.path} belongs to a run of another configuration: {'; '.join(shown[:3])}{more}",
                do="Choose another folder, or give the configuration of that run",
            )
