"""Constitutive laws, written once in plain torch: read by equations (traced) and by simulations (tensors)."""
