# make run: from nothing to a running registrar. make test: every test, from nothing.
PYTHON ?= python3
BIN := .venv/bin
DATA ?= data
CERTS ?= certs

# Debian packages that tests against real programs use, and a compiler.
DEBIAN := gcc libc6-dev kamailio kamailio-tls-modules sip-tester baresip-core sipsak linphone-cli tshark openssl erlang-asn1 bzip2 tmux less chromium postgresql

# The ITU's ASN.1, which the RAS codec is held against; Debian has it in the source of Wireshark.
ITU := tests/h323/oracle/itu

# The road of a message, compiled to C with mypyc from the sources as they are: `make run COMPILED=1`, `make bench COMPILED=1`.
COMPILING := $(filter-out %/__init__.py %/document.py %/per/values.py %/per/choices.py, \
  $(wildcard $(addprefix registrar/, core/*.py h323/*.py h323/h235/*.py h323/per/*.py model/*.py policy/*.py sip/*.py))) \
  $(addprefix registrar/, bus.py changing.py lapsing.py metrics.py system.py telling.py trace/recorder.py) \
  $(addprefix registrar/tls/, channel.py client.py records.py) \
  $(addprefix registrar/servers/, connection.py handshakes.py proven.py ras.py ras_events.py rota.py secure.py sip.py sip_copies.py \
  sip_events.py stream.py turns.py udp.py unfinished.py)
ifdef COMPILED
BUILT := build/compiled/ready
export PYTHONSAFEPATH := 1
export PYTHONPATH := $(CURDIR)/build/compiled:$(CURDIR)
endif

.PHONY: run test check style types imports tests tests-compiled tests-of-compiled bench crash flood soak fuzz docs debian clean

run: $(BIN)/registrar $(BUILT)
	@$(BIN)/registrar serve --data $(DATA) --certs $(CERTS) $(ARGS)

test: check tests tests-compiled

check: style types imports

style: $(BIN)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(BIN)/ready
	$(BIN)/mypy

imports: $(BIN)/ready
	$(BIN)/lint-imports

# CI=true fails where a program is missing; elsewhere the tests that need it are left out and named.
tests: $(BIN)/ready debian $(ITU)/H323-MESSAGES.asn
	$(BIN)/pytest $(if $(CI),--no-omission -x) $(ARGS)

# What is compiled behaves as the sources do; tests that look inside of them are left to these.
tests-compiled:
	@$(MAKE) --no-print-directory COMPILED=1 tests-of-compiled

tests-of-compiled: $(BIN)/ready $(BUILT)
	$(BIN)/pytest -q --import-mode=append -m "not interpreted" $(if $(CI),--no-omission -x) \
	  tests/core tests/h323 tests/model tests/phones tests/policy tests/servers tests/sip tests/tls tests/torture tests/test_bus.py tests/test_compiled.py tests/test_system.py \
	  tests/interop/test_sipp.py

bench: $(BIN)/ready $(BUILT)
	$(BIN)/python -m benchmarks $(ARGS)

# Kill -9 under load, as often as ROUNDS says: nothing acknowledged is lost.
crash: $(BIN)/ready $(BUILT)
	$(BIN)/python -m benchmarks.crash $(ROUNDS)

# A flood from one address while a phone at another registers.
flood: $(BIN)/ready $(BUILT)
	$(BIN)/python -m benchmarks.flood $(SECONDS)

# An hour of mixed load, or as many SECONDS: no growth.
soak: $(BIN)/ready $(BUILT)
	$(BIN)/python -m benchmarks.soak $(SECONDS)

# What anybody may send, made up by a fuzzer with coverage for as many SECONDS; what it finds new joins tests/fuzz/corpus.
fuzz: $(BIN)/fuzz
	$(BIN)/python -m tests.fuzz $(or $(SECONDS),60) $(ARGS)

# Every page in docs/ that the program itself writes.
docs: $(BIN)/ready
	$(BIN)/python -m registrar.policy.document > docs/policy.md
	$(BIN)/python -m registrar.commands.document > docs/commands.md
	$(BIN)/python -m tests.transcripts.document > docs/transcripts.md
	$(BIN)/python -m registrar.settings > docs/settings.md
	$(BIN)/python -m registrar.scenario.published keys > docs/scenario-keys.md
	$(BIN)/python -m registrar.scenario.published schema > docs/scenario.schema.json
	$(BIN)/python -m registrar.policy.reasons > docs/reasons.md

debian:
	@if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  dpkg -s $(DEBIAN) >/dev/null 2>&1 || { apt-get update -qq && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(DEBIAN) >/dev/null; } \
	  || echo "make: Debian's packages could not be installed: $(DEBIAN)"; fi

$(ITU)/%.asn:
	@sh tests/h323/oracle/fetch.sh $(ITU) || echo "make: the ITU's ASN.1 could not be fetched"

$(BIN)/python:
	$(PYTHON) -m venv .venv

$(BIN)/registrar: $(BIN)/python pyproject.toml
	$(BIN)/pip install -q --disable-pip-version-check -e .
	@$(BIN)/python -m compileall -q registrar
	@touch $@

$(BIN)/ready: $(BIN)/python pyproject.toml
	$(BIN)/pip install -q --disable-pip-version-check -e '.[dev]'
	@$(BIN)/python -m compileall -q registrar
	@touch $@ $(BIN)/registrar

# What is not compiled is copied, so it is as new as its source too.
build/compiled/ready: Makefile $(shell find registrar scenarios -type f -not -path '*/__pycache__/*') $(BIN)/ready
	@rm -rf $(@D) && mkdir -p $(@D) && cp -r registrar scenarios $(@D)
	@cd $(@D) && $(CURDIR)/$(BIN)/mypyc --strict $(COMPILING) >mypyc.log 2>&1 || { cat mypyc.log; exit 1; }
	@rm -rf $(@D)/build $(@D)/.mypy_cache && touch $@

$(BIN)/fuzz: $(BIN)/ready
	$(BIN)/pip install -q --disable-pip-version-check -e '.[fuzz]'
	@touch $@

clean:
	rm -rf .venv build data .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache found $(ITU)
