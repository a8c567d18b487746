"""``pinnsuite bench``: run what has no result yet, and write the tables."""

from __future__ import annotations

import importlib
import logging
import operator
import sys
from pathlib import Path

KINDS = {
    "accuracy": "pinnsuite.report.accuracy:run_experiments",
    "speed": "pinnsuite.report.speed:measure",
    "gpu": "pinnsuite.report.gpu:measure_gpu",
    "step": "pinnsuite.report.step_speed:measure_step",
    "cost": "pinnsuite.report.cost:measure_cost",
    "optimizers": "pinnsuite.report.optimizers:OPTIMIZERS.run",
    "changes": "pinnsuite.report.changes:CHANGES.run",
    "marching": "pinnsuite.report.marching:MARCHING.run",
    "calibration": "pinnsuite.report.calibration:run_calibration",
    "frames": "pinnsuite.report.frames:run_frames",
    "peers": "pinnsuite.report.peers.time_to_error:run_peers",
}


def main(kind: str, *, only: tuple[str, ...], seeds: tuple[int, ...]) -> int:
    """Run one kind of benchmark in the folder ``results`` of the working folder, then write ``results/README.md``."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    results = Path("results")
    results.mkdir(exist_ok=True)
    module, _, name = KINDS[kind].partition(":")
    operator.attrgetter(name)(importlib.import_module(module))(only, seeds, results)
    from pinnsuite.report.tables import write_tables

    sys.stdout.write(f"{write_tables(results)}\n")
    return 0
