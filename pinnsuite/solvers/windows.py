"""Windows of time: equal ones, or each as long as a tolerance allows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from pinnsuite.domain.axis import Axis
from pinnsuite.errors import InputError

SAFETY, MOST_SHORTENED = 0.9, 0.1  # of the length that the order promises; the least change of a length
TINY = 1e-300


class Judgement(Enum):
    """What becomes of a trained window."""

    ACCEPTED = "accepted"
    REFINED = "refined"
    SHORTENED = "shortened"
    GIVEN_UP = "given up"


@dataclass(frozen=True)
class Adaptive:
    """Windows that are accepted, refined or shortened, as a solver of ordinary equations judges its steps.

    The local error of a window of length h is h rms(residual) / rms(u) for u_t + ..., on points it was not trained on.
    Up to ``tolerance`` the window is accepted, as soon as that is seen. Else it is trained once more, on ``refine``
    times the points with ``widen`` times the neurons (which later windows keep), up to ``refinements`` times, and then
    begun anew at half its length, but never below ``shortest`` of the whole span: there the march ends. After a window
    that took s times the steps it was given (more than once if it was refined), the next is growth^(1 - s) times as
    long.

    Where the error is known to fall as h^q with ``order`` q, a window is followed, or replaced, by one
    0.9 (tolerance / error)^(1/q) times as long, within a tenth and ``growth`` (Hairer, Norsett and Wanner, Solving
    Ordinary Differential Equations I, II.4); 0 is not known. For a series of degree p in time whose residual is solved
    to the end, q is p + 1, and one more where the start is met by construction.
    """

    tolerance: float = 1e-6
    growth: float = 1.4
    refine: float = 1.5
    refinements: int = 1
    widen: float = 1.0
    shortest: float = 1e-3
    order: float = 0.0

    def __post_init__(self) -> None:
        if not (
            self.tolerance > 0
            and min(self.growth, self.refine, self.widen) >= 1
            and 0 < self.shortest <= 1
            and self.order >= 0
        ):
            raise InputError(
                "A march needs tolerance > 0, growth >= 1, refine >= 1, widen >= 1, 0 < shortest <= 1 and order >= 0",
                given=f"tolerance={self.tolerance}, growth={self.growth}, refine={self.refine}, widen={self.widen}, "
                f"shortest={self.shortest}, order={self.order}",
            )

    def change(self, effort: float, error: float) -> float:
        """The length of the next window over that of one with this ``error`` after ``effort`` times its steps."""
        if not self.order or not math.isfinite(error):
            return self.growth ** (1 - min(effort, 2.0))
        best = SAFETY * (self.tolerance / max(error, TINY)) ** (1 / self.order)
        return min(max(best, MOST_SHORTENED), self.growth)

    def shortening(self, error: float) -> float:
        """The length of a window that takes the place of one with this ``error``, over that."""
        if not self.order or not math.isfinite(error):
            return 0.5
        return min(self.change(0.0, error), SAFETY)


class Windows:
    """Where the windows lie: the edges of those that are done and of the one at work."""

    def __init__(self, axis: Axis | None, count: int, rule: Adaptive | None) -> None:
        """``count`` equal windows of an axis of time, or the first of them and then by ``rule``; none without axis."""
        self.axis, self.count, self.rule = axis, count, rule
        self.edges: list[float] = [] if axis is None else [axis.low, self._equal(1)]
        self.error = math.nan  # of the window that was judged last

    @property
    def span(self) -> tuple[float, float] | None:
        """Start and end of the present window; None where there is only one."""
        return (self.edges[-2], self.edges[-1]) if self.edges and (self.count > 1 or self.rule) else None

    @property
    def length(self) -> float:
        """Of the present window."""
        return self.edges[-1] - self.edges[-2]

    @property
    def last(self) -> bool:
        return self.axis is None or self.edges[-1] >= self.axis.high

    def judge(self, error: float, refined: int) -> Judgement:
        """The fate of the present window by its local error and the number of its refinements so far."""
        self.error = error
        if self.rule is None or error <= self.rule.tolerance:
            return Judgement.ACCEPTED
        if refined < self.rule.refinements and math.isfinite(error):
            return Judgement.REFINED
        assert self.axis is not None
        long_enough = self.length * self.rule.shortening(error) >= self.rule.shortest * self.axis.length
        return Judgement.SHORTENED if long_enough else Judgement.GIVEN_UP

    def advance(self, effort: float = 1.0, end: float | None = None) -> None:
        """Go on to the next window after ``effort`` times the given steps, up to ``end`` if that is known."""
        assert self.axis is not None
        start = self.edges[-1]
        if end is not None:
            pass
        elif self.rule is None:
            end = self._equal(len(self.edges))
        else:
            left = self.axis.high - start
            length = (start - self.edges[-2]) * self.rule.change(effort, self.error)
            length = max(length, self.rule.shortest * self.axis.length)
            rest = math.ceil(left / length - 0.1)  # no sliver at the end
            end = self.axis.high if rest <= 1 else start + min(length, left / 2)
        self.edges.append(end)

    def shorten(self) -> None:
        """Begin the present window anew, half as long or as its error says."""
        assert self.rule is not None
        start, end = self.edges[-2:]
        self.edges[-1] = start + (end - start) * self.rule.shortening(self.error)

    def _equal(self, index: int) -> float:
        """The edge with this number of equal windows."""
        assert self.axis is not None
        return self.axis.high if index >= self.count else self.axis.low + index * (self.axis.length / self.count)
