# `make` lists what there is to do. Nothing but python3 (3.11 or newer, with venv) and make is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODES ?= 2
GOLDEN := ../shared/golden
SOURCES := pyproject.toml setup.py
# Tests with real processes and clients: those that only wait for something to come about run two at a time, each on a
# cluster of its own; where times are told, one after the other, since two at once would disturb each other.
PAIRED := clients conformance packaging wherry
ALONE := chaos compose e2e golden

# In CI what fails is tried once more, and named at the end: a machine that stops for seconds shall not cost a landing.
AGAIN := $(if $(filter true,$(CI)),--reruns 1 -r fER)

.DEFAULT_GOAL := help
.PHONY: help install demo down test check bench golden clean

help: ## Show this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.installed: $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Wherry needs Python 3.11 or newer; say which: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/python || { echo "Making $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing Wherry into $(VENV) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.tested: $(VENV)/.installed
	@echo "Installing what the tests need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@

$(VENV)/.developed: $(VENV)/.tested
	@echo "Installing what the checks need …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

install: $(VENV)/.installed ## Make the virtual environment and install Wherry into it.

demo: $(VENV)/.installed ## Start a cluster, run the demo on it and leave it running.
	@BIN=$(BIN) NODES=$(NODES) sh scripts/demo.sh

down: ## Stop the demo's cluster; its data stays.
	@$(BIN)/wherry down

test: $(VENV)/.tested ## Run the whole test suite.
	@test -d $(GOLDEN) || echo "$(GOLDEN) is not there: the replay of golden transcripts is left out."
	$(BIN)/python -m pytest $(AGAIN) -n auto --dist loadfile $(foreach folder,$(PAIRED) $(ALONE),--ignore=tests/$(folder))
	$(BIN)/python -m pytest $(AGAIN) -n 2 --dist loadfile $(addprefix tests/,$(PAIRED))
	$(BIN)/python -m pytest $(AGAIN) $(addprefix tests/,$(ALONE))

check: $(VENV)/.developed ## Lint, formatting, types and import rules.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	BIN=$(CURDIR)/$(BIN) sh scripts/check_installed.sh

bench: $(VENV)/.installed ## Measure speed and memory (wrk must be installed).
	$(BIN)/python -m bench

golden: $(VENV)/.installed ## Replay the golden transcripts on a throw-away cluster.
	@test -d $(GOLDEN) || { echo "$(GOLDEN) is not there: nothing to replay."; exit 1; }
	$(BIN)/python scripts/golden.py

clean: ## Remove the virtual environment and what was built.
	rm -rf $(VENV) .build build dist wherry.egg-info
