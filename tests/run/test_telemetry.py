"""Records survive a crash and a resume; the live line tells the same on a terminal and in a file."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import pytest
from rich.console import Console

from pinnsuite.run.telemetry import MetricsLog, Progress, RichProgress, SilentProgress


def write(path: Path, steps: range) -> MetricsLog:
    log = MetricsLog(path)
    for step in steps:
        log.append(step, {"loss": 1.0 / step, "block": "burgers"})
    return log


def test_each_record_is_on_disk_at_once(tmp_path: Path) -> None:
    log = write(tmp_path / "metrics.jsonl", range(1, 4))
    assert [record["step"] for record in MetricsLog(log.path).read()] == [1, 2, 3]
    log.close()
    log.append(4, {"loss": math.nan})
    log.close()
    lines = log.path.read_text().splitlines()
    assert json.loads(lines[0]) == {"step": 1, "loss": 1.0, "block": "burgers"}
    assert json.loads(lines[3]) == {"step": 4, "loss": "nan"}


def test_resume_drops_later_records(tmp_path: Path) -> None:
    log = write(tmp_path / "metrics.jsonl", range(1, 11))
    assert log.resume(7) == 3
    log.append(8, {"loss": 0.0})
    assert [record["step"] for record in log.read()] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert log.resume(8) == 0
    assert log.resume(None) == 8 and log.path.read_bytes() == b""


@pytest.mark.parametrize("tail", [b'{"step": 4, "lo', b'{"step": 4, "loss": 1.0}', b"\x00" * 40, b"[4]\n", b"{}\n"])
def test_resume_drops_a_damaged_last_line(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "metrics.jsonl"
    write(path, range(1, 4)).close()
    with path.open("ab") as file:
        file.write(tail)
    log = MetricsLog(path)
    assert [record["step"] for record in log.read()] == [1, 2, 3]
    assert log.resume(100) == 1
    log.append(4, {"loss": 0.25})
    log.close()
    assert [json.loads(line)["step"] for line in path.read_text().splitlines()] == [1, 2, 3, 4]


def test_resume_without_a_file(tmp_path: Path) -> None:
    assert MetricsLog(tmp_path / "metrics.jsonl").resume(5) == 0
    assert list(tmp_path.iterdir()) == []


RECORD: dict[str, float | str] = {"loss": 1.25e-3, "residual": 1e-3, "initial": 2.5e-4, "window": "2 of 5"}


def run(progress: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("pinnsuite.run.telemetry.time.monotonic", lambda: clock[0])
    progress.start(1000, "burgers")
    for step in range(100, 201):
        progress.update(step, RECORD)
        clock[0] += 0.1
    progress.close("Converged.")


def test_plain_lines_are_at_least_five_seconds_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    run(RichProgress(Console(file=file, width=40)), monkeypatch)
    lines = file.getvalue().splitlines()
    values = "loss 0.00125  residual 0.001  initial 0.00025  window 2 of 5"
    assert lines[0] == f"burgers  step 100/1000  {values}"
    assert 2 <= len(lines) - 1 <= 3
    assert lines[1].endswith("10 steps/s  0:01:25 left")
    assert lines[-1] == "burgers: Converged."


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    file = io.StringIO()
    run(RichProgress(Console(file=file, width=200, force_terminal=True)), monkeypatch)
    lines = file.getvalue().splitlines()
    assert lines[0].startswith("burgers  step 100/1000") and lines[-1] == "burgers: Converged." and len(lines) == 3


def test_a_run_of_unknown_length_has_no_time_left() -> None:
    file = io.StringIO()
    progress = RichProgress(Console(file=file, width=200), every=0.0)
    progress.start(0, "lorenz")
    for step in (1, 2):
        progress.update(step, {"window": "to 0.25 of 20"})
    progress.close("Converged.")
    last = file.getvalue().splitlines()[1]
    assert last.startswith("lorenz  step 2  window to 0.25 of 20") and "left" not in last


def test_terminal_has_one_live_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    file = io.StringIO()
    run(RichProgress(Console(file=file, width=60, force_terminal=True)), monkeypatch)
    text = file.getvalue()
    assert text.count("step 1") > 40 and "…" in text and text.rstrip().endswith("burgers: Converged.")
    assert "\x1b[?25h" in text  # the cursor is shown again


def test_silent_progress_and_markup_are_left_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run(SilentProgress(), monkeypatch)
    file = io.StringIO()
    progress = RichProgress(Console(file=file))
    progress.start(1, "[bold]a[/bold]")
    progress.update(1, {"window": "[red]"})
    progress.close("Done.")
    assert file.getvalue().splitlines()[0] == "[bold]a[/bold]  step 1/1  window [red]"
    assert capsys.readouterr() == ("", "")
