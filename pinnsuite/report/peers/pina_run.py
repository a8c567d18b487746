"""PINA on the problems of its own zoo: Adam, then L-BFGS, float64, with the error over time."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import torch

from pinnsuite.report.engine import THREADS
from pinnsuite.report.peers.curve import Curve, setting

POINTS, FEW = 2540, 160  # inside; at the start and on the walls, as for DeepXDE
ADAM_SHARE = 0.4  # of the time


class Periodic(torch.nn.Module):
    """(x, t) to (cos(pi x), sin(pi x), t)."""

    def forward(self, place: torch.Tensor) -> torch.Tensor:
        x, t = place.as_subclass(torch.Tensor).split(1, dim=-1)
        return torch.cat([torch.cos(torch.pi * x), torch.sin(torch.pi * x), t], dim=-1)


def train(name: str, seconds: float, seed: int) -> dict[str, Any]:
    """Solve "burgers" or "allen_cahn" within a time, set-up and evaluations of the error not counted.

    The equation, its conditions and the loss are PINA's; the network is three tanh layers of 20, for Allen-Cahn on
    cos(pi x), sin(pi x) and t. The error is against this package's reference.
    """
    import lightning
    from pina import Trainer
    from pina.model import FeedForward
    from pina.optim import TorchOptimizer
    from pina.problem.zoo import AllenCahnProblem, BurgersProblem
    from pina.solver import PINN

    torch.set_num_threads(THREADS)
    lightning.seed_everything(seed, verbose=False)
    _, grid = setting(name)
    if name == "burgers":
        problem, model = BurgersProblem(nu=0.01 / np.pi), FeedForward(2, 1, layers=[20, 20, 20])
    else:
        problem, model = AllenCahnProblem(), torch.nn.Sequential(Periodic(), FeedForward(3, 1, layers=[20, 20, 20]))
    problem.discretise_domain(POINTS, "lh", domains="D")
    problem.discretise_domain(FEW, "lh", domains=[d for d in problem.domains if d != "D"])
    assert problem.input_variables == ["x", "t"]
    places = torch.stack([grid.points["x"], grid.points["t"]], dim=1)
    curve = Curve(grid, seconds)

    class Watch(lightning.Callback):
        """Stops at the end of a stage, and records the error now and then."""

        def __init__(self, until: float) -> None:
            self.until = until

        def on_train_batch_end(self, trainer: Any, solver: Any, *rest: Any) -> None:
            trainer.should_stop = curve.look(lambda: model(places)) >= self.until

    for optimizer, until in (
        (TorchOptimizer(torch.optim.Adam, lr=1e-3), ADAM_SHARE * seconds),
        (TorchOptimizer(torch.optim.LBFGS, line_search_fn="strong_wolfe", history_size=100), seconds),
    ):
        trainer = Trainer(
            PINN(problem, model, optimizer=optimizer),
            max_epochs=-1,
            accelerator="cpu",
            precision="64-true",
            callbacks=[Watch(until)],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.train()
    return {"solver": "pina", "problem": name, "seed": seed, "seconds": seconds, "curve": curve.pairs}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(train(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))))
