"""Threads that share the chunks of points among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TypeVar

import torch
from threadpoolctl import ThreadpoolController

Task = TypeVar("Task")
Result = TypeVar("Result")


class Workers:
    """As many threads as torch is set to use, each of which works alone on a chunk, its operations not split further.

    A chunk is some hundred small operations; to split each of them among threads costs more than it gains.
    """

    def __init__(self) -> None:
        self._pools: dict[int, ThreadPoolExecutor] = {}

    def map(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> list[Result]:
        """The results in the order of the tasks."""
        count = min(torch.get_num_threads(), len(tasks))
        if count < 2:
            return [work(task) for task in tasks]
        with self._libraries.limit(limits=1, user_api="blas"):
            return list(self._pool(torch.get_num_threads()).map(work, tasks))

    def _pool(self, count: int) -> ThreadPoolExecutor:
        if count not in self._pools:
            self._pools[count] = ThreadPoolExecutor(count, "chunks", torch.set_num_threads, (1,))
            # a worker's setting reaches into MKL, which all threads share: take it back once all have started
            list(self._pools[count].map(lambda _: None, range(count)))
            torch.set_num_threads(count)
        return self._pools[count]

    @cached_property
    def _libraries(self) -> ThreadpoolController:
        return ThreadpoolController()
