"""What was understood of a problem's data, as plain text, before anything is fitted to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from pinnsuite.calculus.audit import audit
from pinnsuite.data.measured import Measured, unit_of
from pinnsuite.errors import InputError
from pinnsuite.problem import Problem
from pinnsuite.report.layout import section, table, wrapped
from pinnsuite.trace import trace

DENSE = 9  # points along every axis from which on derivatives of the data mean something


def check_data(problem: Problem, measured: Sequence[Measured]) -> str:
    """Fields and coordinates with counts, ranges and noise; where data fill a grid, how well they fit the equations."""
    parts = [section("Measured", table(_fields(problem, measured))), section("At", table(_places(problem, measured)))]
    parts.append(section("Against the equations", [wrapped(line, hanging=4) for line in _audit(problem, measured)]))
    return "\n\n".join(p for p in parts if p) + "\n"


def _fields(problem: Problem, measured: Sequence[Measured]) -> Iterable[tuple[str, str, str]]:
    for m in measured:
        missing = f", {m.missing} missing" if m.missing else ""
        noise = "noise to be estimated" if m.noise is None else f"noise {m.noise:.3g}"
        noise += " in the mean" if m.shares is not None else ""
        mean = "".join(f"; averages over {length:g} in {n}" for n, length in m.over.items())
        low, high = float(m.values.min()), float(m.values.max())
        told = f"{_range(low, high, unit_of(m.name, problem))}{mean}; {noise}; {m.where}"
        yield m.name, f"{len(m.values)} values{missing}", told


def _places(problem: Problem, measured: Sequence[Measured]) -> Iterable[tuple[str, str, str]]:
    for name, axis in problem.domain.axes.items():
        x = np.concatenate([m.points[name].numpy() for m in measured])
        count = len(np.unique(x))
        domain = f"the domain is {_range(axis.low, axis.high, axis.unit)}"
        yield name, f"{count} different", f"{_range(float(x.min()), float(x.max()), axis.unit)}; {domain}"


def _audit(problem: Problem, measured: Sequence[Measured]) -> Iterable[str]:
    if any(m.over for m in measured):
        return ["they are averages: only a fit will tell"]
    fields, axes = {}, {n: np.unique(measured[0].points[n].numpy()) for n in problem.domain.axes}
    shape = tuple(len(x) for x in axes.values())
    for m in measured:
        places = np.stack([np.searchsorted(axes[n], m.points[n].numpy()).clip(max=len(axes[n]) - 1) for n in axes])
        known = all(np.array_equal(axes[n][i], m.points[n].numpy()) for n, i in zip(axes, places, strict=True))
        full = known and len(m.values) == np.prod(shape) == len(np.unique(places, axis=1).T)
        if not full or min(shape) < DENSE:
            return ["they are scattered or sparse: only a fit will tell"]
        fields[m.name] = np.empty(shape)
        fields[m.name][tuple(places)] = m.values.numpy()
    absent = [f.name for f in problem.field_list() if f.name not in fields]
    if absent:
        return [f"{', '.join(absent)} is not measured: only a fit will tell"]
    traced = trace(problem)
    try:
        left = audit(traced, {n: fields[n] for n in traced.field_names}, axes)
    except InputError as error:
        return [str(error)]
    guess = " at the first guesses of unknown numbers" if traced.unknowns else ""
    return [f"{name}: the residual is {size:.1e} of the largest term{guess}" for name, size in left.items()]


def _range(low: float, high: float, unit: str) -> str:
    return f"{low:.6g} to {high:.6g}" + (f" {unit}" if unit else "")
