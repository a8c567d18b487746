"""The store keeps the right checkpoints, notices every damage and never starts afresh in silence."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from pinnsuite.errors import InputError
from pinnsuite.run.saved import manifest_bytes
from pinnsuite.run.store import CheckpointError, Store


def save(store: Store, step: int, best: bool = False) -> None:
    store.save(step, {"state": bytes([step % 256]) * 64, "sampler": b"s%d" % step}, {"seen": step}, best=best)


def names(store: Store) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


def test_round_trip_and_fresh_start(tmp_path: Path) -> None:
    store = Store(tmp_path / "checkpoints")
    assert store.load() is None and not store.folder.exists()
    meta = {"loss": float("inf"), "window": [1, 2], "nested": {"a": None}}
    store.save(7, {"state": b"\x00\xff", "empty": b""}, meta)
    saved = Store(store.folder).load()
    assert saved is not None
    assert (saved.step, saved.parts, saved.meta) == (7, {"state": b"\x00\xff", "empty": b""}, meta)


@pytest.mark.parametrize(("keep", "kept"), [(1, [20, 60]), (2, [20, 50, 60]), (9, [10, 20, 30, 40, 50, 60])])
def test_keeps_the_last_and_the_best(tmp_path: Path, keep: int, kept: list[int]) -> None:
    store = Store(tmp_path, keep)
    for step in range(10, 70, 10):
        save(store, step, best=step in (10, 20))
    assert names(store) == [f"step-{step:08d}" for step in kept]
    last, best = store.load(), store.load(best=True)
    assert last is not None and last.step == 60
    assert best is not None and best.step == 20


def test_without_a_best_one_it_is_not_replaced_by_another(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.load(best=True) is None
    save(store, 1)
    with pytest.raises(CheckpointError, match="is marked best"):
        store.load(best=True)


def test_saving_a_step_again_keeps_an_earlier_best_of_that_step(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.save(5, {"state": b"best"}, {}, best=True)
    for data in (b"second", b"third"):
        store.save(5, {"state": data}, {})
        last = store.load()
        assert last is not None and last.parts == {"state": data}
        assert (store.folder / "step-00000005.old1" / "state").read_bytes() == b"best"
    assert names(store) == ["step-00000005", "step-00000005.old1"]
    save(store, 6, best=True)
    assert names(store) == ["step-00000005", "step-00000006"]


def test_going_back_drops_the_abandoned_future(tmp_path: Path) -> None:
    store = Store(tmp_path)
    save(store, 100)
    save(store, 120)
    save(store, 110)
    assert names(store) == ["step-00000100", "step-00000110"]


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGE = {
    "sha256 of state differs": ("state", flip),
    "state has 10 bytes, not 64": ("state", lambda path: path.write_bytes(path.read_bytes()[:10])),
    "state is missing": ("state", Path.unlink),
    "manifest.json is missing": ("manifest.json", Path.unlink),
    "manifest.json is not a manifest": ("manifest.json", lambda path: path.write_bytes(path.read_bytes()[:40])),
    "manifest.json is not a manifest: ": ("manifest.json", lambda path: path.write_text("[1, 2]")),
    "sha256 of manifest.json differs": (
        "manifest.json",
        lambda path: path.write_text(path.read_text().replace('"seen": 120', '"seen": 121')),
    ),
}


@pytest.mark.parametrize("reason", DAMAGE)
def test_damage_falls_back_aloud_or_is_an_error(tmp_path: Path, reason: str) -> None:
    store = Store(tmp_path)
    save(store, 100)
    save(store, 120, best=True)
    part, damage = DAMAGE[reason]
    damage(tmp_path / "step-00000120" / part)
    saved = store.load()
    assert saved is not None and saved.step == 100
    assert len(store.notes) == 1
    assert store.notes[0].startswith(f"checkpoint step-00000120 is unreadable ({reason.rstrip(': ')}")
    assert store.notes[0].endswith("; fell back to step-00000100")
    (tmp_path / "step-00000100" / "sampler").write_bytes(b"s")
    with pytest.raises(CheckpointError) as raised:
        store.load()
    assert reason in str(raised.value) and "sampler has 1 bytes, not 4" in str(raised.value)
    assert "start afresh" in str(raised.value)


def test_a_damaged_checkpoint_does_not_count_among_the_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, keep=2)
    for step in (10, 20):
        save(store, step)
    (tmp_path / "step-00000020" / "state").write_bytes(b"short")
    save(store, 30)
    assert names(store) == ["step-00000010", "step-00000030"]


def test_newer_format_is_an_error_even_with_an_older_checkpoint(tmp_path: Path) -> None:
    store = Store(tmp_path)
    save(store, 1)
    save(store, 2)
    manifest = tmp_path / "step-00000002" / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 2}))
    with pytest.raises(CheckpointError, match=r"newer version of pinnsuite. Given: format 2. Expected: format 1"):
        store.load()


def test_a_renamed_checkpoint_is_noticed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    save(store, 3)
    (tmp_path / "step-00000003").rename(tmp_path / "step-00000004")
    with pytest.raises(CheckpointError, match=r"manifest.json is of step 3"):
        store.load()


def test_leftovers_are_ignored_and_removed(tmp_path: Path) -> None:
    store = Store(tmp_path)
    save(store, 1)
    (tmp_path / "step-00000009.partial").mkdir()
    (tmp_path / "step-00000009.partial" / "state").write_bytes(b"half")
    (tmp_path / ".state.1.tmp").write_bytes(b"half")
    (tmp_path / "mine.txt").write_text("a reader's note")
    saved = store.load()
    assert saved is not None and saved.step == 1 and store.notes == []
    save(store, 2)
    assert names(store) == ["mine.txt", "step-00000001", "step-00000002"]


@pytest.mark.parametrize("name", ["", "a/b", "..", "../up", "/root", ".hidden", "a\\b", "manifest.json", "new\nline"])
def test_part_names_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="name that cannot be used"):
        Store(tmp_path).save(1, {name: b""}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_forged_manifest_cannot_read_outside(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"data")
    checkpoint = tmp_path / "store" / "step-00000001"
    checkpoint.mkdir(parents=True)
    (checkpoint / "manifest.json").write_bytes(manifest_bytes(1, {"../../secret": b"data"}, {}, False))
    with pytest.raises(CheckpointError, match=r"names a part '../../secret'"):
        Store(tmp_path / "store").load()


class Bomb:
    """A pickle that leaves a trace if it is ever loaded."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.trace,)


def test_a_malicious_pickle_is_not_run(tmp_path: Path) -> None:
    trace, store = tmp_path / "ran", Store(tmp_path / "store")
    bomb = pickle.dumps(Bomb(trace))
    store.save(1, {"state": bomb}, {})
    saved = store.load()
    assert saved is not None and saved.parts == {"state": bomb}
    (store.folder / "step-00000001" / "manifest.json").write_bytes(bomb)
    with pytest.raises(CheckpointError, match="is not a manifest"):
        store.load()
    assert not trace.exists()


def test_bad_arguments(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="keep=0"):
        Store(tmp_path, keep=0)
    with pytest.raises(InputError, match="negative step"):
        Store(tmp_path).save(-1, {}, {})
    with pytest.raises(InputError, match="not JSON"):
        Store(tmp_path).save(1, {}, {"a": object()})
    assert list(tmp_path.iterdir()) == []
