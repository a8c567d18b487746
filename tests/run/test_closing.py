"""What the last lines of a run show of its numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from pinnsuite.run.closing import closing_lines
from pinnsuite.run.solution import Solution


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ((1.00000012, 1.00000009, 1.00000015), "1.00000012, 95 % between 1.00000009 and 1.00000015"),
        ((121793.09, 120686.4, 122910.2), "121793, 95 % between 120686 and 122910"),
        ((0.0, -1.0, 1.0), "0, 95 % between -1 and 1"),
        ((0.25, None, None), "0.25"),
    ],
)
def test_an_interval_is_shown_to_two_digits_of_its_width_or_more(
    number: tuple[float, float | None, float | None], shown: str
) -> None:
    found = dict(zip(("estimate", "low", "high"), number, strict=True))
    summary: dict[str, Any] = {"parameters": {"a": found}, "steps": 1, "seconds": 1.0, "network_parameters": 1}
    lines = closing_lines(cast("Solution", SimpleNamespace(summary=summary, folder="run", path="run")))
    assert lines.splitlines()[0] == f"  a: {shown}"
