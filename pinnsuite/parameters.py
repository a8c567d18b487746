"""Numbers of a problem: fixed, to be found (`Unknown`), or an input of the network (`Range`)."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch

from pinnsuite.calculus.expression import Expression, as_expression, parameter
from pinnsuite.errors import InputError


def number(default: Any, *, unit: str = "", doc: str = "", low: float = -math.inf, high: float = math.inf) -> Any:
    """A parameter of a problem's dataclass, with its unit, meaning and allowed interval."""
    metadata = {"unit": unit, "doc": doc, "low": low, "high": high}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Unknown:
    """A number that the solve finds: the flame speed of a flame, a viscosity from data.

    The optimizer sees a scaled number r near 0. Without bounds the value is ``initial * exp(r)`` (scale "log") or
    ``initial + size * r`` (scale "linear", size = |initial| unless given, or 1 if that is 0); with bounds it is a
    sigmoid between them, in the logarithm for scale "log".
    """

    initial: float
    low: float | None = None
    high: float | None = None
    scale: Literal["log", "linear"] = "linear"
    unit: str = ""
    size: float | None = None

    def __post_init__(self) -> None:
        if (self.low is None) != (self.high is None):
            raise InputError("An unknown needs both bounds or none", given=f"low={self.low}, high={self.high}")
        if self.scale not in {"log", "linear"}:
            raise InputError("The scale of an unknown is log or linear", given=self.scale)
        if self.size is not None and not self.size > 0:
            raise InputError("The size of an unknown must be positive", given=self.size)
        if self.low is not None and self.high is not None and not self.low < self.initial < self.high:
            raise InputError(
                "The first guess of an unknown must lie inside its bounds",
                given=f"initial={self.initial}, low={self.low}, high={self.high}",
            )
        if self.scale == "log" and (self.initial <= 0 or (self.low is not None and self.low <= 0)):
            raise InputError(
                "An unknown on a logarithmic scale must be positive",
                given=f"initial={self.initial}, low={self.low}",
                do='Use scale="linear"',
            )

    @property
    def start(self) -> float:
        """The scaled number that gives the first guess."""
        return self.scaled(self.initial)

    def scaled(self, value: float) -> float:
        """The scaled number that gives a value. Raises `InputError` for one that it cannot have."""
        inside = self.low is None or self.high is None or self.low < value < self.high
        if not inside or (self.scale == "log" and value <= 0):
            expected = f"{self.low} < value < {self.high}" if not inside else "a positive number"
            raise InputError("An unknown cannot have this value", given=value, expected=expected)
        if self.low is not None and self.high is not None:
            low, high, there = (self._forward(v) for v in (self.low, self.high, value))
            share = (there - low) / (high - low)
            return math.log(share / (1 - share))
        if self.scale == "log":
            return math.log(value / self.initial)
        return (value - self.initial) / self._size

    @property
    def _size(self) -> float:
        return self.size if self.size is not None else abs(self.initial) or 1.0

    def typical(self, value: float) -> float:
        """What an error is compared with: the value, or the size of a number that may as well be zero or negative."""
        positive = self.scale == "log" or (self.low is not None and self.low >= 0)
        return abs(value) if positive else max(abs(value), self._size)

    def _forward(self, value: float) -> float:
        return math.log(value) if self.scale == "log" else value

    def expression(self, name: str, scaled: Expression | None = None) -> Expression:
        """The value as a function of the scaled trained number ``name``, or of what is given for it."""
        raw: Any = parameter(name) if scaled is None else scaled
        if self.low is not None and self.high is not None:
            low, high = self._forward(self.low), self._forward(self.high)
            inner = low + (high - low) * torch.sigmoid(raw)
            return as_expression(torch.exp(inner) if self.scale == "log" else inner)
        if self.scale == "log":
            return as_expression(self.initial * torch.exp(raw))
        return self.initial + self._size * raw


def first_guesses(starts: Mapping[str, Sequence[float]], unknowns: Mapping[str, Unknown]) -> list[dict[str, float]]:
    """The scaled numbers of every combination of ``solver.starts``, by name; none without starts.

    Raises `InputError` for a number that is not unknown.
    """
    strange = sorted(set(starts) - set(unknowns))
    if strange:
        raise InputError(f"solver.starts: there is no unknown '{strange[0]}'", expected=list(unknowns))
    combinations = itertools.product(*starts.values()) if starts else ()
    return [{n: unknowns[n].scaled(v) for n, v in zip(starts, values, strict=True)} for values in combinations]


@dataclass(frozen=True)
class UnknownFunction:
    """A function that the solve finds: a conductivity k(x), a rate f(u). A problem calls it like any other function.

    It is initial + size N, or initial * exp(N) where it is ``positive``, with a small tanh network N. Coordinates enter
    N scaled to [-1, 1] (periodic ones as cosines and sines), and any other argument, such as a field, by ``over``, the
    interval in which all of those lie.

    roughness: how strongly N is expected to bend; 1 is that of a function that goes up and down twice along its axis,
        or along ``over``, by ``size``. Data that call for more get it where they are precise enough.
    """

    initial: float = 1.0
    size: float = 1.0
    positive: bool = False
    over: tuple[float, float] = (-1.0, 1.0)
    width: int = 8
    depth: int = 2
    unit: str = ""
    roughness: float = 1.0

    def __post_init__(self) -> None:
        if self.roughness <= 0:
            raise InputError("The roughness of an unknown function must be positive", given=self.roughness)
        if self.size <= 0 or (self.positive and self.initial <= 0):
            given = f"initial={self.initial}, size={self.size}, positive={self.positive}"
            raise InputError(
                "An unknown function needs a positive size, and a positive initial value if it is", given=given
            )
        if not self.over[0] < self.over[1]:
            raise InputError("The arguments of an unknown function need low < high", given=f"over={self.over}")

    def expression(self, output: Any) -> Expression:
        """The value from what the network gives."""
        return as_expression(self.initial * torch.exp(output) if self.positive else self.initial + self.size * output)


@dataclass(frozen=True)
class Range:
    """An interval of parameter values: the parameter becomes an input of the network, solved for all at once."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise InputError("A range needs low < high", given=f"low={self.low}, high={self.high}")
