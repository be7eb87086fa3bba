# Two commands for a fresh machine: `make demo` and `make test`. Everything they need is installed into .venv first.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
RUNS ?= 500

.DEFAULT_GOAL := help
.PHONY: help demo run test build lint format size fuzz powercut chaos soak bench bench-portal bench-light bench-mqtt browser \
	screenshots lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 10))" 2>/dev/null \
		|| { echo "make: $(PYTHON) is no Python 3.10 or newer; name one: make PYTHON=python3.12 …" >&2; exit 2; }
	@echo "Setting up .venv (once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(STAMP) ## the main job from unboxed to online to erased, by itself; ARGS="--board esp8266_nodemcu --chip-limits"
	@$(BIN)/firstlight demo $(ARGS)

run: $(STAMP) ## the same world, interactive; stays up; ARGS="--portal 127.0.0.1:0" …
	@$(BIN)/firstlight run $(ARGS)

test: $(STAMP) ## every test; as root it installs the Chromium and the Mosquitto that some need
	@test "$$(id -u)" != 0 || $(BIN)/python tests/browser/chromium.py || true
	@test "$$(id -u)" != 0 || $(BIN)/python tests/debian.py mosquitto || true
	@$(BIN)/python -m pytest --numprocesses 3 -m "not alone"; others=$$?; \
		$(BIN)/python -m pytest -m alone && exit $$others

build: $(STAMP) ## compile the firmware to build/firmware
	@$(BIN)/firstlight board build

size: $(STAMP) ## smallest heaps and bytes of .mpy
	@PYTHONPATH=tests/support $(BIN)/python tests/perf/size.py

fuzz: $(STAMP) ## 100,000 mutated HTTP requests, DNS packets and MQTT streams each; INPUTS=… SEED=… for others
	@$(BIN)/python tests/fuzz/campaign.py $(if $(INPUTS),--inputs $(INPUTS)) $(if $(SEED),--seed $(SEED))

bench: $(STAMP) ## portal, MQTT client and starts beside peers and limits, two minutes; ARGS=--write for the docs
	@$(BIN)/python tests/debian.py mosquitto
	@PYTHONPATH=tests/support $(BIN)/python tests/perf/bench.py $(ARGS)

bench-portal: $(STAMP) ## requests a second of the portal beside microdot and a floor; ARGS="--rounds 5"
	@$(BIN)/python tests/perf/bench_portal.py $(ARGS)

bench-mqtt: $(STAMP) ## time of a publish beside the barest client and others, with a loopback Mosquitto
	@$(BIN)/python tests/debian.py mosquitto
	@$(BIN)/python tests/perf/bench_mqtt.py $(ARGS)

browser: $(STAMP) ## a Chromium for the tests of the page, by apt where that is possible
	@$(BIN)/python tests/browser/chromium.py

screenshots: $(STAMP) ## take the pictures of the page in docs/screenshots anew
	@$(BIN)/python tests/browser/screenshots.py

bench-light: $(STAMP) ## timing errors and wake-ups of the light, on virtual boards
	@$(BIN)/python tests/perf/light.py

powercut: $(STAMP) ## cut the power at every flash operation, and RUNS times while whole devices are set up
	@$(BIN)/python tests/powercut/campaign.py --runs $(RUNS)

chaos: $(STAMP) ## 300 random scenarios of faults between devices and their cloud; RUNS=…, SEED=… plays one
	@$(BIN)/python tests/debian.py mosquitto
	@$(BIN)/python tests/chaos/campaign.py $(if $(SEED),--seed $(SEED)) --runs $(if $(filter command,$(origin RUNS)),$(RUNS),300)

soak: $(STAMP) ## two hours, by a scaled clock, of devices that talk and are cut off; MINUTES=… for another time
	@$(BIN)/python tests/debian.py mosquitto
	@$(BIN)/python tests/soak/campaign.py $(if $(MINUTES),--minutes $(MINUTES))

lint: $(STAMP) ## ruff, codespell, and pyright against the ESP32 and ESP8266 stubs
	@$(BIN)/python tools/lint.py

format: $(STAMP) ## let ruff rewrite what it can
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

lock: $(STAMP) ## choose the versions anew for every supported Python and system
	@$(BIN)/python -m pip install --quiet uv==0.13.9
	@$(BIN)/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.10 --extra dev --custom-compile-command 'make lock' \
		pyproject.toml --output-file requirements.lock

clean: ## forget the environment and everything built
	rm -rf .venv build
