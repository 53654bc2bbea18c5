# evaluate · test · lint · bench · requirements
PYTHON ?= python3
DATA ?= sample
OUT ?= runs/$(notdir $(patsubst %/,%,$(DATA)))
REGIMES ?= direct pretrain-finetune joint
SEEDS ?= 1

BIN := .venv/bin
READY := .venv/ready

.PHONY: evaluate test lint bench requirements

# Five-domain transfer evaluation: trains, prints the table, writes a report.
evaluate: $(READY)
	$(BIN)/crossner run --data $(DATA) --regimes $(REGIMES) --seeds $(SEEDS) --out $(OUT)
	$(BIN)/crossner report $(OUT)

test: lint
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Speed against Flair's own training and tagging, side by side.
bench: $(READY)
	$(BIN)/python benchmarks/speed_vs_flair.py

# Resolve pyproject.toml into requirements.txt.
requirements: $(READY)
	$(BIN)/pip-compile --quiet --extra dev --strip-extras --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --output-file requirements.txt pyproject.toml
	sed -i "s/^\(torch==[0-9.]*\)+cpu$$/\1/" requirements.txt  # the pin is for every build of it

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --requirement requirements.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@
