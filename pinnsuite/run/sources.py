"""What a run starts from, and what makes it the run that it is: source texts, data, weights of another run."""

from __future__ import annotations

import hashlib
import inspect
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pinnsuite.errors import InputError
from pinnsuite.run.atomic import write_bytes
from pinnsuite.run.checkpoint import unpack
from pinnsuite.run.folder import RunFolder
from pinnsuite.run.manifest import read_json
from pinnsuite.run.userfile import is_problem_file, split_class
from pinnsuite.solvers.march import March


def start_from(march: March, path: Path) -> None:
    """Begin from the weights of an earlier run with the same network."""
    file = path / "network.safetensors"
    if not file.exists():
        raise InputError("init_from: no network there", given=path, expected="the folder of a finished run")
    march.start_from(unpack(file.read_bytes(), device=str(march.like.device)))


def clear(folder: RunFolder) -> None:
    """Forget an earlier run in the same folder."""
    shutil.rmtree(folder.checkpoints, ignore_errors=True)
    for name in ("summary.json", "metrics.jsonl", "solution.h5", "network.safetensors"):
        folder.file(name).unlink(missing_ok=True)


def keep_source(folder: RunFolder, config: Mapping[str, Any]) -> None:
    """A copy of a user's own problem file."""
    target = str(config["problem"]["target"])
    if is_problem_file(target):
        source = Path(split_class(target)[0])
        write_bytes(folder.file(source.name), source.read_bytes())


def source_of(cls: type) -> str:
    """The source text of a problem, which belongs to a run's identity."""
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):
        return cls.__qualname__


def refuse_other_data(path: Path, data: Any) -> None:
    """Raise `InputError` where the file of measurements is no longer what the run in a folder has read."""
    manifest = path / "manifest.json"
    kept = read_json(manifest).get("data_sha256") if manifest.exists() else None
    now = data_identity(data).get("data_sha256")
    if kept is not None and now != kept:
        raise InputError(
            f"{path}: the measurements have changed since this run read them",
            given=data.file,
            expected=f"a file with SHA-256 {kept[:12]}...",
            do="Bring the file back, or start again in another folder (or with run.redo=true)",
        )


def data_identity(data: Any) -> dict[str, str]:
    """The content of a file of measurements, which belongs to a run's identity."""
    file = getattr(data, "file", None)
    return {"data_sha256": hashlib.sha256(Path(file).read_bytes()).hexdigest()} if file else {}
