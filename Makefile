# Every target is one call that also works by hand: tools/run.py SUITE, tools/setup.py.
# Exit codes of make: 0 all passed; 2 something failed, or something was skipped ('Error 77').

PYTHON ?= python3
RUN := $(PYTHON) tools/run.py

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

.PHONY: setup
setup: ## find what the other targets need; as root on Debian install it, else say what to run
	@$(PYTHON) tools/setup.py

.PHONY: demo
demo: ## a pump in QEMU, a Python module and a C program, attacks, sessions, and certificates
	@$(RUN) demo && cat target/log/demo.log && echo && cat target/log/demo-access.log && echo \
	  && cat target/log/demo-certificates.log

.PHONY: test
test: ## everything that must hold
	@$(RUN) test

.PHONY: lint
lint: ## formatters and static checks
	@$(RUN) lint

.PHONY: docs
docs: ## the documentation, without a warning
	@$(RUN) docs

.PHONY: wheel
wheel: ## the Python wheel and sdist, into dist/
	@$(PYTHON) tools/pyenv.py > /dev/null
	@$(PYTHON) ffi-python/wheel.py build

.PHONY: bench
bench: ## what everything costs, beside floor and peers: docs/benchmarks.md; 15 minutes
	@$(RUN) bench && cat target/log/bench.log

.PHONY: bench-quick
bench-quick: ## the same without the microcontrollers, in 2 minutes; writes no document
	@$(RUN) bench --quick && cat target/log/bench.log

.PHONY: assure
assure: ## the evidence: others' vectors, constant time, faults, supply chain; docs/assurance.md
	@$(RUN) assure

.PHONY: clean
clean: ## remove all that was built or unpacked
	rm -rf target dist firmware-example/target

-include ffi-c/install.mk
