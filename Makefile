# What one does with Viva. `make` alone lists it.

PYTHON ?= python3
PORT ?= 8000
DATA_DIR ?= .data
SUITES ?=
COUNT ?= 10000
INPUTS ?= 1000000
SEED ?= 0

BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Node 20.19 builds the page; without it the server runs all the same.
NODE := $(shell node -e 'const [a, b] = process.versions.node.split(".").map(Number); \
	if (a > 20 || (a === 20 && b >= 19)) console.log("yes")' 2>/dev/null)
PAGE_SOURCES := $(shell find web_demo \( -name node_modules -o -name dist -o -name tests \) -prune \
	-o -type f -print)

# A model server that others wrote, for tests.
AIMOCK := tests/emulators/aimock/node_modules/.installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test check conformance nightly simulate fuzz mutate bench format reference lock clean page node

help:  ## Lists these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.dev page  ## Makes .venv and web_demo/dist: all that running and checking need

run: .venv/.runtime page  ## Serves on http://127.0.0.1:8000 (PORT=…), data in .data (DATA_DIR=…)
	@exec $(BIN)/viva serve --port $(PORT) --data-dir $(DATA_DIR)

test: setup node $(AIMOCK)  ## Runs every suite and tells how long each took (SUITES="protocol web" for some)
	@scripts/install_browser.sh
	@$(BIN)/python -m scripts.run_suites $(SUITES)

check: setup node  ## Format, lint, types and architecture; a warning is an error
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q tests/test_architecture.py
	npm --prefix web_demo --silent run check

conformance: setup  ## Holds our own server to docs/protocol.md, and tells in docs/conformance.md
	$(BIN)/python -m tests.conformance.ours --write

nightly: setup  ## Runs the tests that take too long for `make test`
	$(BIN)/python -m tests.simulation --count 200000
	$(BIN)/python -m tests.simulation.whole --seed 1000000 --count 20000
	$(BIN)/python -m tests.faults.crash --rounds 1000
	$(BIN)/python -m tests.faults.crash --rounds 200 --postgres
	$(BIN)/python -m tests.faults.voice --rounds 200

simulate: .venv/.dev  ## Plays COUNT=… random interviews, whole, from SEED=… on, on all cores
	$(BIN)/python -m tests.simulation.whole --seed $(SEED) --count $(COUNT)

fuzz: setup  ## Tries a million wrong inputs on the codec and the gateway (INPUTS=…, SEED=…)
	$(BIN)/python -m tests.fuzz --count $(INPUTS) --seed $(SEED)

mutate: setup  ## Changes the state machine in each place in turn, to see whether the tests notice
	$(BIN)/python -m scripts.mutate

bench: setup  ## Measures what each part costs, and what a full server bears: some 30 minutes
	$(BIN)/python -m tests.load.codec
	$(BIN)/python -m tests.load.delta
	$(BIN)/python -m tests.load.memory
	$(BIN)/python -m tests.load.commits
	$(BIN)/python -m tests.load.scale
	$(BIN)/python -m tests.load.chunks
	$(BIN)/python -m tests.load.queueing
	$(BIN)/python -m tests.load.leaving
	$(BIN)/python -m tests.load.models
	$(BIN)/python -m tests.load.endpointing
	$(BIN)/python -m tests.load.recognition
	$(BIN)/python -m tests.load.ears
	$(BIN)/python -m tests.load.spoken

format: .venv/.dev  ## Formats the Python code and sorts its imports
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

reference: .venv/.dev node web_demo/node_modules/.installed  ## Writes docs/reference/ anew
	mkdir -p docs/reference
	$(BIN)/python -m protocol.reference schema > docs/reference/schema.json
	$(BIN)/python -m protocol.reference openapi > docs/reference/openapi.json
	$(BIN)/python -m protocol.reference asyncapi > docs/reference/asyncapi.json
	$(BIN)/python -m protocol.reference page > docs/reference/README.md
	cp docs/reference/schema.json web_demo/src/client/contract/schema.json
	npm --prefix web_demo --silent run contract

# The whole set is resolved first; what the server needs, and what builds it, are parts of that.
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command "make lock" --upgrade
lock: .venv/.dev  ## Resolves the newest allowed packages into requirements/, with their hashes
	$(LOCK) pyproject.toml --extra speech --group dev -o requirements/dev.txt
	$(LOCK) pyproject.toml --extra speech -c requirements/dev.txt -o requirements/runtime.txt
	$(LOCK) --group build -c requirements/dev.txt -o requirements/build.txt

clean:  ## Removes all that setup and the tools made; the data in .data stays
	rm -rf .venv dist web_demo/dist web_demo/node_modules tests/emulators/aimock/node_modules \
		.hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/bin/pip:
	scripts/make_venv.sh

.venv/.runtime: requirements/build.txt requirements/runtime.txt pyproject.toml | .venv/bin/pip
	$(BIN)/pip install --quiet --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.runtime requirements/dev.txt
	$(BIN)/pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

ifeq ($(NODE),yes)
page: web_demo/dist/index.html
node:
else
page:
	@echo "The page isn't built, because Node.js 20.19 or later is missing; all else works."
node:
	@echo "The page's checks and tests need Node.js 20.19 or later, which is missing." >&2; exit 1
endif

web_demo/node_modules/.installed: web_demo/package.json web_demo/package-lock.json
	npm --prefix web_demo ci --no-audit --no-fund --loglevel=error
	@touch $@

$(AIMOCK): tests/emulators/aimock/package.json tests/emulators/aimock/package-lock.json
	npm --prefix tests/emulators/aimock ci --no-audit --no-fund --loglevel=error
	@touch $@

web_demo/dist/index.html: web_demo/node_modules/.installed $(PAGE_SOURCES)
	npm --prefix web_demo --silent run build
	@touch $@
