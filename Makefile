# Set-up is done once: the stamp inside .venv is older than the files that it depends on, or it is not redone.
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: solve test check wheel-test setup

solve: $(STAMP)
	$(BIN)/pinnsuite solve experiment=burgers

test: $(STAMP)
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

wheel-test: $(STAMP)
	.ci/wheel-test $(BIN)/python

setup: $(STAMP)

$(BIN)/python:
	python3 -m venv $(VENV)

$(STAMP): pyproject.toml setup.py constraints.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	touch $@
