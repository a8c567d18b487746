"""Chunks on threads: the order of the tasks, errors, and the settings that are left as they were."""

from __future__ import annotations

import threading

import pytest
import torch
from threadpoolctl import threadpool_info

from pinnsuite.objective.workers import Workers


@pytest.fixture
def two_threads() -> object:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_results_come_in_order_from_two_threads() -> None:
    meet = threading.Barrier(2, timeout=10)  # passed only by two threads at once

    def work(task: int) -> tuple[int, int]:
        meet.wait()
        return task, torch.get_num_threads()

    assert Workers().map(work, range(8)) == [(i, 1) for i in range(8)]


@pytest.mark.usefixtures("two_threads")
def test_settings_are_put_back_and_errors_are_raised() -> None:
    def counts() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = counts()
    with pytest.raises(ZeroDivisionError):
        Workers().map(lambda task: 1 / task, [1, 0])
    assert torch.get_num_threads() == 2 and counts() == before


def test_one_thread_stays_in_the_caller() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    assert set(Workers().map(lambda _: threading.current_thread(), range(3))) == {threading.current_thread()}
    torch.set_num_threads(before)
