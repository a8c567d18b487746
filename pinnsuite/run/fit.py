"""What data say about the unknowns of a run: for its summary, and as standard deviations of its fields."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from pinnsuite.calculus.expression import field
from pinnsuite.domain.region import Interior
from pinnsuite.errors import InputError
from pinnsuite.parameters import Unknown
from pinnsuite.solvers.march import March

if TYPE_CHECKING:
    from pinnsuite.inverse.posterior import Posterior
    from pinnsuite.run.solution import Solution
    from pinnsuite.run.solve import Run

PROBED = 256  # points at which the uncertainty of functions is looked at


def told_by_march(run: Run, march: March) -> dict[str, Any]:
    """What data say about the unknown numbers of a march; empty without either."""
    if not run.measured or not (march.whole.unknowns or march.whole.functions):
        return {}
    from pinnsuite.inverse.estimator import estimator

    try:
        linear = estimator(march.window, run.measured)
    except InputError as error:
        return {"data": {**_counts(run), "remarks": [str(error)]}}
    scaled = {n: float(v.detach()) for n, v in march.vector.scalars.items()}
    found = told(run, linear.posterior, march.whole.unknowns, scaled) | {"factor": linear.factor}
    lost, vague = _functions(run, march, linear.factor)
    found["data"] |= {"open": [*found["open"], *lost], "remarks": [*found["data"]["remarks"], *vague]}
    return found | {"open": found["data"]["open"]}


def _functions(run: Run, march: March, factor: torch.Tensor) -> tuple[list[str], list[str]]:
    """In words, which unknown functions the data leave open everywhere, and which at places."""
    from pinnsuite.ansatz.functions import showing_functions
    from pinnsuite.inverse.estimator import gradients, spreads
    from pinnsuite.inverse.findings import unclear

    points, found = march.whole.domain.sample(Interior(), PROBED, seed=1), []
    for name, expression in showing_functions(march.whole).items():
        values, rows = gradients(march.window, expression, points)
        found.append(unclear(name, points, values.double().cpu(), spreads(factor, rows.to(factor)).double().cpu()))
    return [s for s, everywhere in found if s and everywhere], [s for s, everywhere in found if s and not everywhere]


def _counts(run: Run) -> dict[str, Any]:
    return {
        "measurements": {m.name: len(m.values) for m in run.measured},
        "missing": {m.name: m.missing for m in run.measured if m.missing},
    }


def told(run: Run, seen: Posterior, unknowns: Mapping[str, Unknown], scaled: Mapping[str, float]) -> dict[str, Any]:
    """A posterior for the summary: intervals, what stays open, and remarks."""
    from pinnsuite.inverse.findings import find

    found = find(unknowns, scaled, seen)
    data = {
        **_counts(run),
        "noise": seen.noise,
        "noise_is_estimated": seen.estimated,
        "chi_square": seen.chi_square,
        "degrees_of_freedom": seen.degrees,
        "correlation": found.correlation.tolist(),
        "open": list(found.open),
        "remarks": list(found.remarks),
        "drift": seen.drift,
    }
    return {"data": data, "open": found.open, "estimates": found.estimates}


def patterns(solution: Solution) -> list[str]:
    """Of which measured fields more than noise is left, in words."""
    from pinnsuite.inverse.findings import NONE, UNLIKELY
    from pinnsuite.inverse.pattern import by_chance

    axes, noise, found = solution.problem.domain.axes, solution.summary["data"].get("noise", {}), []
    for m in solution.measured if noise else ():
        if m.robust or noise[m.name] < NONE * m.spread:
            continue  # what is far off may well be so together, and the network's own error is no noise
        places = np.stack([x.numpy() / axes[n].length for n, x in m.points.items()], axis=1)
        chance = by_chance(places, solution.misfit[m.name])
        if chance < UNLIKELY:
            found.append(
                f"what is left of {m.name} is alike at neighbouring places (by chance in less than {UNLIKELY:.1%} of "
                "cases): the model lacks something, or the noise of values is not independent"
            )
    return found


def spread(run: Run, factor: torch.Tensor | None) -> Callable[[Mapping[str, torch.Tensor]], torch.Tensor]:
    """Standard deviations of all fields; a factorisation that is missing is made when they are first asked for."""
    assert run.march is not None
    window, measured, known = run.march.window, run.measured, run.march.whole.derived

    @functools.cache
    def made() -> torch.Tensor:
        from pinnsuite.inverse.estimator import estimator

        return estimator(window, measured).factor if factor is None else factor

    def deviations(points: Mapping[str, torch.Tensor]) -> torch.Tensor:
        from pinnsuite.inverse.estimator import uncertainty

        outputs = [known.get(f.name, field(f.name)) for f in run.problem.outputs()]
        return uncertainty(window, made(), outputs, points).double().cpu()

    return deviations


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
