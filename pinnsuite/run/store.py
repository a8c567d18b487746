"""The store of checkpoints: named parts of bytes per step, whole or absent, checked by size and SHA-256 when read.

    folder/step-00000120/state.safetensors, ..., manifest.json

A checkpoint is written into ``step-00000120.partial`` (its manifest last) and renamed when whole, so a save cut short
leaves only a leftover that the next save removes. Saving a step again sets the earlier one aside as
``step-00000120.old1`` until the new one is in place.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pinnsuite.errors import InputError
from pinnsuite.run.atomic import TEMPORARY_SUFFIX, rename, sync_folder, write_bytes
from pinnsuite.run.saved import (
    MANIFEST,
    CheckpointError,
    Saved,
    UnreadableError,
    age,
    check_name,
    is_best,
    is_whole,
    manifest_bytes,
    read_checkpoint,
)

__all__ = ["CheckpointError", "Saved", "Store"]


class Store:
    """Checkpoints in ``folder``, of which the last ``keep`` and the newest one marked best are kept.

    ``notes`` collects what a reader should be told: which checkpoint was unreadable and which one was used instead.
    The folder is made by the first save. One process at a time may save (see ``RunFolder``).
    """

    def __init__(self, folder: Path, keep: int = 2) -> None:
        if keep < 1:
            raise InputError("A store keeps too few checkpoints", given=f"keep={keep}", expected="keep of at least 1")
        self.folder = Path(folder)
        self.keep = keep
        self.notes: list[str] = []

    def save(self, step: int, parts: Mapping[str, bytes], meta: Mapping[str, Any], best: bool = False) -> None:
        """Save ``parts`` and the JSON-able ``meta`` as the state at ``step``, then drop what need not be kept.

        Checkpoints of later steps belong to a future that was given up by going back, and are dropped too.
        Raises ``OSError`` if the disk refuses; a readable checkpoint that was there before is then still there.
        """
        if step < 0:
            raise InputError("A checkpoint has a negative step", given=step, expected="0 or more")
        for name in parts:
            check_name(name)
        manifest = manifest_bytes(step, parts, meta, best)
        self.folder.mkdir(parents=True, exist_ok=True)
        sync_folder(self.folder.parent)
        self._remove_leftovers()
        final = self.folder / f"step-{step:08d}"
        partial = self.folder / f"{final.name}.partial"
        partial.mkdir()
        for name, data in parts.items():
            write_bytes(partial / name, data)
        write_bytes(partial / MANIFEST, manifest)
        if final.exists():
            rename(final, self._aside(final))
        rename(partial, final)
        self._prune(final)

    def load(self, best: bool = False) -> Saved | None:
        """Return the newest readable checkpoint, or None where there never was one (a fresh start).

        best: of those marked best. Raises ``CheckpointError`` if there are checkpoints and none of these can be read,
        or if the newest one was written by a newer version of this package. Going back to an earlier checkpoint is
        said in ``notes``.
        """
        found = self._checkpoints()
        chosen = [path for path in found if is_best(path)] if best else found
        if found and not chosen:
            raise CheckpointError(
                f"No checkpoint in {self.folder} is marked best", do="Resume from the newest one, run.from_best=false"
            )
        return self._newest_readable(chosen)

    def _checkpoints(self) -> list[Path]:
        """Return the checkpoint folders, newest first."""
        if not self.folder.is_dir():
            return []
        found = [(key, path) for path in self.folder.iterdir() if (key := age(path)) is not None]
        return [path for _, path in sorted(found, reverse=True)]

    def _newest_readable(self, checkpoints: list[Path]) -> Saved | None:
        damage: list[str] = []
        for path in checkpoints:
            try:
                saved = read_checkpoint(path)
            except UnreadableError as reason:
                damage.append(f"checkpoint {path.name} is unreadable ({reason})")
                continue
            self.notes += [f"{line}; fell back to {path.name}" for line in damage]
            return saved
        if damage:
            raise CheckpointError(
                f"No checkpoint in {self.folder} can be read: {'; '.join(damage)}",
                do="Restore the files from a copy, or move the folder away to start afresh",
            )
        return None

    def _aside(self, final: Path) -> Path:
        """Return the next free name under which an earlier checkpoint of the same step sorts."""
        earlier = self.folder.glob(f"{final.name}.old*")
        taken = [int(path.name.rpartition(".old")[2]) for path in earlier if age(path)]
        return self.folder / f"{final.name}.old{max(taken, default=0) + 1}"

    def _prune(self, newest: Path) -> None:
        """Drop what need not be kept, once ``newest`` has been read back and found whole."""
        try:
            read_checkpoint(newest)
        except UnreadableError as reason:
            raise OSError(f"checkpoint {newest} was written but cannot be read back: {reason}") from reason
        checkpoints = self._checkpoints()
        past = [path for path in checkpoints[checkpoints.index(newest) :] if is_whole(path)]
        kept = [path for path in past if ".old" not in path.name][: self.keep]
        kept += [path for path in past if is_best(path)][:1]
        for path in checkpoints:
            if path not in kept:
                self._remove(path)

    def _remove(self, checkpoint: Path) -> None:
        leftover = checkpoint.with_name(f"{checkpoint.name}.partial")
        try:
            rename(checkpoint, leftover)
            shutil.rmtree(leftover)
        except OSError as error:
            self.notes.append(f"checkpoint {checkpoint.name} could not be removed ({error})")

    def _remove_leftovers(self) -> None:
        for path in self.folder.iterdir():
            if path.name.endswith(".partial"):
                shutil.rmtree(path, ignore_errors=True)
            elif path.name.startswith(".") and path.name.endswith(TEMPORARY_SUFFIX):
                path.unlink(missing_ok=True)
