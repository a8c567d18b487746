"""Least squares: residual blocks over points, their weighted sum of squares, its gradient and its Jacobian."""
