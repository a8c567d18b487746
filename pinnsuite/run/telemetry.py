"""What a run says while it runs: a line of JSON per record in a file, and one live line on the terminal."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from pinnsuite.run.atomic import write_bytes
from pinnsuite.run.manifest import json_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live


class MetricsLog:
    """The append-only file ``metrics.jsonl``: one JSON object a line, ``step`` first, flushed at each record."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._file: IO[bytes] | None = None

    def resume(self, step: int | None) -> int:
        """Drop the records after ``step`` (all of them for None, a fresh start) and damaged lines; return how many."""
        self.close()
        lines = self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []
        kept = [line for line in lines if step is not None and (record := _record(line)) and record["step"] <= step]
        if len(kept) < len(lines):
            write_bytes(self.path, b"".join(kept))
        return len(lines) - len(kept)

    def append(self, step: int, record: Mapping[str, float | str | Sequence[float]]) -> None:
        """Write one record; numbers that are not finite are written as text, since JSON has no word for them."""
        if self._file is None:
            self._file = self.path.open("ab")
        self._file.write((json_text({"step": step, **record}) + "\n").encode())
        self._file.flush()

    def read(self) -> list[dict[str, Any]]:
        """Return the records, leaving out a last line that was cut short."""
        lines = self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else []
        return [record for line in lines if (record := _record(line))]

    def close(self) -> None:
        """Close the file; a later ``append`` opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Progress(Protocol):
    """What the loop tells whoever watches. ``close`` belongs in a ``finally``."""

    def start(self, total_steps: int, title: str) -> None:
        """A run of ``total_steps`` begins; 0 where nobody knows."""

    def update(self, step: int, record: Mapping[str, float | str]) -> None:
        """``record`` holds loss, block losses, relative L2 error and the like after ``step``."""

    def close(self, sentence: str) -> None:
        """The run ended for the reason in ``sentence``."""


class SilentProgress:
    """Says nothing."""

    def start(self, total_steps: int, title: str) -> None:
        """Say nothing."""

    def update(self, step: int, record: Mapping[str, float | str]) -> None:
        """Say nothing."""

    def close(self, sentence: str) -> None:
        """Say nothing."""


class RichProgress:
    """One live line on the terminal, or plain lines at least ``every`` seconds apart where stderr is not a terminal."""

    def __init__(self, console: Console | None = None, every: float = 5.0) -> None:
        self._console = console
        self._every = every
        self._live: Live | None = None
        self._title, self._total, self._shown = "", 0, float("-inf")
        self._pace: deque[tuple[float, int]] = deque(maxlen=200)

    def start(self, total_steps: int, title: str) -> None:
        """Begin the line."""
        from rich.console import Console
        from rich.live import Live

        self._title, self._total, self._shown = title, total_steps, float("-inf")
        self._pace.clear()
        self._console = self._console or Console(stderr=True)
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=True)
            self._live.start()

    def update(self, step: int, record: Mapping[str, float | str]) -> None:
        """Show the step, the record, steps per second and the remaining time."""
        now = time.monotonic()
        self._pace.append((now, step))
        if now - self._shown >= (0.1 if self._live else self._every):
            self._shown = now
            self._show(self._line(step, record))

    def close(self, sentence: str) -> None:
        """End the line and say why the run ended."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        self._show(f"{self._title}: {sentence}")

    def _show(self, line: str) -> None:
        from rich.text import Text

        if self._live is not None:
            self._live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)
        elif self._console is not None:
            self._console.print(Text(line), soft_wrap=True)

    def _line(self, step: int, record: Mapping[str, float | str]) -> str:
        values = [f"{key} {value if isinstance(value, str) else f'{value:.3g}'}" for key, value in record.items()]
        (first_time, first_step), (now, _) = self._pace[0], self._pace[-1]
        if step > first_step and now > first_time:
            rate = (step - first_step) / (now - first_time)
            values.append(f"{rate:.3g} steps/s")
            if self._total:
                minutes, seconds = divmod(round(max(self._total - step, 0) / rate), 60)
                values.append(f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d} left")
        of = f"/{self._total}" if self._total else ""
        return "  ".join([f"{self._title}  step {step}{of}", *values])


def _record(line: bytes) -> dict[str, Any] | None:
    """Return the record of a whole line, or None for a damaged one."""
    try:
        record = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("step"), int) else None
