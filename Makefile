# Needs Python 3.11+ with venv, and make; nothing else.
.DEFAULT_GOAL := help
.PHONY: help install lock run test unit lint types walls contract sdl release-schema judges bench bench-reads campaign

# The newest that can make an environment; say `make PYTHON=…` to choose another.
ifndef PYTHON
PYTHON := $(shell for each in python3.13 python3.12 python3.11 python3; do \
	$$each -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$each; break; }; done)
endif
DO := .venv/bin/
PIP := $(DO)python -m pip --disable-pip-version-check install --quiet
CODE := piecerate gateway schema plugins domain migrations tests

help:            ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {split($$1, name, ":"); printf "%-14s %s\n", name[1], $$2}' Makefile

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (Debian: python3-venv)."; exit 1; }
	@echo "Installing what requirements.lock says into .venv (a minute or two the first time) …"
	@$(PYTHON) -m venv .venv
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "Installed."

install: .venv/installed   ## install exactly what requirements.lock says, into .venv

lock: install    ## resolve pyproject.toml anew
	$(DO)uv pip compile pyproject.toml --universal --all-extras --generate-hashes --no-emit-index-url --output-file requirements.lock

run: install     ## database, demo marketplace, server and job worker; Ctrl-C stops all
	@$(DO)piecerate demo

test: lint types walls contract unit   ## everything CI runs

unit: install    ## the tests alone
	$(DO)pytest -n auto --dist worksteal

lint: install    ## format and lint
	$(DO)ruff format --check .
	$(DO)ruff check .

types: install   ## mypy strict, code and tests
	$(DO)mypy $(CODE)

walls: install   ## import contracts
	$(DO)lint-imports

contract: install  ## schema.graphql is what the code exports, and keeps what was released
	$(DO)python -m schema.export --check

sdl: install     ## write schema.graphql anew
	$(DO)python -m schema.export

release-schema: install  ## what schema.graphql says is from now on promised to frontends
	$(DO)python -m schema.export --release

judges: install  ## the outside judges alone; needs Node 20 or newer, and fails without
	PIECERATE_TEST_JUDGES=required $(DO)pytest -n auto tests/judges tests/examples

bench: install   ## measure the main job, and reads; writes docs/benchmarks
	PIECERATE_BENCH=1 $(DO)pytest -s -p no:randomly tests/benchmarks

bench-reads: install  ## reads side by side with other servers; writes docs/benchmarks
	PIECERATE_BENCH=1 $(DO)pytest -s -p no:randomly tests/benchmarks/reads

campaign: install  ## long fault runs and large state machines
	PIECERATE_CAMPAIGN=1 $(DO)pytest -s -p no:randomly tests/campaigns tests/machines tests/judges tests/plugins/crypto tests/schema/execution/test_differential.py
