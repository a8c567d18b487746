"""A whole solve: resumed runs equal undisturbed ones to the bit, windows hand over exactly, bad input is refused."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from pinnsuite import (
    Axis,
    Box,
    D,
    Dirichlet,
    Initial,
    InputError,
    Integral,
    Problem,
    Solution,
    Time,
    Unknown,
    number,
    solve,
)
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.networks.mlp import MLP
from pinnsuite.objective.objective import Objective
from pinnsuite.optimizers.adam import Adam
from pinnsuite.optimizers.auto import Auto
from pinnsuite.optimizers.chain import Chain
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.optimizers.lbfgs import LBFGS
from pinnsuite.optimizers.nystrom import NystromGaussNewton
from pinnsuite.optimizers.soap import Soap
from pinnsuite.optimizers.spring import Spring
from pinnsuite.optimizers.ssbroyden import SSBroyden
from pinnsuite.run.checkpoint import unpack
from pinnsuite.run.cli import main
from pinnsuite.run.preemption import Preemption
from pinnsuite.run.store import Store
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.pinn import Pinn

SMALL = partial(MLP, width=6, depth=2)


@dataclass(frozen=True)
class Decay(Problem):
    """u_t + u = 0, from 1, on two time units."""

    rate: float | Unknown = number(1.0, low=0)
    domain = Box(t=Time(0, 2))
    fields = ("u",)

    def equation(self, u, t):  # type: ignore[no-untyped-def]
        return D(u, t) + self.rate * u

    def conditions(self):  # type: ignore[no-untyped-def]
        return [Initial(u=1.0)]

    def reference(self, t: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": np.exp(-t)}


@dataclass(frozen=True)
class Smooth(Problem):
    """The heat equation on the unit interval."""

    domain = Box(x=Axis(0, 1), t=Time(0, 1))
    fields = ("u",)

    def equation(self, u, x, t):  # type: ignore[no-untyped-def]
        return D(u, t) - 0.1 * D(u, x, x)

    def conditions(self):  # type: ignore[no-untyped-def]
        return [Initial(u=lambda x: torch.sin(math.pi * x)), Dirichlet(u=0)]

    def reference(self, x: np.ndarray, t: np.ndarray) -> dict[str, np.ndarray]:
        return {"u": np.exp(-0.1 * math.pi**2 * t) * np.sin(math.pi * x)[:, None]}


class Total(Smooth):
    """With what is known of the whole at every time, which is looked at in places that change with every draw."""

    def conditions(self):  # type: ignore[no-untyped-def]
        whole = Integral(lambda u, t: u * torch.exp(0.1 * math.pi**2 * t), equals=2 / math.pi)
        return [*super().conditions(), whole]


class Plain(torch.nn.Module):
    """Somebody's own network: no Taylor mode, no rows."""

    def __init__(self, inputs: int, outputs: int, *, generator: torch.Generator) -> None:
        super().__init__()
        self.inner, self.outer = torch.nn.Linear(inputs, 8), torch.nn.Linear(8, outputs)
        with torch.no_grad():
            for p in self.parameters():
                p.copy_(torch.randn(p.shape, generator=generator) * 0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.outer(torch.tanh(self.inner(x)))


OPTIMIZERS = {
    "gauss_newton": partial(GaussNewton),
    "adam": partial(Adam, rate=1e-2),
    "lbfgs": partial(LBFGS, memory=5),
    "ssbroyden": partial(SSBroyden),
    "soap": partial(Soap, rate=1e-2),
    "spring": partial(Spring),
    "sketched": partial(GaussNewton, directions=30, first_rows=100),
    "nystrom": partial(NystromGaussNewton, rank=20, iterations=30),
}


def quick(folder: Path, steps: int, make: partial, problem: Problem | None = None, **more: object) -> Solution:
    return solve(
        problem or Smooth(),
        solver=Pinn(points=300, redraw_every=5, chunk=128),
        network=SMALL,
        optimizer=make(max_steps=steps),
        threads=1,
        run={"dir": str(folder), "figures": False, **more},
    )


@pytest.mark.parametrize(("name", "problem"), [*((n, Smooth()) for n in OPTIMIZERS), ("gauss_newton", Total())])
def test_resumed_run_equals_undisturbed_run_to_the_bit(name: str, problem: Problem, tmp_path: Path) -> None:
    """14 steps equal 7 + 7, with points redrawn in between (every 5 steps)."""
    make = OPTIMIZERS[name]
    quick(tmp_path / "whole", 14, make, problem)
    quick(tmp_path / "parts", 7, make, problem)
    quick(tmp_path / "parts", 14, make, problem)
    states = []
    for folder in ("whole", "parts"):
        saved = Store(tmp_path / folder / "checkpoints").load()
        assert saved is not None and saved.step == 14
        states.append((unpack(saved.parts["state.safetensors"]), saved.meta["optimizer"]))
    (whole, numbers), (parts, same_numbers) = states
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[k], parts[k]) for k in whole)
    assert numbers == same_numbers


STAGED = {
    "ssbfgs": SSBroyden(max_steps=14, update="bfgs"),
    "adam, gauss_newton": Chain(Adam(max_steps=9, rate=1e-2), GaussNewton(max_steps=5)),
    "auto": Auto(gauss_newton_steps=14),
    "auto, first order": Auto(first_order_steps=20),
}


@pytest.mark.parametrize("name", list(STAGED))
def test_an_interrupted_run_equals_an_undisturbed_one_to_the_bit(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A signal after seven steps; of a chain before it changes over, of `Auto` with the same choice after it."""
    if name == "auto, first order":
        monkeypatch.setattr("pinnsuite.optimizers.auto.SECONDS", 0.0)

    def train(folder: str, interrupt: bool) -> Solution:
        return solve(
            Smooth(),
            solver=Pinn(points=300, redraw_every=5, chunk=128),
            network=SMALL,
            optimizer=STAGED[name],
            threads=1,
            run={"dir": str(tmp_path / folder), "figures": False},
            callbacks=[lambda e: os.kill(os.getpid(), signal.SIGTERM) if interrupt and e["step"] == 7 else None],
        )

    assert train("parts", True).verdict is Verdict.PREEMPTED
    train("parts", False)
    train("whole", False)
    whole, parts = (Store(tmp_path / f / "checkpoints").load() for f in ("whole", "parts"))
    assert whole is not None and parts is not None and whole.step == parts.step
    tensors = [unpack(s.parts["state.safetensors"]) for s in (whole, parts)]
    assert tensors[0].keys() == tensors[1].keys() and all(torch.equal(v, tensors[1][k]) for k, v in tensors[0].items())
    assert whole.meta["optimizer"] == parts.meta["optimizer"]
    notes = [json.loads((tmp_path / f / "summary.json").read_text())["notes"] for f in ("whole", "parts")]
    assert notes[0] == notes[1]


def test_a_chain_goes_on_when_a_budget_of_its_own_is_raised(tmp_path: Path) -> None:
    """Four steps of Adam and three of Gauss-Newton, the same again, and then three of Gauss-Newton more."""

    def steps(then: int) -> int:
        found = solve(
            Smooth(),
            solver=Pinn(points=300, redraw_every=5, chunk=128),
            network=SMALL,
            optimizer=Chain(Adam(max_steps=4, rate=1e-2), GaussNewton(max_steps=then)),
            threads=1,
            run={"dir": str(tmp_path / "run"), "figures": False},
        )
        return int(found.summary["steps"])

    assert [steps(3), steps(3), steps(6)] == [7, 7, 10]


def test_too_few_points_are_noticed(tmp_path: Path) -> None:
    """Twelve points for eighty parameters: all are met, and the residual between them is another."""
    few, enough = (
        solve(
            Smooth(),
            solver=Pinn(points=points, redraw_every=5, adaptive=0.0),
            network=SMALL,
            optimizer=GaussNewton(max_steps=20),
            threads=1,
            run={"dir": str(tmp_path / str(points)), "figures": False},
        )
        for points in (12, 800)
    )
    assert any("there are too few" in n for n in few.summary["notes"])
    assert not enough.summary["notes"]


def test_random_numbers_of_a_callback_go_on_where_they_were(tmp_path: Path) -> None:
    def draws(folder: str, *budgets: int) -> list[float]:
        torch.manual_seed(3)
        found: list[float] = []
        for steps in budgets:
            solve(
                Decay(),
                solver=Pinn(points=40),
                network=SMALL,
                optimizer=Adam(max_steps=steps),
                threads=1,
                run={"dir": str(tmp_path / folder), "figures": False},
                callbacks=[lambda event: found.append(float(torch.rand(())))],
            )
            torch.rand(17)  # what another program part would draw in between
        return found

    assert draws("whole", 6) == draws("parts", 3, 6)


MARCH = (
    "solver=march solver.march.tolerance=1 solver.march.growth=1 solver.windows=4 solver.redraw_every=500 "
    "optimizer.max_steps=400"
)


@pytest.mark.parametrize(("choices", "steps"), [("optimizer.max_steps=1500", 0), (MARCH, 800)], ids=["whole", "march"])
def test_killed_run_comes_back_with_the_same_bits(tmp_path: Path, choices: str, steps: int) -> None:
    """SIGKILL after some steps (of a march: in its third window), then a signal that asks to stop, then the end."""
    script = tmp_path / "decay.py"
    script.write_text(
        "import dataclasses\nfrom pinnsuite import Box, D, Initial, Problem, Time\n"
        "@dataclasses.dataclass(frozen=True)\nclass Decay(Problem):\n"
        "    domain = Box(t=Time(0, 2))\n    fields = ('u',)\n"
        "    def equation(self, u, t):\n        return D(u, t) + u\n"
        "    def conditions(self):\n        return [Initial(u=1.0)]\n"
    )
    words = (
        f"problem={script} network.width=6 network.depth=2 optimizer=adam {choices} solver.points=200 "
        "run.checkpoint_every_seconds=0.05 run.figures=false threads=1"
    ).split()
    command = [sys.executable, "-m", "pinnsuite", "solve", *words]

    def start(folder: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([*command, f"run.dir={tmp_path / folder}"], stderr=subprocess.DEVNULL)

    def wait_for_checkpoint(folder: str, beyond: int) -> int:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            steps = [int(p.name.split("-")[1]) for p in (tmp_path / folder / "checkpoints").glob("step-????????")]
            if steps and max(steps) > beyond:
                return max(steps)
            time.sleep(0.01)
        raise AssertionError("no checkpoint appeared")

    child = start("killed")
    first = wait_for_checkpoint("killed", steps)
    child.kill()
    child.wait()
    child = start("killed")
    wait_for_checkpoint("killed", first)
    child.send_signal(signal.SIGTERM)
    assert child.wait() in (75, 0)
    assert start("killed").wait() == 0
    assert start("alone").wait() == 0
    one, other = ((tmp_path / f / "network.safetensors").read_bytes() for f in ("killed", "alone"))
    assert one == other
    logs = [
        [(r["step"], r["loss"]) for r in map(json.loads, (tmp_path / f / "metrics.jsonl").read_text().splitlines())]
        for f in ("killed", "alone")
    ]
    assert logs[0] == logs[1]


def test_solution_is_callable_differentiable_and_loads(tmp_path: Path) -> None:
    found = quick(tmp_path / "run", 40, OPTIMIZERS["gauss_newton"])
    assert found.summary["relative_l2"]["u"] < 1e-3
    x, t = np.linspace(0, 1, 7)[:, None], np.linspace(0, 1, 5)
    assert found(x=x, t=t)["u"].shape == (7, 5)
    exact = -(math.pi**2) * np.exp(-0.1 * math.pi**2 * t) * np.sin(math.pi * x)
    assert np.abs(found.derivative("u", "xx", x=x, t=t) - exact).max() < 0.1
    again = Solution.load(tmp_path / "run")
    assert np.array_equal(again(x=x, t=t)["u"], found(x=x, t=t)["u"])
    with pytest.raises(InputError, match="outside the domain"):
        found(x=2.0, t=0.0)


def test_a_solution_in_float32_answers(tmp_path: Path) -> None:
    """Values, derivatives and misfits: the points are asked for in the precision of the network."""
    found = solve(
        Smooth(),
        solver=Pinn(points=300),
        network=SMALL,
        optimizer=GaussNewton(max_steps=20),
        dtype="float32",
        data=Synthetic(points=20, noise=0.01),
        run={"dir": str(tmp_path / "run"), "figures": False},
    )
    x = np.linspace(0, 1, 5)
    slopes = found.derivative("u", "x", x=x, t=0.5)
    differences = np.gradient(found(x=np.linspace(0, 1, 401), t=0.5)["u"].astype(float), 1 / 400)[::100]
    assert np.abs(slopes - differences).max() < 2e-2 * np.abs(slopes).max()
    assert np.isfinite(found.misfit["u"]).all() and len(found.misfit["u"]) == 20


def test_windows_hand_over_the_state_exactly(tmp_path: Path) -> None:
    """u is continuous across windows to rounding, and the march equals the exact solution to its own accuracy."""
    found = solve(
        Decay(),
        solver=Pinn(points=100, windows=4),
        network=SMALL,
        optimizer=GaussNewton(max_steps=20),
        threads=1,
        run={"dir": str(tmp_path / "march"), "figures": False},
    )
    assert found.summary["relative_l2"]["u"] < 1e-6
    edge = 0.5
    before = found(t=edge - 1e-12)["u"]
    assert abs(float(before - found(t=edge)["u"])) < 1e-11
    again = Solution.load(tmp_path / "march")
    t = np.linspace(0, 2, 41)
    assert np.array_equal(again(t=t)["u"], found(t=t)["u"])


@dataclass(frozen=True)
class Shaken(Decay):
    """u_t is a fast wave in the first half and zero in the second."""

    def equation(self, u, t):  # type: ignore[no-untyped-def]
        return D(u, t) - torch.where(t < 1, 30 * torch.cos(30 * t), 0.0)


def test_a_march_is_as_good_as_its_worst_window(tmp_path: Path) -> None:
    """The first window uses up its steps, the second converges: the run used up its budget."""
    ends = {}

    def watch(event: Mapping[str, Any]) -> None:
        ends[event["window"]] = event["loss"]

    found = solve(
        Shaken(),
        solver=Pinn(points=100, windows=2),
        network=SMALL,
        optimizer=GaussNewton(max_steps=15, tolerance=1e-9),
        threads=1,
        run={"dir": str(tmp_path / "march"), "figures": False},
        callbacks=[watch],
    )
    assert ends[0] > 1e-9 >= ends[1]
    assert found.verdict is Verdict.BUDGET_USED


def test_finished_run_is_not_redone_unless_asked(tmp_path: Path) -> None:
    steps: list[int] = []
    first = quick(tmp_path / "run", 4, OPTIMIZERS["adam"])
    again = solve(
        Smooth(),
        solver=Pinn(points=300, redraw_every=5, chunk=128),
        network=SMALL,
        optimizer=Adam(rate=1e-2, max_steps=4),
        threads=1,
        run={"dir": str(tmp_path / "run"), "figures": False},
        callbacks=[lambda event: steps.append(event["step"])],
    )
    assert steps == [] and again.summary["steps"] == first.summary["steps"]


def test_another_number_of_threads_must_be_accepted(tmp_path: Path) -> None:
    def again(threads: int, steps: int, **run: object) -> Solution:
        return solve(
            Decay(),
            solver=Pinn(points=50),
            network=SMALL,
            optimizer=Adam(max_steps=steps),
            threads=threads,
            run={"dir": str(tmp_path / "run"), "figures": False, **run},
        )

    again(1, 2)
    with pytest.raises(InputError, match="threads is 1 there and 2 here"):
        again(2, 4)
    assert again(2, 4, accept_change=True).summary["steps"] == 4


def test_a_run_that_went_astray_goes_on_from_its_best_checkpoint(tmp_path: Path) -> None:
    """With steps that are far too long the loss rises; the best checkpoint outlives the two newest."""

    def steps_of(steps: int, **run: object) -> dict[int, float]:
        seen: dict[int, float] = {}
        solve(
            Decay(),
            solver=Pinn(points=50),
            network=SMALL,
            optimizer=Adam(max_steps=steps, rate=0.3),
            threads=1,
            callbacks=[lambda event: seen.update({event["step"]: event["loss"]})],
            run={"dir": str(tmp_path / "run"), "figures": False, "checkpoint_every_seconds": 0, **run},
        )
        return seen

    losses = steps_of(30)
    best = min(losses, key=lambda step: losses[step])
    assert best < 28
    assert next(iter(steps_of(31, from_best=True))) == best + 1


def test_summary_says_how_the_problem_was_made_non_dimensional(tmp_path: Path) -> None:
    scales = quick(tmp_path / "run", 1, OPTIMIZERS["adam"]).summary["scales"]
    assert scales["coordinates"] == {"x": 0.5, "t": 0.5}
    assert scales["fields"]["u"] == pytest.approx(1.0, rel=1e-2)
    assert scales["residuals"]["equation"] == pytest.approx(2.0, rel=0.1)  # u_t ~ 1 / 0.5


def test_own_network_without_taylor_mode_is_solved_in_reverse_mode(tmp_path: Path) -> None:
    found = solve(
        Decay(),
        solver=Pinn(points=60),
        network=Plain,
        optimizer=GaussNewton(max_steps=25),
        threads=1,
        run={"dir": str(tmp_path / "run"), "figures": False},
    )
    assert found.summary["relative_l2"]["u"] < 1e-4
    assert "reverse mode" in " ".join(found.summary["notes"])
    slope = found.derivative("u", "t", t=np.array([0.5, 1.0]))
    assert slope == pytest.approx(-np.exp([-0.5, -1.0]), abs=1e-2)


def test_a_run_starts_from_an_earlier_one(tmp_path: Path) -> None:
    quick(tmp_path / "first", 30, OPTIMIZERS["gauss_newton"])
    losses: list[float] = []
    solve(
        Smooth(),
        solver=Pinn(points=300, redraw_every=5, chunk=128),
        network=SMALL,
        optimizer=GaussNewton(max_steps=1),
        threads=1,
        init_from=tmp_path / "first",
        run={"dir": str(tmp_path / "second"), "figures": False},
        callbacks=[lambda event: losses.append(event["loss"])],
    )
    assert losses[0] < 1e-4


def test_not_finite_rolls_back_and_gives_up_with_its_own_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Objective.gradient
    calls = {"n": 0}

    def poisoned(self: Objective) -> tuple[float, torch.Tensor]:
        calls["n"] += 1
        loss, gradient = whole(self)
        return (loss, gradient * math.nan) if calls["n"] > poison_from else (loss, gradient)

    monkeypatch.setattr(Objective, "gradient", poisoned)
    poison_from = 3
    found = quick(tmp_path / "run", 10, OPTIMIZERS["adam"])
    assert found.verdict is Verdict.NOT_FINITE and found.verdict.exit_status == 4
    assert found.summary["steps"] == 3
    assert np.isfinite(found(x=0.5, t=0.5)["u"]).all()


def test_preemption_before_the_first_checkpoint_saves_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(event: object) -> None:
        os.kill(os.getpid(), signal.SIGUSR2)

    found = solve(
        Smooth(),
        solver=Pinn(points=100),
        network=SMALL,
        optimizer=Adam(max_steps=50),
        threads=1,
        run={"dir": str(tmp_path / "run"), "figures": False},
        callbacks=[stop],
    )
    assert found.verdict is Verdict.PREEMPTED and found.verdict.exit_status == 75
    saved = Store(tmp_path / "run" / "checkpoints").load()
    assert saved is not None and saved.step == 1
    assert not (tmp_path / "run" / "summary.json").exists()
    with Preemption() as still:
        assert not still.requested


@pytest.fixture
def bad_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with measurements of which one is outside the domain, and with an HDF5 file that ends early."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "outside.csv").write_text("x,t,u\n0.5,0.1,0.4\n0.5,7.0,0.2\n")
    with h5py.File(folder / "short.h5", "w") as file:
        for name, values in (("x", [0.25, 0.5]), ("t", [0.1, 0.2]), ("u", [0.7, 0.8])):
            file[name] = np.array(values)
    whole = (folder / "short.h5").read_bytes()
    (folder / "short.h5").write_bytes(whole[: len(whole) // 2])
    return folder


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("solve problem=burgrs", "Did you mean 'burgers'"),
        ("solve problem=burgers solver=pin", "Did you mean 'pinn'"),
        ("solve problem=burgers solver.pointz=10", "points"),
        ("solve problem=burgers problem.nu=-1", "nu >= 0|0 <= nu"),
        ("solve problem=burgers solver.adaptive=2", "0 <= share < 1"),
        ("solve problem=burgers optimizer.max_steps=ten", "optimizer.max_steps"),
        ("solve problem=burgers dtype=float16", "float32 or float64"),
        ("fit problem=burgers_inverse data=DATA/outside.csv", r"outside\.csv.*entry 2: the point"),
        ("fit problem=burgers_inverse data=DATA/short.h5", r"short\.h5 is cut short, damaged"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    words: str,
    message: str,
    tmp_path: Path,
    bad_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import re

    monkeypatch.chdir(tmp_path)
    assert main(words.replace("DATA", str(bad_data)).split()) == 2
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []
    assert {p.name for p in bad_data.iterdir()} == {"outside.csv", "short.h5"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return D(w, t)", "my_problem.py.*line 7|name 'w' is not defined"),
        ("return D(u, t) + u +", "line 7"),
        ("import math; return D(u, t) + math.sin(u)", "torch.sin"),
        ("return D(u, u)", "with respect to coordinates"),
    ],
)
def test_error_in_a_problem_file_is_shown_as_such(
    body: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import re

    file = tmp_path / "my_problem.py"
    file.write_text(
        "from dataclasses import dataclass\nfrom pinnsuite import Box, D, Initial, Problem, Time\n"
        "@dataclass(frozen=True)\nclass Mine(Problem):\n    domain, fields = Box(t=Time(0, 1)), ('u',)\n"
        f"    def equation(self, u, t):\n        {body}\n"
    )
    monkeypatch.chdir(tmp_path)
    assert main(["solve", f"problem={file}"]) == 2
    error = capsys.readouterr().err
    assert re.search(message, error), error
    assert [p.name for p in tmp_path.iterdir() if p.name != "__pycache__"] == ["my_problem.py"]


def test_condition_outside_the_domain_and_foreign_folder(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Outside(Decay):
        def conditions(self):  # type: ignore[no-untyped-def]
            from pinnsuite import PointValue

            return [PointValue({"t": 3.0}, u=1.0)]

    with pytest.raises(InputError, match="outside the domain"):
        quick(tmp_path / "run", 1, OPTIMIZERS["adam"], Outside())
    assert not (tmp_path / "run").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("precious")
    with pytest.raises(InputError, match="not a run's folder"):
        quick(tmp_path / "mine", 1, OPTIMIZERS["adam"])
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.tex"]


def test_unknown_number_is_found(tmp_path: Path) -> None:
    """u' + k u = 0 with u(0) = 1 and u(2) = exp(-2) has k = 1."""

    @dataclass(frozen=True)
    class Rate(Decay):
        rate: float | Unknown = Unknown(0.5, scale="log")

        def conditions(self):  # type: ignore[no-untyped-def]
            from pinnsuite import PointValue

            return [Initial(u=1.0), PointValue({"t": 2.0}, u=math.exp(-2.0))]

        def true_values(self) -> dict[str, float]:
            return {"rate": 1.0}

    found = quick(tmp_path / "run", 80, OPTIMIZERS["gauss_newton"], Rate())
    assert found.summary["parameters"]["rate"]["estimate"] == pytest.approx(1.0, rel=1e-4)
