# Each target says in one line what it does: `make help`.
# HOST, PORT, DATABASE_URL and the other settings pass through: make run PORT=9000
SHELL := /bin/bash
BIN := .venv/bin
COMPILE := $(BIN)/pip-compile --quiet --build-deps-for editable --generate-hashes --allow-unsafe --strip-extras \
  --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help setup run test check bench browser cite lock clean

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST) | expand -t 18

setup: ## install what is missing, and nothing else
	@.ci/setup

run: setup ## set up, then serve with the demo borough on HOST:PORT (127.0.0.1:8000)
	@exec $(BIN)/geoapp up --demo

test: ## set up with what tests need, Chromium too, then run all tests
	@.ci/setup --dev --browser
	@echo "== Running all tests"
	@$(BIN)/pytest -n 2 --dist loadfile

check: ## lint, formatting, types, import law, migrations and vendored files in step
	@.ci/setup --dev
	@echo "== Lint" && $(BIN)/ruff check .
	@echo "== Formatting" && $(BIN)/ruff format --check .
	@echo "== Types" && $(BIN)/mypy --strict
	@echo "== Import law" && $(BIN)/lint-imports
	@echo "== Vendored files" && node .ci/vendor.mjs --check
	@echo "== Locks and migrations" && $(BIN)/pytest -q -k "setup_files or in_step" tests/unit tests/db

bench: ## run the benches, which print their tables
	@.ci/setup --dev
	@set -e; for bench in bench/*.py; do echo "== $$bench"; $(BIN)/python "$$bench"; done

browser: ## run the browser tests alone
	@.ci/setup --dev --browser
	@$(BIN)/pytest tests/browser

cite: ## run the OGC's test suite for Features against FEED=http://…/feed/ (Java 17, Maven)
	@.ci/cite

lock: ## compile the locks anew from pyproject.toml and package.json
	@.ci/setup --dev
	@echo "== requirements.lock" && $(COMPILE) --output-file requirements.lock pyproject.toml
	@echo "== requirements-dev.lock" && $(COMPILE) --extra dev --constraint requirements.lock \
	  --output-file requirements-dev.lock pyproject.toml
	@echo "== package-lock.json" && npm install --package-lock-only --ignore-scripts

clean: ## remove what set-up and tools made; var/ with its data stays
	rm -rf .venv node_modules static/vendor static/vendor.new build *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find geoapp spatial tests migrations bench -name __pycache__ -type d -prune -exec rm -rf {} +
