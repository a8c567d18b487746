"""Reference solutions that know nothing of networks: spectral, quadrature, extrapolation and phase-plane methods.

Every solver here is plain NumPy/SciPy in double (or extended) precision and converges fast enough that its own error
can be measured by solving twice. Results are compared with trained fields, never used to train them.
"""
