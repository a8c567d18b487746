"""Composition: defaults, overrides, users' files, and what is refused before any work is done."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
import yaml

from pinnsuite.errors import InputError
from pinnsuite.run import options as options_module
from pinnsuite.run.compose import compose, groups, load_problem_file, options
from pinnsuite.run.options import config_folder, first_line, summary

PROBLEM = """
from __future__ import annotations
from dataclasses import dataclass

class Problem:  # stands in for the real one
    pass
Problem.__module__ = "pinnsuite.problem"

@dataclass(frozen=True)
class Mine(Problem):
    nu: float = 0.1
"""


@pytest.fixture
def problem_file(tmp_path: Path) -> Path:
    file = tmp_path / "my problem.py"
    file.write_text(PROBLEM)
    return file


@pytest.fixture
def recipes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small configuration folder whose experiment sets values for its own choices."""
    files = {
        "config.yaml": "defaults:\n  - _self_\n  - problem: ???\n  - optimizer: one\n  - experiment: null\nseed: 0\n",
        "problem/heat.yaml": "target: a.Heat\nk: 2\n",
        "problem/wave.yaml": "target: a.Wave\n",
        "optimizer/one.yaml": "target: a.One\n",
        "optimizer/two.yaml": "target: a.Two\n",
        "experiment/heat.yaml": "# @package _global_\n# Heat.\ndefaults:\n  - override /problem: heat\n"
        "  - override /optimizer: one\nseed: 7\nproblem: {k: 3}\noptimizer: {damping: 0.5}\n",
    }
    for name, text in files.items():
        file = tmp_path / "configs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for module in ("pinnsuite.run.options", "pinnsuite.run.compose", "pinnsuite.run.words"):
        monkeypatch.setattr(sys.modules[module], "config_folder", lambda: tmp_path / "configs")
    return tmp_path / "configs"


def refusal(*words: str) -> str:
    with pytest.raises(InputError) as caught:
        compose(words)
    return str(caught.value)


def test_defaults_are_filled_in() -> None:
    config = compose(["experiment=burgers"])
    assert config["problem"]["target"] == "pinnsuite.problems.burgers.Burgers"
    assert config["seed"] == 0
    assert config["run"]["keep"] == 2
    assert set(config) == {
        *("seed", "dtype", "device", "threads", "init_from", "run"),
        *("problem", "solver", "network", "optimizer"),
    }
    assert yaml.safe_load(yaml.safe_dump(config)) == config


@pytest.mark.parametrize("name", options("experiment"))
def test_every_experiment_composes(name: str) -> None:
    config = compose([f"experiment={name}"])
    assert all("target" in config[group] for group in ("problem", "solver", "network", "optimizer"))


@pytest.mark.parametrize("group", groups())
def test_every_option_has_a_target_or_a_comment(group: str) -> None:
    for name in options(group):
        content = yaml.safe_load((config_folder() / group / f"{name}.yaml").read_text())
        assert "target" in content or group == "experiment"


def test_overrides() -> None:
    config = compose(["problem=burgers", "problem.nu=2e-2", "seed=3", "run.name=a-b_1.c", "optimizer.new=[1,2]"])
    assert config["problem"]["nu"] == 0.02
    assert (config["seed"], config["run"]["name"], config["optimizer"]["new"]) == (3, "a-b_1.c", [1, 2])


def test_unknown_parameters_stay_mappings() -> None:
    config = compose(["problem=burgers", "problem.nu={unknown: {initial: 1.0, scale: log}}"])
    assert config["problem"]["nu"] == {"unknown": {"initial": 1.0, "scale": "log"}}


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from hydra.core.global_hydra import GlobalHydra

    monkeypatch.chdir(tmp_path)
    compose(["problem=burgers"])
    assert Path(os.getcwd()) == tmp_path
    assert list(tmp_path.iterdir()) == []
    assert not GlobalHydra.instance().is_initialized()


def test_a_users_file(problem_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {"target": f"{problem_file}:Mine", "nu": 0.02}
    assert compose([f"problem={problem_file}", "problem.nu=0.02"])["problem"] == expected
    monkeypatch.chdir(problem_file.parent)
    assert compose(["experiment=burgers", "problem=my problem.py:Mine", "problem.nu=0.02"])["problem"] == expected
    assert load_problem_file(expected["target"]) is load_problem_file(problem_file)


def test_a_choice_that_overrules_the_experiment_drops_its_values(recipes: Path, problem_file: Path) -> None:
    whole = compose(["experiment=heat"])
    assert whole == {
        "seed": 7,
        "problem": {"target": "a.Heat", "k": 3},
        "optimizer": {"target": "a.One", "damping": 0.5},
    }
    assert compose(["experiment=heat", "optimizer=one"]) == whole
    assert compose(["experiment=heat", "optimizer=two", "optimizer.x=1"]) == whole | {
        "optimizer": {"target": "a.Two", "x": 1}
    }
    assert compose(["problem=wave", "experiment=heat"]) == whole | {"problem": {"target": "a.Wave"}}
    assert compose([f"problem={problem_file}", "experiment=heat"]) == whole | {
        "problem": {"target": f"{problem_file}:Mine"}
    }


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([], ["No problem is chosen", "problem=NAME or experiment=NAME", "burgers"]),
        (["problem=burgrs"], ["problem: There is no problem named 'burgrs'", "Did you mean 'burgers'?"]),
        (["optimizer=adm"], ["optimizer: There is no optimizer named 'adm'", "lbfgs", "Did you mean 'adam'?"]),
        (["sed=1"], ["There is no setting named 'sed'", "Did you mean 'seed'?"]),
        (["+sed=1"], ["There is no setting named 'sed'", "Did you mean 'seed'?"]),
        (["run.nam=x"], ["run: There is no setting named 'nam'", "Did you mean 'name'?"]),
        (["max_seconds=3"], ["There is no setting named 'max_seconds'", "Did you mean 'run.max_seconds'?"]),
        (["seed.a=3"], ["There is no setting named 'seed.a'", "Expected: seed=VALUE"]),
        (["hydra.run.dir=x"], ["There is no setting named 'hydra'"]),
        (["burgers"], ["Not a name and a value. Given: 'burgers'", "Did you mean 'experiment=burgers'?"]),
        (["=3"], ["Not a name and a value"]),
        (["seed=[1", "problem=burgers"], ["The value cannot be read", "Given: seed=[1", "quotes"]),
        (["seed=1,2", "problem=burgers"], ["Ambiguous value for argument 'seed=1,2'"]),
        (["run=3", "problem=burgers"], ["run: not a section. Given: 3"]),
        (["~optimizer", "problem=burgers"], ["optimizer: not a section. Given: nothing"]),
        (["run.name=${nope}", "problem=burgers"], ["Interpolation key 'nope' not found"]),
        (["problem=nowhere.py"], ["The problem file nowhere.py cannot be read (No such file or directory)"]),
    ],
)
def test_refusals(words: list[str], parts: list[str]) -> None:
    message = refusal(*words)
    for part in parts:
        assert part in message
    assert "hydra.cc" not in message
    assert "multirun" not in message


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("x = 1\ny = x +\n", [", line 2: SyntaxError: invalid syntax", "Given: y = x +."]),
        ("def f():\n    return nope\n\nf()\n", [", line 2: NameError: name 'nope' is not defined", "return nope"]),
        ("import json\njson.loads('{')\n", [", line 2: JSONDecodeError:", "Given: json.loads('{')."]),
        ("x = 1\n", ["holds no problem", "Given: x", "derives from pinnsuite.Problem"]),
        (PROBLEM + "class Other(Problem): pass\n", ["holds several problems", "Mine, Other", "my.py:Mine"]),
    ],
)
def test_a_users_file_that_is_wrong(tmp_path: Path, text: str, parts: list[str]) -> None:
    file = tmp_path / "my.py"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_problem_file(file)
    for part in [str(file), *parts]:
        assert part in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_wrong_class_name_in_a_users_file(problem_file: Path) -> None:
    with pytest.raises(InputError, match=r"named 'Mne'.*Did you mean 'Mine'"):
        load_problem_file(f"{problem_file}:Mne")


def test_a_changed_file_is_read_again(problem_file: Path) -> None:
    before = load_problem_file(problem_file)
    problem_file.write_text(PROBLEM.replace("0.1", "0.2"))
    assert (before().nu, load_problem_file(problem_file)().nu) == (0.1, 0.2)


def test_options_and_summaries() -> None:
    assert {"experiment", "network", "optimizer", "problem", "solver"} <= set(groups())
    assert "burgers" in options("problem")
    assert summary("experiment", "burgers").startswith("Burgers")
    assert first_line("pinnsuite.errors.InputError").startswith("Bad input")
    assert first_line("pinnsuite.errors.Nothing") == first_line("pinnsuite.no.module.X") == ""
    with pytest.raises(InputError, match="Did you mean 'optimizer'"):
        options("optimiser")
    assert options_module.config_folder().name == "configs"
