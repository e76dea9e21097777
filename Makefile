# `make` lists the targets. CI runs the same ones (.ci/run).

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# Options of `make demo`: how long, and where its report goes.
SECONDS = 60
JSON =
# Bash counts its own running time under this name.
unexport SECONDS

# Extra flags of every cargo call; CI says --locked.
CARGO_FLAGS ?=
CAIRN := $(or $(CARGO_TARGET_DIR),target)/release/cairn

# Models and recordings that somebody already fetched are not fetched again.
ifneq ($(wildcard $(CURDIR)/../shared/.),)
export CAIRN_MIRROR ?= $(abspath $(CURDIR)/../shared)
endif

# Named in every JSON document of the binary.
export CAIRN_COMMIT := $(shell git rev-parse --short=12 HEAD 2>/dev/null)

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: setup
setup: ## Debian packages and ONNX Runtime, whatever is missing
	@scripts/setup.sh

.PHONY: build
build: setup ## the binary, target/release/cairn
	cargo build --release $(CARGO_FLAGS)

.PHONY: pull
pull: build ## model and footage files, whatever is missing
	@scripts/setup.sh --models

.PHONY: demo
demo: pull ## one camera to a confirmed passage; SECONDS=60, JSON=file
	$(CAIRN) demo --seconds $(SECONDS)$(if $(JSON), --json $(JSON))

.PHONY: fmt
fmt: ## formatting, checked only (`cargo fmt` mends it)
	cargo fmt --all --check

.PHONY: lint
lint: setup ## clippy, warnings are errors
	cargo clippy $(CARGO_FLAGS) --release --workspace --all-targets -- -D warnings

.PHONY: doc
doc: setup ## rustdoc, warnings are errors
	RUSTDOCFLAGS="-D warnings" cargo doc $(CARGO_FLAGS) --release --no-deps --workspace

# The profile that ships: one set of artefacts for test and demo (docs/decisions/0008-tests-in-the-release-profile.md).
.PHONY: test
test: build ## every test, with totals at the end
	@# Without models, footage and oracles the tests that need them are skipped, counted and listed; in CI they fail.
	@scripts/setup.sh --models || [[ $${CI:-} != true ]]
	@scripts/setup.sh --tests || [[ $${CI:-} != true ]]
	@scripts/test.sh $(CARGO_FLAGS) --workspace

.PHONY: e2e
e2e: setup ## the tests of the whole binary alone
	@scripts/test.sh $(CARGO_FLAGS) --package cairn --test '*'

.PHONY: openvino
openvino: setup ## the engine's tests on OpenVINO, with a library of its own
	@scripts/setup.sh --openvino
	@scripts/test.sh $(CARGO_FLAGS) --package engine --features openvino

.PHONY: readme
readme: ## the README's marked commands, as a reader would run them
	scripts/readme-commands.sh

.PHONY: deny
deny: ## owners of dependencies, licences, sources (deny.toml)
	@scripts/deny.sh

.PHONY: features
features: setup ## builds with no, the default and all features
	cargo clippy $(CARGO_FLAGS) --release --workspace --no-default-features -- -D warnings
	cargo clippy $(CARGO_FLAGS) --release --workspace -- -D warnings
	cargo clippy $(CARGO_FLAGS) --release --workspace --all-features -- -D warnings

.PHONY: bench-build
bench-build: setup ## the benches, compiled only
	cargo bench $(CARGO_FLAGS) --package benches --no-run

.PHONY: bench
bench: pull ## measures this machine into benches/results/; QUICK=1 for a short run
	benches/run $(if $(QUICK),--quick)

.PHONY: baseline
baseline: pull ## every runnable model on the shared footage, into docs/results/
	benches/baseline/run

.PHONY: ci
ci: ## what a change has to pass
	@.ci/run

.PHONY: clean
clean: ## what was built; downloads in .cairn stay
	cargo clean
