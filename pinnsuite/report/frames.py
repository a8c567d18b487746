"""Error against the speed of a flow: networks at rest, by three ways of training, and one that moves along."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pinnsuite.errors import choose
from pinnsuite.report.accuracy import literal, recorded_run
from pinnsuite.report.figures.speeds import ROUNDING, draw_speeds
from pinnsuite.report.tables import score
from pinnsuite.run.manifest import read_json

FOLDER, SECONDS, STAGES = "frames", 120, 4
SPEEDS = (0, 2, 5, 10, 20, 30, 40, 50, 60, 70)
PROBLEMS = {"convection": "convection_lagrangian", "moving_shock": "burgers_moving_shock_lagrangian"}
AT_REST = ["optimizer.max_steps=1000000", f"run.max_seconds={SECONDS}"]
SOLVERS = {
    "plain": ["solver=pinn", *AT_REST],
    "causal": ["solver=causal_pinn", *AT_REST],
    "curriculum": ["solver=pinn", "optimizer.max_steps=1000000", f"run.max_seconds={SECONDS / STAGES:g}"],
    "lagrangian": [f"run.max_seconds={SECONDS}"],
}
OPTIONS = ("harmonics", "starts")  # of the recipe's solver that the solvers at rest get too
INVERSE = "convection_inverse_lagrangian"  # a fit in both frames, under the name of a problem
SINES = ["network.activation=sin", "solver.points=8000"]
WAVE, SHOCK = ([f"network.width={w}", f"network.depth={d}", *SINES] for w, d in ((24, 3), (20, 4)))
LARGER = {"convection": WAVE, "moving_shock": SHOCK, INVERSE: WAVE}  # at rest: the best of three tried for a minute


def run_frames(only: Sequence[str], seeds: Sequence[int], results: Path = Path("results")) -> None:
    """Run what has no result yet: the first seed everywhere, the others in the moving frame."""
    wanted = [choose(p, {**PROBLEMS, INVERSE: ""}, "problem of this kind") for p in only] or [*PROBLEMS, INVERSE]
    for seed in seeds if INVERSE in wanted else ():
        for solver in ("lagrangian", "plain"):
            words = [f"experiment={INVERSE}", *SOLVERS[solver], f"seed={seed}", *_at_rest(INVERSE, INVERSE, solver)]
            recorded_run(Path(FOLDER, INVERSE, f"{solver}-seed{seed}"), words, results)
    for problem in [p for p in wanted if p in PROBLEMS]:
        for speed in SPEEDS:
            for solver in SOLVERS:
                for seed in seeds if solver == "lagrangian" else seeds[:1]:
                    _run_one(problem, solver, speed, seed, results)


def _run_one(problem: str, solver: str, speed: int, seed: int, results: Path) -> None:
    name = Path(FOLDER, problem, f"{solver}-c{speed}-seed{seed}")
    words = [f"experiment={PROBLEMS[problem]}", *SOLVERS[solver], f"problem.c={speed}", f"seed={seed}"]
    words += _at_rest(problem, PROBLEMS[problem], solver)
    if solver == "curriculum" and not (results / f"{name}.json").exists():
        stages = results / "runs" / "stages"
        for k in range(1, STAGES):
            stage = name.with_name(f"{name.name}-stage{k}")
            recorded_run(stage, [*words, f"problem.c={speed * k / STAGES:g}"], stages)
            words = [w for w in words if not w.startswith("init_from=")]
            words.append(f"init_from={stages / 'runs' / 'bench' / stage}")
    recorded_run(name, words, results)


def _at_rest(problem: str, experiment: str, solver: str) -> list[str]:
    """What a solver at rest takes over from the recipe, and a network of a size that serves it."""
    if solver == "lagrangian":
        return []
    from pinnsuite.run.compose import compose

    recipe: Any = compose([f"experiment={experiment}"])["solver"]
    return [f"solver.{n}={literal(recipe[n])}" for n in OPTIONS if n in recipe] + LARGER[problem]


def frame_lines(results: Path) -> list[str]:
    """The tables and figures, as far as there are runs."""
    lines: list[str] = []
    for problem in PROBLEMS:
        errors = {
            solver: {c: e for c in SPEEDS if (e := _error(results / FOLDER / problem, solver, c)) is not None}
            for solver in SOLVERS
        }
        if not any(errors.values()):
            continue
        figure = f"frames_{problem}"
        draw_speeds(errors, results / "figures" / f"{figure}.png", problem.replace("_", " "))
        lines += [f"![{figure}](figures/{figure}.png)\n"]
        lines += [f"| `{problem}`, c | " + " | ".join(SOLVERS) + " |", "|---|" + "---|" * len(SOLVERS)]
        for c in SPEEDS:
            cells = [_cell(errors[s][c]) if c in errors[s] else "" for s in SOLVERS]
            lines.append(f"| {c} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += _inverse_lines(results / FOLDER / INVERSE)
    if not lines:
        return []
    text = (
        f"Errors after at most {SECONDS} s by the speed c of the flow, with the same optimizer: plain, with causal "
        "weights, by a curriculum (a quarter of the time each at c/4, c/2, 3c/4 and c), and on labels that travel "
        "along (the median of three seeds; the others one). The networks at rest are the best of three that were tried "
        "at the higher speeds: sines, more points, and for `convection` four times the weights. "
        "`pinnsuite bench frames`\n"
    )
    return ["## A network at rest and one that follows the flow\n", text, *lines]


def _cell(error: float) -> str:
    return f"{error:.0e}" if error >= ROUNDING else f"< {ROUNDING:.0e}"


def _inverse_lines(folder: Path) -> list[str]:
    """The fit in both frames."""
    rows = []
    for solver in ("lagrangian", "plain"):
        records = [read_json(f) for f in sorted(folder.glob(f"{solver}-seed*.json"))]
        if records:
            numbers = [statistics.median(r["parameters"][n]["estimate"] for r in records) for n in ("c", "nu")]
            seconds = statistics.median(r["seconds"] for r in records)
            rows.append(f"| {solver} | {numbers[0]:.5g} | {numbers[1]:.3g} | {seconds:.0f} | {len(records)} |")
    if not rows:
        return []
    return [
        "The fit of c = 50 and nu = 0.01 from 200 points with 2 % noise, from the same starts:\n",
        "| frame | c | nu | seconds | seeds |",
        "|---|---|---|---|---|",
        *rows,
        "",
    ]


def _error(folder: Path, solver: str, speed: int) -> float | None:
    """The median over seeds."""
    found = [score(read_json(f)) for f in sorted(folder.glob(f"{solver}-c{speed}-seed*.json"))]
    return statistics.median(found) if found else None
