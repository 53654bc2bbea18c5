# evaluate · test · notebooks · lab · spark · lint · bench · requirements
PYTHON ?= python3
DATA ?= sample
OUT ?= runs/$(notdir $(patsubst %/,%,$(DATA)))
REGIMES ?= direct pretrain-finetune joint
SEEDS ?= 1

BIN := .venv/bin
READY := .venv/ready

.PHONY: evaluate test notebooks lab spark lint bench requirements

# Five-domain transfer evaluation: trains, prints the table, writes a report.
evaluate: $(READY)
	$(BIN)/crossner run --data $(DATA) --regimes $(REGIMES) --seeds $(SEEDS) --out $(OUT)
	$(BIN)/crossner report $(OUT)

test: lint
	$(BIN)/python -m pytest

# Executes every notebook from a clean kernel and compares what comes out with what is committed.
# `.venv/bin/python -m lessons NOTEBOOK…` executes one in place and keeps its outputs.
notebooks: $(READY)
	$(BIN)/python -m pytest tests/notebooks

lab: $(READY)
	$(BIN)/jupyter lab notebooks/mathforml/01_overview.ipynb

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# What duplicates on Spark need beside Java 17; without it their tests are skipped.
spark: $(READY)
	$(BIN)/pip install --quiet --requirement requirements-spark.txt

# Side by side with peers: training and tagging against Flair, graphs against networkx, igraph, NetworKit and others,
# duplicates against rensa and datasketch, the mathematics against autograd, torch, hmmlearn, statsmodels and scipy.
# LARGE=--large: a graph of a million nodes.
bench: $(READY)
	$(BIN)/pip install --quiet --requirement benchmarks/requirements.txt
	$(BIN)/python benchmarks/graphs_vs_peers.py $(LARGE)
	$(BIN)/python benchmarks/duplicates_vs_peers.py
	$(BIN)/python benchmarks/autodiff_vs_peers.py
	$(BIN)/python benchmarks/forward_backward_vs_hmmlearn.py
	$(BIN)/python benchmarks/kalman_vs_statsmodels.py
	$(BIN)/python benchmarks/quadrature_vs_scipy.py
	$(BIN)/python benchmarks/significance.py
	$(BIN)/python benchmarks/speed_vs_flair.py

# Resolve pyproject.toml into requirements.txt.
requirements: $(READY)
	$(BIN)/pip install --quiet vcs-versioning  # seqeval's old build script needs it
	$(BIN)/pip-compile --quiet --no-header --extra dev --extra notebooks --strip-extras --no-emit-index-url --no-emit-find-links \
		--no-emit-trusted-host --output-file requirements.txt pyproject.toml
	sed -i "s/^\(torch==[0-9.]*\)+cpu$$/\1/" requirements.txt  # the pin is for every build of it
	sed -i "1i # Made by \`make requirements\` from pyproject.toml; do not edit." requirements.txt

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --requirement requirements.txt
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $@
