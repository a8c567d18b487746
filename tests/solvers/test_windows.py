"""Windows as long as a tolerance allows: what becomes of each, where they lie, and what a march leaves behind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pinnsuite import Box, D, Initial, Problem, Solution, Time, solve
from pinnsuite.domain.axis import Axis
from pinnsuite.errors import InputError
from pinnsuite.networks.mlp import MLP
from pinnsuite.networks.modified_mlp import ModifiedMLP
from pinnsuite.networks.spectral import Spectral
from pinnsuite.optimizers.gauss_newton import GaussNewton
from pinnsuite.run.verdict import Verdict
from pinnsuite.solvers.pinn import Pinn
from pinnsuite.solvers.windows import Adaptive, Judgement, Windows

TIME = Axis(0.0, 8.0, kind="time")


@dataclass(frozen=True)
class Oscillator(Problem):
    """u_t = v, v_t = -u from (0, 1)."""

    domain = Box(t=Time(0, 8))
    fields = ("u", "v")

    def equation(self, u: Any, v: Any, t: Any) -> Mapping[str, Any]:
        return {"position": D(u, t) - v, "velocity": D(v, t) + u}

    def conditions(self) -> list[Initial]:
        return [Initial(u=0.0, v=1.0)]

    def reference(self, t: np.ndarray) -> Mapping[str, np.ndarray]:
        return {"u": np.sin(t), "v": np.cos(t)}


def run(folder: Path, rule: Adaptive, windows: int = 4, **settings: Any) -> Solution:
    return solve(
        Oscillator(),
        solver=Pinn(points=60, windows=windows, march=rule),
        network=partial(MLP, width=6, depth=1, activation="sin"),
        optimizer=GaussNewton(max_steps=30),
        threads=1,
        run={"dir": str(folder), "figures": False, **settings},
    )


@pytest.mark.parametrize(
    "error, refined, length, fate",
    [
        (1e-7, 0, 1.0, Judgement.ACCEPTED),
        (1e-5, 0, 1.0, Judgement.REFINED),
        (1e-5, 1, 1.0, Judgement.SHORTENED),
        (math.nan, 0, 1.0, Judgement.SHORTENED),
        (1e-5, 1, 0.1, Judgement.GIVEN_UP),
    ],
)
def test_the_fate_of_a_window(error: float, refined: int, length: float, fate: Judgement) -> None:
    windows = Windows(TIME, 1, Adaptive(tolerance=1e-6, shortest=0.01))
    windows.edges = [0.0, length]
    assert windows.judge(error, refined) is fate


def test_equal_windows_are_accepted_as_they_are() -> None:
    windows = Windows(TIME, 3, None)
    assert windows.judge(1e9, 0) is Judgement.ACCEPTED
    while not windows.last:
        windows.advance()
    assert windows.edges == [0.0, 8 / 3, 16 / 3, 8.0]


def test_windows_grow_after_easy_ones_and_shrink_after_hard_ones() -> None:
    windows = Windows(TIME, 20, Adaptive(growth=4.0))
    for effort in (0.5, 1.0, 1.5, 2.0, 3.2):
        windows.advance(effort)
    np.testing.assert_allclose(np.diff(windows.edges), [0.4, 0.8, 0.8, 0.4, 0.1, 0.025])


def test_the_order_of_the_error_leads_to_the_tolerance() -> None:
    """With an error c h^q every window after the first has 0.9^q of the tolerance, after success and after failure."""
    rule = Adaptive(tolerance=1e-6, order=5.0, growth=100.0, refinements=0)
    for first in (2e-9, 3e-4):  # far below the tolerance, far above
        windows = Windows(TIME, 20, rule)
        windows.judge(first, 0)
        (windows.advance if first < 1e-6 else windows.shorten)()
        assert first * (windows.length / 0.4) ** 5 == pytest.approx(0.9**5 * 1e-6)


def test_the_order_changes_lengths_within_limits() -> None:
    windows = Windows(TIME, 20, Adaptive(tolerance=1e-6, order=5.0, growth=1.2, refinements=0))
    windows.judge(0.0, 0)
    windows.advance()
    assert windows.length == pytest.approx(1.2 * 0.4)
    windows.judge(1e9, 0)
    windows.shorten()
    assert windows.length == pytest.approx(0.1 * 1.2 * 0.4)
    windows.judge(math.nan, 0)
    windows.shorten()
    assert windows.length == pytest.approx(0.05 * 1.2 * 0.4)


def test_a_shortened_window_starts_where_it_did() -> None:
    windows = Windows(TIME, 20, Adaptive())
    windows.advance()
    windows.shorten()
    np.testing.assert_allclose(windows.edges, [0.0, 0.4, 0.6])


@pytest.mark.parametrize("count", range(2, 30))
def test_no_sliver_is_left_at_the_end(count: int) -> None:
    windows = Windows(TIME, count, Adaptive(growth=1.3))
    while not windows.last:
        windows.advance(effort=0.0)
    lengths = np.diff(windows.edges)
    assert windows.edges[-1] == 8.0 and lengths[-1] > 0.45 * lengths.max()


def test_a_march_meets_its_tolerance_in_every_window(tmp_path: Path) -> None:
    """The global error is at most the sum of the local ones, for an equation that does not amplify them."""
    found = run(tmp_path / "march", Adaptive(tolerance=1e-6))
    accepted = [w for w in found.summary["windows"] if w["judgement"] == "accepted"]
    assert found.verdict is Verdict.CONVERGED and found.summary["reached"] == 8.0
    assert all(w["error"] <= 1e-6 for w in accepted)
    edges = [w["span"][0] for w in accepted] + [8.0]
    assert [w["span"][1] for w in accepted] == edges[1:]
    assert max(found.summary["relative_l2"].values()) < 3e-6 * len(accepted)
    again, t = Solution.load(tmp_path / "march"), np.linspace(0, 8, 100)
    assert np.array_equal(again(t=t)["u"], found(t=t)["u"])


def test_a_window_that_is_too_long_is_shortened(tmp_path: Path) -> None:
    found = run(tmp_path / "march", Adaptive(tolerance=1e-7), windows=1)
    fates = [w["judgement"] for w in found.summary["windows"]]
    assert fates[:2] == ["refined", "shortened"] and found.verdict is Verdict.CONVERGED
    assert max(found.summary["relative_l2"].values()) < 1e-5


def test_what_cannot_be_met_is_said_with_the_time(tmp_path: Path) -> None:
    """An error of 1e-14 is out of reach; the windows before, were there any, are kept."""
    found = run(tmp_path / "march", Adaptive(tolerance=1e-14, shortest=0.2))
    assert found.verdict is Verdict.TOLERANCE_NOT_MET and found.verdict.exit_status == 3
    assert found.summary["reached"] == 0.0
    assert [w["judgement"] for w in found.summary["windows"]][-1] == "given up"


def test_a_network_that_is_too_small_is_widened_and_kept(tmp_path: Path) -> None:
    """Two neurons do not do: the same march shortens its windows without wider networks."""

    def narrow(folder: str, **more: float) -> Solution:
        return solve(
            Oscillator(),
            solver=Pinn(points=60, windows=4, march=Adaptive(tolerance=1e-6, **more)),  # type: ignore[arg-type]
            network=partial(MLP, width=2, depth=1, activation="sin"),
            optimizer=GaussNewton(max_steps=30),
            threads=1,
            run={"dir": str(tmp_path / folder), "figures": False},
        )

    fixed, grown = narrow("fixed"), narrow("grown", widen=2.0)
    assert any(w["judgement"] == "shortened" for w in fixed.summary["windows"])
    assert not any(w["judgement"] == "shortened" for w in grown.summary["windows"])
    assert grown.summary["network_parameters"] > fixed.summary["network_parameters"]
    assert grown.verdict is Verdict.CONVERGED and max(grown.summary["relative_l2"].values()) < 1e-4
    t = np.linspace(0, 8, 50)
    assert np.array_equal(Solution.load(tmp_path / "grown")(t=t)["u"], grown(t=t)["u"])


class Stop(Exception): ...


def test_a_march_with_wider_networks_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    """Stopped in the first window once it is wider, and in a later one."""

    def march(folder: str, stop_at: tuple[int, int] | None) -> Solution:
        seen: list[int] = []

        def stop(event: Mapping[str, Any]) -> None:
            seen.append(int(event["window"]))
            if stop_at is not None and seen.count(stop_at[0]) == stop_at[1]:
                raise Stop

        return solve(
            Oscillator(),
            solver=Pinn(points=60, windows=4, march=Adaptive(tolerance=1e-6, widen=2.0)),
            network=partial(MLP, width=2, depth=1, activation="sin"),
            optimizer=GaussNewton(max_steps=30),
            threads=1,
            callbacks=[stop],
            run={"dir": str(tmp_path / folder), "figures": False, "checkpoint_every_seconds": 0.0},
        )

    whole = march("whole", None)
    assert whole.summary["windows"][0]["judgement"] == "refined"
    for stop_at in ((0, 35), (1, 3)):
        with pytest.raises(Stop):
            march("parts", stop_at)
    march("parts", None)
    one, other = ((tmp_path / f / "network.safetensors").read_bytes() for f in ("whole", "parts"))
    assert one == other


def test_a_march_goes_on_to_the_same_bits(tmp_path: Path) -> None:
    """Stopped in its third window and started again."""
    rule = Adaptive(tolerance=1e-6)
    run(tmp_path / "alone", rule)
    seen: list[int] = []

    def stop(event: Mapping[str, Any]) -> None:
        seen.append(int(event["window"]))
        if seen.count(2) == 5:
            raise Stop

    arguments: dict[str, Any] = {
        "solver": Pinn(points=60, windows=4, march=rule),
        "network": partial(MLP, width=6, depth=1, activation="sin"),
        "optimizer": GaussNewton(max_steps=30),
        "threads": 1,
        "run": {"dir": str(tmp_path / "stopped"), "figures": False, "checkpoint_every_seconds": 0.0},
    }
    with pytest.raises(Stop):
        solve(Oscillator(), callbacks=[stop], **arguments)
    assert solve(Oscillator(), **arguments).summary["reached"] == 8.0
    one, other = ((tmp_path / f / "network.safetensors").read_bytes() for f in ("alone", "stopped"))
    assert one == other


def test_a_new_window_is_no_sign_of_too_few_points(tmp_path: Path) -> None:
    """Its loss starts far above that of the one before."""
    for rule in (Adaptive(tolerance=1e-6), Adaptive(tolerance=1e-10, refinements=0)):  # some windows are shortened
        assert not run(tmp_path / f"march{rule.tolerance}", rule).summary["notes"]


def test_bad_rules_are_refused() -> None:
    with pytest.raises(InputError, match="tolerance > 0"):
        Adaptive(tolerance=0.0)


def test_what_cannot_march_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    @dataclass(frozen=True)
    class Still(Oscillator):
        def equation(self, u: Any, v: Any, t: Any) -> Mapping[str, Any]:
            return {"position": u - torch.sin(t), "velocity": v - torch.cos(t)}

    march, settings = Pinn(points=60, march=Adaptive(widen=2.0)), {"dir": str(tmp_path / "run")}
    with pytest.raises(InputError, match="derivative in time"):
        solve(Still(), solver=march, run=settings)
    with pytest.raises(InputError, match="ModifiedMLP"):
        solve(Oscillator(), solver=march, network=ModifiedMLP, run=settings)
    assert not (tmp_path / "run").exists()


def test_a_march_by_a_series_of_known_order_wastes_few_windows(tmp_path: Path) -> None:
    """Lengths settle where they meet the tolerance."""
    rule = Adaptive(tolerance=1e-7, order=6.0, growth=3.0, refinements=0)
    found = solve(
        Oscillator(),
        solver=Pinn(points=40, adaptive=0.0, windows=40, march=rule, redraw_every=1),
        network=partial(Spectral, degree=4),
        optimizer=GaussNewton(max_steps=2, damping=1e-20, trials=1, miss=0.0),
        threads=1,
        run={"dir": str(tmp_path / "series"), "figures": False},
    )
    fates = [w["judgement"] for w in found.summary["windows"]]
    settled = [w["error"] for w in found.summary["windows"][3:-2]]
    assert found.verdict is Verdict.CONVERGED and fates.count("shortened") <= 1
    assert all(1e-8 < e <= 1e-7 for e in settled) and len(settled) >= 5
