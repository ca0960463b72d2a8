.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "trailmin needs Python 3.11 or newer; name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing trailmin into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' -c constraints.txt
	@touch $(STAMP)

setup: $(STAMP) ## create .venv and install trailmin with its development tools

demo: $(STAMP) ## run the main job on sample_logs/, results in out/
	@$(BIN)/trailmin demo

test: $(STAMP) ## run the tests
	@$(BIN)/python -m pytest -n 2

organization: $(STAMP) ## ingest 20,000 log objects of 40 accounts over HTTP; takes minutes, and is part of CI
	@$(BIN)/python -m pytest -m organization tests/lake/test_organization.py

lint: $(STAMP) ## ruff: style, docstrings, security
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

bench: $(STAMP) ## speed and memory, as ratios against references in the same run
	@$(BIN)/python -m bench --size $(or $(SIZE),full)

fuzz: $(STAMP) ## feed the decoder and the resolver hostile records: make fuzz SECONDS=600
	@$(BIN)/python -m tests.usage.fuzz --seconds $(or $(SECONDS),60)

torture: $(STAMP) ## kill -9 at random moments of ingest, roll-up and compaction: make torture KILLS=100
	@$(BIN)/python -m tests.torture.torment --kills $(or $(KILLS),100)

quality: $(STAMP) ## how good the proposals are, on roles with a known need and on real ones: docs/quality.md
	@$(BIN)/python -m bench.quality --write

report-screenshots: $(STAMP) ## pictures of the report in Chromium, in out/screenshots
	@$(BIN)/python -m tests.browser.screenshots out/screenshots

job-policies: $(STAMP) ## run trailmin on an AWS of its own, record its calls, and propose policies for it; takes minutes
	@$(BIN)/python -W ignore -m tests.own_trail

samples: $(STAMP) ## regenerate sample_logs/ from its seeded script
	@$(BIN)/python -m sample_logs.generate

catalog: $(STAMP) ## regenerate the catalog's table of operations from the installed packages
	@$(BIN)/python -m trailmin.catalog.build

docs: $(STAMP) ## fill the README's generated parts, and write the reference pages of docs/
	@$(BIN)/python docs/fill_configuration.py
	@$(BIN)/python docs/fill_reference.py
	@$(BIN)/python docs/fill_schemas.py
	@$(BIN)/python docs/fill_readme.py
	@$(BIN)/trailmin catalog coverage -o docs/coverage.md

site: $(STAMP) ## build the documents as a site, in out/site
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'mkdocs>=1.6' -c constraints.txt
	@$(BIN)/python docs/fill_reference.py
	@$(BIN)/mkdocs build --strict --quiet

clean: ## remove what the other targets made
	@rm -rf $(VENV) out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help setup demo test organization lint types bench fuzz torture report-screenshots job-policies samples catalog docs site clean
