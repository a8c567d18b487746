"""What each part of the method gains: the experiments without it, or with another choice, for the same time."""

from __future__ import annotations

from pinnsuite.report.comparison import Comparison
from pinnsuite.report.optimizers import ALONE

SECONDS = 40
PLAIN = ["solver.symmetric=false", "solver.layers=false"]
CHANGED: dict[str, list[str]] = {
    "plain": [],
    "soft_conditions": ["solver.hard=false"],
    "soft_balanced": ["solver.hard=false", "solver.balance=kernel"],
    "all_points": ["optimizer.first_rows=100000"],
    "all_directions": ["optimizer.sketch=false"],
    "no_corrections": ["optimizer.corrections=0"],
    "reverse_mode": ["solver.derivatives=reverse"],
    "even_points": ["solver.adaptive=0"],
    "attention": ["solver.attention=1"],
    "fewer_points": ["solver.points=2000"],
    "factorised": ["network.factorised=true"],
    "modified_mlp": ["network=modified_mlp", "network.width=16", "network.depth=4"],
    "piratenet": ["network=piratenet", "network.width=16", "network.depth=1"],
}
VARIANTS = {name: [*PLAIN, *words] for name, words in CHANGED.items()} | {
    "symmetric": ["solver.layers=false"],
    "layers": ["solver.symmetric=false"],
    "symmetric_and_layers": [],
}
CHANGES = Comparison(
    name="changes",
    title="What each choice gains",
    text=f"Errors after {SECONDS} s of the experiments, however many steps that makes, without declared symmetry and "
    "layers (plain), and with one choice changed; one seed, and for the best of each experiment the median of three.",
    seconds=SECONDS,
    experiments=("burgers", "allen_cahn", "kovasznay"),
    variants={name: [*words, ALONE] for name, words in VARIANTS.items()},
)
