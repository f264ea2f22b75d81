# Two commands: `make reproduce` runs the quick study and writes its pages, `make test` checks everything.
# Both build the whole workspace with one profile, so that neither builds again what the other has built.

# quick: no data to find, minutes. small: real CIFAR-10 and MNIST under data/, an hour. paper: every experiment of the
# INNA paper in full, for a GPU (DEVICE=cuda). standard: every optimizer on ten tasks, no data to find, a night.
TIER ?= quick
STUDY ?= $(STUDY_$(TIER))
STUDY_quick = quick
STUDY_small = inna-2021-small
STUDY_paper = inna-2021
STUDY_standard = standard
DEVICE ?= cpu
DATA ?= data
# Repetitions of every setting, in place of the study's own number.
SEEDS ?=
CARGO ?= cargo
BUILD = $(CARGO) build --release --workspace --locked

# The value of a variable: from the environment as it is; on the command line of make a dollar is written $$, as everywhere
# in make. And the value as one word for the shell, whatever is in it.
text = $(if $(filter environment%,$(origin $(1))),$(value $(1)),$($(1)))
argument = '$(subst ','\'',$(call text,$(1)))'
ifeq ($(call text,STUDY),)
$(error TIER=$(call text,TIER) is not known; accepted: quick, small, paper, standard)
endif
TARGET = $(if $(call text,CARGO_TARGET_DIR),$(call argument,CARGO_TARGET_DIR),target)
BUILT = $(TARGET)/release
CARRIED = $(TARGET)/carried
BENCH = $(BUILT)/inna-bench
SIZE = --data $(call argument,DATA) $(if $(call text,SEEDS),--seeds $(call argument,SEEDS))
# Studies with a search, which comes before their runs.
SEARCHED = |inna-2021-small|inna-2021|inna-2021/fig2|inna-2021/fig3|inna-2021/fig4|tasks|standard|inna-settings|

.PHONY: reproduce build optimizers test machine-code crates packages alone wheel slurm crash bench gpu carried lint deny published readme clean-results

reproduce: build
	$(if $(findstring |$(call text,STUDY)|,$(SEARCHED)),$(BENCH) tune $(call argument,STUDY) $(SIZE) --device $(call argument,DEVICE))
	$(BENCH) run $(call argument,STUDY) $(SIZE) --device $(call argument,DEVICE)
	$(BENCH) time study $(call argument,STUDY) --device $(call argument,DEVICE) --when-idle
	$(BENCH) report $(call argument,STUDY) $(SIZE)
	$(if $(filter cpu,$(call text,DEVICE)),$(BENCH) verify $(call argument,STUDY) $(SIZE))

build:
	$(BUILD)

test:
	$(CARGO) test --release --workspace --locked --no-fail-fast

# Every optimizer held to the conformance kit, and its page with what it costs: reports/out/optimizers/index.html.
optimizers: build
	$(BENCH) check all -o reports/out/optimizers

# Every command of docs/ADDING-AN-OPTIMIZER.md about crates, in a copy of the sources.
crates: build
	CARGO="$(CARGO)" benchmarks/crates.sh

# What NVRTC makes of the CUDA kernels, for every generation of GPUs: without one, with NVIDIA's compiler from PyPI.
machine-code:
	LD_LIBRARY_PATH="$$(benchmarks/nvrtc.sh)$${LD_LIBRARY_PATH:+:$$LD_LIBRARY_PATH}" \
		$(CARGO) test --release --workspace --locked --lib nvidia::compiler

# What would be published, inna-optim and all that it stands on, packed and built from the packages alone. Needs no network.
packages:
	CARGO="$(CARGO)" benchmarks/packages.sh

# The program in a root with nothing but the libraries that it names.
alone: build
	benchmarks/alone.sh $(BENCH)

# A Python wheel that holds the program, tried in a fresh virtual environment. Needs a network for maturin.
wheel:
	benchmarks/wheel.sh

# `submit` and `status` on a real Slurm, two nodes of which are started on this machine and stopped again. Root only; installs
# nothing, but says what is missing.
slurm:
	CARGO="$(CARGO)" benchmarks/slurm/check.sh

# Kills, damage and misspelling, with figures; EFFORT=--short is what CI takes.
EFFORT ?=
crash: build
	$(CARGO) build --release --workspace --examples --locked
	$(BUILT)/examples/crash $(EFFORT)

# Minutes on an idle machine; the first table holds each figure against the yardstick of its group, the second says what a
# report of 10 000 runs takes (records of 0.5 GB and pages under target/scale; the records are kept for the next time).
bench:
	$(CARGO) bench --workspace --bench '*' --locked
	$(CARGO) build --release --workspace --examples --locked
	$(BUILT)/examples/ratios
	$(BUILT)/examples/scale

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets --locked -- -D warnings

# Licences, origins and duplicates of the dependencies, as deny.toml has them.
deny:
	@$(CARGO) deny --version >/dev/null 2>&1 || \
		{ echo 'cargo-deny is not installed; get it with: cargo install cargo-deny --locked' >&2; exit 1; }
	$(CARGO) deny --all-features --workspace check licenses sources bans

# What a GPU has to prove: correctness first, then speed beside PyTorch; figures go to benchmarks/results.
# On a machine without Rust: benchmarks/peers/gpu.py --binary FILE, with a program that was built elsewhere.
gpu: build
	python3 benchmarks/peers/gpu.py --binary $(BENCH)

# A program for a machine without Rust, whose glibc must not be older than this one's, compressed.
carried:
	$(CARGO) build --profile carried --workspace --locked --bins
	xz -9e --keep --force $(CARRIED)/inna-bench
	@ls -l $(CARRIED)/inna-bench.xz

# Pages of the committed result sets, from the records beside them. Archives stay as they were made.
published: build
	for set in reports/published/*/; do $(BENCH) report "$${set}manifest.json" || exit 1; done

# The general table of the quick study in docs/REPRODUCING.md, from the runs that `make reproduce` stored.
readme: build
	$(BENCH) report quick --splice docs/REPRODUCING.md

# Forgets finished runs and pages, not what has been built.
clean-results:
	rm -rf store reports/out
