"""What a record says of where, and with which code, its figure was made."""

from __future__ import annotations

from typing import Any

from pinnsuite.run.manifest import describe_machine

KEPT = ("platform", "processor", "processors", "gpus", "packages", "git")


def machine() -> dict[str, Any]:
    """The part of the manifest that a timing depends on, and the git revision of the working folder."""
    described = describe_machine()
    return {k: described[k] for k in KEPT}
