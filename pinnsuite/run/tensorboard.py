"""Training curves for TensorBoard, an optional extra."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pinnsuite.errors import InputError


class TensorBoard:
    """A callback that writes every number of a step; raises `InputError` if TensorBoard is not installed."""

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise InputError(
                "run.tensorboard needs the package tensorboard", do="pip install 'pinnsuite[tensorboard]'"
            ) from None
        self._writer: Any = SummaryWriter(str(folder))

    def __call__(self, event: Mapping[str, Any]) -> None:
        for name, value in event.items():
            if isinstance(value, int | float) and name != "step":
                self._writer.add_scalar(name, value, event["step"])

    def close(self) -> None:
        self._writer.close()
