"""The model is tested by the fields whose noise is given, whatever is unknown of the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import stats

from pinnsuite import Unknown
from pinnsuite.data.measured import Measured
from pinnsuite.inverse.findings import find
from pinnsuite.inverse.posterior import Factored, Posterior, posterior_of
from pinnsuite.optimizers.triangle import triangle

NOISE, POINTS, NUMBERS = 0.1, 60, 3


def line(u: Measured, v: Measured, wrong: float) -> Posterior:
    """Of a linear fit of two fields, of which the model of u lacks a constant ``wrong``."""
    rng = np.random.default_rng(0)
    rows = torch.from_numpy(rng.normal(size=(2 * POINTS, NUMBERS)))
    left = torch.from_numpy(NOISE * rng.normal(size=2 * POINTS))
    left[:POINTS] += wrong
    left = left - rows @ torch.linalg.lstsq(rows, left[:, None]).solution[:, 0]  # of the fit, nothing is left to gain
    owner = torch.arange(2).repeat_interleave(POINTS)

    def factored(relative: torch.Tensor, noise: torch.Tensor) -> Factored:
        return Factored(triangle(relative), 1.0, 0.0)

    return posterior_of(list("abc"), [u, v], left, rows, owner, factored).posterior


def measured(name: str) -> Measured:
    values = torch.linspace(-1, 1, POINTS, dtype=torch.float64)
    return Measured(name, {"x": values}, values, NOISE, "a test")


@pytest.mark.parametrize(("given", "share"), [("uv", 2), ("u", 1), ("v", 1), ("", 0)])
def test_chi_square_is_that_of_fields_with_given_noise(given: str, share: int) -> None:
    """Each row of both counts as one degree of freedom, less what the numbers take of it."""
    u, v = (m if m.name in given else replace(m, noise=None) for m in map(measured, "uv"))
    found = line(u, v, 0.0)
    assert found.tested == pytest.approx(share * (POINTS - NUMBERS / 2), abs=1)
    assert found.degrees == pytest.approx(2 * POINTS - NUMBERS)
    assert not share or 0.001 < stats.chi2.cdf(found.chi_square, found.tested) < 0.999


@pytest.mark.parametrize(("given", "robust", "said"), [("u", False, True), ("v", False, False), ("u", True, False)])
def test_a_wrong_model_is_said_where_the_noise_of_its_field_is_given(given: str, robust: bool, said: bool) -> None:
    u, v = (replace(m, noise=NOISE if m.name == given else None, robust=robust) for m in map(measured, "uv"))
    unknowns = dict.fromkeys("abc", Unknown(1.0))
    remarks = find(unknowns, dict.fromkeys("abc", 0.0), line(u, v, 2 * NOISE)).remarks
    assert any("does not describe the data" in r for r in remarks) is said
