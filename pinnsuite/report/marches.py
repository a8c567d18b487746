"""How the experiments that march held up: windows, valid times, budgets and spectra."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pinnsuite.report.accuracy import MARCH_FIGURES
from pinnsuite.run.manifest import read_json


def march_lines(results: Path) -> list[str]:
    """The table and the figures, if there are such runs."""
    rows, figures = [], []
    for folder in sorted((results / "accuracy").glob("*")):
        records = [r for f in sorted(folder.glob("ours-*.json")) if "windows" in (r := read_json(f))]
        if records:
            rows.append(_row(folder.name, records))
            found = [results / "figures" / f"{folder.name}_{figure}.png" for figure in MARCH_FIGURES]
            figures += [f"![{f.stem}](figures/{f.name})" for f in found if f.exists()]
    if not rows:
        return []
    return [
        "## Marches\n",
        "Windows accepted, refined and shortened at a tolerance each; until when the error stays below 0.4 of the root "
        "mean square (in Lyapunov times, where the exponent is known); the largest defect of a budget, of the spectrum "
        "at the last time in powers of ten. Medians of the seeds; figures of the first.\n",
        "| experiment | tolerance | accepted | refined | shortened | reached | valid until | budgets | spectrum |",
        "|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        *figures,
        "",
    ]


def _row(name: str, records: Sequence[Mapping[str, Any]]) -> str:
    judgements = ("accepted", "refined", "shortened")
    counts = [f"{statistics.median(r['windows'].get(k, 0) for r in records):.0f}" for k in judgements]
    valid = [r["valid"] for r in records if "valid" in r]
    until = f"{statistics.median(v['until'] for v in valid):.3g}" if valid else ""
    if valid and "lyapunov_times" in valid[0]:
        until += f" ({statistics.median(v['lyapunov_times'] for v in valid):.3g} Lyapunov times)"
    reached = f"{statistics.median(r['reached'] for r in records):.3g}"
    defects = [_largest(records, key) for key in ("budget_defects", "spectrum_decades")]
    return "| " + " | ".join([f"`{name}`", f"{records[0]['tolerance']:g}", *counts, reached, until, *defects]) + " |"


def _largest(records: Sequence[Mapping[str, Any]], key: str) -> str:
    """The median over seeds of the largest entry."""
    found = [max(r[key].values()) for r in records if r.get(key)]
    return f"{statistics.median(found):.1e}" if found else ""
