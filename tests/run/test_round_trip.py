"""Numbers that JSON lacks are written as text and read back as numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from pinnsuite.run.manifest import read_json, write_json


def test_what_is_not_finite_comes_back_as_it_was(tmp_path: Path) -> None:
    """From strict JSON, at any depth; words that only look alike stay words."""
    value = {"low": -math.inf, "ends": [math.inf, {"deep": [1.5, -math.inf]}], "said": ["Inf", "inf of it", "nan?"]}
    write_json(tmp_path / "value.json", {**value, "lost": math.nan})
    json.loads((tmp_path / "value.json").read_text(), parse_constant=pytest.fail)
    found = read_json(tmp_path / "value.json")
    assert math.isnan(found.pop("lost")) and found == value
