"""What does not fit into memory is refused, and memory is what a job may take."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from pinnsuite.errors import InputError
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.optimizers.lbfgs import LBFGS
from pinnsuite.optimizers.memory import available_bytes, limits, total_bytes
from pinnsuite.optimizers.nystrom import NystromGaussNewton
from pinnsuite.optimizers.soap import Soap
from pinnsuite.optimizers.spring import Spring
from pinnsuite.optimizers.ssbroyden import SSBroyden

Case = tuple[Any, torch.Tensor]


def test_a_step_that_would_not_fit_is_refused_with_the_numbers(
    named: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    objective, _ = named("linear, residual left")
    GaussNewton().start(objective)
    monkeypatch.setattr("pinnsuite.optimizers.memory.available_bytes", lambda device: 400)
    with pytest.raises(InputError, match=r"6 residuals in 3 directions does not fit.*GiB needed.*GiB.*lbfgs"):
        GaussNewton().start(objective)  # 3 * (6 + 12) numbers of 8 bytes
    LBFGS(memory=5).start(objective)  # 3 * 5 * 3 numbers
    with pytest.raises(InputError, match=r"memory of 6 steps of 3 parameters does not fit.*optimizer.memory"):
        LBFGS(memory=6).start(objective)


@pytest.mark.parametrize("method", [SSBroyden(), Spring(), Soap(), NystromGaussNewton()])
def test_every_method_that_holds_much_asks_for_memory(
    method: Any, named: Callable[[str], Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    objective, _ = named("linear, residual left")
    method.start(objective)
    monkeypatch.setattr("pinnsuite.optimizers.memory.available_bytes", lambda device: 100)
    with pytest.raises(InputError, match=r"3 parameters does not fit.*GiB needed.*GiB"):
        method.start(objective)


def test_free_memory_is_a_part_of_all_memory() -> None:
    everything = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 0 < available_bytes(torch.device("cpu")) <= total_bytes(torch.device("cpu")) <= everything


def test_limits_of_a_job_count(tmp_path: Path) -> None:
    """Of the group of a process and of those above it, in both versions of control groups; files kept in memory for
    later use can go, and what is used in the moment of reading may exceed the limit."""
    (tmp_path / "job" / "step").mkdir(parents=True)
    for folder, limit in (("job", "1000"), ("job/step", "max")):
        (tmp_path / folder / "memory.max").write_text(limit)
        (tmp_path / folder / "memory.current").write_text("300")
    (tmp_path / "memory" / "batch").mkdir(parents=True)
    (tmp_path / "memory" / "batch" / "memory.limit_in_bytes").write_text("500")
    (tmp_path / "memory" / "batch" / "memory.usage_in_bytes").write_text("600")
    membership = tmp_path / "cgroup"
    membership.write_text("5:cpu:/batch\n4:memory:/batch\n0::/job/step\n")
    (tmp_path / "job" / "memory.stat").write_text("anon 100\ninactive_file 180\n")
    assert sorted(limits(membership, tmp_path)) == [(500, 500), (1000, 120)]
    (tmp_path / "memory" / "batch" / "memory.stat").write_text("inactive_file 1\ntotal_inactive_file 250\n")
    assert sorted(limits(membership, tmp_path)) == [(500, 350), (1000, 120)]
    assert limits(tmp_path / "none", tmp_path) == []
