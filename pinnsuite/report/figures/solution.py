"""Which figures a solution gets, by the number of its coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pinnsuite.ansatz.functions import showing_functions
from pinnsuite.data.sampled import Sampled
from pinnsuite.data.sampling import sample, sample_times, with_grid
from pinnsuite.report.figures import images, lines
from pinnsuite.report.figures.causal import draw_causal
from pinnsuite.report.figures.characteristics import can_draw, draw_characteristics
from pinnsuite.report.figures.dynamics import draw_dynamics
from pinnsuite.report.figures.fit import draw_parameters, draw_residuals
from pinnsuite.report.figures.functions import draw_functions
from pinnsuite.report.figures.history import draw_history
from pinnsuite.report.figures.images import Row
from pinnsuite.report.figures.march import draw_march
from pinnsuite.report.figures.measured import Marks, marks_of
from pinnsuite.report.figures.plane import flat, middle, plane_of, said, units_of
from pinnsuite.report.figures.residual import residuals
from pinnsuite.report.figures.style import scientific, symbol
from pinnsuite.run.telemetry import MetricsLog
from pinnsuite.trace import trace

if TYPE_CHECKING:
    from pinnsuite.run.solution import Solution

QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the time that are shown; the evaluation grids contain them
FINEST = 201  # points per axis of a residual map


def draw_solution(solution: Solution, folder: Path) -> list[Path]:
    """Draw ``solution.png`` and, where they apply, ``slices``, ``residual``, ``dynamics``, ``history``, ``causal``,
    ``march``, ``characteristics``, ``functions``, and of a fit ``misfit`` and ``parameters``.

    Over one coordinate fields are lines, over one coordinate and time they are images with slices, over two they are
    images, and of more the middle planes are shown. What was measured of a field is drawn on it (`marks_of`), in slices
    and planes what was near. The residual needs a solver that gives expressions, the dynamics a grid with time, the
    history a ``metrics.jsonl`` beside the folder, the march windows that were judged. Unknown functions are drawn over
    their argument unless they are to be seen as lines already.
    """
    solution, folder = with_grid(solution), Path(folder)
    whole = sample(solution)
    paths = [*_draw_fields(solution, whole, folder), *_draw_residual(solution, whole, folder)]
    seen = solution.dynamics
    if seen and (seen.errors is not None or seen.budgets or seen.spectra):
        paths.append(draw_dynamics(seen, str(solution.problem.domain.time), folder / "dynamics.png"))
    records = MetricsLog(folder.parent / "metrics.jsonl").read()
    if any("seconds" in r and "loss" in r for r in records):
        paths.append(draw_history(records, folder / "history.png"))
    if any(r.get("causal_weights") for r in records):
        paths.append(draw_causal(records, folder / "causal.png"))
    if solution.summary.get("windows"):
        paths.append(draw_march(solution.summary["windows"], solution.summary["tolerance"], folder / "march.png"))
    if solution.pieces is not None and can_draw(solution.pieces):
        paths.append(draw_characteristics(solution.pieces, folder / "characteristics.png"))
    paths += _draw_functions(solution, folder)
    if solution.measured:
        paths += _draw_fit(solution, records, folder)
    return paths


def _draw_functions(solution: Solution, folder: Path) -> list[Path]:
    """Unknown functions over their argument; none where it is the only coordinate, and a derived field shows them."""
    unseen = showing_functions(trace(solution.problem)) if solution.tables else {}
    lines_elsewhere = len(solution.problem.domain.axes) == 1
    wanted = [t for n, t in solution.tables.items() if n in unseen or not (lines_elsewhere and t.argument.axis)]
    return [draw_functions(wanted, folder / "functions.png")] if wanted else []


def _draw_fit(solution: Solution, records: Sequence[Mapping[str, Any]], folder: Path) -> list[Path]:
    places = {m.name: {n: x.numpy() for n, x in m.middle.items()} for m in solution.measured}
    paths = [draw_residuals(places, solution.misfit, folder / "misfit.png")]
    if any(p.get("standard_error") is not None for p in solution.summary.get("parameters", {}).values()):
        paths.append(draw_parameters(records, solution.summary, folder / "parameters.png"))
    return paths


def _draw_fields(solution: Solution, whole: Sampled, folder: Path) -> list[Path]:
    domain, units, marks = solution.problem.domain, units_of(solution), marks_of(solution)
    path = folder / "solution.png"

    def near(field: str, fixed: Mapping[str, float]) -> Marks | None:
        return marks[field].near(fixed, domain.axes) if field in marks else None

    time = domain.time if domain.space else None
    if time is None:
        state, held = flat(whole, solution)
        if len(state.names) == 1:
            return [lines.draw_lines(state, units, path, marks)]
        rows = [Row(state, f, said(held), near(f, held)) for f in solution.fields]
        return [images.draw_rows(rows, plane_of(state, solution), path, signed=False)]
    times = [domain.axes[time].low + domain.axes[time].length * share for share in QUARTERS]
    if len(domain.axes) == 2:
        state, _ = flat(whole, solution)
        rows = [Row(state, f, marks=marks.get(f)) for f in solution.fields]
        pictures = images.draw_rows(rows, plane_of(state, solution), path, signed=True)
        states = [flat(s, solution)[0] for s in sample_times(solution, times, whole)]
        seen = {f: [m.near({time: t}, domain.axes) for t in times] for f, m in marks.items()}
        cuts = list(zip(times, states, strict=True))
        return [pictures, lines.draw_slices(cuts, time, units, folder / "slices.png", seen)]
    rows, times = [], times[1:] if len(solution.fields) < 3 else times[2::2]
    for t, state in zip(times, sample_times(solution, times, whole), strict=True):
        cut, held = flat(state, solution)
        where = f", {symbol(time)} = {t:.4g}{said(held)}"
        rows += [Row(cut, f, where, near(f, {time: t, **held})) for f in solution.fields]
    rows.sort(key=lambda row: list(solution.fields).index(row.field))
    return [images.draw_rows(rows, plane_of(rows[0].state, solution), path, signed=True)]


def _draw_residual(solution: Solution, whole: Sampled, folder: Path) -> list[Path]:
    """The magnitude of each residual, on logarithmic colours; of more than two coordinates the last time is shown."""
    if solution.pieces is None:
        return []
    domain = solution.problem.domain
    state, fixed = whole, {}
    if domain.time is not None and len(domain.axes) > 2:
        final = domain.axes[domain.time].high
        (state,), fixed = sample_times(solution, [final], whole), {domain.time: final}
    state, _ = flat(state.thinned(FINEST), solution)
    shape = next(iter(state.points.values())).shape
    fixed |= {n: middle(solution, n) for n in domain.axes if n not in state.points and n not in fixed}
    points = {n: state.points.get(n, np.full(shape, fixed.get(n, 0.0))) for n in domain.axes}
    found = {n: np.abs(a) for n, a in residuals(solution, points).items()}
    names = [f"{n.replace('_', ' ')} residual" if len(found) > 1 else "residual" for n in found]
    rms = [scientific(float(np.sqrt(np.mean(a**2)))) for a in found.values()]
    titles = [f"{n}, rms {v}" for n, v in zip(names, rms, strict=True)]
    path = folder / "residual.png"
    if len(state.names) == 1:
        return [lines.draw_logarithms(state, found, titles, units_of(solution), path)]
    return [images.draw_logarithms(state, found, titles, plane_of(state, solution), path)]
