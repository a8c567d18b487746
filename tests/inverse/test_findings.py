"""A posterior in words: which combinations the data determine, numbers on their bounds, what remains to be said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pinnsuite import Unknown
from pinnsuite.inverse.findings import find
from pinnsuite.inverse.posterior import Posterior

LOG = Unknown(1.0, scale="log")


def posterior(names: str, covariance: np.ndarray, **more: float) -> Posterior:
    known = {"noise": {"u": 0.1}, "estimated": False, "chi_square": 90.0, "tested": 90.0}
    rest = {"degrees": 90.0, "relative_noise": 0.1, "strictness": 1.0, "drift": 0.0}
    return Posterior(tuple(names), covariance, **{**known, **rest, **more})  # type: ignore[arg-type]


def lost_along(*directions: tuple[float, ...]) -> np.ndarray:
    """A covariance that is small but along some directions."""
    size = len(directions[0])
    return 1e-4 * np.eye(size) + 1e4 * sum(np.outer(d, d) for d in map(np.array, directions))


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ([(1, -1, 0)], "only D*T and r are determined by the data"),
        ([(1, -1, 1)], "only D*T and T*r are determined by the data"),
        ([(1, -1, 0), (0, 0, 1)], "only D*T is determined by the data"),
        ([(2, -1, 0)], "only T*D^(1/2) and r are determined by the data"),
        ([(1, 0, 0), (0, 1, 0), (0, 0, 1)], "the data do not determine D or T or r"),
    ],
)
def test_what_is_determined_is_said_as_simply_as_can_be(lost: list[tuple[float, ...]], words: str) -> None:
    found = find(dict.fromkeys("DTr", LOG), dict.fromkeys("DTr", 0.0), posterior("DTr", lost_along(*lost)))
    (said,) = found.open
    assert sorted(said.split()) == sorted(words.split()) or _same(said, words)


def _same(one: str, other: str) -> bool:
    """Up to the order of factors and combinations."""
    return sorted("".join(sorted(w)) for w in one.split()) == sorted("".join(sorted(w)) for w in other.split())


def test_a_number_that_may_be_zero_is_compared_with_its_size() -> None:
    width = np.array([[1e-6]])
    near_zero = find({"c": Unknown(1.0)}, {"c": -1.0}, posterior("c", width))
    assert near_zero.estimates["c"].value == 0.0 and not near_zero.open
    assert find({"c": Unknown(1e-6, size=1e-6)}, {"c": -1.0}, posterior("c", 1e6 * width)).open


def test_a_number_pressed_on_its_bound_is_as_uncertain_as_the_interval() -> None:
    """Where the sigmoid is flat its slope would say that nothing is known better."""
    bounded = Unknown(0.5, low=0.0, high=1.0)
    found = find({"k": bounded}, {"k": 20.0}, posterior("k", np.array([[1e6]])))
    k = found.estimates["k"]
    assert k.on_bound and (k.low, k.high) == pytest.approx((0.0, 1.0))
    assert k.standard_error == pytest.approx(1 / (2 * 1.96), rel=0.01)


def test_remarks() -> None:
    def remarks(**more: float) -> str:
        return " ".join(find({"k": LOG}, {"k": 0.0}, posterior("k", np.array([[1e-4]]), **more)).remarks)

    assert remarks() == ""
    assert "does not describe the data" in remarks(chi_square=190.0)
    assert "closer to the model" in remarks(chi_square=30.0)
    assert remarks(chi_square=190.0, tested=0.0) == ""
    assert "cannot be estimated" in remarks(estimated=True, degrees=0.3)
    without = remarks(estimated=True, relative_noise=1e-7)
    assert "no noise above" in without and "no 95 % ones" in without
    assert "how strictly the equations hold" in remarks(drift=0.2)


def test_few_degrees_of_freedom_widen_intervals() -> None:
    few = posterior("k", np.array([[1e-4]]), estimated=True, degrees=3.0)
    assert few.reach == pytest.approx(3.182, abs=1e-3)
    assert replace(few, estimated=False).reach == pytest.approx(1.96, abs=1e-3)
