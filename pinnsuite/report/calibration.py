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
from pinnsuite.run.manifest import read_json, write_json

log = logging.getLogger(__name__)
FOLDER, SEEDS, FULL = "calibration", 200, 20
EXPERIMENTS: Mapping[str, Sequence[float]] = {"burgers_inverse": (0.01, 0.1)}
REJECTED = 0.01  # probability of so many misses below which intervals are not calibrated


def run_calibration(only: Sequence[str], seeds: Sequence[int], results: Path = Path("results")) -> None:
    """At each noise one fit with 200 linearised refits, and 20 whole fits, the first seed of all of them."""
    for name in [choose(n, EXPERIMENTS, "experiment") for n in only] or EXPERIMENTS:
        for noise in EXPERIMENTS[name]:
            target = results / FOLDER / name / f"noise{noise:g}.json"
            if not target.exists():
                log.warning("%s at a noise of %g", name, noise)
                target.parent.mkdir(parents=True, exist_ok=True)
                write_json(target, refits(name, noise, results / "runs" / "bench" / FOLDER / name / f"noise{noise:g}"))
            for seed in range(FULL):
                words = [f"experiment={name}", f"data.noise={noise:g}", f"data.seed={seed}"]
                recorded_run(Path(FOLDER, name, f"noise{noise:g}-data{seed}"), words, results)


def refits(name: str, noise: float, folder: Path) -> dict[str, Any]:
    """How often the truth is inside the interval over refits that are linear around one fit."""
    from pinnsuite.inverse.estimator import estimator
    from pinnsuite.run.compose import compose
    from pinnsuite.run.solve import Run
    from pinnsuite.run.telemetry import SilentProgress

    config = compose([f"experiment={name}", f"data.noise={noise:g}", f"run.dir={folder}", "run.figures=false"])
    run = Run(config)
    found = run.execute((), SilentProgress())
    assert run.march is not None
    linear = estimator(run.march.window, run.measured)
    numbers = linear.posterior.names
    scaled = np.array([float(run.march.vector.scalars[n].detach()) for n in numbers])
    true = np.array([run.march.whole.unknowns[n].scaled(run.true[n]) for n in numbers])
    generator = torch.Generator().manual_seed(1)
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
        "seeds": SEEDS,
        "misses": {n: int(m.sum()) for n, m in zip(numbers, misses, strict=True)},
        "probability": {n: binomial(int(m.sum()), SEEDS) for n, m in zip(numbers, misses, strict=True)},
        "spread_over_width": {
            n: float(s.std() / w) for n, s, w in zip(numbers, shifts, linear.posterior.widths, strict=True)
        },
        "parameters": found.summary["parameters"],
    }


def binomial(misses: int, seeds: int) -> float:
    """The probability of a number of misses as unlikely as this, if one in twenty is missed."""
    return float(stats.binomtest(misses, seeds, 0.05).pvalue)


def calibration_lines(results: Path) -> list[str]:
    """The table, as far as there are fits."""
    rows = []
    for file in sorted((results / FOLDER).glob("*/noise*.json")):
        if "-data" in file.stem:
            continue
        record = read_json(file)
        whole = [read_json(f) for f in sorted(file.parent.glob(f"{file.stem}-data*.json"))]
        for name, misses in record["misses"].items():
            found = [r["parameters"][name] for r in whole]
            outside = sum(not p["low"] <= p["true"] <= p["high"] for p in found)
            errors = [abs(p["estimate"] / p["true"] - 1) for p in found]
            cells = [
                f"`{record['experiment']}`",
                f"{record['noise']:.0%}",
                name,
                f"{record['parameters'][name]['standard_error'] / abs(record['parameters'][name]['true']):.1e}",
                f"{misses} of {record['seeds']}",
                f"{record['probability'][name]:.2f}",
                f"{outside} of {len(whole)}" if whole else "",
                f"{np.median(errors):.1e}" if whole else "",
            ]
            rows.append("| " + " | ".join(cells) + " |")
    if not rows:
        return []
    return [
        "## Calibration of intervals\n",
        f"How often the true number lies outside its 95 % interval: over {SEEDS} refits to new noise that are linear "
        f"around one fit, with the probability of so unlikely a number (below {REJECTED:g} intervals would be wrong), "
        f"and over {FULL} whole fits; standard and median errors are relative. `pinnsuite bench calibration`\n",
        "| experiment | noise | number | standard error | outside | probability | outside, whole fits | median error |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]
