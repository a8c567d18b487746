"""One checkpoint on disk: a folder of parts and a manifest with the size and SHA-256 of each."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinnsuite.errors import InputError

FORMAT = 1
MANIFEST = "manifest.json"
_FOLDER = re.compile(r"step-(\d{8,})(?:\.old(\d+))?")
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


class CheckpointError(InputError):
    """A saved state exists and cannot be used. It is never a reason to start again silently."""


class UnreadableError(Exception):
    """One checkpoint is damaged; the message says which file and how."""


@dataclass(frozen=True)
class Saved:
    """What one checkpoint holds."""

    step: int
    parts: dict[str, bytes]
    meta: dict[str, Any]


def check_name(part: str) -> None:
    """Refuse a part name that is not a plain file name."""
    if not _PART.fullmatch(part) or part == MANIFEST:
        raise InputError(
            "A part of a checkpoint has a name that cannot be used",
            given=repr(part),
            expected=f"letters, digits, '_', '-' and '.', not starting with '.' or '-', and not {MANIFEST}",
        )


def age(folder: Path) -> tuple[int, float] | None:
    """Return a key that sorts checkpoint folders from old to new, its first entry the step; None for other paths."""
    match = _FOLDER.fullmatch(folder.name)
    return (int(match[1]), float(match[2] or math.inf)) if match else None


def manifest_bytes(step: int, parts: Mapping[str, bytes], meta: Mapping[str, Any], best: bool) -> bytes:
    """Return the manifest of a checkpoint. It carries a SHA-256 of itself, so a damaged one is noticed too."""
    sums = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in parts.items()}
    content = {"format": FORMAT, "step": step, "best": best, "parts": sums, "meta": dict(meta)}
    try:
        return json.dumps({**content, "sha256": _sum(content)}, indent=1).encode()
    except (TypeError, ValueError) as error:
        raise InputError(f"The meta of a checkpoint is not JSON: {error}", expected="plain numbers and text") from error


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return the checked manifest of a checkpoint.

    Raises ``UnreadableError`` if it is damaged and ``CheckpointError`` if a newer version wrote it.
    """
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        version, expected = content["format"], content.pop("sha256")
    except FileNotFoundError:
        raise UnreadableError(f"{MANIFEST} is missing") from None
    except OSError as error:
        raise UnreadableError(f"{MANIFEST}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableError(f"{MANIFEST} is not a manifest: {error}") from error
    if isinstance(version, int) and version > FORMAT:
        raise CheckpointError(
            f"Checkpoint {folder} was written by a newer version of pinnsuite",
            given=f"format {version}",
            expected=f"format {FORMAT} or older",
            do="Update pinnsuite, or move the checkpoints away to start afresh",
        )
    if _sum(content) != expected:
        raise UnreadableError(f"sha256 of {MANIFEST} differs")
    key = age(folder)
    if key is None or content["step"] != key[0]:
        raise UnreadableError(f"{MANIFEST} is of step {content['step']}")
    return dict(content)


def read_checkpoint(folder: Path) -> Saved:
    """Return a checkpoint, every part checked. Raises as ``read_manifest``."""
    content = read_manifest(folder)
    parts: dict[str, bytes] = {}
    for name, facts in content["parts"].items():
        if not _PART.fullmatch(name):
            raise UnreadableError(f"{MANIFEST} names a part {name!r}")
        try:
            data = (folder / name).read_bytes()
        except FileNotFoundError:
            raise UnreadableError(f"{name} is missing") from None
        except OSError as error:
            raise UnreadableError(f"{name}: {error.strerror}") from error
        if len(data) != facts["bytes"]:
            raise UnreadableError(f"{name} has {len(data)} bytes, not {facts['bytes']}")
        if hashlib.sha256(data).hexdigest() != facts["sha256"]:
            raise UnreadableError(f"sha256 of {name} differs")
        parts[name] = data
    return Saved(content["step"], parts, content["meta"])


def is_best(folder: Path) -> bool:
    """Whether the checkpoint was marked best when it was saved; False of an unreadable one."""
    try:
        return bool(read_manifest(folder)["best"])
    except UnreadableError:
        return False


def is_whole(folder: Path) -> bool:
    """Whether every part is there in its full size: the cheap check, without reading the parts."""
    try:
        sizes = {name: facts["bytes"] for name, facts in read_manifest(folder)["parts"].items()}
        return all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (UnreadableError, OSError):
        return False


def _sum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
