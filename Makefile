# Every target sets itself up: the environment is made once, and made again when its pins change.
PYTHON ?= python3
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help run test test-other-cpu lint types contract registry tables tables-check samples bench bench-smoke calibrate wheel-check pins clean

help:
	@echo 'make run          the main job: 100 000 futures of the plan, the verdicts, results/plan/report.html'
	@echo 'make test         the whole test suite'
	@echo 'make test-other-cpu  the parts that compute, as on a processor without wide vectors'
	@echo 'make lint         style (ruff), format included'
	@echo 'make types        types (mypy, strict)'
	@echo 'make contract     which layer may import which (import-linter)'
	@echo 'make registry     every rule of the published facts, for each place that is shipped'
	@echo 'make tables       write the generated pages of docs/ again'
	@echo 'make samples      run the console blocks of the pages and show what they print now'
	@echo 'make bench        time the library, with its peers beside it'
	@echo 'make wheel-check  build the wheel and run the main job from it in an empty environment'
	@echo 'make clean        remove everything that the other targets made'

$(STAMP): pyproject.toml constraints.txt
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(STAMP)
	$(BIN)/haidong-sim run plan --draws 100000 --rng 2020 --out results/plan --force

test: $(STAMP)
	$(BIN)/python -m pytest -n $(WORKERS)

# What compares a computed number with one that was written down on another machine.
test-other-cpu: $(STAMP)
	$(BIN)/python .ci/other_cpu.py $(BIN)/python -m pytest -n $(WORKERS) tests/published tests/properties tests/golden tests/unit/estimation/test_calibration_results.py tests/unit/house/test_house_documents.py

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

contract: $(STAMP)
	$(BIN)/lint-imports

registry: $(STAMP)
	$(BIN)/python .ci/check_registry.py

tables: $(STAMP)
	$(BIN)/python docs/make_tables.py

samples: $(STAMP)
	$(BIN)/python docs/make_samples.py

tables-check: $(STAMP)
	$(BIN)/python docs/make_tables.py --check

bench: $(STAMP)
	@set -e; for subject in benchmarks/bench_*.py; do echo "--- $$subject"; $(BIN)/python $$subject; done

bench-smoke: $(STAMP)
	@set -e; for subject in benchmarks/bench_*.py; do echo "--- $$subject"; $(BIN)/python $$subject --quick; done

calibrate: $(STAMP)
	$(BIN)/python calibration/run_all.py --check

wheel-check: $(STAMP)
	PYTHON=$(BIN)/python .ci/wheel-check

pins: $(STAMP)
	@echo '# The environment that the tests and the published numbers were made in; `make pins` writes it again.' > $@.tmp
	$(BIN)/python -m pip freeze --exclude-editable >> $@.tmp
	mv $@.tmp constraints.txt

clean:
	rm -rf $(VENV) build dist results .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .import_linter_cache
