"""``pinnsuite bench``: run what has no result yet, and write the tables."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Literal


def main(
    kind: Literal["accuracy", "speed", "step", "cost", "optimizers"], *, only: tuple[str, ...], seeds: tuple[int, ...]
) -> int:
    """Run one kind of benchmark in the folder ``results`` of the working folder, then write ``results/README.md``."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    results = Path("results")
    if kind == "speed":
        from pinnsuite.report.speed import measure

        measure(results)
    elif kind == "step":
        from pinnsuite.report.step_speed import measure_step

        measure_step(results)
    elif kind == "cost":
        from pinnsuite.report.cost import measure_cost

        measure_cost(results)
    elif kind == "optimizers":
        from pinnsuite.report.matrix import run_matrix

        run_matrix(only, seeds, results)
    else:
        from pinnsuite.report.accuracy import run_experiments

        run_experiments(only, seeds, results)
    from pinnsuite.report.tables import write_tables

    sys.stdout.write(f"{write_tables(results)}\n")
    return 0
