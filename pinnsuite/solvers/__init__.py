"""Recipes: each picks the parts of the line from a problem to its solution. The loop is in `pinnsuite.run.loop`."""
