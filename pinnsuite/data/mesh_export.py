"""Solutions as meshes for ParaView: ``.vtu`` for one state, ``.xdmf`` for a series in time.

Every mesh carries the fields as point data, and, where there is a reference, ``NAME_reference`` and ``NAME_error``.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pinnsuite.data.sampled import Sampled
from pinnsuite.data.sampling import grid_times, sample, sample_times, with_grid
from pinnsuite.data.triangulation import triangulate
from pinnsuite.errors import InputError
from pinnsuite.run.atomic import sync_folder

if TYPE_CHECKING:
    from pinnsuite.run.solution import Solution

FRAMES = 21  # of a series on scattered points; a tensor grid has its own times
# The corners of one cell of a tensor grid, as steps along its axes, in VTK's order.
CORNERS: dict[int, tuple[str, list[tuple[int, ...]]]] = {
    1: ("line", [(0,), (1,)]),
    2: ("quad", [(0, 0), (1, 0), (1, 1), (0, 1)]),
    3: ("hexahedron", [(i, j, k) for k in (0, 1) for i, j in ((0, 0), (1, 0), (1, 1), (0, 1))]),
}
SIMPLICES = {3: "triangle", 4: "tetra"}
Cells = list[tuple[str, np.ndarray]]


def export_solution(solution: Solution, path: Path, time: float | None = None) -> Path:
    """Write a mesh file and return its path; the suffix says which.

    ``.vtu`` holds the state at ``time`` (default: the final one), ``.xdmf`` every time of the evaluation grid, with its
    arrays in ``NAME.xdmf.h5`` beside it. A box becomes lines, quadrilaterals or hexahedra, periodic axes closed, and
    scattered points become triangles or tetrahedra. Raises `InputError` for another suffix, more than three dimensions,
    and a time that the problem does not have.
    """
    path = Path(path)
    writers = {".vtu": _write_vtu, ".xdmf": _write_xdmf}
    if path.suffix.lower() not in writers:
        raise InputError("A mesh is written by suffix", given=path.name, expected=" or ".join(writers))
    domain = solution.problem.domain
    evolves = domain.time is not None and bool(domain.space)
    if len(domain.axes) - evolves > 3:
        raise InputError("A mesh has one to three dimensions", given=list(domain.axes))
    if time is not None and (not evolves or path.suffix.lower() == ".xdmf"):
        what = "a series holds every time" if evolves else f"{solution.problem.name} is steady"
        raise InputError(f"A time is chosen, but {what}", given=f"time={time}", do="Leave it out, or write a .vtu")
    solution, times = with_grid(solution), [0.0]
    if evolves:
        every = grid_times(solution, FRAMES)
        times = every if path.suffix.lower() == ".xdmf" else every[-1:] if time is None else [time]
    states = sample_times(solution, times) if evolves else [sample(solution)]
    for n, axis in domain.axes.items():
        if axis.periodic:
            states = [s.closed(n, axis.high) for s in states]
    path.parent.mkdir(parents=True, exist_ok=True)
    writers[path.suffix.lower()](path, times, states, _cells(states[0], domain))
    return path


def _cells(state: Sampled, domain: Any) -> Cells:
    """Cells over the points in the order of the flattened arrays."""
    if state.axes is None:
        points = np.stack(list(state.points.values()), axis=1)
        spatial = domain if set(state.points) == set(domain.space) else None
        found = triangulate(points, spatial)
        return [(SIMPLICES[found.shape[1]], found)] if len(found) else [("vertex", np.arange(len(points))[:, None])]
    shape = tuple(len(a) for a in state.axes.values())
    number = np.arange(int(np.prod(shape))).reshape(shape)
    kind, corners = CORNERS[len(shape)]
    ends = [tuple(slice(s, n - 1 + s) for s, n in zip(corner, shape, strict=True)) for corner in corners]
    return [(kind, np.stack([number[e].reshape(-1) for e in ends], axis=1))]


def _points(state: Sampled) -> np.ndarray:
    """Coordinates as (points, 3); the missing ones are zero."""
    columns = [a.reshape(-1) for a in state.points.values()]
    return np.stack([*columns, *[np.zeros_like(columns[0])] * (3 - len(columns))], axis=1)


def _data(state: Sampled) -> dict[str, np.ndarray]:
    found = {n: a.reshape(-1) for n, a in state.values.items()}
    for n, a in state.reference.items():
        found |= {f"{n}_reference": a.reshape(-1), f"{n}_error": state.error(n).reshape(-1)}
    return found


def _write_vtu(path: Path, times: Sequence[float], states: Sequence[Sampled], cells: Cells) -> None:
    import meshio

    mesh = meshio.Mesh(_points(states[0]), cells, point_data=_data(states[0]))
    _in_place(path.parent, lambda folder: mesh.write(folder / path.name, file_format="vtu"))


def _write_xdmf(path: Path, times: Sequence[float], states: Sequence[Sampled], cells: Cells) -> None:
    import h5py
    from meshio.xdmf import TimeSeriesWriter

    def write(folder: Path) -> None:
        writer = TimeSeriesWriter(folder / path.name)
        # `with writer` would put NAME.h5 into the working directory, and over a run's own solution.h5
        writer.h5_filename = str(folder / f"{path.name}.h5")
        with h5py.File(writer.h5_filename, "w") as writer.h5_file:
            writer.write_points_cells(_points(states[0]), cells)
            for t, state in zip(times, states, strict=True):
                writer.write_data(t, point_data=_data(state))
            writer.__exit__()

    _in_place(path.parent, write)


def _in_place(folder: Path, write: Callable[[Path], None]) -> None:
    """Let files be written to a temporary folder beside, then move each into place: arrays before what names them."""
    with tempfile.TemporaryDirectory(prefix=".mesh-", dir=folder) as temporary:
        write(Path(temporary))
        for file in sorted(Path(temporary).iterdir(), key=lambda file: file.suffix):  # .h5 before .xdmf
            with file.open("rb") as stream:
                os.fsync(stream.fileno())
            os.replace(file, folder / file.name)
    sync_folder(folder)
