"""A problem section as a problem: unknown parameters and ranges written as mappings."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinnsuite.errors import InputError
from pinnsuite.parameters import Range, Unknown
from pinnsuite.run.problem import build_problem

HEAT = """
from dataclasses import dataclass
from pinnsuite import Axis, Box, D, Field, Problem, Range, Time, Unknown, number

@dataclass(frozen=True)
class Heat(Problem):
    alpha: float = number(0.1, unit="m**2/s", doc="diffusivity", low=0.0)
    power: int = 2

    domain = Box(x=Axis(0, 1), t=Time(0, 1))
    fields = (Field("T"),)

    def equation(self, T, x, t):
        return D(T, t) - self.alpha * D(T, x, x)
"""


@pytest.fixture
def heat(tmp_path: Path) -> str:
    file = tmp_path / "heat.py"
    file.write_text(HEAT)
    return str(file)


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        ("2e-1", 0.2),
        ({"unknown": {"initial": 1, "scale": "log"}}, Unknown(1.0, scale="log")),
        ({"unknown": {"initial": 1, "low": 0.5, "high": "2"}}, Unknown(1.0, 0.5, 2.0)),
        ({"range": [0.1, 1]}, Range(0.1, 1.0)),
    ],
)
def test_parameters(heat: str, alpha: object, expected: object) -> None:
    assert build_problem({"target": heat, "alpha": alpha}).alpha == expected  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"alpa": 1}, "problem.alpa: There is no option of Heat named 'alpa'"),
        ({"alpha": "much"}, "problem.alpha: wrong kind of value. Given: 'much' (str). Expected: float."),
        ({"alpha": -1.0}, "problem: The parameter alpha of Heat is out of range. Given: -1.0."),
        ({"alpha": {"unknown": {"initail": 1}}}, "problem.alpha: unknown.initail: There is no option of Unknown"),
        ({"alpha": {"unknown": None}}, "problem.alpha: unknown: Unknown needs a value for initial"),
        ({"alpha": {"unknown": 3}}, "problem.alpha: Not a mapping. Given: 3."),
        ({"alpha": {"unknown": {"initial": 1, "low": 2, "high": 3}}}, "problem.alpha: unknown: The first guess of an"),
        ({"alpha": {"range": [1]}}, "problem.alpha: Not two bounds. Given: [1]."),
        ({"alpha": {"range": [2, 1]}}, "problem.alpha: range: A range needs low < high."),
        ({"alpha": {"range": [1, 2], "unknown": {}}}, "problem.alpha: Too many keys beside an unknown or a range."),
    ],
)
def test_refusals(heat: str, values: dict[str, object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        build_problem({"target": heat, **values})
    assert str(caught.value).startswith(message)


def test_a_target_that_is_no_problem() -> None:
    with pytest.raises(InputError, match=r"problem\.target: not a problem\. Given: Range"):
        build_problem({"target": "pinnsuite.parameters.Range", "low": 0, "high": 1})
