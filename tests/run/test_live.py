"""The live error of a march is that of its whole solution so far, whatever is kept of finished windows."""

from __future__ import annotations

import pytest
import torch

from pinnsuite.networks.mlp import MLP
from pinnsuite.problems.heat import Heat
from pinnsuite.run.evaluation import evaluation
from pinnsuite.run.live import LiveError
from pinnsuite.solvers.march import March
from pinnsuite.solvers.pinn import Pinn

LIKE = torch.zeros(1, dtype=torch.float64)


def prepare(windows: int) -> March:
    return Pinn(points=50, windows=windows).prepare(
        Heat(), lambda n, o, g, dtype: MLP(sum(n), o, width=4, depth=1, generator=g, output_gain=1.0), 0, LIKE
    )


@pytest.mark.parametrize("windows", [1, 3])
def test_it_is_the_error_up_to_the_end_of_the_window(windows: int) -> None:
    march, whole = prepare(windows), evaluation(Heat())
    live, grid = LiveError(whole, march), whole.coarse()
    seen = set()
    for _ in range(windows):
        for change in (1.0, 1.1):
            march.vector.set(march.vector.copy() * change)
            part = grid if windows == 1 else grid.part(grid.before(march.windows.edges[-1]))
            wanted = part.errors(march.pieces().fields(part.points))["relative_l2"]["u"]
            assert live()["error.u"] == pytest.approx(wanted, rel=1e-12)
            seen.add(wanted)
        march.advance()
    assert len(seen) == 2 * windows  # every change shows
