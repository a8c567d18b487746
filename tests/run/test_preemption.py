"""Signals set a flag and nothing else; the state is saved whole whenever they come."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinnsuite.errors import InputError
from pinnsuite.run.preemption import Preemption
from pinnsuite.run.store import Store

from .conftest import Child


@pytest.fixture(autouse=True)
def keep_handlers() -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("name", ["TERM", "USR2"])
@pytest.mark.parametrize("earlier", [signal.SIG_DFL, signal.SIG_IGN])
def test_signal_sets_the_flag_and_the_handler_is_put_back(name: str, earlier: signal.Handlers) -> None:
    number = signal.Signals[f"SIG{name}"]
    signal.signal(number, earlier)
    with Preemption() as preemption:
        assert not preemption.requested
        os.kill(os.getpid(), number)
        assert preemption.requested and preemption.received == name
        os.kill(os.getpid(), number)
    assert preemption.requested
    assert signal.getsignal(number) is earlier


def test_earlier_handler_is_called_once() -> None:
    seen: list[int] = []

    def earlier(number: int, frame: object) -> None:
        seen.append(number)

    signal.signal(signal.SIGTERM, earlier)
    with Preemption():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        assert seen == [signal.SIGTERM]
    assert signal.getsignal(signal.SIGTERM) is earlier


def test_exception_of_the_earlier_handler_waits_for_the_end() -> None:
    def earlier(number: int, frame: object) -> None:
        raise SystemExit(9)

    signal.signal(signal.SIGTERM, earlier)
    saved = []
    with pytest.raises(SystemExit, match="9"):
        with Preemption() as preemption:
            os.kill(os.getpid(), signal.SIGTERM)
            assert preemption.requested
            saved.append("state")
    assert saved == ["state"]


def test_nested_blocks_both_know() -> None:
    with Preemption() as outer, Preemption(["USR2"]) as inner:
        os.kill(os.getpid(), signal.SIGUSR2)
        assert inner.requested and outer.requested


def test_interrupt_key_does_not_raise_when_watched() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Preemption(("INT",)) as preemption:
        os.kill(os.getpid(), signal.SIGINT)
        assert preemption.requested
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_outside_the_main_thread_it_does_nothing() -> None:
    before, seen = signal.getsignal(signal.SIGTERM), []

    def work() -> None:
        with Preemption() as preemption:
            seen.append((preemption.requested, signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(False, before)]


@pytest.mark.parametrize("name", ["TREM", "KILL", "STOP", ""])
def test_unknown_signal(name: str) -> None:
    with pytest.raises(InputError, match=f"no signal named '{name}'.*TERM"):
        Preemption((name,))


RUN = """
import sys, time
from pathlib import Path
from pinnsuite.run.preemption import Preemption
from pinnsuite.run.store import Store
from pinnsuite.run.verdict import Verdict
store = Store(Path(sys.argv[1]))
with Preemption() as preemption:
    saved = store.load()
    step = 0 if saved is None else saved.step
    print("ready", flush=True)
    while not preemption.requested:
        step += 1
        time.sleep(0.0003)
    print("saving", flush=True)
    store.save(step, {name: bytes([step % 251]) * 1000 for name in "abcdefgh"}, {})
    print(step, flush=True)
    sys.stdin.readline()
    sys.exit(Verdict.PREEMPTED.exit_status)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR2])
def test_real_signals_at_random_instants(tmp_path: Path, child: Child, number: signal.Signals) -> None:
    """A first signal while stepping, more while saving: exit with 75 and the last step on disk, resumed next time."""
    draw, last = random.Random(int(number)), 0
    for _ in range(6):
        process = child(RUN, tmp_path)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(draw.uniform(0.0, 0.03))
        process.send_signal(number)
        assert process.stdout.readline() == "saving\n"
        time.sleep(draw.uniform(0.0, 0.005))
        process.send_signal(number)
        process.send_signal(signal.SIGTERM)
        step = int(process.communicate("\n")[0])
        assert process.returncode == 75
        saved = Store(tmp_path).load()
        assert saved is not None and saved.step == step >= last
        assert saved.parts == {name: bytes([step % 251]) * 1000 for name in "abcdefgh"}
        last = step
