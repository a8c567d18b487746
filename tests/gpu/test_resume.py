"""What was trained on a GPU comes back to the bit, and moves to and from the CPU when that is accepted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from pinnsuite.errors import InputError
from pinnsuite.run.checkpoint import unpack
from pinnsuite.run.solution import Solution
from pinnsuite.run.store import Store

from .conftest import NEEDS_GPU

pytestmark = NEEDS_GPU
WORDS = ("problem=burgers", "network.width=10", "network.depth=2", "solver.points=1000", "solver.redraw_every=3")
CHOICES = (
    *(
        f"optimizer={n}"
        for n in ("gauss_newton", "ssbroyden", "lbfgs", "adam", "soap", "nystrom_gauss_newton", "spring")
    ),
    "optimizer=sketched_gauss_newton optimizer.directions=40",
    "optimizer=adam solver=causal_pinn",
)


def last(folder: Path) -> dict[str, torch.Tensor]:
    """The tensors of the newest checkpoint."""
    saved = Store(folder / "checkpoints").load()
    assert saved is not None
    return unpack(saved.parts["state.safetensors"])


@pytest.mark.parametrize("choices", CHOICES)
def test_a_resumed_run_has_the_same_bits(choices: str, solved: Callable[..., Solution], tmp_path: Path) -> None:
    words = (*WORDS, *choices.split(), "device=cuda")
    solved("whole", *words, "optimizer.max_steps=14")
    solved("halves", *words, "optimizer.max_steps=7")
    solved("halves", *words, "optimizer.max_steps=14")
    whole, halves = last(tmp_path / "whole"), last(tmp_path / "halves")
    assert whole.keys() == halves.keys() and all(torch.equal(whole[n], halves[n]) for n in whole)


@pytest.mark.parametrize(("first", "then"), [("cpu", "cuda"), ("cuda", "cpu")])
def test_a_run_moves_between_devices_if_that_is_accepted(
    first: str, then: str, solved: Callable[..., Solution]
) -> None:
    solved("run", *WORDS, f"device={first}", "optimizer.max_steps=5")
    with pytest.raises(InputError, match="device"):
        solved("run", *WORDS, f"device={then}", "optimizer.max_steps=10")
    moved = solved("run", *WORDS, f"device={then}", "optimizer.max_steps=10", "run.accept_change=true")
    stayed = solved("other", *WORDS, f"device={first}", "optimizer.max_steps=10")
    assert moved.summary["device"] == then and moved.summary["steps"] == 10
    x = np.linspace(-1, 1, 9)
    assert np.allclose(moved(x=x, t=0.5)["u"], stayed(x=x, t=0.5)["u"], rtol=1e-5, atol=1e-7)
