# Every workflow of the project; `make` alone lists them. `.ci/run` runs `make test`, and nothing that is not here.
#
# Settings: PYTHON  a Python, 3.11 or later, to make the environment with (found by scripts/find-python if not given)
#           VENV    where the environment is made; give another one beside another PYTHON
#           ARGS    what `run`, `test`, `soak`, `chaos` and `bench` pass on, as in `make test ARGS='-k cursor'`
#
# A step that is done leaves a stamp, so that a second `make run` does nothing and needs no network.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?=
VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
# Last, so that the Node.js of the machine comes before the one that scripts/npm may have put there.
export PATH := $(PATH):$(abspath $(BIN))
export VENV

# What `make bench` needs for the side that runs on Node.js.
NODE_PEER := benchmarks/peers/node/node_modules/.ready

# What reads the code and runs none of it: each is of one core, so they go on side by side.
STATIC := style types types-of-the-page

# What the tests use of Debian, installed where that is possible.
DEBIAN_PACKAGES := chromium fonts-liberation fonts-noto-color-emoji nginx haproxy caddy postgresql redis-server

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 10

.PHONY: run
run: setup-run ## set up what is missing, then serve https://127.0.0.1:8443 and http://127.0.0.1:8000
	@exec $(BIN)/hubbub serve $(ARGS)

.PHONY: test
test: setup ## set up what is missing, then check and test everything
	@scripts/install-debian-packages $(DEBIAN_PACKAGES)
	@$(MAKE) --jobs $(STATIC)
	scripts/test $(ARGS)

.PHONY: soak
soak: setup ## the long forms of tests that measure, for minutes, with their figures
	$(BIN)/python -m pytest -m soak -s -o faulthandler_timeout=3600 $(ARGS)

.PHONY: chaos
chaos: setup ## three hosts and 300 clients through ten minutes of faults; TEST_SEED=… has the same plan again
	@scripts/install-debian-packages $(DEBIAN_PACKAGES)
	$(BIN)/python -m pytest -m chaos -s -o faulthandler_timeout=3600 $(ARGS) tests/chaos tests/cluster

.PHONY: check
check: setup ## style, types, and the rules of the house that need no server
	@$(MAKE) --jobs $(STATIC)
	$(BIN)/python -m pytest -q tests/test_import_arrow.py tests/test_source_layout.py tests/test_lock_files.py

.PHONY: $(STATIC)
style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy

types-of-the-page:
	npm run --silent --if-present check

.PHONY: bench
bench: setup ## measure ours beside its peers; ARGS=--short for a minute's worth
	@$(MAKE) $(NODE_PEER) || echo 'make: the Node.js side could not be installed and is left out'
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: setup
setup: setup-run $(VENV)/.ready-to-test $(VENV)/upstream/.complete node_modules/.ready-to-test ## set up everything, and start nothing

.PHONY: lock
lock: setup ## write the lock files anew from pyproject.toml and package.json; ARGS=--upgrade for newer versions
	scripts/lock $(ARGS)

.PHONY: contract
contract: setup ## publish the contract anew in docs/contract; ARGS=--breaking where it is meant to break
	$(BIN)/python -m tests.contract.publish $(ARGS)

.PHONY: docs
docs: setup ## write the pages anew that are made: docs/seeds.md and docs/composite-reference.md
	$(BIN)/python -m tests.seeds.page
	$(BIN)/python -m tests.reference.page

.PHONY: clean
clean: ## remove what the set-up and the tests have made; ./var, the data, stays
	rm -rf $(VENV) node_modules benchmarks/peers/node/node_modules benchmarks/output tests/output .pytest_cache .mypy_cache .ruff_cache .hypothesis src/hubbub.egg-info
	find $(wildcard src tests benchmarks examples) -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: setup-run
setup-run: python-matches $(VENV)/.ready-to-run node_modules/.ready-to-run

.PHONY: setup-hosts
setup-hosts: setup-run $(VENV)/.ready-for-hosts ## set up what it takes to serve, with PostgreSQL and Redis

# An environment keeps the Python it was made with; to be silent about another PYTHON would test the wrong one.
.PHONY: python-matches
python-matches: $(BIN)/python
	@scripts/same-python "$(PYTHON)" $(VENV)

$(BIN)/python:
	@scripts/make-venv "$(PYTHON)" $(VENV)

$(VENV)/.ready-to-run: requirements/run.txt pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --requirement requirements/run.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.ready-for-hosts: requirements/hosts.txt $(VENV)/.ready-to-run
	$(BIN)/python -m pip install --quiet --requirement requirements/hosts.txt
	@touch $@

$(VENV)/.ready-to-test: requirements/test.txt $(VENV)/.ready-to-run
	$(BIN)/python -m pip install --quiet --requirement requirements/test.txt
	@touch $@

$(VENV)/upstream/.complete: requirements/upstream.txt | $(VENV)/.ready-to-test
	scripts/upstream-tests $(@D)

node_modules/.ready-to-run: package.json package-lock.json | $(VENV)/.ready-to-run
	scripts/npm ci --omit=dev
	@touch $@

node_modules/.ready-to-test: node_modules/.ready-to-run
	scripts/npm ci
	@touch node_modules/.ready-to-run $@

# better-sqlite3 is the one package whose script runs: it compiles SQLite, in a minute or two.
$(NODE_PEER): benchmarks/peers/node/package.json benchmarks/peers/node/package-lock.json | node_modules/.ready-to-run
	scripts/npm --prefix benchmarks/peers/node ci
	scripts/npm --prefix benchmarks/peers/node rebuild --ignore-scripts=false better-sqlite3
	@touch $@
