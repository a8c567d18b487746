"""Whether 95 % intervals hold the truth 95 times in a hundred: fits to the same data with other noise."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import stats

from pinnsuite.errors import choose
from pinnsuite.report.accuracy import recorded_run
from pinnsuite.report.machine import machine
from pinnsuite.run.manifest import read_json, write_json

log = logging.getLogger(__name__)
FOLDER, SEEDS, FULL = "calibration", 200, 20
EXPERIMENTS: Mapping[str, Sequence[float]] = {"burgers_inverse": (0.01, 0.1)}
REJECTED = 0.01  # probability of so many misses below which intervals are not calibrated


def run_calibration(only: Sequence[str], seeds: Sequence[int], results: Path = Path("results")) -> None:
    """At each noise one fit with 200 linearised refits, and 20 whole fits, all with network seed 0 and other data."""
    for name in [choose(n, EXPERIMENTS, "experiment") for n in only] or EXPERIMENTS:
        for level, noise in enumerate(EXPERIMENTS[name]):
            target = results / FOLDER / name / f"noise{noise:g}.json"
            if not target.exists():
                log.warning("%s at a noise of %g", name, noise)
                target.parent.mkdir(parents=True, exist_ok=True)
                folder = results / "runs" / "bench" / FOLDER / name / f"noise{noise:g}"
                write_json(target, refits(name, noise, level, folder))
            for seed in data_seeds(level):
                words = [f"experiment={name}", f"data.noise={noise:g}", f"data.seed={seed}"]
                recorded_run(Path(FOLDER, name, f"noise{noise:g}-data{seed}"), words, results)


def data_seeds(level: int) -> range:
    """The data seeds of the whole fits at one level of noise: no two levels share a draw."""
    return range(FULL * level, FULL * (level + 1))


def refits(name: str, noise: float, level: int, folder: Path) -> dict[str, Any]:
    """How often the truth is inside the interval over refits that are linear around one fit.

    That fit is the first whole one of its level, and the refits draw their noise with a generator of seed level + 1.
    """
    from pinnsuite.inverse.estimator import estimator
    from pinnsuite.run.compose import compose
    from pinnsuite.run.solve import Run
    from pinnsuite.run.telemetry import SilentProgress

    made = machine()
    words = [f"experiment={name}", f"data.noise={noise:g}", f"data.seed={data_seeds(level)[0]}"]
    run = Run(compose([*words, f"run.dir={folder}", "run.figures=false"]))
    found = run.execute((), SilentProgress())
    assert run.march is not None
    linear = estimator(run.march.window, run.measured)
    numbers = linear.posterior.names
    scaled = np.array([float(run.march.vector.scalars[n].detach()) for n in numbers])
    true = np.array([run.march.whole.unknowns[n].scaled(run.true[n]) for n in numbers])
    generator = torch.Generator().manual_seed(level + 1)
    count = linear.matrix.shape[1]
    draws = torch.randn(count, SEEDS, generator=generator, dtype=torch.float64).to(linear.matrix)
    # a fit to other noise: that of the present data taken away, and new noise put in its place
    exact = replace(run.data, noise=0.0).read(run.problem)
    pairs = zip(run.measured, exact, strict=True)
    present = torch.cat([m.misfit(e.values, linear.posterior.noise[m.name]) for m, e in pairs]).to(linear.matrix)
    shifts = (linear.matrix @ (draws - present[:, None])).double().numpy()
    misses = (
        np.abs(scaled[:, None] + shifts - true[:, None]) > linear.posterior.reach * linear.posterior.widths[:, None]
    )
    return {
        "experiment": name,
        "noise": noise,
        "command": f"pinnsuite bench calibration --only {name}",
        "seeds": SEEDS,
        "generator_seed": level + 1,
        "misses": {n: int(m.sum()) for n, m in zip(numbers, misses, strict=True)},
        "probability": {n: binomial(int(m.sum()), SEEDS) for n, m in zip(numbers, misses, strict=True)},
        "spread_over_width": {
            n: float(s.std() / w) for n, s, w in zip(numbers, shifts, linear.posterior.widths, strict=True)
        },
        "parameters": found.summary["parameters"],
        "machine": made,
    }


def binomial(misses: int, seeds: int) -> float:
    """The probability of a number of misses as unlikely as this, if one in twenty is missed."""
    return float(stats.binomtest(misses, seeds, 0.05).pvalue)


def calibration_lines(results: Path) -> list[str]:
    """The table, as far as there are fits."""
    rows = []
    for experiment, level, noise in [(e, i, n) for e, levels in EXPERIMENTS.items() for i, n in enumerate(levels)]:
        file = results / FOLDER / experiment / f"noise{noise:g}.json"
        if not file.exists():
            continue
        record = read_json(file)
        fits = [file.with_name(f"{file.stem}-data{seed}.json") for seed in data_seeds(level)]
        whole = [read_json(f) for f in fits if f.exists()]
        for name, misses in record["misses"].items():
            found = [r["parameters"][name] for r in whole]
            outside = sum(not p["low"] <= p["true"] <= p["high"] for p in found)
            errors = [abs(p["estimate"] / p["true"] - 1) for p in found]
            cells = [
                f"`{experiment}`",
                f"{noise:.0%}",
                name,
                f"{record['parameters'][name]['standard_error'] / abs(record['parameters'][name]['true']):.1e}",
                f"{misses} of {record['seeds']}",
                f"{record['probability'][name]:.2f}",
                f"{outside} of {len(whole)}" if whole else "",
                f"{binomial(outside, len(whole)):.2f}" if whole else "",
                f"{np.median(errors):.1e}" if whole else "",
            ]
            rows.append("| " + " | ".join(cells) + " |")
    if not rows:
        return []
    return [
        "## Calibration of intervals\n",
        f"How often the true number lies outside its 95 % interval: over {SEEDS} refits to new noise that are linear "
        f"around one fit, and over {FULL} whole fits to other points with other noise, each with the binomial "
        f"probability of so unlikely a number (below {REJECTED:g} intervals would be wrong). No two levels of noise "
        "share a draw; the numbers of one level come from the same fits. Standard and median errors are relative. "
        "`pinnsuite bench calibration`\n",
        "| experiment | noise | number | standard error | outside | probability | outside, whole fits | probability "
        "| median error |",
        "|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]
