"""The list of packages: everything under ``pinnsuite/``, and the two top-level folders that are installed into it."""

from setuptools import find_packages, setup

setup(packages=[*find_packages(include=["pinnsuite", "pinnsuite.*"]), "pinnsuite.problems", "pinnsuite.configs"])
