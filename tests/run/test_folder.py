"""A run's folder: its name, who may use it, and what is refused."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy
import pytest
import yaml

from pinnsuite.errors import InputError
from pinnsuite.run.folder import RunFolder, config_hash, run_path

from .conftest import Child

CONFIG = {"problem": {"name": "burgers", "nu": 0.003}, "seed": 0, "budget": {"steps": 100}, "layers": [32, 32]}
LEAVE_OUT = ("budget", "logging.level")


def changed(**values: object) -> dict[str, object]:
    return {**CONFIG, **values}


def test_hash_covers_what_changes_the_numbers() -> None:
    value = config_hash(CONFIG, LEAVE_OUT)
    assert value == "1ab7b3d7de" and len(value) == 10
    same = [
        dict(reversed(CONFIG.items())),
        changed(budget={"steps": 5, "seconds": 3}),
        changed(seed=0.0),
        changed(layers=(32, numpy.int64(32))),
        changed(logging={"level": "debug"}),
    ]
    assert {config_hash(config, LEAVE_OUT) for config in same} == {value}
    other = [
        changed(seed=1),
        changed(seed=False),
        changed(seed="0"),
        changed(layers=[32]),
        changed(logging={"every": 1}),
        changed(extra=None),
        changed(extra={}),
        changed(tolerance=math.inf),
        {key: item for key, item in CONFIG.items() if key != "seed"},
    ]
    hashes = {config_hash(config, LEAVE_OUT) for config in other}
    assert len(hashes) == len(other) and value not in hashes


def test_path_is_named_by_problem_solver_and_hash() -> None:
    path = run_path("burgers", "pinn", "tanh", CONFIG, LEAVE_OUT)
    assert path == Path("results/runs/burgers/pinn") / f"tanh-{config_hash(CONFIG, LEAVE_OUT)}"
    for word in ("", "a/b", "..", ".a", "a b"):
        with pytest.raises(InputError, match="folder cannot be named"):
            run_path("burgers", "pinn", word, CONFIG)


def test_looking_makes_nothing_and_entering_writes_the_configuration(tmp_path: Path) -> None:
    path = tmp_path / "a" / "run"
    folder = RunFolder(path, CONFIG, LEAVE_OUT)
    assert not folder.started and not folder.finished and not path.parent.exists()
    with folder:
        assert yaml.safe_load((path / "config.yaml").read_text()) == CONFIG
        assert folder.started and folder.checkpoints == path / "checkpoints"
    again = RunFolder(path, changed(budget={"steps": 500}), LEAVE_OUT)
    assert again.started and not again.finished
    with again:
        assert yaml.safe_load((path / "config.yaml").read_text())["budget"] == {"steps": 500}
    (path / "summary.json").write_text("{}")
    assert RunFolder(path, CONFIG, LEAVE_OUT).finished


def test_extreme_values_come_back_from_the_stored_configuration(tmp_path: Path) -> None:
    config = changed(tolerance=1e-300, bound=math.inf, lost=math.nan, text="1e-3", name="ν", none=None, small=1e-05)
    with RunFolder(tmp_path, config):
        pass
    assert RunFolder(tmp_path, config).started


def test_another_configuration_is_refused_with_the_keys(tmp_path: Path) -> None:
    with RunFolder(tmp_path, CONFIG, LEAVE_OUT):
        pass
    before = (tmp_path / "config.yaml").read_bytes()
    with pytest.raises(InputError) as raised:
        RunFolder(tmp_path, changed(problem={"name": "burgers", "nu": 0.01}, width=3), LEAVE_OUT)
    assert "problem.nu is 0.003 there and 0.01 here; width is absent there and 3 here" in str(raised.value)
    with pytest.raises(InputError, match="and 3 more"):
        RunFolder(tmp_path, {"a": 1, "b": 2}, LEAVE_OUT)
    assert (tmp_path / "config.yaml").read_bytes() == before


def test_foreign_and_damaged_folders_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(InputError, match="is a file"):
        RunFolder(file, CONFIG)
    with pytest.raises(InputError, match=r"not empty and not a run's folder. Given: a folder with file\. Expected"):
        RunFolder(tmp_path, CONFIG)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]

    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match=r"lost its config.yaml"):
        RunFolder(tmp_path, CONFIG)
    (tmp_path / "config.yaml").write_text("a: [1")
    with pytest.raises(InputError, match=r"config.yaml cannot be read"):
        RunFolder(tmp_path, CONFIG)
    (tmp_path / "config.yaml").write_text("!!python/object/apply:os.system ['touch ran']")
    with pytest.raises(InputError, match=r"config.yaml cannot be read"):
        RunFolder(tmp_path, CONFIG)
    (tmp_path / "config.yaml").write_text("- 1")
    with pytest.raises(InputError, match=r"not the configuration of a run"):
        RunFolder(tmp_path, CONFIG)


def test_killed_before_the_configuration_was_written(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("12")
    (tmp_path / ".config.yaml.12.tmp").write_text("prob")
    with RunFolder(tmp_path, CONFIG) as folder:
        assert folder.started


def test_a_value_that_cannot_be_stored_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"config.problem.law cannot be written"):
        RunFolder(tmp_path / "run", {"problem": {"law": object()}})
    assert list(tmp_path.iterdir()) == []


def test_two_users_in_one_process(tmp_path: Path) -> None:
    first, second = RunFolder(tmp_path, CONFIG), RunFolder(tmp_path, CONFIG)
    with first:
        with pytest.raises(InputError, match=f"in use by another process .number {os.getpid()}."), second:
            pass
    with second:
        assert second.started


HOLD = """
import sys
from pathlib import Path
from pinnsuite.run.folder import RunFolder
with RunFolder(Path(sys.argv[1]), {"seed": 0}):
    print("ready", flush=True)
    sys.stdin.readline()
"""


def test_two_processes_and_a_killed_one(tmp_path: Path, child: Child) -> None:
    holder = child(HOLD, tmp_path)
    assert holder.stdout is not None and holder.stdout.readline() == "ready\n"
    with pytest.raises(InputError, match=f"in use by another process .number {holder.pid}.. Wait for"):
        with RunFolder(tmp_path, {"seed": 0}):
            pass
    holder.kill()
    holder.wait()
    with RunFolder(tmp_path, {"seed": 0}) as folder:
        assert folder.started
