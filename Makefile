# Two commands: `make reproduce` runs the quick study and writes its pages, `make test` checks everything.
# Both build the whole workspace with one profile, so that neither builds again what the other has built.

# quick: no data to find, minutes. small: real CIFAR-10 and MNIST under data/, an hour. paper: every experiment of the
# INNA paper in full, for a GPU (DEVICE=cuda).
TIER ?= quick
STUDY ?= $(STUDY_$(TIER))
STUDY_quick = quick
STUDY_small = inna-2021-small
STUDY_paper = inna-2021
DEVICE ?= cpu
DATA ?= data
# Repetitions of every setting, in place of the study's own number.
SEEDS ?=
ifeq ($(STUDY),)
$(error TIER=$(TIER) is not known; accepted: quick, small, paper)
endif
CARGO ?= cargo
BUILD = $(CARGO) build --release --workspace --locked
BENCH = $(or $(CARGO_TARGET_DIR),target)/release/inna-bench
SIZE = --data $(DATA) $(if $(SEEDS),--seeds $(SEEDS))

.PHONY: reproduce build test slurm bench gpu lint published readme clean-results

reproduce: build
	$(if $(filter inna-2021-small inna-2021 inna-2021/fig2 inna-2021/fig3 inna-2021/fig4,$(STUDY)),$(BENCH) tune $(STUDY) $(SIZE) --device $(DEVICE))
	$(BENCH) run $(STUDY) $(SIZE) --device $(DEVICE)
	$(BENCH) report $(STUDY) $(SIZE)
	$(if $(filter cpu,$(DEVICE)),$(BENCH) verify $(STUDY) $(SIZE))

build:
	$(BUILD)

test:
	$(CARGO) test --release --workspace --locked

# `submit` and `status` on a real Slurm, two nodes of which are started on this machine and stopped again. Root only; installs
# nothing, but says what is missing.
slurm:
	CARGO="$(CARGO)" benchmarks/slurm/check.sh

# Minutes on an idle machine; the first table holds each figure against the yardstick of its group, the second says what a
# report of 10 000 runs takes (records of 0.5 GB and pages under target/scale; the records are kept for the next time).
bench:
	$(CARGO) bench --workspace --bench '*' --locked
	$(CARGO) build --release --workspace --examples --locked
	$(dir $(BENCH))examples/ratios
	$(dir $(BENCH))examples/scale

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets --locked -- -D warnings

# What a GPU has to prove: correctness first, then speed beside PyTorch; figures go to benchmarks/results.
gpu: build
	python3 benchmarks/peers/gpu.py --binary $(BENCH)

# Pages of the committed result sets, from the records beside them.
published: build
	for set in reports/published/*/; do $(BENCH) report $$set/manifest.json || exit 1; done

# The general table of the quick study in README.md, from the runs that `make reproduce` stored.
readme: build
	$(BENCH) report quick --splice README.md

# Forgets finished runs and pages, not what has been built.
clean-results:
	rm -rf store reports/out
