"""Made-up measurements as HDF5, apart from a run.

/x, /t       coordinates, (values,) each; attribute: unit
/u           values of every measured field; attributes: unit, doc
/u_noise     the standard deviation of every value, where there is noise; attribute: unit
attributes   problem, true_NAME of every unknown number, how they were made (points, noise, seed, ...), versions
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from pinnsuite.data.hdf5 import STORAGE
from pinnsuite.data.identity import versions
from pinnsuite.data.measured import Measured, unit_of
from pinnsuite.data.synthetic import Synthetic
from pinnsuite.errors import InputError
from pinnsuite.parameters import Unknown
from pinnsuite.problem import Problem
from pinnsuite.run.atomic import write_bytes

KINDS = (".h5", ".hdf5")
NOISE = "_noise"  # behind the name of a field


def write_made(problem: Problem, data: Synthetic, path: str | Path, redo: bool = False) -> list[Measured]:
    """Write what ``data`` make up for a problem, whole or not at all, and return it.

    `Observations` read it back to the same bits. Raises `InputError` for a file of another kind, for one that is there
    already unless it is to be written anew (``redo``), and as `Synthetic.read` does.
    """
    path = Path(path)
    if path.suffix.lower() not in KINDS:
        raise InputError(f"{path}: made-up data are written as HDF5", expected=f"a name that ends in {KINDS[0]}")
    if path.exists() and not redo:
        raise InputError(f"{path} exists", do="Choose another name; run.redo=true writes it anew")
    measured, image = data.read(problem), io.BytesIO()
    with h5py.File(image, "w") as file:
        file.attrs.update({"problem": problem.name, **_made(problem, data), "versions": versions()})
        _write(file, problem, measured)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, image.getvalue())
    return measured


def _made(problem: Problem, data: Synthetic) -> dict[str, Any]:
    unknown = [n for n, v in problem.numbers().items() if isinstance(v, Unknown)]
    true = {f"true_{n}": float(v) for n, v in data.true_values(problem).items() if n in unknown}
    return true | {n: v for n, v in vars(data).items() if isinstance(v, int | float)}


def _write(file: h5py.File, problem: Problem, measured: Sequence[Measured]) -> None:
    """All fields are measured at the same points."""
    docs = {f.name: f.doc for f in problem.outputs()}
    for n, x in measured[0].points.items():
        file.create_dataset(n, data=x.numpy(), **STORAGE).attrs["unit"] = problem.domain.axes[n].unit
    for m in measured:
        unit = unit_of(m.name, problem)
        file.create_dataset(m.name, data=m.values.numpy(), **STORAGE).attrs.update({"unit": unit, "doc": docs[m.name]})
        if m.noise is not None:
            each = m.noise * (np.ones(len(m.values)) if m.shares is None else m.shares.numpy())
            file.create_dataset(f"{m.name}{NOISE}", data=each, **STORAGE).attrs["unit"] = unit
