"""Signals that ask a run to stop: the handler only sets a flag, and the loop saves at the next safe place."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from types import FrameType, TracebackType
from typing import Any

from pinnsuite.errors import choose

_UNCATCHABLE = ("SIGKILL", "SIGSTOP")
_DEFAULTS = (signal.SIG_DFL, signal.SIG_IGN, signal.default_int_handler)


class Preemption:
    """Watch for ``signals`` (names without SIG) inside a ``with`` block; ask ``requested`` at step edges.

    The earlier handler of a signal is called once, after the flag is set, if it was a function of the program. An
    exception it raises is held until the block ends, and further signals only set the flag again, so nothing breaks
    a save in progress. The earlier handlers are put back at the end of the block. Outside the main thread Python
    allows no handlers: there the block does nothing and ``requested`` stays False.
    """

    def __init__(self, signals: Sequence[str] = ("TERM", "USR2")) -> None:
        known = {item.name.removeprefix("SIG"): item for item in signal.Signals if item.name not in _UNCATCHABLE}
        names = [choose(name.removeprefix("SIG"), known, "signal") for name in signals]
        self.requested = False
        self.received: str | None = None
        self._signals = [known[name] for name in names]
        self._earlier: dict[int, Any] = {}
        self._chained: set[int] = set()
        self._held: BaseException | None = None

    def __enter__(self) -> Preemption:
        if threading.current_thread() is threading.main_thread():
            for number in self._signals:
                self._earlier[number] = signal.getsignal(number)
                signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._earlier.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._earlier.clear()
        held, self._held = self._held, None
        if held is not None and error is None:
            raise held

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        self.received = signal.Signals(number).name.removeprefix("SIG")
        earlier = self._earlier.get(number)
        if number in self._chained or earlier in _DEFAULTS or not callable(earlier):
            return
        self._chained.add(number)
        try:
            earlier(number, frame)
        except BaseException as error:
            self._held = error
