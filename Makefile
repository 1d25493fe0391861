# One word for everything a person does here. Two of them set up a fresh machine: make demo and make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := tests/node tests/inspector
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo ui test test-agents test-airflow test-book campaign lint bench bench-airflow record screenshots schemas book provider node requirements clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

demo: $(VENV)/.demo  ## see it work against a local Twilio; no account needed
	@$(BIN)/python -m twilio_connector.demo

ui: $(VENV)/.ui  ## connect in the browser
	@$(BIN)/connector ui

test: $(VENV)/.test node  ## run every test
	$(BIN)/python -m pytest -q -n 2

test-agents: $(VENV)/.test $(VENV)-agents/.made  ## run the samples with the SDKs of vendors of models, and a LangChain agent
	$(VENV)-agents/bin/python -m pytest -q tests/agents

test-airflow: $(VENV)-airflow/.made  ## run the provider in a real Airflow with workers; needs redis, postgresql and chromium
	$(VENV)-airflow/bin/python -m pytest -q tests/airflow

test-book: $(VENV)-book/.made $(VENV)-book-oldest/.made $(VENV)-book-tools/.made  ## check the Kognitos book with their own tools, on the oldest and the newest API
	$(VENV)-book/bin/python -m pytest -q tests/book
	$(VENV)-book-oldest/bin/python -m pytest -q tests/book --ignore=tests/book/test_official_tools.py

campaign: $(VENV)/.test  ## send 10,000 messages through faults and kill -9; minutes
	$(BIN)/python -m pytest -q -m campaign

lint: $(VENV)/.test  ## check style, formatting and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src tests benchmarks

bench: $(VENV)/.test  ## measure against the official SDK and print the ratios
	$(BIN)/python -m benchmarks

bench-airflow: $(VENV)-airflow/.made  ## measure how long Airflow reads a DAG file with the provider
	$(VENV)-airflow/bin/python -m benchmarks.airflow_parse

record: $(VENV)/.test  ## record the cassettes again from a real account: see docs/how-to/record.md
	cd tests && ../$(BIN)/python -m recording --origin twilio

screenshots: $(VENV)/.test $(VENV)-airflow/.made  ## take the pictures in docs/images again (needs chromium)
	cd tests && ../$(BIN)/python -m screenshots
	cd tests && ../$(VENV)-airflow/bin/python -m airflow_screenshots

schemas: $(VENV)/.demo  ## write schemas/ again after a change of connector.yaml
	$(BIN)/connector schema twilio --write schemas

book: $(VENV)/.demo $(VENV)-book/.made $(VENV)-book-tools/.made  ## write the Kognitos book and USAGE.md again after a change of connector.yaml
	$(BIN)/connector generate kognitos-book twilio --write src/twilio_connector/book.py
	cd tests && ../$(VENV)-book/bin/python -m book_usage

provider: $(VENV)/.demo  ## write the provider for Airflow again after a change of connector.yaml
	$(BIN)/connector generate airflow-provider twilio --write src/twilio_connector/airflow

# Node is needed by some tests only; they skip with a reason where there is none.
node: $(NODE:%=%/node_modules/.installed)
%/node_modules/.installed: %/package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --no-audit --no-fund --prefix $* && touch $@; \
	else echo "npm is not installed: tests that need it will be skipped"; fi

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.venv requirements/run.txt pyproject.toml
	$(PIP_INSTALL) --require-hashes -r requirements/run.txt
	$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ui: $(VENV)/.demo requirements/ui.txt
	$(PIP_INSTALL) --require-hashes -r requirements/ui.txt
	@touch $@

$(VENV)/.test: $(VENV)/.demo requirements/test.txt
	$(PIP_INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

# Kognitos' package changes print and logging of its process, and their tools have pins of their own: an environment for each.
# The requirements are complete, and older versions of pip do not find "celery[redis]" in a pinned celery: so nothing is looked up.
$(VENV)-%/.made: requirements/%.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)-$*
	$(VENV)-$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	$(if $(filter %-tools,$*),,$(VENV)-$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .)
	@touch $@

# What the ranges in pyproject.toml resolve to today, with hashes and without addresses.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate
requirements:  ## resolve the ranges of pyproject.toml again (needs uv)
	$(COMPILE) --upgrade pyproject.toml --group build -o requirements/run.txt
	$(COMPILE) --upgrade pyproject.toml --group build --extra ui -o requirements/ui.txt
	$(COMPILE) --upgrade pyproject.toml --group build --group test -o requirements/test.txt
	$(COMPILE) --upgrade pyproject.toml --group build --group agents -o requirements/agents.txt
	$(COMPILE) --upgrade pyproject.toml --group build --extra airflow --group airflow -o requirements/airflow.txt
	$(COMPILE) --upgrade pyproject.toml --group build --extra kognitos --group book -o requirements/book.txt
	$(COMPILE) --upgrade pyproject.toml --group build --extra kognitos --group book-oldest -o requirements/book-oldest.txt
	$(COMPILE) --upgrade --group pyproject.toml:book-tools -o requirements/book-tools.txt

clean:  ## remove everything that the other words made
	rm -rf $(VENV) $(VENV)-* $(NODE:%=%/node_modules) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
