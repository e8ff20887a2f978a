# The commands of this project. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help run demo-feed build test bench check check-fast clean setup

SWIFT ?= swift
JOBS ?= 2
RUNS ?= 9
RELEASE := -c release --static-swift-stdlib -Xswiftc -cross-module-optimization \
	--explicit-target-dependency-import-check error -j $(JOBS)

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing (apt, pip)
	@scripts/setup

build: setup ## build the release binary, .build/release/martlet
	$(SWIFT) build $(RELEASE) --product martlet

run: build ## trade a recorded market and show the report (offline)
	.build/release/martlet demo

demo-feed: build ## three local venue servers, muxed live on the terminal (offline)
	@scripts/demo-feed

test: setup check-fast ## run all tests
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error -j $(JOBS)
	$(SWIFT) test --skip-build

bench: setup ## measure, as a table and as .build/bench.json
	$(SWIFT) build $(RELEASE) --product martlet-bench
	.build/release/martlet-bench --runs $(RUNS) --json .build/bench.json

check: setup check-fast ## format, lint, gates, and a build with the import check
	$(SWIFT) build --build-tests --explicit-target-dependency-import-check error -j $(JOBS)

check-fast: ## format, lint and gates alone
	@scripts/check

clean: ## remove what was built
	rm -rf .build .venv .venv-peers
