"""How long until an error is reached, ours against DeepXDE with as much time as it wants, up to a cap."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pinnsuite.report.accuracy import BASELINE, problem_words, recorded_run
from pinnsuite.run.manifest import read_json

FOLDER, CAP, ERROR = "peers", 1800, 1e-3
EXPERIMENTS = ("burgers", "allen_cahn")


def run_peers(only: Sequence[str], seeds: Sequence[int], results: Path = Path("results")) -> None:
    """Let the peer run up to the cap on every problem; our own runs are those of the accuracy table."""
    for name in only or EXPERIMENTS:
        for seed in seeds:
            words = [*problem_words(name), f"solver={BASELINE}", f"run.max_seconds={CAP}", f"seed={seed}"]
            recorded_run(Path(FOLDER, name, f"{BASELINE}-seed{seed}"), words, results)


def peer_lines(results: Path) -> list[str]:
    """The table of times, as far as there are runs of the peer."""
    rows = []
    for folder in sorted((results / FOLDER).glob("*")):
        theirs = [read_json(f) for f in sorted(folder.glob("*.json"))]
        ours = [read_json(f) for f in sorted((results / "accuracy" / folder.name).glob("ours-*.json"))]
        if not ours or not theirs:
            continue
        mine, other = (statistics.median(reached(r) for r in records) for records in (ours, theirs))
        best = min(error for r in theirs for _, error in r["curve"])
        capped = ">= " if other >= CAP else ""
        cells = [f"`{folder.name}`", f"{mine:.0f}", f"{capped}{other:.0f}", f"{capped}{other / mine:.0f}"]
        rows.append("| " + " | ".join([*cells, f"{best:.1e}", str(len(theirs))]) + " |")
    if not rows:
        return []
    return [
        f"## Time to an error of {ERROR:g}\n",
        f"Medians over seeds of the seconds until the error is below {ERROR:g} for the first time; a run of DeepXDE "
        f"(Adam, then L-BFGS, float64) that never gets there counts as the cap of {CAP} s. `pinnsuite bench peers`\n",
        "| problem | ours, s | DeepXDE, s | ratio | best error of DeepXDE | its seeds |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def reached(record: dict[str, Any]) -> float:
    """The seconds of the first record below the error; the cap if there is none."""
    return min([seconds for seconds, error in record["curve"] if error < ERROR], default=float(CAP))
