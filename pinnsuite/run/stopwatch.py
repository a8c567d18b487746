"""Time spent on the solve itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds since the start, earlier sessions of the same run included, pauses left out."""

    def __init__(self, before: float = 0.0) -> None:
        self._start = time.perf_counter() - before

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._start

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave something out: comparisons with a reference, plotting."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._start += time.perf_counter() - began
