"""The accuracy tables: every experiment, three seeds, with the baseline beside it at the same wall time."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pinnsuite.errors import choose
from pinnsuite.report.fits import FIGURES, SHOOTING, SHOT
from pinnsuite.report.machine import machine
from pinnsuite.run.atomic import write_bytes
from pinnsuite.run.compose import compose
from pinnsuite.run.manifest import read_json, write_json
from pinnsuite.run.options import first_target, options

log = logging.getLogger(__name__)
BASELINE = "deepxde"
MARCH_FIGURES = ("solution", "dynamics", "march")
KEPT = (
    "problem solver network optimizer seed verdict seconds seconds_by_part share_outside_steps steps "
    "network_parameters relative_l2 final_relative_l2 largest parameters dtype device threads residual_audit notes "
    "tolerance reached relative_l2_until_reached valid budget_defects spectrum_decades training_ended "
    "relative_standard_error inside_band functions"
).split()
OF_DATA = "chi_square degrees_of_freedom noise_is_estimated noiseless drift from_optimum open remarks".split()


def run_experiments(only: Sequence[str], seeds: Sequence[int], results: Path = Path("results")) -> None:
    """Run what has no result yet, one process after the other, ours and the baseline in turn."""
    names = [choose(n, options("experiment"), "experiment") for n in only] or options("experiment")
    for name in names:
        for seed in seeds:
            ours = _one(name, seed, "ours", [f"experiment={name}"], results)
            if seed == seeds[0]:
                keep_figures(name, seed, results)
            if ours is not None:
                problem = [*problem_words(name), *data_words(name)]
                budget = f"run.max_seconds={max(ours['seconds'], 5.0):.1f}"
                for other in (BASELINE, SHOOTING) if name in SHOT else (BASELINE,):
                    _one(name, seed, other, [*problem, f"solver={other}", budget], results)


def keep_figures(name: str, seed: int, results: Path) -> None:
    """Copy what shows how a march or a fit went into the results."""
    folder = results / "runs" / "bench" / "accuracy" / name / f"ours-seed{seed}" / "figures"
    for mark, figures in (("march", MARCH_FIGURES), ("misfit", FIGURES)):
        for figure in figures if (folder / f"{mark}.png").exists() else ():
            if (folder / f"{figure}.png").exists():
                write_bytes(results / "figures" / f"{name}_{figure}.png", (folder / f"{figure}.png").read_bytes())


def problem_words(experiment: str) -> list[str]:
    """The experiment's problem alone, for a solver with its own defaults."""
    section = _problem(f"experiment={experiment}")
    known = {n: _problem(f"problem={n}") for n in options("problem")}
    found = {
        n: {k: v for k, v in section.items() if other.get(k) != v}
        for n, other in known.items()
        if other["target"] == section["target"] and other.keys() <= section.keys()
    }
    option = min(found, key=lambda n: len(found[n]))
    return [f"problem={option}", *(f"problem.{k}={v}" for k, v in found[option].items())]


def data_words(experiment: str) -> list[str]:
    """The experiment's data alone; none if it has none."""
    section = compose([f"experiment={experiment}"]).get("data")
    if not isinstance(section, dict):
        return []
    option = next(n for n in options("data") if first_target("data", n) == section["target"])
    return [f"data={option}", *(f"data.{k}={literal(v)}" for k, v in section.items() if k != "target")]


def literal(value: Any) -> str:
    """A value as a word of the command line says it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{k}:{literal(v)}" for k, v in value.items()) + "}"
    return "[" + ",".join(map(literal, value)) + "]" if isinstance(value, list) else str(value)


def _problem(word: str) -> dict[str, Any]:
    section = compose([word])["problem"]
    assert isinstance(section, dict)
    return section


def _one(name: str, seed: int, who: str, words: Sequence[str], results: Path) -> dict[str, Any] | None:
    return recorded_run(Path("accuracy", name, f"{who}-seed{seed}"), [*words, f"seed={seed}"], results)


def recorded_run(name: Path, words: Sequence[str], results: Path) -> dict[str, Any] | None:
    """The record ``results/NAME.json`` of a solve with these words, run in its own process if there is none yet.

    None if the run ended without a summary, which is logged.
    """
    target, folder = results / f"{name}.json", results / "runs" / "bench" / name
    if target.exists():
        return dict(read_json(target))
    log.warning("%s", name)
    made = machine()  # before the run: what is committed meanwhile is not what runs
    command = [sys.executable, "-m", "pinnsuite", "solve", *words, f"run.dir={folder}"]
    ended = subprocess.run(command, check=False)
    summary = folder / "summary.json"
    if not summary.exists():
        log.warning("%s ended with status %d and no summary", " ".join(words), ended.returncode)
        return None
    found = read_json(summary)
    record = {k: found[k] for k in KEPT if k in found}
    record |= {"command": "pinnsuite solve " + " ".join(words), "curve": _curve(folder, found)}
    if "data" in found:
        record["data"] = {k: found["data"][k] for k in OF_DATA if k in found["data"]}
    if "windows" in found:
        record["windows"] = dict(Counter(w["judgement"] for w in found["windows"]))
    record["machine"] = made
    target.parent.mkdir(parents=True, exist_ok=True)
    write_json(target, record)
    return record


def _curve(folder: Path, summary: dict[str, Any]) -> list[list[float]]:
    """(seconds, largest relative L2 error over fields) as the run went on."""
    from pinnsuite.run.telemetry import MetricsLog

    rows = MetricsLog(folder / "metrics.jsonl").read() or summary.get("history", [])
    curve = []
    for row in rows:
        errors = [v for k, v in row.items() if k.startswith("error") and isinstance(v, int | float)]
        if errors and isinstance(row.get("seconds"), int | float):
            curve.append([round(row["seconds"], 3), float(f"{max(errors):.4g}")])
    return curve
