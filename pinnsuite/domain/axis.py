"""One coordinate: its interval, unit and kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pinnsuite.errors import InputError


@dataclass(frozen=True)
class Axis:
    """A coordinate on [low, high].

    A periodic axis is met exactly, by functions of cos and sin of 2 pi x / (high - low).
    """

    low: float
    high: float
    unit: str = ""
    periodic: bool = False
    kind: Literal["space", "time", "parameter"] = "space"

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise InputError("An axis needs low < high", given=f"low={self.low}, high={self.high}")

    @property
    def length(self) -> float:
        return self.high - self.low

    @property
    def scale(self) -> float:
        """Half the length: the unit in which the network sees the axis."""
        return self.length / 2


def Time(low: float, high: float, unit: str = "") -> Axis:
    """The time axis."""
    return Axis(low, high, unit, kind="time")
