"""Which optimizer to use when: every one of them on the same problems, networks and points."""

from __future__ import annotations

from pinnsuite.report.comparison import Comparison

ENDLESS = 1_000_000  # steps: the time ends a run, not a recipe's number of steps
ALONE, CHAINED = f"optimizer.max_steps={ENDLESS}", f"optimizer.then.max_steps={ENDLESS}"
SECONDS = 120
METHODS = {
    "adam": ["optimizer=adam", ALONE],
    "soap": ["optimizer=soap", ALONE],
    "lbfgs": ["optimizer=lbfgs", ALONE],
    "adam_then_lbfgs": ["optimizer=adam_then_lbfgs", CHAINED],
    "ssbfgs": ["optimizer=ssbroyden", "optimizer.update=bfgs", ALONE],
    "ssbroyden": ["optimizer=ssbroyden", ALONE],
    "adam_then_gauss_newton": ["optimizer=adam_then_gauss_newton", CHAINED],
    "gauss_newton": ["optimizer=gauss_newton", ALONE],
}
OPTIMIZERS = Comparison(
    name="optimizers",
    title="Optimizers, the same networks and points",
    text=f"Errors after {SECONDS} s of each experiment above with another optimizer, without declared symmetry and "
    "layers; one seed, and for the best of each problem the median of three.",
    seconds=SECONDS,
    experiments=("poisson", "heat", "kovasznay", "burgers", "allen_cahn", "kdv"),
    variants={name: [*words, "solver.symmetric=false", "solver.layers=false"] for name, words in METHODS.items()},
)
