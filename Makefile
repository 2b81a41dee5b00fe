# Every target does its own set-up: a machine with Python >= 3.11 and a package index is enough.
# `make` alone lists the targets.

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
SOURCES := src tests benchmarks examples

.DEFAULT_GOAL := help
.PHONY: help test demo bench lint types imports doctest check interop golden-report wheel clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

# ---------------------------------------------------------------- set-up

# A stamp per set of packages: a second call finds it newer than pyproject.toml and does nothing.
$(BIN)/python:
	@PYTHON="$(PYTHON)" sh scripts/find_python.sh -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.stamp-demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[all]" scikit-learn
	@touch $@

$(VENV)/.stamp-test: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[all,test]"
	@touch $@ $(VENV)/.stamp-demo

$(VENV)/.stamp-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[all,test,dev]"
	@touch $@ $(VENV)/.stamp-test $(VENV)/.stamp-demo

# ---------------------------------------------------------------- use

demo: $(VENV)/.stamp-demo ## train on real handwritten digits, write pictures to demo_output/
	$(BIN)/python examples/demo.py

bench: $(VENV)/.stamp-test ## compare speed with TensorFlow, Keras on JAX and PyTorch in one run
	$(BIN)/python -m benchmarks

# ---------------------------------------------------------------- checks

test: $(VENV)/.stamp-test ## run the tests; more options in TEST_OPTIONS
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(TEST_OPTIONS)

doctest: $(VENV)/.stamp-test ## run the examples in docstrings
	$(BIN)/python -m pytest -n $(WORKERS) --import-mode=prepend --doctest-modules src/addax

lint: $(VENV)/.stamp-dev ## style
	$(BIN)/ruff check $(wildcard $(SOURCES))
	$(BIN)/ruff format --check $(wildcard $(SOURCES))

types: $(VENV)/.stamp-dev ## types
	$(BIN)/pyright

imports: $(VENV)/.stamp-dev ## the rooms' import rules
	$(BIN)/lint-imports --no-cache

check: lint types imports doctest test ## all of the checks

interop: $(VENV)/.stamp-test ## files there and back with real tf_keras and Keras 3, which it installs into .peers/
	ADDAX_INTEROP_PYTHON="$$($(BIN)/python -m benchmarks.peers tf)" $(BIN)/python -m pytest tests/interop

golden-report: $(VENV)/.stamp-test ## run every golden case, those in tests/golden/pending.txt too
	-$(BIN)/python tests/golden/replay.py --as addax --show 400
	$(BIN)/python -m pytest -n $(WORKERS) tests/golden --golden-pending

api-report: $(VENV)/.stamp-test ## how many of TensorFlow's names there are, by namespace
	$(BIN)/python scripts/api_names.py

wheel: $(VENV)/.stamp-dev ## build a wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## remove environments and what was built
	rm -rf $(VENV) .peers build dist demo_output .pytest_cache .ruff_cache .hypothesis
