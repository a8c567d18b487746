"""Evaluations on a GPU that are recorded and replayed (CUDA graphs).

An evaluation is hundreds of kernels of some microseconds each; to launch them from Python takes several times as long
as they run. A recording is launched at once. It reads the parameters and points where they were when it was made, so
it holds for other values of the parameters, which change in place, and not for other points.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

import torch

log = logging.getLogger(__name__)
KEPT = 4  # recordings; each holds the intermediate results of its evaluation


class _Recording(NamedTuple):
    """What it depends on, kept so that nothing else can have its identity; without a graph it was asked for once."""

    held: Sequence[Any]
    graph: torch.cuda.CUDAGraph | None
    result: torch.Tensor | None


class Replays:
    """Recordings of the last few evaluations."""

    def __init__(self) -> None:
        self._recordings: dict[Hashable, _Recording] = {}
        self._pool: Any = None
        self._stream: Any = None
        self.refusal = ""  # why nothing is recorded

    def __call__(self, what: str, held: Sequence[Any], work: Callable[[], torch.Tensor]) -> torch.Tensor:
        """What ``work`` gives, which depends on the objects ``held`` and on numbers that change in place alone.

        The first time it is done as it stands, the second time recorded, from then on replayed.
        """
        if self.refusal:
            return self._aside(work)
        key = (what, *(x if isinstance(x, (int, float)) else id(x) for x in held))
        found = self._recordings.pop(key, None)
        if found is None:
            self._recordings[key] = _Recording(held, None, None)
            for oldest in list(self._recordings)[:-KEPT]:
                del self._recordings[oldest]
            return self._aside(work)
        if found.graph is None:
            found = self._record(found, work)
        self._recordings[key] = found
        if found.graph is None or found.result is None:
            return self._aside(work)
        found.graph.replay()
        return found.result.clone()

    def _aside(self, work: Callable[[], torch.Tensor]) -> torch.Tensor:
        """Done on the stream of the recordings: torch keeps each parameter's gradients on the stream of their first."""
        here = torch.cuda.current_stream()
        self._stream = self._stream or torch.cuda.Stream()
        self._stream.wait_stream(here)
        with torch.cuda.stream(self._stream):
            result = work()
        here.wait_stream(self._stream)
        return result

    def _record(self, asked: _Recording, work: Callable[[], torch.Tensor]) -> _Recording:
        graph = torch.cuda.CUDAGraph()
        self._pool = self._pool or torch.cuda.graph_pool_handle()
        torch.cuda.synchronize()
        collects = gc.isenabled()
        gc.disable()  # what is freed meanwhile must not be the GPU's
        try:
            with torch.cuda.stream(self._stream):
                graph.capture_begin(self._pool)
                try:
                    result = work()
                finally:
                    graph.capture_end()
        except RuntimeError as error:  # too little memory, or something asks the GPU for a number on the way
            log.info("Evaluations on the GPU are not recorded: %s", error)
            self.refusal = str(error)
            return asked
        finally:
            if collects:
                gc.enable()
        torch.cuda.synchronize()
        return _Recording(asked.held, graph, result)
