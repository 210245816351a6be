# The contributor's index: `make help`. Everything runs in the project's own .venv, which `setup` keeps up to date.

PYTHON ?= python3
BIN := .venv/bin
PYTEST_ARGS ?=
OUT ?= out/demo
LOAD_ARGS ?=
CASES ?= 2000
# `make SETUP= test-python` takes .venv as it is, say while the Rust half doesn't compile.
SETUP ?= setup
# Where rustup puts cargo, for shells that were not told.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-rust test-python explore lint format proto proto-check client-sync load bench-fixes bench-stream bench-index bench-live-plan bench-plan bench-store crash fence duplicates linearizability simulate-faults bench-ingest soak engine clean

help: ## Show this list
	@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F '\t' '{printf "  %-14s %s\n", $$1, $$2}'

setup: ## Bring .venv up to date: compile the engine, install everything
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: install it from your system's packages or python.org." >&2; exit 2; }
	@$(PYTHON) scripts/bootstrap.py

demo: $(SETUP) ## Watch a synthetic city being dispatched; results in out/demo
	$(BIN)/pydispatch demo --out $(OUT)

test: test-rust test-python ## Run all tests

# The same random days each time, so that red or green says something about the change; `make explore` draws others.
test-rust: $(SETUP) ## Run the Rust tests only
	PROPTEST_RNG_SEED=$${PROPTEST_RNG_SEED:-20261127} cargo test --locked

explore: $(SETUP) ## Run the Rust property tests on new random input, CASES=2000 where a test names no number
	PROPTEST_CASES=$(CASES) cargo test --locked

test-python: $(SETUP) ## Run the Python tests only (PYTEST_ARGS="-k word" picks some)
	$(BIN)/pytest $(PYTEST_ARGS)

lint: $(SETUP) ## Check style, types and clippy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings

format: $(SETUP) ## Rewrite Python and Rust sources in the house format
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	cargo fmt --all

proto: $(SETUP) ## Format and lint protos/, then write the generated Python and Rust
	$(BIN)/python scripts/proto.py generate

proto-check: $(SETUP) ## Fail when generated code is stale, or the contract breaks a rule or a promise
	$(BIN)/python scripts/proto.py check

client-sync: $(SETUP) ## Make the synchronous client and its list of messages
	$(BIN)/python scripts/sync_client.py generate

load: $(SETUP) ## Load a server of its own for a minute and judge it (LOAD_ARGS="--host HOST:PORT --seconds 600")
	@$(PYTHON) scripts/bootstrap.py --load
	@mkdir -p out/load
	.venv-load/bin/python -m locust --config loadtests/locust.conf $(LOAD_ARGS)

bench-fixes: $(SETUP) ## Measure packing fixes by hand against filling protobuf messages
	$(BIN)/python benchmarks/fix_packing.py

bench-stream: $(SETUP) ## Measure fixes a second from the client into a server's index
	$(BIN)/python -m benchmarks.location_stream

bench-index: $(SETUP) ## Measure the live index against its peers, one JSON object a line (BENCH_ARGS="--n 100000")
	@$(PYTHON) scripts/bootstrap.py --bench
	@benchmarks/index_servers.sh
	.venv-bench/bin/python benchmarks/bench_index.py $(BENCH_ARGS)

bench-live-plan: $(SETUP) ## Measure the live planner against its peers (BENCH_ARGS="--n 1000,10000 --only recommend")
	@$(PYTHON) scripts/bootstrap.py --bench
	.venv-bench/bin/python benchmarks/bench_live_plan.py $(BENCH_ARGS)

bench-plan: $(SETUP) ## Measure the stand-alone solver against its peers (BENCH_ARGS="--groups solomon --sample 8")
	@PYTHON=$(PYTHON) benchmarks/peers.sh
	$(BIN)/python benchmarks/bench_plan.py $(BENCH_ARGS)

bench-ingest: $(SETUP) ## Measure fixes over gRPC beside the bare transport (BENCH_ARGS="--groups rate --rounds 3")
	$(BIN)/python -m benchmarks.bench_ingest $(BENCH_ARGS)

soak: $(SETUP) ## Send 20,000 fixes/s for MINUTES (60) and judge lost acknowledgements and memory
	$(BIN)/python -m benchmarks.soak_ingest --minutes $(or $(MINUTES),60)

bench-store: $(SETUP) ## Measure the durable core against its peers (BENCH_ARGS="--records 100000")
	$(BIN)/python benchmarks/bench_store.py $(BENCH_ARGS)
	$(BIN)/python benchmarks/bench_booking.py
	$(BIN)/python -m benchmarks.bench_watch

crash: $(SETUP) ## Kill a server N times under load, at random and at fail points, and count what was lost (N=500 STORE=postgresql)
	$(BIN)/python -m tests.server.crash_rounds --rounds $(or $(N),20) --store $(or $(STORE),sqlite)

fence: $(SETUP) ## Freeze a region's owner, let another take over, thaw the first; again and again (ROUNDS=20 STORE=postgresql)
	$(BIN)/python -m tests.server.fence_rounds --rounds $(or $(ROUNDS),20) --store $(or $(STORE),sqlite)

duplicates: $(SETUP) ## Send each of many request_ids many times at once (KEYS=1000 COPIES=50 STORE=postgresql)
	$(BIN)/python -m tests.server.duplicate_keys --keys $(or $(KEYS),1000) --copies $(or $(COPIES),50) --store $(or $(STORE),sqlite)

linearizability: $(SETUP) ## Record histories under faults and check them with porcupine; needs Go (HISTORIES=100 STORE=postgresql)
	$(BIN)/python -m tests.linearizability.check --histories $(or $(HISTORIES),100) --store $(or $(STORE),sqlite)

simulate-faults: $(SETUP) ## Play days of a region owner with faults by seed on a simulated clock (SEEDS=10000, or SEED=17 to see one)
	$(BIN)/python -m tests.faults.simulate --seeds $(or $(SEEDS),200) $(if $(SEED),--seed $(SEED))

engine: ## Put a quickly built, slow engine into .venv until the next `setup`
	@$(PYTHON) scripts/bootstrap.py --quick-engine

clean: ## Remove everything built, but not what was downloaded
	rm -rf .venv .venv-bench .venv-load .venv-peers out target pydispatch/_engine*.so
	find . -name __pycache__ -not -path './.tools/*' -prune -exec rm -rf {} +
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
