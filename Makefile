# Needs only make and Python 3.11 or newer: every target sets up what it uses.
# Another interpreter: make clean test PYTHON=python3.12

PYTHON ?= python3
PYTEST_OPTIONS ?=
# A file stays in one worker, where its tests share compiled functions. Sorted by the number of their
# tests, the file with one test of half a minute would come last, on one worker alone.
PARALLEL ?= -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
FUZZ_INPUTS ?= 100000
FUZZ_KILLS ?= 300
FUZZ_PROCESSES ?= 2
FUZZ_OPTIONS ?=
VENV := .venv
RUN := $(VENV)/bin/python
PIP := $(RUN) -m pip --quiet --disable-pip-version-check

# Folders count as sources too, so that a deleted file rebuilds the wheel.
PACKAGES := odesolve potentials problems cli
SOURCES := $(shell find $(PACKAGES) -name '*.py' -o -name py.typed -o -path '*/presets/*.toml' -o -name '*.mzn' -o -path '*/native/source/*' -o -type d ! -name __pycache__)
WHEEL := build/wheel/.built
BUILT := build/types/.built
DOCS := build/environments/docs

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test test-slow test-all test-core test-pythons test-lowest test-newest coverage fuzz lint format types wheel-check docs docs-serve docs-check clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.installed ## Install, then colour two real graphs
	@echo "The article's graph of 10 nodes, 3 colours:"
	$(VENV)/bin/odesolve color docs/examples/article.json --colors 3
	@echo
	@echo "The borders of the 48 contiguous United States, 4 colours:"
	$(VENV)/bin/odesolve color docs/examples/us-states.json --colors 4 --no-presolve

# From Python 3.12 on coverage costs next to nothing (sysmon); before, a third of the time.
test: $(VENV)/.installed-test ## Run the tests (PYTEST_OPTIONS="-k name" to choose)
	@if $(RUN) -c 'import sys; sys.exit(sys.version_info < (3, 12))'; then \
		COVERAGE_CORE=sysmon $(RUN) -m pytest $(PARALLEL) $(PACKAGES:%=--cov=%) --cov-report= $(PYTEST_OPTIONS) && \
		echo "Coverage of lines: $$($(RUN) -m coverage report --format=total) % (make coverage shows the files)"; \
	else \
		$(RUN) -m pytest $(PARALLEL) $(PYTEST_OPTIONS) && \
		echo "Coverage of lines: from Python 3.12 on, or by make coverage"; \
	fi

test-slow: $(VENV)/.installed-test ## Run only the tests marked slow
	$(RUN) -m pytest -m slow $(PYTEST_OPTIONS)

test-core: $(VENV)/.installed-test ## Run only the tests marked core: every command, reader and dynamics
	$(RUN) -m pytest $(PARALLEL) -m "core and not slow" $(PYTEST_OPTIONS)

# Environments for other Pythons lie in build/environments.
test-pythons: $(VENV)/.installed-test ## Run the core on the other Pythons that this machine has
	$(RUN) .ci/pythons.py others $(PARALLEL) $(PYTEST_OPTIONS)

test-lowest: $(VENV)/.installed-test ## Run the core with the lowest releases that pyproject.toml allows
	$(RUN) .ci/pythons.py lowest $(PARALLEL) $(PYTEST_OPTIONS)

test-all: test test-pythons test-lowest ## Run the tests here, the core on all other Pythons and the lowest releases

test-newest: $(VENV)/.installed-test ## Upgrade everything, then run the tests on the newest Python found
	$(RUN) .ci/pythons.py newest $(PARALLEL) $(PYTEST_OPTIONS)

# sysmon costs next to nothing, from Python 3.12 on; before, coverage takes its own tracer.
coverage: $(VENV)/.installed-test ## Run the tests and print the coverage of lines
	COVERAGE_CORE=$$($(RUN) -c 'import sys; print("sysmon" if sys.version_info >= (3, 12) else "ctrace")') \
		$(RUN) -m pytest $(PARALLEL) $(PACKAGES:%=--cov=%) --cov-report=term:skip-covered $(PYTEST_OPTIONS)

# Minutes to hours: not part of .ci/run. Failing inputs are kept in build/fuzz, see CONTRIBUTING.md.
fuzz: $(VENV)/.installed-fuzz ## Fuzz every command (FUZZ_INPUTS=, FUZZ_KILLS=, FUZZ_PROCESSES=)
	cd tests && ../$(RUN) -m fuzzing campaign --inputs $(FUZZ_INPUTS) --kills $(FUZZ_KILLS) \
		--processes $(FUZZ_PROCESSES) $(FUZZ_OPTIONS)

lint: $(VENV)/.installed-dev ## Check style and formatting
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .

format: $(VENV)/.installed-dev ## Mend style and formatting
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

# Tools that read source cannot follow the folder mapping of an editable install: the types are
# checked, and the reference of Python is made, from the built package.
$(BUILT): $(WHEEL)
	@rm -rf build/types
	@$(PIP) install --no-deps --target build/types build/wheel/*.whl
	@touch $@

types: $(VENV)/.installed-test $(VENV)/.installed-dev $(BUILT) ## Check the types of the built package
	cd build/types && MYPYPATH=. ../../$(RUN) -m mypy \
		--config-file ../../pyproject.toml --cache-dir ../mypy-cache -p odesolve

# A bare environment that sees the dependencies of .venv, but not its editable
# install: a file that the wheel lacks is missing here.
wheel-check: $(VENV)/.installed $(WHEEL) ## Run the built wheel outside the repository
	$(RUN) .ci/check_wheel.py build/wheel/*.whl
	@rm -rf build/wheel-check
	@$(RUN) -m venv --without-pip build/wheel-check
	@$(PIP) --python build/wheel-check/bin/python install --no-deps build/wheel/*.whl
	@dependencies=$$($(RUN) -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
		inside=$$(build/wheel-check/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && \
		printf '%s\n' "$$dependencies" > "$$inside/dependencies.pth"
	@mkdir build/wheel-check/elsewhere
	cd build/wheel-check/elsewhere && ../bin/odesolve --help
	cd build/wheel-check/elsewhere && \
		../bin/odesolve color ../../../docs/examples/article.json --colors 3 --json

# Its notebooks need Python 3.12 or newer: the newest that is found, in build/environments/docs.
docs: $(DOCS)/.installed $(BUILT) ## Build the documentation into build/site, strictly
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/python -m mkdocs build --strict
	@echo "The documentation is in build/site/index.html"

docs-serve: $(DOCS)/.installed $(BUILT) ## Show the documentation on http://127.0.0.1:8000 while it is edited
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/python -m mkdocs serve

# The slow examples are those that take seconds; those of docstrings stand in the reference.
EXAMPLES := tests/documentation tests/interface/test_face.py::test_every_public_name_has_an_example_that_runs
docs-check: docs ## Open every page in Chromium; run every example
	$(DOCS)/bin/python -m pytest $(PARALLEL) -m "slow or not slow" $(EXAMPLES) $(PYTEST_OPTIONS)

$(DOCS)/.installed: $(RUN) pyproject.toml
	$(RUN) .ci/pythons.py docs

clean: ## Delete everything built, the environment included
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find $(PACKAGES) tests benchmarks .ci -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(RUN):
	@command -v "$(PYTHON)" >/dev/null || \
		{ echo "odesolve needs Python 3.11 or newer: '$(PYTHON)' was not found; name another with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "odesolve needs Python 3.11 or newer: '$(PYTHON)' is $$("$(PYTHON)" --version 2>&1); name another with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV)

# The stamps live in .venv: deleting it starts afresh.
$(VENV)/.installed: $(RUN) pyproject.toml
	@echo "Setting up $(VENV) (once; can take some minutes)"
	@$(PIP) install --editable .
	@touch $@

$(VENV)/.installed-test: $(RUN) pyproject.toml
	@echo "Setting up $(VENV) for tests (once; can take some minutes)"
	@$(PIP) install --editable '.[test]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-fuzz: $(RUN) pyproject.toml
	@echo "Setting up $(VENV) for fuzzing (once; can take some minutes)"
	@$(PIP) install --editable '.[test,fuzz]'
	@touch $@ $(VENV)/.installed $(VENV)/.installed-test

$(VENV)/.installed-dev: $(RUN) pyproject.toml
	@echo "Setting up $(VENV) for development (once; can take some minutes)"
	@$(PIP) install --editable '.[dev]'
	@touch $@ $(VENV)/.installed

# setuptools would pack files left in build/lib from an earlier build.
$(WHEEL): $(VENV)/.installed-dev pyproject.toml $(wildcard README.md LICENSE) $(SOURCES)
	@rm -rf build/lib build/bdist.* build/wheel
	@mkdir -p build
	@$(RUN) -m build --wheel --outdir build/wheel . > build/wheel.log 2>&1 || \
		{ cat build/wheel.log >&2; exit 1; }
	@touch $@
