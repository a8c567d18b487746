"""The one place that imports DeepXDE, and undoes what that does to the process.

Importing DeepXDE picks a backend from the environment or from a file in the home folder (and writes that file), prints,
changes environment variables and warning filters, and sets torch's default device; using it sets torch's default dtype
and draws from NumPy's, torch's and Python's global generators.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import random
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch

from pinnsuite.errors import InputError


@contextlib.contextmanager
def deepxde(
    *, dtype: torch.dtype = torch.float64, seed: int | None = None, threads: int | None = None
) -> Iterator[Any]:
    """The library, on its PyTorch backend, silent, on the CPU, with the given float type, seed and threads.

    On leaving, everything global is as it was: environment, generators, torch's default dtype, device and threads,
    warning filters, and DeepXDE's own settings. Contexts may be nested.

    Raises:
        InputError: if DeepXDE was imported elsewhere with another backend, or ``dtype`` is not float32 or float64.
    """
    if dtype not in (torch.float32, torch.float64):
        raise InputError("DeepXDE does not compute in this type", given=dtype, expected="torch.float32 or float64")
    with contextlib.ExitStack() as kept:
        kept.enter_context(warnings.catch_warnings())
        kept.enter_context(_torch_and_generators())
        library = _imported()
        kept.enter_context(_settings(library))
        kept.enter_context(_silent())
        # DeepXDE's polygons use NumPy's cross product of plane vectors
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="deepxde")
        library.config.set_default_float(str(dtype).removeprefix("torch."))
        if seed is not None:
            library.config.set_random_seed(seed)
        if threads is not None:
            torch.set_num_threads(threads)
        if torch.get_default_device().type != "cpu":
            kept.enter_context(torch.device("cpu"))
        yield library


def _imported() -> Any:
    if "deepxde" not in sys.modules:
        import matplotlib  # DeepXDE imports it anyway; loaded first, its settings can be restored

        environment = dict(os.environ)
        os.environ["DDE_BACKEND"] = "pytorch"
        aside = io.StringIO()
        try:
            with matplotlib.rc_context(), contextlib.redirect_stdout(aside), contextlib.redirect_stderr(aside):
                importlib.import_module("deepxde")
        finally:
            for name in set(os.environ) - set(environment):
                del os.environ[name]
            os.environ.update(environment)
        torch.set_default_device(None)  # it takes a GPU if there is one
    library = sys.modules["deepxde"]
    name = library.backend.backend_name
    if name != "pytorch":
        raise InputError(
            "DeepXDE was imported before with another backend",
            given=name,
            expected="pytorch",
            do="Set the environment variable DDE_BACKEND=pytorch, or import pinnsuite's shapes first",
        )
    return library


@contextlib.contextmanager
def _torch_and_generators() -> Iterator[None]:
    dtype, device, threads = torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads()
    python, numpy, state = random.getstate(), np.random.get_state(), torch.get_rng_state()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else None
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        if torch.get_default_device() != device:
            torch.set_default_device(device)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(state)
        if cuda is not None:
            torch.cuda.set_rng_state_all(cuda)


@contextlib.contextmanager
def _settings(library: Any) -> Iterator[None]:
    """Keep DeepXDE's float type, seed and L-BFGS options, and drop the derivatives it remembers."""
    config, options = library.config, library.optimizers.config.LBFGS_options
    precision, seed, lbfgs = config.real.precision, config.random_seed, dict(options)
    try:
        yield
    finally:
        getattr(config.real, f"set_float{precision}")()
        config.random_seed = seed
        options.clear()
        options.update(lbfgs)
        library.grad.clear()


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Give DeepXDE's modules a ``print`` of their own; other threads and callbacks print as before."""
    modules = [m for n, m in list(sys.modules.items()) if n.split(".")[0] == "deepxde" and "print" not in vars(m)]
    for module in modules:
        vars(module)["print"] = lambda *_, **__: None
    try:
        yield
    finally:
        for module in modules:
            del vars(module)["print"]
