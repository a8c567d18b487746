"""Importing and using DeepXDE leaves the process as it was."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import warnings
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite.domain.quiet import deepxde
from pinnsuite.errors import InputError

FRESH = """
import os, sys
os.environ["MPLBACKEND"] = "svg"
import matplotlib, numpy, random, torch, warnings
matplotlib.rcParams["lines.linewidth"] = 7.0
torch.set_default_dtype(torch.bfloat16)
numpy.random.seed(3); random.seed(3); torch.manual_seed(3)

def state():
    return (dict(os.environ), random.getstate(), repr(numpy.random.get_state()), torch.get_rng_state().tolist(),
            torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads(), list(warnings.filters),
            matplotlib.rcParams.copy(), os.path.exists(os.path.join(os.environ["HOME"], ".deepxde")))

before = state()
from pinnsuite.domain.region import Boundary, Interior
from pinnsuite.domain.shape import Disk, Rectangle, Shape
assert "deepxde" not in sys.modules
shape = Shape(Rectangle((0, 0), (1, 1)) - Disk((0.5, 0.5), 0.2))
shape.sample(Interior(), 64, 0)
shape.sample(Boundary(), 64, 0)
assert "deepxde" in sys.modules
for a, b in zip(before, state()):
    assert a == b, (a, b)
"""


def state() -> list[Any]:
    return [
        dict(os.environ),
        random.getstate(),
        repr(np.random.get_state()),
        torch.get_rng_state().tolist(),
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.get_num_threads(),
        list(warnings.filters),
    ]


def test_importing_in_a_fresh_process_changes_and_prints_nothing(tmp_path: Any) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DDE", "KMP"))} | {"HOME": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", FRESH], env=environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout == run.stderr == ""


def test_using_it_changes_and_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with deepxde():
        pass
    before = state()
    with deepxde(dtype=torch.float32, seed=5, threads=1) as library:
        assert torch.get_default_dtype() == torch.float32
        assert library.config.real.precision == 32
        inner = np.random.random()
        library.geometry.Rectangle((0, 0), (1, 1)).boundary_normal(np.zeros((1, 2)))  # prints a warning
        library.optimizers.set_LBFGS_options(maxiter=3)
        with deepxde() as same:
            assert same.config.real.precision == 64
        assert library.config.real.precision == 32
    assert state() == before
    assert library.optimizers.config.LBFGS_options["maxiter"] == 15000
    with deepxde(seed=5):
        assert np.random.random() == inner
    assert "print" not in vars(library.config)
    assert capfd.readouterr() == ("", "")


def test_everything_is_restored_after_an_error() -> None:
    before = state()
    with pytest.raises(RuntimeError), deepxde(dtype=torch.float32, seed=1, threads=1):
        raise RuntimeError
    assert state() == before


def test_it_refuses_other_float_types_and_backends(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"float32 or float64"), deepxde(dtype=torch.float16):
        pass
    with deepxde() as library:
        pass
    monkeypatch.setattr(library.backend, "backend_name", "jax")
    with pytest.raises(InputError, match=r"another backend. Given: jax"), deepxde():
        pass
