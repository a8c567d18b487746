"""Unknown numbers over the steps: intervals and ellipses where there is noise, and none where there is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from pinnsuite.errors import InputError
from pinnsuite.report.figures import fit, style

NUMBERS = {
    n: {"estimate": e, "low": e - 0.2, "high": e + 0.2, "true": 1.0, "standard_error": 0.1}
    for n, e in (("a", 1.1), ("b", 0.9))
}
RECORDS = [{"step": s, "unknown.a": 1.1 + 1 / s, "unknown.b": 0.9 - 1 / s} for s in range(1, 9)]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures as they are when they are written."""
    figures: list[Figure] = []

    @contextmanager
    def canvas(*words: Any) -> Iterator[Figure]:
        with style.canvas(*words) as figure:
            yield figure
            figures.append(figure)

    monkeypatch.setattr(fit, "canvas", canvas)
    return figures


@pytest.mark.parametrize("noiseless", [False, True, None])  # None: a summary from before
def test_intervals_are_those_of_noise(noiseless: bool | None, drawn: list[Figure], tmp_path: Path) -> None:
    data: dict[str, Any] = {"correlation": [[1.0, 0.5], [0.5, 1.0]]}
    data |= {} if noiseless is None else {"noiseless": noiseless}
    summary = {"parameters": NUMBERS, "data": data}
    assert fit.draw_parameters(RECORDS, summary, tmp_path / "parameters.png").exists()
    (figure,) = drawn
    of_a, of_b, pair, _ = figure.axes
    assert [len(ax.patches) for ax in (of_a, of_b)] == [0 if noiseless else 1] * 2
    steps, truth = of_a.lines
    assert list(steps.get_ydata()) == [r["unknown.a"] for r in RECORDS] and list(truth.get_ydata()) == [1.0, 1.0]
    longer = [line for line in pair.lines if len(line.get_xdata()) > 2]
    assert len(longer) == (0 if noiseless else len(fit.CONTOURS))
    assert any(list(line.get_xdata()) == [1.1] and list(line.get_ydata()) == [0.9] for line in pair.lines)
    assert figure.get_suptitle() == ("no noise: no intervals" if noiseless else "")


def test_a_fit_without_standard_errors_has_no_such_figure(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no intervals"):
        fit.draw_parameters(RECORDS, {"parameters": {"a": {"estimate": 1.0}}, "data": {}}, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())
