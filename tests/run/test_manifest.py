"""The record of versions and machine, and JSON files."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from pinnsuite.errors import InputError
from pinnsuite.run.manifest import describe_machine, plain, read_json, write_json

from .conftest import Child


def test_describe_machine_is_json_and_names_versions(tmp_path: Path) -> None:
    facts = describe_machine(tmp_path, threads=3, packages=("numpy", "no-such-package"))
    assert json.loads(json.dumps(facts)) == facts
    assert facts["packages"] == {"numpy": numpy.__version__, "no-such-package": None}
    assert facts["python"] == ".".join(map(str, sys.version_info[:3]))
    assert facts["threads"] == 3 and facts["processors"] >= 1 and facts["git"] is None
    assert describe_machine(tmp_path / "absent")["git"] is None
    assert facts["numerics"] in ({}, {"tf32": False, "deterministic_algorithms": False})  # {} before torch is loaded


def test_git_revision(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        name = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        return subprocess.run(["git", *name, *words], cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    git("init")
    assert describe_machine(tmp_path)["git"] is None
    (tmp_path / "a").write_text("1")
    git("add", "a")
    git("commit", "-m", "a")
    revision = git("rev-parse", "HEAD").strip()
    assert describe_machine(tmp_path)["git"] == {"revision": revision, "modified": False}
    (tmp_path / "a").write_text("2")
    assert describe_machine(tmp_path)["git"] == {"revision": revision, "modified": True}


def test_no_git_program_is_no_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert describe_machine()["git"] is None


def test_torch_is_not_imported(child: Child) -> None:
    modules = "folder, manifest, preemption, store, telemetry, verdict"
    process = child(f"""
import sys
from pinnsuite.run import {modules}
facts = manifest.describe_machine()
print(facts["packages"]["torch"], sorted({{"torch", "numpy", "rich", "matplotlib", "hydra"}} & set(sys.modules)))
""")
    version, _, loaded = process.communicate()[0].strip().partition(" ")
    assert version[0].isdigit() and loaded == "[]"


def test_write_and_read_json(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    value = {
        "error": numpy.float32(0.5),
        "steps": numpy.int64(3),
        "lost": math.nan,
        "bound": [math.inf, -math.inf],
        "field": numpy.eye(2),
        "file": Path("a") / "b",
        "ok": True,
        "nu": "ν",
        3: None,
    }
    write_json(path, value)
    found = read_json(path)
    assert math.isnan(found.pop("lost"))
    assert found == {
        "error": 0.5,
        "steps": 3,
        "bound": [math.inf, -math.inf],
        "field": [[1.0, 0.0], [0.0, 1.0]],
        "file": "a/b",
        "ok": True,
        "nu": "ν",
        "3": None,
    }
    with pytest.raises(InputError, match=r"value.a\[1\] cannot be written as JSON. Given: an object of type object"):
        write_json(path, {"a": [1, object()]})
    assert read_json(path)["steps"] == 3 and [item.name for item in tmp_path.iterdir()] == ["summary.json"]


def test_read_json_faults(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent.json cannot be read: No such file"):
        read_json(tmp_path / "absent.json")
    (tmp_path / "short.json").write_text('{"a": 1,')
    with pytest.raises(InputError, match=r"short.json is not a JSON file: .*line 1 column"):
        read_json(tmp_path / "short.json")


def test_plain_keeps_numbers_exactly() -> None:
    assert plain({"a": (0.1, 2**70, False)}) == {"a": [0.1, 2**70, False]}
    assert type(plain(numpy.float64(0.1))) is float
