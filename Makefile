# Encore. `make demo` and `make test` need Python 3.11 or newer and make; everything else they bring themselves.
.DEFAULT_GOAL := help
.PHONY: help install demo test check format lint types imports audit browser services bench long mutants chaos fleet clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEVELOPMENT := $(VENV)/.development-installed
NPM := build/npm/.installed

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(RUNTIME) ## Make .venv with the `encore` command

demo: $(RUNTIME) ## Import the sample show and serve the demo page: no account, no key
	ENCORE_DATA_DIR="$${ENCORE_DATA_DIR:-.data}" $(BIN)/encore demo $(ARGS)

test: $(DEVELOPMENT) $(NPM) browser services ## Run every test
	$(BIN)/python -m pytest $(ARGS)

check: $(DEVELOPMENT) $(NPM) browser services format lint types imports ## Format, lint, types, import contracts, tests, dependency audit
	$(BIN)/python -m pytest -n 2
	$(BIN)/python -m tests.audit

format: $(DEVELOPMENT)
	$(BIN)/ruff format --check .

lint: $(DEVELOPMENT)
	$(BIN)/ruff check .

types: $(DEVELOPMENT)
	$(BIN)/mypy

imports: $(DEVELOPMENT)
	$(BIN)/lint-imports

audit: $(DEVELOPMENT) ## Ask the advisory service about every locked package
	$(BIN)/python -m tests.audit

browser: # A Chromium for the browser tests: the one that is there, else Debian's
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; }

services: # The servers that tests start for themselves: the ones that are there, else Debian's; none is started here
	@{ command -v redis-server >/dev/null || command -v valkey-server >/dev/null; } && test -x "$$(command -v nginx || echo /usr/sbin/nginx)" \
	  || { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server nginx-light >/dev/null; }

bench: $(DEVELOPMENT) services ## Print the latency of a turn, and what the ledger and live events cost, as paired figures
	$(BIN)/python -m bench.turn_latency
	$(BIN)/python -m bench.ledger
	$(BIN)/python -m bench.live_events

long: $(DEVELOPMENT) ## Look much further for an order of events that breaks the books; takes half an hour
	$(BIN)/python -m pytest tests/billing/test_stateful.py --hypothesis-profile=long $(ARGS)

mutants: $(DEVELOPMENT) ## Run the tests of money against wrong money; takes minutes, and is no gate
	$(BIN)/python -m tests.mutation $(ARGS)

chaos: $(DEVELOPMENT) services ## Break everything at once on a PostgreSQL of its own, then count every credit; ARGS="--seed N"
	$(BIN)/python -m tests.chaos $(ARGS)

fleet: $(DEVELOPMENT) services ## Restart two processes behind nginx, one after the other, under 200 live streams; ARGS="--fans N"
	$(BIN)/python -m tests.fleet $(ARGS)

clean: ## Remove the environment and the demo's data
	rm -rf $(VENV) .data

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Encore needs Python 3.11 or newer.")'
	$(PYTHON) -m venv $(VENV)

# The editable install builds nothing from outside: setuptools is in the lock file too.
$(RUNTIME): requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(DEVELOPMENT): requirements-dev.lock $(RUNTIME)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Playwright's wheel brings node; only npm, which fetches packages, may have to come from the system.
$(NPM): $(wildcard tests/npm/*)
	command -v npm >/dev/null \
	  || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm >/dev/null; }
	rm -rf build/npm && mkdir -p build && cp -r tests/npm build/npm
	npm ci --prefix build/npm --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --silent
	@touch $@
