"""What residuals on fresh points say about a window, whatever it was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinnsuite.ansatz.evaluate import evaluate
from pinnsuite.ansatz.frame import Rest
from pinnsuite.calculus.terms import stored
from pinnsuite.domain.region import Interior
from pinnsuite.objective.sampling import seed_of

if TYPE_CHECKING:
    from pinnsuite.solvers.window import Window

JUDGED, AUDITED = 2048, 4096  # points, at most
FEWEST = 500  # points that judge a window that is trained on fewer


def local_error(window: Window, length: float) -> float:
    """``length`` times rms(residual) / rms(what changes in time: u for u_t).

    Of several equations both are means of squares, each over the square of its residual's scale.
    """
    traced, seed = window.traced, seed_of(*window.key, "judge", window.draw_number)
    count = min(max(window.policy.points, FEWEST), JUDGED)
    points, block = window.cast(traced.domain.sample(Interior(), count, seed)), window.blocks[0][0]
    raw = window.in_parts(points, lambda part: window.raw(block, block.program.prepare(part)))
    wrong = (raw * block.factors).double()
    changing = [
        float(factor) * window.ansatz.resolve(e)
        for factor, equation in zip(block.factors, traced.equations.values(), strict=False)
        for e in stored(equation, traced.domain.time)
    ]
    size = window.in_parts(
        points, lambda part: evaluate(changing, traced.coordinates, part, window.vector.scalars)
    ).double()
    return length * float((wrong.square().sum(1).mean() / size.square().sum(1).mean()).sqrt())


def folds(window: Window) -> bool:
    """Whether a moving frame carries different labels to the same place."""
    frame, seed = window.ansatz.frame, seed_of(*window.key, "judge", window.draw_number)
    if isinstance(frame, Rest):
        return False
    labels = window.cast(window.traced.domain.sample(Interior(), JUDGED, seed))
    return frame.folds(labels, window.vector.scalars)


def audit(window: Window, count: int = AUDITED) -> dict[str, float]:
    """The rms of each scaled residual."""
    result: dict[str, float] = {}
    for i, (block, condition) in enumerate(window.blocks):
        if block.aggregate is not None:
            continue
        region = Interior() if condition is None else condition.condition.region
        points = window.on(region, count, seed_of(window.key[0], "audit", i))
        raw = window.raw(block, block.program.prepare(points))
        rms = (raw * block.factors).double().square().mean(0).sqrt()
        result |= dict(zip(block.names, rms.tolist(), strict=True))
    return result


def scales(window: Window) -> dict[str, dict[str, float]]:
    """What made the problem non-dimensional: typical sizes of fields, coordinates and residuals."""
    residuals = {
        name: window.weight(condition) ** 0.5 / float(factor)
        for block, condition in window.blocks
        for name, factor in zip(block.names, block.factors, strict=True)
    }
    coordinates = {n: axis.scale for n, axis in window.traced.domain.axes.items()}
    return {"fields": dict(window.ansatz.scales), "coordinates": coordinates, "residuals": residuals}
