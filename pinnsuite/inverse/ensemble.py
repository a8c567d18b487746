"""An ensemble of fits to the data with further noise: whether noise goes where the linearised fit says it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy import stats

from pinnsuite.calculus.expression import field
from pinnsuite.data.measured import Measured
from pinnsuite.domain.region import Interior
from pinnsuite.inverse.constrained import constrained, disturbed, settle
from pinnsuite.inverse.estimator import Estimator, estimator, kind_of
from pinnsuite.inverse.gradients import gradients, response
from pinnsuite.inverse.measured import KIND
from pinnsuite.inverse.values import values_of
from pinnsuite.solvers.march import March

PROBED = 256  # points at which fields are compared
KNOWN = 1e-6  # of a field, by the root of mean squares: a spread below which the field is known as it is


@dataclass(frozen=True)
class Ensemble:
    """What each member found, and how it compares with the linearisation around the fit.

    values: of every unknown number, (members,) each. spread: their standard deviation over the linear one, which is the
    standard error. shift: by how many of those their mean is off the estimate. fields: of every field that is not known
    whatever the data, the root of the mean square of its standard deviations over points, over that of the linear ones.
    """

    values: dict[str, np.ndarray]
    spread: dict[str, float]
    shift: dict[str, float]
    fields: dict[str, float]
    members: int

    @property
    def by_chance(self) -> tuple[float, float]:
        """Between what the spread of so many members lies in 95 of 100 cases where the linearisation is right."""
        degrees = self.members - 1
        low, high = np.sqrt(stats.chi2.ppf([0.025, 0.975], degrees) / degrees)
        return float(low), float(high)


def ensemble(march: March, measured: Sequence[Measured], members: int = 20, seed: int = 0) -> Ensemble:
    """Fit again to the measurements with noise added once more, ``members`` times.

    (Parametric bootstrap: B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), section 6.5.) What
    noise does to the estimates is seen here as it is, in the posterior to first order. What is open for lack of data,
    and held by a prior, does not scatter: bands of functions are wider than that. The solve is left as it was found.
    Raises `InputError` as `estimator` does.
    """
    window = march.window
    linear = estimator(window, measured)
    points = {n: x.to(window.like) for n, x in march.whole.domain.sample(Interior(), PROBED, seed=1).items()}
    names, known = linear.posterior.names, march.whole.derived
    outputs = [f.name for f in march.whole.problem.outputs()]
    rows = torch.stack([gradients(window, known.get(n, field(n)), points)[1] for n in outputs])
    expected, widths = response(linear, rows).norm(dim=2), linear.matrix.norm(dim=1).double().cpu().numpy()
    (centre, *found), values = _fits(march, linear, points, members, torch.Generator().manual_seed(seed))
    scaled = np.array(found)
    spread, shift = scaled.std(0, ddof=1) / widths, (scaled.mean(0) - centre) / widths
    first_order, scattered = (s.square().mean(1).sqrt() for s in (expected, values.std(0).T))
    moved = first_order > KNOWN * values[0].square().mean(0).sqrt()
    return Ensemble(
        {n: np.array(values_of(march.whole.unknowns[n], scaled[:, i].tolist())) for i, n in enumerate(names)},
        dict(zip(names, spread.tolist(), strict=True)),
        dict(zip(names, shift.tolist(), strict=True)),
        {n: float(scattered[i] / first_order[i]) for i, n in enumerate(outputs) if moved[i]},
        members,
    )


def _fits(
    march: March, linear: Estimator, points: Mapping[str, torch.Tensor], members: int, generator: torch.Generator
) -> tuple[list[list[float]], torch.Tensor]:
    """The scaled numbers of the fit to the data as they are, then of every member; the members' fields at points,
    (members, points, fields)."""
    window, vector, fitted = march.window, march.vector, march.vector.copy()
    blocks, factor = constrained(window, linear)
    noisy = [kind_of(c) == KIND for _, c in window.blocks]

    def numbers() -> list[float]:
        return [float(vector.scalars[n].detach()) for n in linear.posterior.names]

    fields = []
    try:
        settle(window, blocks)
        middle, scaled = vector.copy(), [numbers()]
        for _ in range(members):
            vector.set(middle)
            settle(window, [disturbed(b, factor, generator) if n else b for b, n in zip(blocks, noisy, strict=True)])
            scaled.append(numbers())
            fields.append(march.pieces().fields(points).detach())
    finally:
        vector.set(fitted)
    return scaled, torch.stack(fields)
