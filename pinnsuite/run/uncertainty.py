"""Standard deviations of what a fit found, at any place: of its fields and of its unknown functions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import torch

from pinnsuite.calculus.expression import field

if TYPE_CHECKING:
    from pinnsuite.run.solve import Run
    from pinnsuite.solvers.march import March
    from pinnsuite.solvers.window import Window

Seen = tuple["Window", torch.Tensor]
"""The window of a posterior, and R."""


def posterior_window(march: March) -> Window:
    """That in which the posterior is worked out: with more ways to change where bands of functions are asked for."""
    from pinnsuite.inverse.enriched import enriched

    return enriched(march.window) if march.whole.functions else march.window


def posterior(run: Run, seen: Seen | None) -> Callable[[], Seen]:
    """That of a run; one that is missing is made when it is first asked for."""
    assert run.march is not None
    march, measured = run.march, run.measured

    @functools.cache
    def made() -> Seen:
        from pinnsuite.inverse.estimator import estimator

        if seen is not None:
            return seen
        window = posterior_window(march)
        return window, estimator(window, measured).factor

    return made


def of_fields(run: Run, made: Callable[[], Seen]) -> Callable[[Mapping[str, torch.Tensor]], torch.Tensor]:
    """Standard deviations of all fields and derived fields at points, (points, fields)."""
    assert run.march is not None
    known = run.march.whole.derived
    outputs = [known.get(f.name, field(f.name)) for f in run.problem.outputs()]

    def deviations(points: Mapping[str, torch.Tensor]) -> torch.Tensor:
        from pinnsuite.inverse.gradients import uncertainty

        return uncertainty(*made(), outputs, points).double().cpu()

    return deviations


def of_function(run: Run, made: Callable[[], Seen], name: str) -> Callable[[Mapping[str, torch.Tensor]], torch.Tensor]:
    """Standard deviations of an unknown function where its arguments are given, (points,)."""
    from pinnsuite.ansatz.arguments import of_arguments

    assert run.march is not None
    expression = of_arguments(run.march.whole, name)

    def deviations(given: Mapping[str, torch.Tensor]) -> torch.Tensor:
        from pinnsuite.inverse.gradients import rows_of, spreads

        window, factor = made()
        here = {n: x.to(window.like) for n, x in given.items()}
        _, rows = rows_of(window, expression, list(here), here)
        return spreads(factor, rows.to(factor)).double().cpu()

    return deviations
