"""Options that make no sense are refused with what was given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pinnsuite.errors import InputError
from pinnsuite.optimizers.adam import Adam
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.optimizers.lbfgs import LBFGS
from pinnsuite.optimizers.soap import Soap
from pinnsuite.optimizers.ssbroyden import SSBroyden


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: GaussNewton(damping=0.0), "positive damping.*damping=0.0"),
        (lambda: GaussNewton(trials=0), "trials=0"),
        (lambda: GaussNewton(factor=1.0), "factor above 1.*factor=1.0"),
        (lambda: LBFGS(memory=0), "memory=0"),
        (lambda: SSBroyden(trials=0), "trials=0"),
        (lambda: Adam(rate=-1.0), "rate=-1.0"),
        (lambda: Adam(beta2=1.0), "beta2=1.0"),
        (lambda: Adam(decay_steps=0), "decay_steps=0"),
        (lambda: Soap(decay=0.0), "decay=0.0"),
    ],
)
def test_refusals(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        make()
