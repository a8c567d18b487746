"""What was understood of a problem's data, as plain text, before anything is fitted to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import torch

from pinnsuite.calculus.audit import audit, reader_on
from pinnsuite.data.measured import Measured, unit_of
from pinnsuite.data.places import repeated
from pinnsuite.errors import InputError
from pinnsuite.problem import Problem
from pinnsuite.report.layout import section, table, wrapped
from pinnsuite.trace import Traced, trace

DENSE = 9  # points along every axis from which on derivatives of the data mean something
DRAWS = 32  # of noise


def check_data(problem: Problem, measured: Sequence[Measured]) -> str:
    """Fields and coordinates with counts, ranges and noise, and what was done with the columns of a file.

    Where data fill a grid, also how well they fit the equations, beside what their noise alone would leave.
    """
    parts = [section("Measured", table(_fields(problem, measured))), section("At", table(_places(problem, measured)))]
    notes = dict.fromkeys(note for m in measured for note in m.notes)
    parts.append(section("Columns", [wrapped(note, hanging=4) for note in notes]))
    parts.append(section("Against the equations", [wrapped(line, hanging=4) for line in _audit(problem, measured)]))
    return "\n\n".join(p for p in parts if p) + "\n"


def _fields(problem: Problem, measured: Sequence[Measured]) -> Iterable[tuple[str, str, str]]:
    for m in measured:
        missing = f", {m.missing} missing" if m.missing else ""
        noise = "noise to be estimated" if m.noise is None else f"noise {m.noise:.3g}"
        noise += " in the mean" if m.noise is not None and m.shares is not None else ""
        noise += ", robust weights" if m.robust else ""
        mean = "".join(f"; averages over {length:g} in {n}" for n, length in m.over.items())
        mean += f"; averages along segments in {', '.join(m.to)}" if m.to else ""
        again = len(repeated(m))
        mean += f"; {again} place{'s' if again > 1 else ''} measured more than once" if again else ""
        low, high = float(m.values.min()), float(m.values.max())
        told = f"{_range(low, high, unit_of(m.name, problem))}{mean}; {noise}; {m.where}"
        yield m.name, f"{len(m.values)} values{missing}", told


def _places(problem: Problem, measured: Sequence[Measured]) -> Iterable[tuple[str, str, str]]:
    for name, axis in problem.domain.axes.items():
        x = np.concatenate([part[name].numpy() for m in measured for part in (m.points, m.to) if name in part])
        count = len(np.unique(x))
        domain = f"the domain is {_range(axis.low, axis.high, axis.unit)}"
        yield name, f"{count} different", f"{_range(float(x.min()), float(x.max()), axis.unit)}; {domain}"


def _audit(problem: Problem, measured: Sequence[Measured]) -> Iterable[str]:
    if any(m.averaged for m in measured):
        return ["they are averages: only a fit will tell"]
    axes = {n: np.unique(measured[0].points[n].numpy()) for n in problem.domain.axes}
    shape = tuple(len(x) for x in axes.values())
    fields, noises = {}, {}
    for m in measured:
        places = np.stack([np.searchsorted(axes[n], m.points[n].numpy()).clip(max=len(axes[n]) - 1) for n in axes])
        known = all(np.array_equal(axes[n][i], m.points[n].numpy()) for n, i in zip(axes, places, strict=True))
        full = known and len(m.values) == np.prod(shape) == len(np.unique(places, axis=1).T)
        if not full or min(shape) < DENSE:
            return ["they are scattered or sparse: only a fit will tell"]
        fields[m.name], noises[m.name] = np.empty(shape), np.full(shape, np.nan)
        fields[m.name][tuple(places)] = m.values.numpy()
        if m.noise is not None:
            noises[m.name][tuple(places)] = m.noise * (1.0 if m.shares is None else m.shares.numpy())
    traced = trace(problem)
    absent = [n for n in (*traced.field_names, *traced.coordinates) if n not in fields and n not in axes]
    if absent:
        return [f"{', '.join(absent)} is not measured: only a fit will tell"]
    fields, noises = ({n: a[n] for n in traced.field_names} for a in (fields, noises))
    try:
        left = audit(traced, fields, axes)
    except InputError as error:
        return [str(error)]
    over = _over_noise(traced, fields, noises, axes)
    guess = " at the first guesses of unknown numbers" if traced.unknowns else ""
    return [
        f"{name}: the residual is {size:.1e} of the largest term{guess}"
        + (f", and {over[name]:.3g} times what the noise alone leaves" if name in over else "")
        for name, size in left.items()
    ]


def _over_noise(
    traced: Traced, fields: Mapping[str, np.ndarray], noises: Mapping[str, np.ndarray], axes: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """The root mean square of F(u) over the standard deviation of F(u + e) - F(u), with e drawn as the noise of u is.

    Both at the same point, since stencils at an edge make far more of noise than those within. Without the equations
    that noise does not enter or for which it is not known.
    """
    reader, part = reader_on(traced, axes)
    starts, generator = {n: u.start for n, u in traced.unknowns.items()}, np.random.default_rng(0)

    def residuals(share: float) -> torch.Tensor:
        """(equations, points...)"""
        drawn = {n: a + share * noises[n] * generator.standard_normal(a.shape) for n, a in fields.items()}
        cut = {n: torch.from_numpy(a[part]) for n, a in drawn.items()}
        return torch.stack(reader(list(traced.equations.values()), cut, starts))

    plain = residuals(0.0)
    deviation = torch.stack([(residuals(1.0) - plain).square() for _ in range(DRAWS)]).mean(0).sqrt()
    sizes = [(a / s)[s > 0].square().mean().sqrt() for a, s in zip(plain, deviation, strict=True)]
    return {n: float(size) for n, size in zip(traced.equations, sizes, strict=True) if bool(size.isfinite())}


def _range(low: float, high: float, unit: str) -> str:
    return f"{low:.6g} to {high:.6g}" + (f" {unit}" if unit else "")
