# cladist: make demo, make test; see README.md
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help setup demo hub test recovery lint bench docs clean ui serve

help:            ## list the targets
	@grep -E '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: $(READY)  ## create .venv and install cladist with its development tools

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("cladist needs Python 3.11 or newer; set PYTHON=python3.11, say")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $(READY)

demo: $(READY)   ## simulate a hub of 20,000 models, build its snapshot, write its report into demo/
	$(BIN)/cladist demo --out demo --models 20000 --no-open

hub: $(READY)    ## serve a simulated hub on 127.0.0.1:8422, to try trace and fetch without the Hub
	PYTHONPATH=tests $(BIN)/python -m hubserver --models 5000 $(HUB)

lint: $(READY)   ## style, types, layers
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/ruff format --check src tests benchmarks docs
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

ui:              ## build the pages of the explorer (needs Node 20 or newer)
	@command -v npm >/dev/null || { echo "npm was not found: install Node 20 or newer, from nodejs.org or your package manager" >&2; exit 1; }
	cd ui && npm ci --no-audit --no-fund && npm run build

serve: demo ui   ## simulate a hub and open it in the explorer
	$(BIN)/cladist serve demo/demo.snapshot

# Without npm or Chromium the tests of the pages are skipped with a message; never where CI is set.
test: lint       ## lint, build the pages, then the whole test suite
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory ui && (cd ui && npm test); \
	else echo "npm was not found: the pages are not built and not tested" >&2; fi
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
	|| echo "Chromium was not found: the pages are not tested (apt-get install chromium)" >&2
	$(BIN)/python -m pytest -q -n 2

recovery: $(READY) ## find the simulator's truth again in four hubs of a million models (some minutes)
	CLADIST_RECOVERY=1000000 $(BIN)/python -m pytest -q tests/test_recovery.py

bench: $(READY)  ## measure speed and memory (several minutes); prints the tables of docs/performance.md
	$(BIN)/python benchmarks/bench.py

docs: $(READY)   ## regenerate the reference pages from the code
	$(BIN)/python docs/generate.py

clean:           ## remove what the targets made
	rm -rf $(VENV) demo bench-data
