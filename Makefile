# Everything happens in .venv, with the versions of constraints.txt; only python3 >= 3.11 and make are needed.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
MEMBERS ?= 64
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test check lint data docs bench acceptance ablation clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/ready-run  ## 32 members of the baseline 2020-2060: tables, figures and a report under runs/
	@$(BIN)/tanlu run baseline --members 32 --report

test: .venv/ready-dev  ## the tests
	@$(BIN)/pytest -n $(WORKERS)

check: lint test  ## what CI runs: lint, types, import contracts, tests

lint: .venv/ready-dev  ## lint, format, types and import contracts, without the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

data: .venv/ready-run  ## rebuild the derived tables of simulator/data from the facts beside them
	@$(BIN)/python -m simulator.data.derive

docs: .venv/ready-run  ## rewrite docs/nomenclature.md, docs/validation.md and the figures of the README (two minutes)
	@$(BIN)/python docs/nomenclature.py
	@$(BIN)/python docs/validation.py
	@$(BIN)/python docs/readme_figures.py

bench: .venv/ready-run  ## measure speed and memory on a quiet machine: benchmarks/results.md
	@$(BIN)/python benchmarks/bench.py

acceptance: .venv/ready-run  ## the signs that the model must get right, as paired ensembles: docs/acceptance.md
	@$(BIN)/python docs/acceptance.py --members $(MEMBERS)

ablation: .venv/ready-run  ## which pattern goes with which mechanism: docs/ablation.md (2 minutes)
	@$(BIN)/python docs/ablation.py

clean:  ## remove .venv and caches; runs/ is kept
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tanlu needs Python 3.11 or newer; this is " \
		+ sys.version.split()[0] + ": make PYTHON=/path/to/python3.11")'
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv .venv

.venv/ready-run: .venv/bin/python pyproject.toml constraints.txt
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e .
	@touch $@

.venv/ready-dev: .venv/bin/python pyproject.toml constraints.txt
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev]'
	@touch $@ .venv/ready-run
