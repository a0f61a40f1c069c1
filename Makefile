# Répondeur: what there is to run. `make` lists it.
#
# Everything is installed into .venv, from locked versions whose hashes are checked; nothing else on the machine is
# changed, except by `make test`, which installs the Debian packages of real mail servers and PostgreSQL where it may.

.DEFAULT_GOAL := help
.PHONY: help demo graph-demo test lint bench docs soak mutate lock clean
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# The first of these that is a Python this project runs on; or say it:  make demo PYTHON=/usr/bin/python3.12
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& command -v "$$python" && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

demo: .venv/.installed-demo ## try it out on sample mail; ARGS=--once ends when all is handled
	@$(BIN)/python -m repondeur demo $(ARGS)

graph-demo: .venv/.installed-dev ## the same on a Microsoft 365 mailbox, without a tenant: Graph is played by a stand-in
	@$(BIN)/python -m tests.support.graph.demo $(ARGS)

# Most tests wait for servers most of the time: more of them at once than there are cores.
WORKERS ?= 3
# In the order of their folders: the long ones come first, and nobody waits for one of them at the end.
test: .venv/.installed-dev ## all tests; ARGS="-k name" chooses, WORKERS=0 runs them one after the other
	@.ci/packages
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: .venv/.installed-dev ## formatting, style, types, layers
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports

bench: .venv/.installed-dev ## the measurements behind the README's figures; CORPUS=FOLDER of mail adds that of reading
	@set -e; for file in benchmarks/[a-z]*.py; do echo "== $$file"; CORPUS="$(CORPUS)" $(BIN)/python "$$file"; done

docs: .venv/.installed-dev ## the reference pages that are made from the code
	@$(BIN)/python -m repondeur.settings.reference docs

soak: .venv/.installed-dev ## the long crash and endurance runs
	@.ci/packages
	@SOAK=1 $(BIN)/python -m pytest -m soak $(ARGS)

mutate: .venv/.installed-dev ## takes each guarantee away, one after the other: do the tests notice? ARGS="I2 I3" chooses
	@.ci/packages
	@$(BIN)/python -m tests.mutations.mutate $(ARGS)

# One resolution for all: the smaller sets take their versions from the largest.
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --custom-compile-command "make lock" pyproject.toml requirements/build.in
lock: ## newest versions that fit pyproject.toml, with hashes (needs uv)
	@command -v uv >/dev/null || { echo 'make lock needs uv:  pipx install uv'; exit 1; }
	$(COMPILE) --upgrade --extra demo --extra local --extra keyvault --extra postgresql --extra dev -o requirements/dev.txt
	$(COMPILE) -c requirements/dev.txt --extra demo --extra local -o requirements/demo.txt
	$(COMPILE) -c requirements/dev.txt --extra local -o requirements/local.txt
	$(COMPILE) -c requirements/dev.txt --extra keyvault -o requirements/keyvault.txt
	$(COMPILE) -c requirements/dev.txt --extra postgresql -o requirements/postgresql.txt
	$(COMPILE) -c requirements/dev.txt -o requirements/base.txt

clean: ## away with .venv and all that was built; data stays
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp for each set of requirements: done once, and again when the lock or the project file changes.
.venv/.installed-%: requirements/%.txt pyproject.toml | python
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || "$(PYTHON)" -m venv --clear .venv
	@echo "Installing requirements/$*.txt into .venv ..."
	@$(PIP) install --require-hashes -r requirements/$*.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: python
python:
	@test -n "$(PYTHON)" || { \
		echo 'Répondeur needs Python 3.11, 3.12 or 3.13, and none was found. On Debian or Ubuntu:'; \
		echo '    sudo apt-get install python3 python3-venv'; \
		echo 'or name one:  make $(or $(MAKECMDGOALS),demo) PYTHON=/path/to/python3.12'; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		version=$$("$(PYTHON)" -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "$(PYTHON) (Python $$version) cannot make virtual environments. On Debian or Ubuntu:"; \
		echo "    sudo apt-get install python3-venv        (or python$$version-venv)"; exit 1; }
