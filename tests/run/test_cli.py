"""The command line: exit statuses, messages on standard error, and what is not imported."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest

import pinnsuite
from pinnsuite.errors import InputError
from pinnsuite.run.cli import main


def fake(monkeypatch: pytest.MonkeyPatch, name: str, **members: object) -> None:
    """A module in the place of a heavy one."""
    module = types.ModuleType(name)
    vars(module).update(members)
    monkeypatch.setitem(sys.modules, name, module)
    parent, _, child = name.rpartition(".")
    monkeypatch.setattr(sys.modules[parent], child, module, raising=False)


def test_solve_hands_the_configuration_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict] = []

    def solve_from_config(config: dict) -> int:
        seen.append(config)
        return 3

    fake(monkeypatch, "pinnsuite.run.solve", solve_from_config=solve_from_config)
    assert main(["solve", "experiment=burgers", "seed=4"]) == 3
    assert seen[0]["seed"] == 4


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["sovle"], "Did you mean 'solve'?"),
        ([], "the following arguments are required: COMMAND"),
        (["solve", "--seed", "3"], "unrecognized arguments: --seed"),
        (["solve", "sed=3"], "Did you mean 'seed'?"),
        (["solve"], "No problem is chosen"),
        (["list", "optimisers"], "Did you mean 'optimizer'?"),
        (["describe", "burgrs"], "Did you mean 'burgers'?"),
        (["bench", "sped"], "invalid choice: 'sped'"),
        (["bench", "--seeds", "x"], "invalid int value: 'x'"),
    ],
)
def test_bad_input_is_one_message_and_status_2(words: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert part in err
    assert err.startswith("pinnsuite: ")
    assert err.count("\n") == 1


def test_errors_of_a_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def raising(error: BaseException) -> object:
        def solve_from_config(config: dict) -> int:
            raise error

        return solve_from_config

    fake(monkeypatch, "pinnsuite.run.solve", solve_from_config=raising(InputError("problem.nu: negative")))
    assert main(["solve", "experiment=burgers"]) == 2
    assert capsys.readouterr().err == "pinnsuite: problem.nu: negative.\n"
    fake(monkeypatch, "pinnsuite.run.solve", solve_from_config=raising(KeyboardInterrupt()))
    assert main(["solve", "experiment=burgers"]) == 130
    fake(monkeypatch, "pinnsuite.run.solve", solve_from_config=raising(RuntimeError("a defect")))
    with pytest.raises(RuntimeError, match="a defect"):
        main(["solve", "experiment=burgers"])


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    everything = capsys.readouterr().out
    assert main(["list", "network"]) == 0
    networks = capsys.readouterr().out
    assert networks in everything
    assert networks.splitlines()[0] == "network"
    assert [line.split()[0] for line in networks.splitlines()[1:4]] == ["fourier_mlp", "mlp", "modified_mlp"]
    assert "solver\n" in everything


def test_describe(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    import pinnsuite.report  # noqa: F401

    fake(monkeypatch, "pinnsuite.report.describe", describe=lambda problem: f"equation of {problem}")
    fake(monkeypatch, "pinnsuite.run.problem", build_problem=lambda section: f"{section['target']} {section['nu']}")
    assert main(["describe", "burgers", "problem.nu=0.5"]) == 0
    assert capsys.readouterr().out == "equation of pinnsuite.problems.burgers.Burgers 0.5\n"


def test_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    import pinnsuite.report  # noqa: F401

    calls: list[tuple] = []

    def bench_main(kind: str, *, only: tuple[str, ...], seeds: tuple[int, ...]) -> int:
        calls.append((kind, only, seeds))
        return 0

    fake(monkeypatch, "pinnsuite.report.bench", main=bench_main)
    assert main(["bench"]) == 0
    assert main(["bench", "speed", "--only", "a", "--only", "b", "--seeds", "0", "4"]) == 0
    assert calls == [("accuracy", (), (0, 1, 2)), ("speed", ("a", "b"), (0, 4))]


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "COMMAND" in capsys.readouterr().out
    assert main(["solve", "--help"]) == 0
    assert "NAME=VALUE" in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pinnsuite {pinnsuite.__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["solve", "--help"], ["sovle"], ["list"]])
def test_light_commands_import_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys, pinnsuite\n"
        "from pinnsuite.run.cli import main\n"
        f"main({words!r})\n"
        "heavy = {'torch', 'hydra', 'omegaconf', 'deepxde', 'matplotlib', 'numpy', 'scipy', 'sympy', 'rich', 'h5py'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_public_names_agree() -> None:
    assert sorted(pinnsuite._MODULES) == list(pinnsuite.__all__) == sorted(pinnsuite.__all__)
    assert set(pinnsuite.__all__) < set(dir(pinnsuite))
    assert pinnsuite.InputError is InputError
    with pytest.raises(AttributeError, match="module 'pinnsuite' has no attribute 'nothing'"):
        _ = pinnsuite.nothing
