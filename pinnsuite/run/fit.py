"""What data say about the unknowns of a run: for its summary, and as standard deviations of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pinnsuite.domain.region import Interior
from pinnsuite.errors import InputError
from pinnsuite.objective.objective import Objective
from pinnsuite.parameters import Unknown
from pinnsuite.run.uncertainty import posterior_window
from pinnsuite.solvers.march import March

if TYPE_CHECKING:
    from pinnsuite.inverse.estimator import Estimator
    from pinnsuite.inverse.posterior import Posterior
    from pinnsuite.run.solution import Solution
    from pinnsuite.run.solve import Run
    from pinnsuite.solvers.window import Window

PROBED = 256  # points at which the uncertainty of functions is looked at
NEAR, AWAY = 0.5, 1.0  # standard errors from its optimum: up to where a fit has found it, from where on it has not


def told_by_march(run: Run, march: March) -> dict[str, Any]:
    """What data say about the unknown numbers of a march; empty without either.

    data.from_optimum: by how many standard errors a whole Gauss-Newton step, with equations as strict as the posterior
    takes them, would still move what is unknown, at most. at_optimum: whether only noise is left, so that a loss that
    stalls has got where it can get: that step is short, and neither the model nor the noise are in doubt.
    """
    if not run.measured or not (march.whole.unknowns or march.whole.functions):
        return {}
    from pinnsuite.inverse.estimator import estimator

    window = posterior_window(march)
    try:
        linear = estimator(window, run.measured)
    except InputError as error:
        return {"data": {**_counts(run), "remarks": [str(error)]}}
    scaled = {n: float(v.detach()) for n, v in march.vector.scalars.items()}
    found = told(run, linear.posterior, march.whole.unknowns, scaled) | {"seen": (window, linear.factor)}
    step = _whole_step(window, linear)
    lost, vague, moved = _functions(window, march, linear, step)
    numbers = step[len(step) - len(linear.posterior.names) :].double().cpu().numpy()
    away = float(max([*np.abs(numbers) / linear.posterior.widths, *moved]))
    if away > AWAY and not found["data"]["noiseless"]:
        said = f"a further step would move what is unknown by {away:.2g} standard errors"
        vague.append(f"{said}: the fit was not trained to the end")
    opened, remarks = [*found["open"], *lost], [*found["data"]["remarks"], *vague]
    found["data"] |= {"open": opened, "remarks": remarks, "from_optimum": away}
    return found | {"open": opened, "at_optimum": away < NEAR and not found["doubts"]}


def _functions(
    window: Window, march: March, linear: Estimator, step: torch.Tensor
) -> tuple[list[str], list[str], list[float]]:
    """In words, which unknown functions the data leave open everywhere, and which at places; and by how many standard
    errors a step, (trained numbers,), would move each of them, at most."""
    from pinnsuite.ansatz.functions import showing_functions
    from pinnsuite.inverse.findings import narrowed, unclear
    from pinnsuite.inverse.gradients import gradients, spreads

    points, found, moved = march.whole.domain.sample(Interior(), PROBED, seed=1), [], []
    factors = (linear.factor, linear.stricter) if march.whole.functions else ()
    for name, expression in showing_functions(march.whole).items():
        values, rows = gradients(window, expression, points)
        rows = rows.to(linear.factor)
        spread, stricter = (spreads(f, rows) for f in factors)
        found.append(unclear(name, points, values.double().cpu(), spread.double().cpu()))
        found.append((narrowed(name, spread, stricter), False))
        moved.append(float(((rows @ step).abs() / spread).max()))
    lost, vague = ([s for s, everywhere in found if s and everywhere is which] for which in (True, False))
    return lost, vague, moved


def _whole_step(window: Window, linear: Estimator) -> torch.Tensor:
    """The Gauss-Newton step that is left, (trained numbers,)."""
    from pinnsuite.inverse.constrained import constrained

    blocks, factor = constrained(window, linear)
    _, slope = Objective(blocks, window.vector, window.policy.chunk, window.workers).gradient()
    half = -0.5 * factor * slope.to(linear.factor)[:, None]
    return torch.cholesky_solve(half, linear.factor, upper=True)[:, 0]


def _counts(run: Run) -> dict[str, Any]:
    return {
        "measurements": {m.name: len(m.values) for m in run.measured},
        "missing": {m.name: m.missing for m in run.measured if m.missing},
    }


def told(run: Run, seen: Posterior, unknowns: Mapping[str, Unknown], scaled: Mapping[str, float]) -> dict[str, Any]:
    """A posterior for the summary: intervals, what stays open, and remarks."""
    from pinnsuite.inverse.findings import find, noiseless

    found = find(unknowns, scaled, seen)
    data = {
        **_counts(run),
        "noise": seen.noise,
        "noise_is_estimated": seen.estimated,
        "noiseless": noiseless(seen),
        "chi_square": seen.chi_square,
        "degrees_of_freedom": seen.tested,
        "correlation": found.correlation.tolist(),
        "open": list(found.open),
        "remarks": list(found.remarks),
        "drift": seen.drift,
    }
    return {"data": data, "open": found.open, "doubts": found.doubts, "estimates": found.estimates}


def patterns(solution: Solution) -> list[str]:
    """Of which measured fields more than noise is left, in words."""
    from pinnsuite.inverse.findings import NONE, UNLIKELY
    from pinnsuite.inverse.pattern import by_chance

    axes, noise, found = solution.problem.domain.axes, solution.summary["data"].get("noise", {}), []
    for m in solution.measured if noise else ():
        if m.robust or noise[m.name] < NONE * m.spread:
            continue  # what is far off may well be so together, and the network's own error is no noise
        parts = [x / axes[n].length for part in (m.middle, m.reach) for n, x in part.items()]
        places = torch.stack(parts, dim=1).numpy()
        chance = by_chance(places, solution.misfit[m.name])
        if chance < UNLIKELY:
            found.append(
                f"what is left of {m.name} is alike at neighbouring places (by chance in less than {UNLIKELY:.1%} of "
                "cases): the model lacks something, or the noise of values is not independent"
            )
    return found


def parameters(run: Run, values: Mapping[str, float], fit: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Unknown numbers, with their true values where the problem gives them, and intervals of a fit to data."""
    result: dict[str, dict[str, Any]] = {}
    for n, v in values.items():
        result[n] = {"estimate": v, "low": None, "high": None, "true": run.true.get(n)}
        if n in fit.get("estimates", {}):
            e = fit["estimates"][n]
            more = {"low": e.low, "high": e.high, "standard_error": e.standard_error, "on_bound": e.on_bound}
            result[n] |= more
    return result
