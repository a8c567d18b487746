"""The identity of a configuration: what changes the numbers, and nothing else."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from typing import Any

from pinnsuite.run.manifest import plain


def config_hash(config: Mapping[str, Any], leave_out: Collection[str] = ()) -> str:
    """Return ten hexadecimal digits of the SHA-256 of ``config`` without the dotted keys (or groups) in ``leave_out``.

    The order of keys does not count, nor does 1 against 1.0.
    """
    return hashlib.sha256(json.dumps(leaves(config, leave_out), sort_keys=True).encode()).hexdigest()[:10]


def leaves(config: Mapping[str, Any], leave_out: Collection[str]) -> dict[str, str]:
    """Return dotted keys and the JSON of their values, without those that ``leave_out`` names or contains."""
    found: dict[str, str] = {}

    def walk(value: Any, key: str) -> None:
        if key in leave_out:
            return
        if isinstance(value, dict) and (value or not key):
            for name, item in value.items():
                walk(item, f"{key}.{name}" if key else name)
        else:
            found[key] = json.dumps(_numbers(value), sort_keys=True)

    walk(plain(config, "config"), "")
    return found


def _numbers(value: Any) -> Any:
    """Write whole numbers one way, so that 1 and 1.0 are the same configuration."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    return [_numbers(item) for item in value] if isinstance(value, list) else value
