"""Short solves on one device or the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from pinnsuite.run.compose import compose
from pinnsuite.run.solution import Solution
from pinnsuite.run.solve import Run
from pinnsuite.run.telemetry import SilentProgress

NEEDS_GPU = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.fixture
def solved(tmp_path: Path) -> Callable[..., Solution]:
    """A solve with these words of the command line, in a folder of this name."""

    def run(folder: str, *words: str) -> Solution:
        return Run(compose([*words, f"run.dir={tmp_path / folder}"])).execute((), SilentProgress())

    return run
