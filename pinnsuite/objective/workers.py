"""Threads: those that share the chunks of points among them, and those of BLAS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

import torch
from threadpoolctl import ThreadpoolController

from pinnsuite.objective.replay import Replays

LARGE = 5e7  # multiply-adds from which on an operation is worth all threads
MORE = 32  # times as many points in a chunk on a GPU, which only many keep busy
Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers:
    """As many threads as torch is set to use, each of which works alone on a chunk, its operations not split further.

    A chunk is some hundred small operations; to split each of them among threads costs more than it gains. A GPU gets
    one chunk after another, and recordings of what comes again (`Replays`).
    """

    def __init__(self, device: torch.device | None = None) -> None:
        self.gpu = device is not None and device.type != "cpu"
        self.replays = Replays()
        self._pools: dict[int, ThreadPoolExecutor] = {}

    @property
    def at_a_time(self) -> int:
        """Chunks that are worked on at once."""
        return 1 if self.gpu else torch.get_num_threads()

    def points(self, chunk: int) -> int:
        """Points in a chunk where a thread takes so many."""
        return MORE * chunk if self.gpu else chunk

    def map(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> list[Result]:
        """The results in the order of the tasks."""
        if min(self.at_a_time, len(tasks)) < 2:
            return [work(task) for task in tasks]
        with _libraries().limit(limits=1, user_api="blas"):
            return list(self._pool(torch.get_num_threads()).map(work, tasks))

    def _pool(self, count: int) -> ThreadPoolExecutor:
        if count not in self._pools:
            self._pools[count] = ThreadPoolExecutor(count, "chunks", torch.set_num_threads, (1,))
            # a worker's setting reaches into MKL, which all threads share: take it back once all have started
            list(self._pools[count].map(lambda _: None, range(count)))
            torch.set_num_threads(count)
        return self._pools[count]


@contextmanager
def all_threads(work: float) -> Iterator[None]:
    """BLAS on as many threads as torch is set to use, for an operation of so many multiply-adds; on one if it is small.

    OpenBLAS lets its threads spin for some time after each operation, and they take the cores from what comes next:
    with two threads throughout, a solve with small matrices takes three times as long as with one.
    """
    with _libraries().limit(limits=torch.get_num_threads() if work > LARGE else 1, user_api="blas"):
        yield


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()
