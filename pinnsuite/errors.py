"""The one way this package refuses input: what happened, what was given, what was expected, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Bad input, found before any work is done. The command line shows it without a traceback and exits with 2."""

    def __init__(self, what: str, *, given: object = None, expected: object = None, do: str | None = None) -> None:
        parts = [what.rstrip(".") + "."]
        if given is not None:
            parts.append(f"Given: {given}.")
        if expected is not None:
            parts.append(f"Expected: {expected}.")
        if do is not None:
            parts.append(do if do[-1] in ".?" else do + ".")
        super().__init__(" ".join(parts))


def choose(name: str, options: Iterable[str], kind: str) -> str:
    """Return ``name`` if it is one of ``options``, else raise with the nearest option and the whole list."""
    known = sorted(options)
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1)
    raise InputError(
        f"There is no {kind} named '{name}'",
        expected=f"one of {', '.join(known)}",
        do=f"Did you mean '{near[0]}'?" if near else f"Choose a {kind} from the list",
    )
