# The commands of the README. Safe to repeat; what is there already is not made again.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
NEEDS := libzbar0 mosquitto systemd chromium umockdev gir1.2-umockdev-1.0 python3-gi
DEB_NEEDS := debhelper dpkg-dev lintian
ROOT_NEEDS := mmdebstrap debian-archive-keyring
DEVICE_NEEDS := mmdebstrap qemu-system-x86 e2fsprogs dosfstools mtools
HERE = $(shell dpkg --print-architecture)
ARCH ?= $(HERE)
VERSION ?= $(shell sed -n 's/^    version="\(.*\)",$$/\1/p' setup.py)
ARGS ?=
SOAK ?= 5400

# The tests start some hundred processes: what is compiled once need not be compiled by each.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test soak bench deb test-deb test-device wheels lock docs clean

demo: $(VENV)/ready .make/debian ## a morning of visitors at a mall without hardware
	@$(BIN)/gate simulate $(ARGS)

test: $(VENV)/ready .make/debian ## ruff, mypy --strict, pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

soak: $(VENV)/ready $(VENV)/fuzz .make/debian ## long runs; SOAK=seconds
	$(BIN)/python -m tests.soak --seconds $(SOAK) $(ARGS)

bench: $(VENV)/ready $(VENV)/bench .make/debian ## figures as tables; judges nothing
	$(BIN)/python -m tests.bench $(ARGS)

deb: $(VENV)/ready .make/debian-deb ## the Debian package; ARCH=arm64, VERSION=1.2.3
	@PYTHON=$(BIN)/python config/debian/build.sh $(ARCH) $(VERSION)
	@lintian --fail-on error,warning --allow-root build/deb/aman-gate_$(subst rc,~rc,$(VERSION))_$(ARCH).deb

test-deb: $(VENV)/ready .make/debian .make/debian-deb .make/debian-root ## its life on a clean Debian 13
	@PYTHON=$(BIN)/python config/debian/build.sh $(HERE) $(VERSION)
	@PYTHON=$(BIN)/python config/debian/build.sh $(HERE) $(VERSION).1
	@$(SUDO) unshare --mount --propagation private --pid --fork --kill-child \
	  $(BIN)/python -m tests.device.deb $(ARGS) $(foreach v,$(VERSION) $(VERSION).1,build/deb/aman-gate_$(v)_$(HERE).deb) \
	  build/wheels/$(HERE)-$(VERSION).1

test-device: deb .make/debian-device ## the package, booted with systemd under emulation
	$(SUDO) env GATE_DEB=build/deb/aman-gate_$(subst rc,~rc,$(VERSION))_$(ARCH).deb \
	  $(BIN)/pytest -q tests/device/booted.py $(ARGS)

wheels: $(VENV)/ready ## what the package brings, for `gate release make`; ARCH=, VERSION=
	@$(BIN)/python config/debian/wheels.py bundle $(ARCH) build/wheels/$(ARCH)-$(VERSION) $(VERSION)

lock: $(VENV)/ready ## choose the versions of the wheels anew
	$(BIN)/python config/debian/wheels.py lock

docs: $(VENV)/ready ## what is drawn and written from the code
	$(BIN)/python -m gate.config.doc toml > config/gate.toml
	$(BIN)/python -m gate.config.doc markdown > docs/configuration.md
	$(BIN)/python -m gate.config.doc central > config/central.toml
	$(BIN)/python -m gate.fleet.broker > config/mosquitto/gate.conf
	$(BIN)/python -m tests.gate.diagram > docs/machine.md
	$(BIN)/python -m gate.payloads.doc > docs/asyncapi.json
	$(BIN)/python -m gate.doctor.page > docs/troubleshooting.md
	$(BIN)/python -m gate.wiring.doc docs

$(VENV)/fuzz: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,fuzz]'
	@touch $@

$(VENV)/bench: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@

clean:
	rm -rf $(VENV) .make build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Debian's packages: installed only where something is missing.
.make/debian: Makefile
	@$(call have,$(NEEDS))

.make/debian-root: Makefile
	@$(call have,$(ROOT_NEEDS))

.make/debian-device: Makefile
	@$(call have,$(DEVICE_NEEDS))

.make/debian-deb: Makefile
	@$(call have,$(DEB_NEEDS))

define have
missing=$$(for p in $(1); do \
  dpkg-query -W -f='$${Status}\n' $$p 2>/dev/null | grep -q '^install ok' || echo $$p; done); \
if [ -n "$$missing" ]; then \
  echo "Installing $$missing"; \
  $(SUDO) apt-get update -qq && \
  DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing \
    || exit 1; \
fi; \
mkdir -p .make && touch $@
endef

$(VENV)/ready: setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.13"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "python3 lacks venv: sudo apt install python3-venv"; exit 1; }
	@echo "Installing the gate and its tools into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
