"""Optimizers of a least-squares objective. One method per file; all share one protocol (`protocol`)."""
