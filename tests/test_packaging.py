"""What the wheel holds: a folder without ``__init__.py`` would be left out of it in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("top", ["pinnsuite", "problems", "configs"])
def test_every_folder_with_code_is_a_package(top: str) -> None:
    folders = {file.parent for file in (ROOT / top).rglob("*.py")}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_constraints_pin_every_dependency() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines()}
    wanted = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    assert {requirement.split(">=")[0] for requirement in wanted} <= pinned
