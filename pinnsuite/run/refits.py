"""What is asked of a finished fit by fitting again: profile likelihoods and ensembles, kept in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pinnsuite.errors import InputError
from pinnsuite.inverse.ensemble import Ensemble, ensemble
from pinnsuite.inverse.estimator import estimator
from pinnsuite.inverse.profile import Profile, profile
from pinnsuite.report.figures.ensemble import draw_ensemble
from pinnsuite.report.figures.profile import draw_profiles
from pinnsuite.run.manifest import plain, read_json, write_json
from pinnsuite.run.solve import Run, load_run
from pinnsuite.solvers.march import March


def profile_run(path: str | Path, names: Sequence[str] = ()) -> list[Profile]:
    """Profiles of some unknown numbers, of all if none is named; ``profile.json`` and a figure go to the run's folder.

    Raises `InputError` for a folder without a finished fit to data.
    """
    path = Path(path)
    run, march = _finished(path)
    if not march.whole.unknowns:
        raise InputError(f"{path}: the fit has no unknown numbers", do=f"pinnsuite ensemble {path}")
    linear = estimator(march.window, run.measured)
    found = [profile(march, linear, n) for n in names or march.whole.unknowns]
    rows = {p.name: plain({k: v for k, v in vars(p).items() if k != "name"}) for p in found}
    write_json(path / "profile.json", rows)
    draw_profiles(found, read_json(path / "summary.json")["parameters"], path / "figures" / "profile.png")
    return found


def ensemble_run(path: str | Path, members: int = 20, seed: int = 0) -> Ensemble:
    """An ensemble of fits; ``ensemble.json`` and, of unknown numbers, a figure go to the run's folder.

    Raises `InputError` for a folder without a finished fit to data, and for fewer than three members.
    """
    path = Path(path)
    if members < 3:
        raise InputError("An ensemble needs members to have a spread", given=members, expected="at least 3")
    run, march = _finished(path)
    found = ensemble(march, run.measured, members, seed)
    write_json(path / "ensemble.json", plain({**vars(found), "by_chance": found.by_chance, "seed": seed}))
    if found.values:
        draw_ensemble(found, read_json(path / "summary.json"), path / "figures" / "ensemble.png")
    return found


def _finished(path: Path) -> tuple[Run, March]:
    run = load_run(path)
    if run.march is None or not run.measured or not (run.march.whole.unknowns or run.march.whole.functions):
        raise InputError(f"{path} holds no fit of unknowns by a network", do="pinnsuite fit ...")
    return run, run.march
