"""What is measured more than once at a place: repeats are welcome, contradictions and copies are not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinnsuite import Axis, Box, D, Problem, Time
from pinnsuite.data.conflicts import refuse_conflicts
from pinnsuite.data.observations import Observations
from pinnsuite.errors import InputError

Read = Callable[..., Any]


class Two(Problem):
    domain = Box(x=Axis(0, 1), t=Time(0, 1))
    fields = ("u", "v")

    def equation(self, u: Any, v: Any, x: Any, t: Any) -> Any:
        return {"u": D(u, t) - D(v, x), "v": D(v, t) - D(u, x)}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Rows as a file, and that as measurements."""

    def reading(names: str, rows: np.ndarray, **options: Any) -> Any:
        np.savetxt(tmp_path / "a.csv", rows, delimiter=",", header=names, comments="")
        return Observations(str(tmp_path / "a.csv"), **options).read(Two())

    return reading


def places(count: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(size=(count, 2))


def test_two_precise_values_between_rough_ones_contradict_each_other(read: Read) -> None:
    """Neither is the smallest or the largest."""
    rows = np.array([[0, 0, 0, 10], [0, 0, 1, 0.01], [0.5, 0, 7, 1], [0, 0, 2, 0.01], [0, 0, 3, 10]])
    with pytest.raises(InputError, match="entries 2 and 4: two values at the same place contradict each other"):
        read("x,t,u,s", rows, noise={"u": "s"})
    assert len(read("x,t,u,s", rows, noise={"u": "s"}, robust=True)[0].values) == 5
    rows[3, 2] = 1.05
    assert len(read("x,t,u,s", rows, noise={"u": "s"})[0].values) == 5


def test_the_limit_is_six_standard_deviations_of_a_pair() -> None:
    """And that of as rare a largest difference among many: a range of 8 is none among ten thousand values."""

    def look(values: np.ndarray) -> None:
        index = np.arange(len(values))
        noise = np.full(len(values), 0.5**0.5)  # of differences: 1
        refuse_conflicts([index], {"x": 0.0 * index}, values, noise, index, "a.csv")

    look(np.array([0.0, 5.99]))
    with pytest.raises(InputError, match=r"a difference below 6, 6 standard deviations"):
        look(np.array([0.0, 6.01]))
    many = np.linspace(-4.0, 4.0, 10_000)
    look(many)
    with pytest.raises(InputError, match="entries 1 and 10000"):
        look(many * 1.1)


def test_a_file_appended_to_itself_is_refused(read: Read) -> None:
    """Once or more often, all of it or its end, and with repeats in it that were measured; the entries are named."""
    rng = np.random.default_rng(1)
    rows = np.column_stack([places(20), rng.normal(size=(20, 2))])
    rows[7, 3] = np.nan  # missing
    repeats = np.column_stack([np.repeat(places(5), 4, axis=0), rng.normal(size=(20, 2))])
    for copied in (np.r_[rows, rows], np.r_[rows, rows, rows], np.r_[rows, rows[-6:]], np.r_[repeats, repeats]):
        with pytest.raises(InputError, match=r"a\.csv, column 'u', entries \d+ and \d+: the same values"):
            read("x,t,u,v", copied)
    with pytest.raises(InputError, match=r"entries 1 and 21: .*20 measurements that are there 2 times"):
        read("x,t,u,v", np.r_[rows, rows], robust=True)
    assert len(read("x,t,u,v", np.r_[rows, repeats])[0].values) == 40


def test_repeats_on_a_coarse_scale_are_welcome(read: Read) -> None:
    """Their noise is about a step of the scale, so that many are equal; and so are a few values on a fine one."""
    rng = np.random.default_rng(2)
    for count, times in ((50, 2), (20, 5), (4, 200)):
        u = rng.normal(size=count * times).round()
        assert len(read("x,t,u", np.column_stack([np.repeat(places(count), times, axis=0), u]))[0].values) == len(u)
    rows = np.column_stack([places(20), rng.normal(size=20)])
    assert len(read("x,t,u", np.r_[rows, rows[:2]])[0].values) == 22


def test_rows_that_differ_in_another_field_are_no_copies(read: Read) -> None:
    rows = np.column_stack([np.repeat(places(10), 2, axis=0), np.ones(20), np.random.default_rng(3).normal(size=20)])
    assert len(read("x,t,u,v", rows)[0].values) == 20
    with pytest.raises(InputError, match="10 measurements that are there 2 times"):
        read("x,t,u,v", rows, fields={"u": "u"})
