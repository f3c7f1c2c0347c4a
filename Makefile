# The verbs of the house. `make run` and `make test` need nothing but Rust, Node and build tools.
.PHONY: run test lint bless doctor build web prerequisites bench-risk bench-road bench-loop bench-matters clean-data help
.DEFAULT_GOAL := help

DATA ?= ./data
LISTEN ?= 127.0.0.1:8080
BIN := $(or $(CARGO_TARGET_DIR),target)/release/gongzhi

help: ## Lists the verbs
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16

run: build ## Builds, makes the demo city if the data folder is empty, serves it at http://127.0.0.1:8080
	$(BIN) serve --demo --data $(DATA) --listen $(LISTEN)

build: prerequisites web ## Builds the screens and the program
	cargo build --release -p gongzhi

prerequisites:
	@sh scripts/prerequisites.sh

web: web/dist/index.html ## Builds the screens

web/node_modules/.installed: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

WEB_SOURCES := $(shell find web/src web/public web/*.html web/*.ts web/package.json -type f 2>/dev/null)
web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	cd web && npm run build

test: prerequisites ## Runs everything: rules, both databases, the real browser. Installs what it needs from Debian
	sh scripts/test.sh

lint: prerequisites web ## Formatting, clippy, types of the screens
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings
	cd web && npm run check

bless: ## Writes what tests compare with: the permission table, the README's pictures
	cargo run --release -q -p gongzhi-civic --example permissions > docs/permissions.md.new && mv docs/permissions.md.new docs/permissions.md
	cd e2e && npm ci --no-audit --no-fund && BLESS_SCREENSHOTS=1 npm test

doctor: build ## Says what is there and what is missing
	$(BIN) doctor --data $(DATA)

bench-loop: build ## The demo city, real imports, answers and memory on this machine
	sh bench/loop/run.sh --write

bench-matters: prerequisites ## A million cases on both databases; CASES=100000 for fewer
	sh bench/matters/run.sh --write

bench-risk: prerequisites ## The risk engine beside its rivals; PARTS="planar repeats" for some (planar network significance safety regression blackspots repeats prediction forecast workbench)
	sh bench/risk/run.sh --write $(PARTS)

bench-road: prerequisites ## The road engine beside its rivals; PARTS="words records" for some (file words records stakes tracks ways tiles)
	sh bench/road/run.sh --write $(PARTS)

clean-data: ## Deletes the data folder of `make run`
	rm -rf $(DATA)
