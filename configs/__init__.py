"""Hydra groups: one small YAML file for each choice."""
