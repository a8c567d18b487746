"""The calculus of equations: one traced expression, and its readers (Taylor, reverse, grid, symbols, units)."""
