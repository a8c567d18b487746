"""Which optimizer to use when: every one of them on the same problems, networks and points, for the same time."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from pinnsuite.report.accuracy import recorded_run
from pinnsuite.report.tables import score
from pinnsuite.run.manifest import read_json

FOLDER = "optimizers"
SECONDS = 120
PROBLEMS = ("poisson", "heat", "kovasznay", "burgers", "allen_cahn", "kdv")
ENDLESS = 1_000_000  # steps: the time ends a run, not a recipe's number of steps
ALONE, CHAINED = f"optimizer.max_steps={ENDLESS}", f"optimizer.then.max_steps={ENDLESS}"
OPTIMIZERS = {
    "adam": ["optimizer=adam", ALONE],
    "soap": ["optimizer=soap", ALONE],
    "lbfgs": ["optimizer=lbfgs", ALONE],
    "adam_then_lbfgs": ["optimizer=adam_then_lbfgs", CHAINED],
    "ssbfgs": ["optimizer=ssbroyden", "optimizer.update=bfgs", ALONE],
    "ssbroyden": ["optimizer=ssbroyden", ALONE],
    "adam_then_gauss_newton": ["optimizer=adam_then_gauss_newton", CHAINED],
    "gauss_newton": ["optimizer=gauss_newton", ALONE],
}


def run_matrix(only: Sequence[str], seeds: Sequence[int], results: Path = Path("results")) -> None:
    """Run what has no result yet: the first seed everywhere, the others for the best optimizer of each problem."""
    for problem in only or PROBLEMS:
        found = {name: _run(problem, name, seeds[0], results) for name in OPTIMIZERS}
        best = min(found, key=lambda name: found[name])
        for seed in seeds[1:]:
            _run(problem, best, seed, results)


def _run(problem: str, optimizer: str, seed: int, results: Path) -> float:
    """The error of one run; infinity if it did not end."""
    words = [f"experiment={problem}", *OPTIMIZERS[optimizer], f"run.max_seconds={SECONDS}", f"seed={seed}"]
    record = recorded_run(Path(FOLDER, problem, f"{optimizer}-seed{seed}"), words, results)
    return score(record) if record is not None else float("inf")


def read_matrix(results: Path) -> dict[str, dict[str, list[float]]]:
    """The errors of every seed, by problem and optimizer."""
    return {
        problem: {
            name: [score(read_json(f)) for f in sorted((results / FOLDER / problem).glob(f"{name}-seed*.json"))]
            for name in OPTIMIZERS
        }
        for problem in PROBLEMS
        if (results / FOLDER / problem).exists()
    }


def matrix_lines(results: Path) -> list[str]:
    """The table and its figure, if there are runs."""
    from pinnsuite.report.figures import draw_heatmap

    errors = read_matrix(results)
    if not errors:
        return []
    middle = {p: {o: statistics.median(e) for o, e in line.items() if e} for p, line in errors.items()}
    draw_heatmap(middle, results / "figures" / "optimizers.png", f"relative $L^2$ error after {SECONDS} s")
    lines = [
        "## Optimizers, the same networks and points\n",
        f"Errors after {SECONDS} s of each experiment above with another optimizer; one seed, and for the best of each "
        "problem the median of three. `pinnsuite bench optimizers`\n",
        "![optimizers](figures/optimizers.png)\n",
        "| problem | " + " | ".join(next(iter(errors.values()))) + " |",
        "|---|" + "---|" * len(next(iter(errors.values()))),
    ]
    for problem, line in middle.items():
        cells = [f"{line[o]:.0e}" if o in line else "" for o in errors[problem]]
        best = min(line.values())
        lines.append(f"| `{problem}` | " + " | ".join(f"**{c}**" if c == f"{best:.0e}" else c for c in cells) + " |")
    return [*lines, ""]
