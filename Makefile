.PHONY: help demo test build build-dev pack docs docs-dev bench facts first-hit soak chaos lint clean
.DEFAULT_GOAL := help

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | column -t -s '|'

demo: pack ## show on real data what a write drops; REDIS_URL=redis://… runs it on Redis
	@cd examples/node && npm install --loglevel=error --no-save --no-package-lock --no-audit --no-fund $$(ls -t ../../cacheref-*.tgz | head -1) >/dev/null
	@node examples/node/demo.js

test: ## run every check and test; STEP=name[,name…] runs some
	@scripts/need.sh node npm rust && node scripts/test.mjs $(STEP)

build: ## compile the core into js/core, optimised
	@scripts/need.sh node npm rust && node scripts/build.mjs

build-dev: ## the same unoptimised, in seconds, with what helps debugging
	@scripts/need.sh node npm rust && node scripts/build.mjs --dev

pack: build ## put the npm package together: cacheref-VERSION.tgz
	@node scripts/pack.mjs

docs: ## make a site of the documents: target/site
	@scripts/need.sh node npm-docs && docs/node_modules/.bin/vitepress build docs

docs-dev: ## show the site while its documents are edited
	@scripts/need.sh node npm-docs && docs/node_modules/.bin/vitepress dev docs

facts: build ## ask other caches what they do after an invalidation; writes the tables of docs/compared.md
	@scripts/need.sh redis && cd bench && npm ci --loglevel=error --no-audit --no-fund >/dev/null && node facts.mjs

bench: build ## measure against the peers and write bench/README.md; ONLY=M1,R1 prints some rows, PLOTS=1 draws them too
	@scripts/need.sh redis && cd bench && npm ci --loglevel=error --no-audit --no-fund >/dev/null && node run.mjs $(if $(ONLY),--only $(ONLY) $(if $(PLOTS),--plots))

first-hit: ## time the way of somebody new: clone, demo, package, first example
	@scripts/need.sh node rust && scripts/first-hit.sh

soak: build ## the larger checks of the protocol's model; then processes race invalidations for SECONDS=300, on a server and a Cluster; then near caches for a minute each under faults; then OPERATIONS=10000000 on a memory backend
	@scripts/need.sh rust redis && CACHEREF_SOAK=1 cargo test --test protocol && SOAK_SECONDS=$(or $(SECONDS),300) node --test --test-reporter=spec tests/redis/race.test.js
	@node tests/chaos/run.js --seconds 60 near-normal,near-stopped,near-blocked,near-cut,near-ways,near-stale,near-small,near-max-staleness,near-max-staleness-cut,near-cluster,near-cluster-slots-move
	@node scripts/build.mjs --dev && node --expose-gc tests/soak/memory.mjs $(or $(OPERATIONS),10000000)

chaos: build ## attack the guarantee on real servers; SCENARIO=name[,name] SECONDS=60; `node tests/chaos/run.js --list` says what scenarios there are
	@scripts/need.sh redis && node tests/chaos/run.js --seconds $(or $(SECONDS),60) $(SCENARIO)

lint: ## format and lint checks, and the types of the JavaScript
	@scripts/need.sh node npm rust && node scripts/test.mjs rustfmt,clippy,clippy-wasm,biome,types

clean: ## remove what was built (the compiled tools stay in the cache folder)
	@rm -rf target pkg js/core cacheref-*.tgz

.DEFAULT:
	$(error There is no 'make $@'; there is: $(shell sed -n 's/^\([a-z-]*\):.*## .*/\1/p' Makefile))
