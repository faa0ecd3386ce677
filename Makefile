# Five words: demo, test, check, bench, docs. Each sets up what it needs, once, in .venv; after that nothing is downloaded.
# All that is asked of the machine is make and Python 3.11 or newer (with its venv module).

VENV   := .venv
PYTHON := $(VENV)/bin/python
TOOLS  := $(VENV)/.with-tools
SERVER := $(VENV)/.with-server
# A file's tests stay together, for they share a server or a browser; so many files are run at once, in the order of
# tests/conftest.py. AT_ONCE= says one after the other.
AT_ONCE := -n 2 --dist loadfile --no-loadscope-reorder
TSC    := $(VENV)/node/node_modules/.bin/tsc
# Scripts run as they are written; typescript only reads the types in their comments, and is fetched where there is npm.
FIND_TSC = command -v npm >/dev/null && { [ -x $(TSC) ] || \
  npm install --silent --no-audit --no-fund --prefix $(VENV)/node typescript@5.9.3 >/dev/null 2>&1; }

.PHONY: demo test check bench docs
.DEFAULT_GOAL := test

# PORT=8090 listens there instead. FAKE=line,wechat,wecom,telegram,email plays these platforms, too; what a platform's SDK needs is among
# the tools.
demo: $(if $(FAKE),$(TOOLS),$(SERVER))  ## a whole contact centre on this machine, with somebody to talk to
	@$(VENV)/bin/ucs demo $(if $(PORT),--port $(PORT)) $(if $(FAKE),--fake $(FAKE))

test: $(TOOLS)          ## every test
	@$(PYTHON) -m pytest $(AT_ONCE)

check: $(TOOLS)         ## what CI runs: format, lint, types, layers, tests, mutants
	@echo "check: format";  $(VENV)/bin/ruff format --check --quiet .
	@echo "check: lint";    $(VENV)/bin/ruff check --quiet .
	@echo "check: types";   $(VENV)/bin/mypy --no-error-summary
	@if $(FIND_TSC); then \
	  echo "check: types of the scripts"; $(TSC) -p .; \
	else echo "check: types of the scripts: skipped, for npm is missing or cannot fetch typescript"; fi
	@echo "check: layers";  $(VENV)/bin/lint-imports --no-logo > $(VENV)/layers.txt || { cat $(VENV)/layers.txt; exit 1; }
	@echo "check: tests";   $(MAKE) --no-print-directory test
	@if [ -f tests/mutants.py ]; then echo "check: mutants"; $(PYTHON) -m tests.mutants; fi

bench: $(TOOLS)         ## how fast it is here, as ratios against a bare echo server measured in the same run
	@$(PYTHON) -m bench

docs: $(TOOLS)          ## write the pages that are made from code; `make test` fails while one is out of date
	@$(PYTHON) -m docs.generate

# $(call install,EXTRAS) makes the environment if there is none, then installs the project in place, quietly. The newest
# suitable Python is taken; one too old, or without venv, is a sentence and not a traceback.
define install
	@if ! $(PYTHON) -m pip --version >/dev/null 2>&1; then \
	  for name in python3.13 python3.12 python3.11 python3; do \
	    if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$name; break; fi; \
	  done; \
	  if [ -z "$$found" ]; then \
	    echo "UCS needs Python 3.11 or newer, and none is on the PATH: install one and say make again." >&2; exit 1; \
	  fi; \
	  if ! $$found -m venv --clear $(VENV) >/dev/null 2>&1; then \
	    rm -rf $(VENV); \
	    echo "$$found cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; \
	  fi; \
	fi
	@echo "Installing into $(VENV): once, and again when pyproject.toml changes. The first time takes about a minute."
	@$(PYTHON) -m pip install -qq --disable-pip-version-check --editable ".$(1)" || { \
	  echo "pip could not install the project; what it says is above. It needs the network (or PIP_INDEX_URL) this once." >&2; exit 1; }
endef

$(SERVER): pyproject.toml
	$(call install,)
	@touch $@

$(TOOLS): pyproject.toml
	$(call install,[test])
	@touch $@ $(SERVER)
