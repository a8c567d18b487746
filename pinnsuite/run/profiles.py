"""Profile likelihoods of a finished fit, kept in its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pinnsuite.errors import InputError
from pinnsuite.inverse.profile import Profile, profile
from pinnsuite.report.figures.profile import draw_profiles
from pinnsuite.run.manifest import plain, read_json, write_json
from pinnsuite.run.solve import load_run


def profile_run(path: str | Path, names: Sequence[str] = ()) -> list[Profile]:
    """Profiles of some unknown numbers, of all if none is named; ``profile.json`` and a figure go to the run's folder.

    Raises `InputError` for a folder without a finished fit to data.
    """
    path = Path(path)
    run = load_run(path)
    if run.march is None or not run.measured or not run.march.whole.unknowns:
        raise InputError(f"{path} holds no fit of unknown numbers by a network", do="pinnsuite fit ...")
    found = [profile(run.march, run.measured, n) for n in names or run.march.whole.unknowns]
    rows = {p.name: plain({k: v for k, v in vars(p).items() if k != "name"}) for p in found}
    write_json(path / "profile.json", rows)
    draw_profiles(found, read_json(path / "summary.json")["parameters"], path / "figures" / "profile.png")
    return found
