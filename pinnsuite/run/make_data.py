"""Made-up data as a file of their own, from the words of the command line."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from pinnsuite.data.made import NOISE, write_made
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.errors import InputError
from pinnsuite.run.build import build, build_from
from pinnsuite.run.compose import compose
from pinnsuite.run.problem import build_problem
from pinnsuite.run.settings import RunSettings

OUTPUT = "output="


def make_data(words: Sequence[str]) -> str:
    """Write the data that a fit with these words would make up to the file ``output=...``; what was written, and what
    to type to fit it.

    Raises `InputError` without that word, for data that are read from a file, and as `write_made` does.
    """
    given = [w.removeprefix(OUTPUT) for w in words if w.startswith(OUTPUT)]
    if len(given) != 1 or not given[0]:
        raise InputError("make-data writes one file", given=given or "no name for it", expected=f"{OUTPUT}FILE.h5")
    config: dict[str, Any] = compose([w for w in words if not w.startswith(OUTPUT)])
    settings: Any = build(RunSettings, config["run"], path="run")
    data = build_from(config["data"], path="data") if config.get("data") else None
    if not isinstance(data, Synthetic):
        found = "no data" if data is None else type(data).__name__
        raise InputError("make-data writes data made up from a reference", given=found, expected="data=synthetic")
    measured = write_made(build_problem(config["problem"]), data, given[0], settings.redo)
    noise = [f"data.noise.{m.name}={m.name}{NOISE}" for m in measured if m.noise is not None]
    lines = [f"{len(m.values)} values of {m.name}" + (f", noise {m.noise:.3g}" if m.noise else "") for m in measured]
    typed = shlex.join(["pinnsuite", "fit", *filter(_stays, words), f"data={given[0]}", *noise])
    return "\n".join([f"{given[0]}: {'; '.join(lines)}", typed, ""])


def _stays(word: str) -> bool:
    """Whether a word says something of the fit, and not of how data are made."""
    key = word.lstrip("+~").partition("=")[0]
    return key.partition(".")[0] not in {"data", "output"} and key != "run.redo"
