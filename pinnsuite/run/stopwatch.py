"""Time spent on the solve itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Stopwatch:
    """Seconds since the start, earlier sessions of the same run included, pauses left out; ``parts`` says on what."""

    def __init__(self, before: float = 0.0, parts: Mapping[str, float] | None = None) -> None:
        self._start = time.perf_counter() - before
        self.parts = dict(parts or {})

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self._start

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count something, pauses within it left out, to one of the ``parts``."""
        began = self.seconds
        try:
            yield
        finally:
            self.parts[name] = self.parts.get(name, 0.0) + self.seconds - began

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave something out: comparisons with a reference, plotting."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._start += time.perf_counter() - began
