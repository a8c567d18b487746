"""A save that fails or is killed at any place leaves a checkpoint that can be read."""

from __future__ import annotations

import errno
import itertools
import os
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pinnsuite.run.store import Store

from .conftest import Child

PARTS = ("network", "optimizer", "sampler")


def parts_of(step: int) -> dict[str, bytes]:
    return {name: bytes([step % 251, index]) * 500 for index, name in enumerate(PARTS)}


def check(folder: Path, allowed: set[int]) -> int:
    saved = Store(folder).load()
    assert saved is not None and saved.step in allowed
    assert saved.parts == parts_of(saved.step) and saved.meta == {"step": saved.step}
    return saved.step


def failing_write(limit: int) -> Callable[[int, Any], int]:
    """Return an ``os.write`` of a disk with room for ``limit`` more bytes."""
    real, room = os.write, [limit]

    def write(descriptor: int, data: Any) -> int:
        if room[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = real(descriptor, data[: min(room[0], 300)])
        room[0] -= written
        return written

    return write


# Three parts of 1000 bytes and a manifest of about 600: these limits fall into and between all of them.
@pytest.mark.parametrize("limit", [0, 1, 500, 999, 1000, 1500, 2000, 2999, 3000, 3001, 3300])
@pytest.mark.parametrize("again", [False, True], ids=["next", "same step"])
def test_a_full_disk_leaves_the_earlier_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, again: bool
) -> None:
    store = Store(tmp_path, keep=1)
    store.save(1, parts_of(1), {"step": 1}, best=True)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", failing_write(limit))
        with pytest.raises(OSError, match=r"could not write the file: No space left on device: .*step-") as raised:
            store.save(1 if again else 2, parts_of(1 if again else 2), {"step": 1 if again else 2})
    assert raised.value.errno == errno.ENOSPC
    check(tmp_path, {1})
    assert [path.name for path in tmp_path.rglob("*.tmp")] == []
    store.save(2, parts_of(2), {"step": 2}, best=True)
    check(tmp_path, {2})
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000002"]


@pytest.mark.parametrize("call", ["fsync", "replace", "rename", "unlink", "rmdir", "open"])
@pytest.mark.parametrize("again", [False, True], ids=["next", "same step"])
def test_each_call_to_the_system_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, again: bool
) -> None:
    """Fail the first, second, ... call of one kind; after each failure a checkpoint is there, and a retry works."""
    step, real = 1, getattr(os, call)
    Store(tmp_path, keep=1).save(1, parts_of(1), {"step": 1})
    for failing in range(100):
        new, count = step if again else step + 1, itertools.count()

        def fail(*arguments: Any, failing: int = failing, count: Any = count, **named: Any) -> Any:
            if next(count) == failing:
                raise OSError(errno.EIO, "Input/output error")
            return real(*arguments, **named)

        with monkeypatch.context() as patch:
            patch.setattr(os, call, fail)
            try:
                Store(tmp_path, keep=1).save(new, parts_of(new), {"step": new})
            except OSError:
                pass
            calls = next(count)
        check(tmp_path, {step, new})
        step = new + 1
        Store(tmp_path, keep=1).save(step, parts_of(step), {"step": step})
        check(tmp_path, {step})
        if calls <= failing:
            return
    pytest.fail("the save never came to its end")


SAVE_FOREVER = """
import sys
from pathlib import Path
from pinnsuite.run.store import Store
assert "torch" not in sys.modules and "numpy" not in sys.modules
store = Store(Path(sys.argv[1]), keep=int(sys.argv[2]))
saved = store.load()
assert store.notes == []
step = 0 if saved is None else saved.step
while True:
    step += 1
    for _ in range(1 + step % 2):
        parts = {name: bytes([step % 251, i]) * 500 for i, name in enumerate(("network", "optimizer", "sampler"))}
        store.save(step, parts, {"step": step}, best=step % 5 == 0)
    print(step, flush=True)
"""


@pytest.mark.parametrize("keep", [1, 2])
def test_a_killed_save_leaves_a_checkpoint(tmp_path: Path, child: Child, keep: int) -> None:
    """SIGKILL at random instants: what was acknowledged is there, or something newer; nothing is damaged."""
    draw = random.Random(keep)
    for _ in range(12):
        process = child(SAVE_FOREVER, tmp_path, keep)
        assert process.stdout is not None
        first = int(process.stdout.readline())
        time.sleep(draw.uniform(0.0, 0.05))
        process.kill()
        acknowledged = [int(line) for line in process.communicate()[0].split() if line]
        known = max([first, *acknowledged])
        assert check(tmp_path, {known, known + 1}) >= known
        assert Store(tmp_path).notes == []


def test_killed_before_the_first_checkpoint_is_a_fresh_start(tmp_path: Path) -> None:
    (tmp_path / "step-00000001.partial").mkdir()
    (tmp_path / "step-00000001.partial" / "network").write_bytes(b"half")
    assert Store(tmp_path).load() is None


@pytest.mark.parametrize("moment", ["aside", "in place"])
def test_killed_while_a_step_is_saved_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Stop for good between the two renames, and after the second."""
    store, calls = Store(tmp_path, keep=1), itertools.count(1)
    store.save(4, {"state": b"first"}, {})
    real = os.rename

    def rename(old: Path, new: Path) -> None:
        if next(calls) == (2 if moment == "aside" else 3):
            raise KeyboardInterrupt
        real(old, new)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(KeyboardInterrupt):
        store.save(4, {"state": b"second"}, {})
    monkeypatch.undo()
    saved = Store(tmp_path).load()
    assert saved is not None and saved.parts == {"state": b"first" if moment == "aside" else b"second"}
    store.save(4, {"state": b"third"}, {})
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000004"]
