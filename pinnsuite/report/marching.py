"""What windows and causal weights gain on a chaotic problem, for three optimizers."""

from __future__ import annotations

from pinnsuite.report.comparison import Comparison
from pinnsuite.report.optimizers import ALONE

SECONDS, WINDOWS = 180, 4
COMMON = ["problem.final_time=0.1", "solver.points=7000", "solver.harmonics=8"]
SOLVERS = {"plain": "pinn", "causal": "causal_pinn", "windows": "pinn", "both": "causal_pinn"}
# steps that fill a window's share of the time on two cores
OPTIMIZERS = {"adam": 800, "soap": 800, "gauss_newton": 45}


def _words(solver: str, optimizer: str) -> list[str]:
    words = [f"solver={SOLVERS[solver]}", f"optimizer={optimizer}", *COMMON]
    if solver in {"windows", "both"}:
        return [*words, f"solver.windows={WINDOWS}", f"optimizer.max_steps={OPTIMIZERS[optimizer]}"]
    return [*words, ALONE]


MARCHING = Comparison(
    name="marching",
    title="Windows of time and causal weights on a chaotic problem",
    text=f"Errors after {SECONDS} s on the first tenth of the time, as a whole or in {WINDOWS} windows, with and "
    "without causal weights; one seed, and for the best the median of three.",
    seconds=SECONDS,
    experiments=("kuramoto_sivashinsky_chaotic_mlp",),
    variants={f"{solver}_{optimizer}": _words(solver, optimizer) for optimizer in OPTIMIZERS for solver in SOLVERS},
)
