# Commands for a stranger: `make pretrain`, `make downstream` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --constraint requirements/constraints.txt
INSTALLER := ce_plugin/tools/install_mmcv.py $(wildcard ce_plugin/environment/mmcv/*.py)
SOURCES := $(shell find ce_plugin configs -name '*.py') setup.py setup.cfg

# Tests in as many processes as there are cores, at most four, which take GB each; one
# thread each, or they would wait for one another. TEST_PROCESSES=0: no process more.
TEST_PROCESSES ?= auto
PYTEST := -m pytest -q --dist worksteal -n $(TEST_PROCESSES) --maxprocesses 4 \
  --durations 10

# A second environment: OneDL's mmengine under the same mmcv, mmdet and mmsegmentation.
ONEDL := .venv-onedl

.PHONY: pretrain downstream test test-onedl slow lint docs figures gpu-bundle clean

# The default job: a small Context Encoder on photographs that come in packages.
pretrain: $(VENV)/.package
	$(BIN)/mim train ce_plugin configs/pretrain_ce.py
	@echo "result page: $(CURDIR)/work_dirs/pretrain_ce/index.html"
	@echo "mim and python of $(VENV): . $(BIN)/activate"

# What detection and segmentation need: mmcv with operators, mmdet, mmsegmentation.
downstream: $(VENV)/.package $(VENV)/.downstream
	$(BIN)/python -m ce_plugin.tools.doctor
	@echo "mim and python of $(VENV): . $(BIN)/activate"

# What a few minutes can show; `make slow` runs the rest: real runs of every tool.
test: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python $(PYTEST) -m "not slow"

slow: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python $(PYTEST) -m slow

# The same on OneDL's mmengine (docs/stacks.md says whom it is for).
test-onedl:
	$(MAKE) VENV=$(ONEDL) $(ONEDL)/.onedl
	OMP_NUM_THREADS=1 $(ONEDL)/bin/python $(PYTEST) -m "not slow"

lint: $(VENV)/.test
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/lint-imports --no-cache
	$(BIN)/mypy

# The site, in docs/_build/html. A dead link, a dangling name or a lost page ends it.
docs: $(VENV)/.test
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs docs/_build/html
	@echo "site: $(CURDIR)/docs/_build/html/index.html"

# The figures of the pages.
figures: $(VENV)/.package
	for script in speed/joint_step speed/overhead speed/data speed/masks speed/targets speed/inpainting figures/default_job; do \
	  $(BIN)/python benchmarks/$$script.py || exit 1; \
	done

# What a bare machine with a GPU lacks, in the folder .gpu: docs/gpu.md. PICTURES is a
# VOCdevkit for its last stage.
gpu-bundle: $(VENV)/.package
	$(BIN)/python benchmarks/gpu/bundle.py $(if $(PICTURES),--pictures $(PICTURES))

# Stamps: what has been installed is not installed again. mim finds an installed package
# only, not an editable one, so that a change of the sources installs the package anew.
$(VENV)/.venv:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.package: $(VENV)/.venv requirements/constraints.txt $(SOURCES)
	$(PIP) .
	touch $@

$(VENV)/.downstream: requirements/constraints.txt setup.cfg $(INSTALLER) | $(VENV)/.package
	$(PIP) '.[downstream]'
	$(BIN)/python -m ce_plugin.tools.install_mmcv
	touch $@

# The tests run on the checkout; only what they need is installed.
$(VENV)/.test: $(VENV)/.venv requirements/constraints.txt setup.cfg $(INSTALLER)
	$(PIP) '.[test]'
	$(BIN)/python -m ce_plugin.tools.install_mmcv
	touch $@

# One takes the other's place: both own the import name mmengine.
$(ONEDL)/.onedl: $(ONEDL)/.test requirements/onedl.txt
	$(ONEDL)/bin/pip uninstall --quiet --yes mmengine onedl-mmengine
	$(ONEDL)/bin/pip install --quiet --no-deps --requirement requirements/onedl.txt
	touch $@

clean:
	rm -rf $(VENV) $(ONEDL) build *.egg-info work_dirs docs/_build docs/generated
