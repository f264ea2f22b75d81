# Two commands: `make reproduce` runs the quick study and writes its pages, `make test` checks everything.
# Both build the whole workspace with one profile, so that neither builds again what the other has built.

STUDY ?= quick
DEVICE ?= cpu
CARGO ?= cargo
BUILD = $(CARGO) build --release --workspace --locked
BENCH = $(or $(CARGO_TARGET_DIR),target)/release/inna-bench

.PHONY: reproduce build test bench gpu lint clean-results

reproduce: build
	$(BENCH) run $(STUDY) --device $(DEVICE)
	$(BENCH) report $(STUDY)

build:
	$(BUILD)

test:
	$(CARGO) test --release --workspace --locked

# Minutes on an idle machine; the table holds each figure against the yardstick of its group.
bench:
	$(CARGO) bench --workspace --bench '*' --locked
	$(CARGO) build --release --workspace --examples --locked
	$(dir $(BENCH))examples/ratios

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets --locked -- -D warnings

# What a GPU has to prove: correctness first, then speed beside PyTorch; figures go to benchmarks/results.
gpu: build
	python3 benchmarks/peers/gpu.py --binary $(BENCH)

# Forgets finished runs and pages, not what has been built.
clean-results:
	rm -rf store reports/out
