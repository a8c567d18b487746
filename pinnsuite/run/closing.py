"""The last lines of a run on the terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pinnsuite.run.solution import Solution


def closing_lines(found: Solution) -> str:
    """The last lines on the terminal."""
    summary = found.summary
    lines = []
    for title, key in (("relative L2 error", "relative_l2"), ("at the final time", "final_relative_l2")):
        if summary.get(key):
            lines.append(f"  {title}: " + ", ".join(f"{n} {v:.2e}" for n, v in summary[key].items()))
    sure = "roughly " if summary.get("data", {}).get("noiseless") else "95 % "
    for name, p in summary.get("parameters", {}).items():
        digits = _digits(p)
        true = f" (true {p['true']:.{digits}g}{_away(p)})" if p.get("true") is not None else ""
        interval = "" if p.get("low") is None else f", {sure}between {p['low']:.{digits}g} and {p['high']:.{digits}g}"
        bound = ", on its bound" if p.get("on_bound") else ""
        lines.append(f"  {name}: {p['estimate']:.{digits}g}{interval}{bound}{true}")
    for name, f in summary.get("functions", {}).items():
        lines.append(f"  {name}({f['argument']}), {f['argument']} from {f['low']:.4g} to {f['high']:.4g}{_known(f)}")
    lines += [f"  {line}" for line in summary.get("data", {}).get("open", [])]
    lines += [f"  {line}" for line in summary.get("data", {}).get("remarks", [])]
    if "relative_l2" not in summary and "residual_audit" in summary:
        audit = ", ".join(f"{n} {v:.2e}" for n, v in summary["residual_audit"].items())
        lines.append(f"  no reference; rms residual on fresh points: {audit}")
    lines.append(
        f"  {summary['steps']} steps in {summary['seconds']:.1f} s, {summary['network_parameters']} parameters"
    )
    lines.append(f"  {found.folder}")
    return "\n".join(lines)


def _known(function: Mapping[str, Any]) -> str:
    """The error of a function, and its standard deviation, relative to its size."""
    words = {"relative_l2": "relative L2 error", "relative_standard_error": "relative standard error"}
    return "".join(f", {word} {function[key]:.2e}" for key, word in words.items() if key in function)


def _digits(p: Mapping[str, Any]) -> int:
    """As many as show two of the interval's width, or eight."""
    if p.get("low") is None or not 0 < p["high"] - p["low"] < math.inf:
        return 8
    return min(16, max(6, 2 + math.ceil(math.log10(abs(p["estimate"]) / (p["high"] - p["low"]) + 1))))


def _away(number: Mapping[str, Any]) -> str:
    """How far an estimate is from the truth, in standard errors: the Cramer-Rao bound of the fit."""
    error = number.get("standard_error")
    return f", {abs(number['estimate'] - number['true']) / error:.2g} standard errors away" if error else ""
