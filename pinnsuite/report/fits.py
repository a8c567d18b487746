"""Fits to made-up data: errors of unknown numbers beside their Cramer-Rao bound, DeepXDE and the reference solver."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pinnsuite.run.manifest import read_json

SHOOTING = "shooting"
NUMBERS = ("burgers_inverse", "convection_inverse_lagrangian", "kdv_inverse", "lorenz_inverse")
FUNCTIONS = ("conductivity_inverse", "diffusion_reaction_inverse", "heat_start")
FIGURES = ("solution", "parameters", "functions", "misfit")
SHOT = {*NUMBERS, *FUNCTIONS}  # whose reference takes everything that is unknown


def fit_lines(results: Path) -> list[str]:
    """The table, as far as there are fits."""
    rows = []
    for folder in sorted(p for p in (results / "accuracy").iterdir() if p.is_dir()):
        records = [read_json(f) for f in sorted(folder.glob("*.json"))]
        ours = [r for r in records if _intervals(r) and r["solver"] != SHOOTING]
        for name, number in ours[0]["parameters"].items() if ours else ():
            if number.get("true") is None:
                continue
            bounds = [r["parameters"][name]["standard_error"] / abs(number["true"]) for r in ours]
            cells = [
                f"`{folder.name}`",
                name,
                _median([error(r, name) for r in ours]),
                _median(bounds),
                _seconds(ours),
                _other(records, SHOOTING, name),
                _other(records, "deepxde", name),
            ]
            rows.append("| " + " | ".join(cells) + " |")
    rows += _function_rows(results)
    if not rows:
        return []
    return [
        "## Fits\n",
        "Relative errors of unknown numbers (relative L2 errors of unknown functions, which are the same networks with "
        "the same priors for both solvers) and, beside them, their standard errors: around the fit these are the "
        "Cramer-Rao bound, given that the equations hold, whatever the data leave open of the field included (of "
        "functions the root mean square of their standard deviations over that of the truth, along with a prior). "
        "Of data without noise they are no more than the order of magnitude of the network's own error, and no 95 % "
        "intervals come of them. `shooting` is least squares through the reference "
        "solver in extended precision, which knows the start and made the data, so that without noise it ends at "
        "rounding where it ends; it starts from the one first guess and gets the time that ours took, as DeepXDE does. "
        "There is none of the flame, whose reference finds the speed by itself. Medians of the seeds.\n",
        "| experiment | number | error | bound | seconds | shooting: error, seconds | DeepXDE: error, seconds |",
        "|---|---|---|---|---|---|---|",
        *rows,
        "",
        *_said(results),
        "Of the first seed of each: the data on the field; numbers over the steps with their 95 % interval, and pairs "
        "with ellipses of 50 and 95 % (of data without noise the estimates alone); what functions were found to be, "
        "with their bands; what is left of the data over their noise.\n",
        *(f"![{f.stem}](figures/{f.name})" for f in _figures(results)),
        "",
    ]


def _function_rows(results: Path) -> list[str]:
    """One for each unknown function, as the derived field that shows it."""
    from pinnsuite.ansatz.functions import showing_functions
    from pinnsuite.run.compose import compose
    from pinnsuite.run.problem import build_problem
    from pinnsuite.trace import trace

    rows = []
    for experiment in FUNCTIONS:
        records = [read_json(f) for f in sorted((results / "accuracy" / experiment).glob("*.json"))]
        section: Any = compose([f"experiment={experiment}"])["problem"] if records else None
        for name in showing_functions(trace(build_problem(section))) if records else ():
            found = {
                who: [r for r in records if (r["solver"] == SHOOTING) == (who == SHOOTING) and name in r["relative_l2"]]
                for who in ("ours", SHOOTING)
            }
            errors = {w: _median([r["relative_l2"][name] for r in rs]) for w, rs in found.items() if rs}
            shot = f"{errors[SHOOTING]}, {_seconds(found[SHOOTING])}" if SHOOTING in errors else ""
            spreads = [r.get("relative_standard_error", {}).get(name) for r in found["ours"]]
            known = [s for s in spreads if s is not None]
            bound = f" {_median(known)} " if known else " "
            cells = f"| `{experiment}` | {name} | {errors['ours']} |{bound}| {_seconds(found['ours'])} | {shot} | |"
            rows.append(cells)
    return rows


def _said(results: Path) -> list[str]:
    """A line for each experiment: how the model was tested, and what else its fits say, in words of the first seed."""
    lines = []
    for folder in sorted(p for p in (results / "accuracy").iterdir() if p.is_dir()):
        fits = [r["data"] for f in sorted(folder.glob("ours-*.json")) if "data" in (r := read_json(f))]
        tested = [d["chi_square"] / d["degrees_of_freedom"] for d in fits if d.get("degrees_of_freedom", 0) >= 1]
        words = [w for d in fits if (w := [*d.get("open", []), *d.get("remarks", [])])]
        parts = [f"chi-square over its degrees of freedom {statistics.median(tested):.2g}"] if tested else []
        parts += [f"{len(words)} of {len(fits)} seeds say: {'; '.join(words[0])}"] if words else []
        lines += [f"- `{folder.name}`: {'. '.join(parts)}"] if parts else []
    return ["What else the fits say:\n", *lines, ""] if lines else []


def _figures(results: Path) -> list[Path]:
    """Of every fit what there is of `FIGURES`."""
    fits = [f.stem.removesuffix("_misfit") for f in sorted((results / "figures").glob("*_misfit.png"))]
    files = [results / "figures" / f"{name}_{figure}.png" for name in fits for figure in FIGURES]
    return [f for f in files if f.exists()]


def error(record: Mapping[str, Any], name: str) -> float:
    """The relative error of an unknown number."""
    number = record["parameters"][name]
    return float(abs(number["estimate"] / number["true"] - 1))


def _intervals(record: Mapping[str, Any]) -> bool:
    numbers = record.get("parameters", {}).values()
    return any(p.get("standard_error") is not None and p.get("true") is not None for p in numbers)


def _other(records: Sequence[Mapping[str, Any]], solver: str, name: str) -> str:
    found = [r for r in records if r["solver"] == solver and name in r.get("parameters", {})]
    if not found:
        return ""
    return f"{_median([error(r, name) for r in found])}, {_seconds(found)}"


def _median(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.1e}"


def _seconds(records: Sequence[Mapping[str, Any]]) -> str:
    return f"{statistics.median(r['seconds'] for r in records):.0f}"
