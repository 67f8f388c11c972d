# The commands of this project. `make run` and `make test` need nothing but Python, make and a C compiler.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --annotation-style=line
ASSETS := $(shell find server -path '*/static/*' -type f 2>/dev/null)

# Servers and tests start many processes: each would compile all modules anew where this keeps them from remembering.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run simulate test check format bench frontend sdl lock install install-dev

help:  ## Say what can be made
	@grep -hE '^[a-z-]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*  ## /\1	/' | expand -t 12

run: install staticfiles/staticfiles.json  ## Start fairsplit with a demo on http://127.0.0.1:$PORT (8000)
	@$(BIN)/python -m server.web.run

simulate: install  ## Let visitors come to the server of `make run` (ARGS=--help)
	@$(BIN)/python -m simulation $(ARGS)

test: install-dev  ## Run every test
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: install-dev  ## Look for mistakes without running anything
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py print_sdl --check
	$(BIN)/python frontend/graphiql/assets.py check
	$(BIN)/python requirements/no_addresses.py

format: install-dev  ## Put the code into its form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: install-dev  ## Measure, and write benchmarks/README.md
	$(BIN)/python -m benchmarks $(ARGS)

frontend: install-dev  ## Build the front end's assets, and the tests' JavaScript clients, anew
	$(BIN)/python frontend/graphiql/assets.py build
	$(BIN)/python -m tests.serving.ofrep.clients.build

sdl: install-dev  ## Write the schema's text anew
	$(BIN)/python manage.py print_sdl --write

lock:  ## Pin anew what pyproject.toml asks for (ARGS=--upgrade for the newest)
	$(PIP_COMPILE) $(ARGS) -o requirements/base.txt pyproject.toml
	$(PIP_COMPILE) $(ARGS) --extra dev -c requirements/base.txt -o requirements/dev.txt pyproject.toml

install:
	@$(PYTHON) requirements/install.py $(VENV) requirements/base.txt

install-dev:
	@$(PYTHON) requirements/install.py $(VENV) requirements/dev.txt

staticfiles/staticfiles.json: requirements/base.txt $(ASSETS) | install
	@$(BIN)/python manage.py collectstatic --no-input --clear --verbosity 0
