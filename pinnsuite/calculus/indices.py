"""Multi-indices: which Taylor coefficients are carried, and how products of truncated series couple them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property

MultiIndex = tuple[int, ...]


@cache
def plus(a: MultiIndex, b: MultiIndex) -> MultiIndex:
    return tuple(i + j for i, j in zip(a, b, strict=True))


@cache
def minus(a: MultiIndex, b: MultiIndex) -> MultiIndex:
    return tuple(i - j for i, j in zip(a, b, strict=True))


@cache
def below(a: MultiIndex) -> tuple[MultiIndex, ...]:
    """All multi-indices b <= a componentwise, 0 and a included."""
    return tuple(itertools.product(*(range(i + 1) for i in a)))


@cache
def factorial(a: MultiIndex) -> int:
    """a! = a_1! a_2! ..., the factor between a Taylor coefficient and the derivative of that order."""
    return math.prod(math.factorial(i) for i in a)


@dataclass(frozen=True)
class LowerSet:
    """A finite set of multi-indices that contains everything below each of its members, in graded order."""

    members: tuple[MultiIndex, ...]

    @classmethod
    def closure(cls, wanted: Iterable[MultiIndex]) -> LowerSet:
        found = {b for a in wanted for b in below(a)}
        return cls(tuple(sorted(found, key=lambda a: (sum(a), tuple(-i for i in a)))))

    def __len__(self) -> int:
        return len(self.members)

    @cached_property
    def position(self) -> dict[MultiIndex, int]:
        return {a: i for i, a in enumerate(self.members)}

    @cached_property
    def order(self) -> tuple[int, ...]:
        """|a| = a_1 + a_2 + ... of each member."""
        return tuple(sum(a) for a in self.members)

    @cached_property
    def pairs(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """For each member a, the positions (b, a - b) of all splittings: (f g)_a = sum f_b g_{a-b}."""
        return tuple(tuple((self.position[b], self.position[minus(a, b)]) for b in below(a)) for a in self.members)
