"""The cache: hits, misses, damage, atomic writes, keys that have no canonical form."""

import os
import pickle

import numpy as np
import pytest

from pinnsuite.errors import InputError
from pinnsuite.reference import cache, cole_hopf
from pinnsuite.reference.cache import cached, key_hash, source_hash


class Counter:
    """A computation that counts its calls."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return {"u": np.arange(6.0).reshape(2, 3), "file": np.array(1 + 2j), "sha256": np.array(["a", "bc"])}


def assert_same(first, second):
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert value.dtype == second[name].dtype
        assert value.shape == second[name].shape
        np.testing.assert_array_equal(value, second[name])


def test_the_second_call_reads_what_the_first_one_made(tmp_path):
    compute = Counter()
    first, second = (cached({"nu": 0.01}, compute, tmp_path / "new" / "folder") for _ in range(2))
    assert compute.calls == 1
    assert_same(first, second)
    assert [path.suffix for path in (tmp_path / "new" / "folder").iterdir()] == [".npz"]


def test_another_key_is_another_entry(tmp_path):
    compute = Counter()
    for nu in (0.01, np.nextafter(0.01, 1)):
        cached({"nu": nu}, compute, tmp_path)
    assert compute.calls == 2


def flip(raw: bytes, position: int) -> bytes:
    return raw[:position] + bytes([raw[position] ^ 0xFF]) + raw[position + 1 :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"",
        lambda raw: raw[: len(raw) // 2],
        lambda raw: b"not an archive",
        lambda raw: pickle.dumps({"u": 1}),
        *[lambda raw, part=part: flip(raw, int(part * (len(raw) - 1))) for part in np.linspace(0, 1, 25)],
    ],
)
def test_a_damaged_entry_is_computed_again_and_replaced(tmp_path, damage):
    compute = Counter()
    first = cached({"a": 1}, compute, tmp_path)
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    assert_same(first, cached({"a": 1}, compute, tmp_path))
    assert_same(first, cached({"a": 1}, Counter(), tmp_path))


def test_arrays_exchanged_within_a_valid_archive_are_not_trusted(tmp_path):
    compute = Counter()
    first = cached({"a": 1}, compute, tmp_path)
    (entry,) = tmp_path.iterdir()
    with np.load(entry) as archive:
        stored = dict(archive)
    stored["array.u"] = stored["array.u"] + 1e-9
    np.savez(entry, **stored)
    assert_same(first, cached({"a": 1}, compute, tmp_path))
    assert compute.calls == 2


def test_a_write_that_fails_leaves_no_file_and_costs_only_a_warning(tmp_path, monkeypatch):
    def refuse(source, target):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.warns(RuntimeWarning, match="disk full"):
        result = cached({"a": 1}, Counter(), tmp_path)
    assert_same(result, Counter()())
    assert list(tmp_path.iterdir()) == []


def test_a_computation_that_fails_leaves_no_entry(tmp_path):
    def fail():
        raise ArithmeticError("no")

    with pytest.raises(ArithmeticError):
        cached({"a": 1}, fail, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_default_folder_is_the_cache_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setattr(cache.platformdirs, "user_cache_path", lambda name: tmp_path / name)
    cached({"a": 1}, Counter())
    assert len(list((tmp_path / "pinnsuite" / "references").glob("*.npz"))) == 1


def test_the_key_is_canonical_and_tells_types_apart():
    assert key_hash({"a": 1, "b": [1.5, "x"]}) == key_hash({"b": (1.5, "x"), "a": np.int64(1)})
    parts = [1, 1.0, "1", True, None, "true", [1], {"a": 1}, 1j, np.array(1.0), np.array([1.0]), np.array([1])]
    assert len({key_hash({"a": part}) for part in parts}) == len(parts)
    grid = np.arange(12.0).reshape(3, 4)
    assert key_hash({"x": grid.T}) == key_hash({"x": grid.T.copy()}) != key_hash({"x": grid})


@pytest.mark.parametrize("part", [object(), {1: 2}, {1, 2}, np.array([None]), lambda: 0])
def test_a_key_part_without_canonical_form_is_refused(part):
    with pytest.raises(InputError, match="canonical"):
        key_hash({"a": part})


def test_arrays_of_objects_are_refused(tmp_path):
    with pytest.raises(InputError, match="objects"):
        cached({"a": 1}, lambda: {"u": np.array([None])}, tmp_path)


def test_the_source_hash_follows_the_source():
    assert source_hash(cole_hopf) == source_hash(cole_hopf)
    assert len({source_hash(cole_hopf), source_hash(cole_hopf.burgers), source_hash(cole_hopf, cache)}) == 3
    with pytest.raises(InputError, match="source"):
        source_hash(len)
