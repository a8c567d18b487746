"""Columns of numbers by name from the files that measurements come in: CSV, HDF5, .npz, .mat and meshes."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pinnsuite.errors import InputError, choose

MISSING = {"", "na", "nan", "n/a", "null", "none", "-"}  # what an empty cell of a CSV file may say


@dataclass(frozen=True)
class Column:
    """Numbers of any shape, their unit where the file gives one, and where they stand, for messages.

    axes: what the file says is along each axis of an array, a dimension scale of HDF5 or a label.
    notes: what was done with them since, in words.
    """

    values: np.ndarray
    unit: str
    where: str
    axes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_columns(path: str | Path) -> dict[str, Column]:
    """Every numeric column or dataset of a file by name; missing entries are NaN.

    .csv            a header of names, each with its unit in brackets if there is one: ``T [K]``
    .h5, .hdf5      datasets by path, units from the attribute ``unit`` or ``units``
    .npz, .mat      arrays by name
    .vtu, .vtk, ... (what meshio reads) coordinates x, y, z and point data; of a vector u the columns u_x, u_y, u_z

    Raises `InputError` for a file that is missing, of another kind, cut short or damaged, naming dataset and row.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} does not exist", expected="a file of measurements")
    read = READERS.get(path.suffix.lower())
    if read is None:
        raise InputError(f"{path}: not a kind of file that can be read", expected=f"one of {', '.join(READERS)}")
    found = read(path)
    if not found:
        raise InputError(f"{path} holds no numbers", expected="columns of numbers with names")
    return found


def column(columns: Mapping[str, Column], name: str, path: Path) -> Column:
    """One of them; `InputError` with the nearest name if there is none."""
    try:
        return columns[choose(name, columns, "column")]
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _csv(path: Path) -> dict[str, Column]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a text file", given=str(error), expected="comma-separated values") from None
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    if len(lines) < 2:
        raise InputError(f"{path} holds no rows", expected="a header of names, and rows of numbers below it")
    separator = next((s for s in (",", ";", "\t") if s in lines[0][1]), ",")
    header, *rows = (next(csv.reader([line], delimiter=separator, skipinitialspace=True)) for _, line in lines)
    values = np.empty((len(rows), len(header)))
    for i, row in enumerate(rows):
        if len(row) != len(header):
            raise InputError(
                f"{path}, line {lines[i + 1][0]}: the row has another length than the header",
                given=f"{len(row)} entries",
                expected=f"{len(header)}: {', '.join(header)}",
            )
        for j, cell in enumerate(row):
            values[i, j] = _cell(cell, f"{path}, line {lines[i + 1][0]}, column '{header[j].strip()}'")
    result: dict[str, Column] = {}
    for j, title in enumerate(header):
        name, _, rest = title.partition("[")
        if name.strip() in result:
            raise InputError(f"{path}: two columns are called '{name.strip()}'", do="Give every column its own name")
        result[name.strip()] = Column(values[:, j], rest.rstrip("] ").strip(), f"{path}, column '{name.strip()}'")
    return result


def _cell(text: str, where: str) -> float:
    if text.strip().lower() in MISSING:
        return float("nan")
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{where}: not a number", given=text, do="Leave it empty if it is missing") from None


def _hdf5(path: Path) -> dict[str, Column]:
    import h5py

    found: dict[str, Column] = {}

    def keep(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape is not None and item.dtype.kind in "fiu":
            unit = item.attrs.get("unit", item.attrs.get("units", ""))
            unit = unit.decode() if isinstance(unit, bytes) else str(unit)
            scales = (d[0].name if len(d) else None for d in item.dims)  # None as well where one was deleted
            axes = tuple((n or d.label).strip("/") for n, d in zip(scales, item.dims, strict=True))
            found[name] = Column(np.asarray(item[()], dtype=float), unit, f"{path}, dataset {name}", axes)

    try:
        with h5py.File(path, "r") as file:
            file.visititems(keep)
    except (OSError, RuntimeError, KeyError) as error:
        raise _damaged(path, "an HDF5 file", error) from error
    return found


def _npz(path: Path) -> dict[str, Column]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return _arrays(path, {n: file[n] for n in file.files})
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise _damaged(path, "a .npz file of plain arrays", error) from error


def _mat(path: Path) -> dict[str, Column]:
    from scipy.io import loadmat

    try:
        return _arrays(path, {n: np.squeeze(v) for n, v in loadmat(path).items() if not n.startswith("__")})
    except NotImplementedError:  # version 7.3 is HDF5, with axes in the other order
        return {n: Column(np.squeeze(c.values.T), c.unit, c.where) for n, c in _hdf5(path).items()}
    except Exception as error:  # scipy raises many kinds for bytes that are missing or wrong
        raise _damaged(path, "a MATLAB file", error) from error


def _mesh(path: Path) -> dict[str, Column]:
    import meshio

    try:
        mesh = meshio.read(path)
    except (Exception, SystemExit) as error:
        raise _damaged(path, "a mesh that meshio reads", error) from error
    arrays = dict(zip("xyz", mesh.points.T, strict=False))
    for name, values in mesh.point_data.items():
        vector = zip("xyz", values.T, strict=False)
        arrays |= {name: values} if values.ndim == 1 else {f"{name}_{c}": v for c, v in vector}
    return _arrays(path, arrays)


def _arrays(path: Path, arrays: Mapping[str, Any]) -> dict[str, Column]:
    numeric = {n: np.asarray(v) for n, v in arrays.items() if np.asarray(v).dtype.kind in "fiu"}
    return {n: Column(v.astype(float), "", f"{path}, array {n}") for n, v in numeric.items()}


def _damaged(path: Path, kind: str, error: BaseException) -> InputError:
    said = None if isinstance(error, SystemExit) else str(error) or type(error).__name__  # meshio prints, and exits
    return InputError(f"{path} is cut short, damaged or not {kind}", given=said)


READERS: Mapping[str, Callable[[Path], dict[str, Column]]] = {
    ".csv": _csv,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
    ".npz": _npz,
    ".mat": _mat,
    ".vtu": _mesh,
    ".vtk": _mesh,
    ".xdmf": _mesh,
}
