"""Solutions as HDF5: fields on the evaluation grid, coordinates with units, reference, error and parameters.

/coordinates/x, t      one-dimensional; on a tensor grid they are the dimension scales of every field
/fields/u              attributes: unit, doc
/uncertainty/u         standard deviations of a fit to data, on a grid of one coordinate
/reference/u, /error/u where the problem has a reference; error = value - reference
/parameters/nu         attributes: unit, doc; an unknown's estimate has low, high and true, a range is (low, high)
/fit/covariance       of a fit's unknown numbers, in the order of the attribute names; /fit/correlation
/functions/f           unknown functions over their argument, as in `function_tables`
/data/u                measurements: coordinates, values and misfit, (value - fit) / noise; attribute: noise; values
                       of their own noise have shares of it, averages the attributes over_x, their lengths, or
                       to_x, the other ends of their segments
attributes             problem, equation, solver, verdict, sentence, versions, layout ("grid" or "points")
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from pinnsuite.data.function_tables import write_tables
from pinnsuite.data.identity import identity
from pinnsuite.data.measured import unit_of
from pinnsuite.data.sampled import Sampled
from pinnsuite.data.sampling import held, sample
from pinnsuite.errors import InputError
from pinnsuite.parameters import Range, Unknown
from pinnsuite.run.atomic import write_bytes

if TYPE_CHECKING:
    from pinnsuite.problem import Problem
    from pinnsuite.run.solution import Solution

FILE = "solution.h5"
VERSION = 1
STORAGE = {"compression": "gzip", "shuffle": True, "fletcher32": True}  # the checksum finds damage on reading


def write_solution(solution: Solution, folder: Path) -> Path:
    """Write ``solution.h5`` into a folder, whole or not at all, and return its path."""
    sampled = sample(solution)
    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        file.attrs.update(identity(solution))
        layout = "points" if sampled.axes is None else "grid"
        file.attrs.update({"format": VERSION, "layout": layout, "has_reference": bool(sampled.reference)})
        file.attrs.update({"coordinate_names": sampled.names, "field_names": list(solution.fields)})
        _write_coordinates(file, solution.problem, sampled)
        _write_fields(file, "fields", solution, sampled, sampled.values)
        if sampled.reference:
            _write_fields(file, "reference", solution, sampled, sampled.reference)
            _write_fields(file, "error", solution, sampled, {n: sampled.error(n) for n in sampled.reference})
        _write_fields(file, "uncertainty", solution, sampled, sampled.spread)
        _write_parameters(file, solution)
        _write_data(file, solution)
        write_tables(file, solution.tables.values())
    path = Path(folder) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, image.getvalue())
    return path


def read_solution(path: str | Path) -> dict[str, Any]:
    """Read a ``solution.h5``, given by itself or by its folder.

    Returns ``coordinates``, ``fields``, ``reference``, ``error`` (dictionaries of arrays; the last two empty without a
    reference), ``parameters``, ``units`` (of coordinates and fields) and ``attributes``. Raises `InputError` for a file
    that is missing, cut short or damaged, and for one that lacks a dataset, which is named.
    """
    path = Path(path) / FILE if Path(path).is_dir() else Path(path)
    if not path.exists():
        raise InputError(f"{path} does not exist", expected=f"a {FILE}, or a run's folder that holds one")
    try:
        with h5py.File(path, "r") as file:
            return _read(file, path)
    except (OSError, RuntimeError, KeyError) as error:  # h5py's ways to say that bytes are missing or wrong
        do = "Write it again: pinnsuite.solve(...).save(folder)"
        raise InputError(f"{path} is cut short, damaged or not an HDF5 file", given=str(error), do=do) from error


def _write_coordinates(file: h5py.File, problem: Problem, sampled: Sampled) -> None:
    for name, values in (sampled.axes or sampled.points).items():
        axis = problem.domain.axes[name]
        dataset = file.create_dataset(f"coordinates/{name}", data=values, **STORAGE)
        dataset.attrs.update({"unit": axis.unit, "kind": axis.kind, "periodic": axis.periodic})
        if sampled.axes is not None:
            dataset.make_scale(name)


def _write_fields(
    file: h5py.File, group: str, solution: Solution, sampled: Sampled, values: Mapping[str, np.ndarray]
) -> None:
    fields = {f.name: f for f in solution.problem.outputs()}
    for name, array in values.items():
        dataset = file.create_dataset(f"{group}/{name}", data=array, **STORAGE)
        dataset.attrs.update({"unit": fields[name].unit, "doc": fields[name].doc})
        for i, axis in enumerate(sampled.axes or {}):
            dataset.dims[i].label = axis
            dataset.dims[i].attach_scale(file[f"coordinates/{axis}"])


def _write_parameters(file: h5py.File, solution: Solution) -> None:
    problem, found = solution.problem, solution.summary.get("parameters", {})
    group = file.create_group("parameters")
    metadata = {f.name: f.metadata for f in dataclasses.fields(problem)}
    for name, value in problem.numbers().items():
        more: dict[str, Any] = {k: metadata[name].get(k, "") for k in ("unit", "doc")}
        if isinstance(value, Unknown):
            more |= {k: v for k, v in found.get(name, {}).items() if v is not None}
            value = more.pop("estimate", float("nan"))
        if isinstance(value, Range):
            more["held"] = held(problem)[name]
            value = np.array([value.low, value.high])  # type: ignore[assignment]
        group.create_dataset(name, data=value).attrs.update(more)
    group.attrs.update({n: v for n, v in vars(problem).items() if isinstance(v, str | bool)})


def _write_data(file: h5py.File, solution: Solution) -> None:
    """Measurements beside their coordinates, with what the fit left of them, and how the numbers hang together."""
    units = {n: a.unit for n, a in solution.problem.domain.axes.items()}
    for m in solution.measured:
        group = file.create_group(f"data/{m.name}")
        columns = {n: (x, units[n]) for n, x in m.points.items()}
        columns |= {f"to_{n}": (x, units[n]) for n, x in m.to.items()}
        columns[m.name] = (m.values, unit_of(m.name, solution.problem))
        for n, (x, unit) in columns.items():
            group.create_dataset(n, data=x.numpy(), **STORAGE).attrs["unit"] = unit
        group.create_dataset("misfit", data=solution.misfit[m.name], **STORAGE)
        if m.shares is not None:
            group.create_dataset("shares", data=m.shares.numpy(), **STORAGE)
        group.attrs.update({"noise": solution.summary.get("data", {}).get("noise", {}).get(m.name, float("nan"))})
        group.attrs.update({f"over_{n}": length for n, length in m.over.items()})
    if "correlation" in solution.summary.get("data", {}):
        numbers = solution.summary["parameters"]
        correlation = np.asarray(solution.summary["data"]["correlation"])
        errors = np.array([p["standard_error"] for p in numbers.values()])
        for name, values in {"correlation": correlation, "covariance": correlation * np.outer(errors, errors)}.items():
            file.create_dataset(f"fit/{name}", data=values).attrs["names"] = list(numbers)


def _read(file: h5py.File, path: Path) -> dict[str, Any]:
    attributes = {k: _plain(v) for k, v in file.attrs.items()}
    missing = [k for k in ("format", "layout", "coordinate_names", "field_names") if k not in attributes]
    if missing or attributes["format"] != VERSION:
        given = f"no attribute '{missing[0]}'" if missing else f"format {attributes['format']}"
        raise InputError(f"{path} is not a solution of this package", given=given, expected=f"format {VERSION}")
    coordinates, fields = attributes["coordinate_names"], attributes["field_names"]
    groups = {"coordinates": coordinates, "fields": fields, "reference": [], "error": []}
    if attributes.get("has_reference"):
        groups |= {"reference": fields, "error": fields}
    result: dict[str, Any] = {g: {n: _array(file, f"{g}/{n}", path) for n in names} for g, names in groups.items()}
    sizes = tuple(len(v) for v in result["coordinates"].values())
    shape = sizes if attributes["layout"] == "grid" else sizes[:1]
    for group in ("fields", "reference", "error"):
        for name, array in result[group].items():
            if array.shape != shape:
                raise InputError(f"{path}: dataset {group}/{name} has a wrong shape", given=array.shape, expected=shape)
    units = {n: file[f"{g}/{n}"].attrs.get("unit", "") for g in ("coordinates", "fields") for n in groups[g]}
    parameters = {n: dataset[()] for n, dataset in file.get("parameters", {}).items()}
    return {**result, "parameters": parameters, "units": units, "attributes": attributes}


def _array(file: h5py.File, name: str, path: Path) -> np.ndarray:
    if name not in file:
        raise InputError(f"{path}: dataset {name} is missing", expected="a file written by pinnsuite, unchanged")
    return np.asarray(file[name][()])


def _plain(value: Any) -> Any:
    """An attribute as text, number, boolean or list."""
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
