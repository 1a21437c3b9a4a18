.PHONY: help build build-dev
.DEFAULT_GOAL := help

help: ## says what there is
	@sed -n 's/^\([a-z-]*\):.*## /  make \1|/p' Makefile | column -t -s '|'

build: ## compiles the core into js/core, optimised
	@scripts/need.sh node npm rust && node scripts/build.mjs

build-dev: ## the same without optimisation, in seconds, with checks for debugging
	@scripts/need.sh node npm rust && node scripts/build.mjs --dev

.DEFAULT:
	$(error There is no 'make $@'; there is: $(shell sed -n 's/^\([a-z-]*\):.*## .*/\1/p' Makefile))
