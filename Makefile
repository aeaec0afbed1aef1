# 准保 Zhunbao. Everything a person does with this repository, by name; `make help` explains the targets.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11,$(shell \
	command -v $(p) >/dev/null 2>&1 && $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
BIN := .venv/bin
VENDOR := core/web/static/vendor
NPM := $(shell command -v npm || echo $(BIN)/npm)
BROWSER := $(shell command -v chromium || command -v chromium-browser)
WORKERS ?= 2

# Without a browser its tests are left out, and .ci/system-packages has said so.
QUICK := not slow$(if $(BROWSER),, and not browser)
ALL := $(if $(BROWSER),,not browser)

.PHONY: help
help: ## 显示这些说明 / show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.PHONY: env
env: $(BIN)/.installed $(VENDOR)/manifest.json ## 准备环境：Python、前端包、系统软件包 / set up Python, front-end and system packages
	@.ci/system-packages

$(BIN)/.installed: requirements/dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "需要 Python 3.11 或更高版本 / Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/python-venv $(PYTHON)
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "安装 Python 包 / installing Python packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@

node_modules/.installed: package.json package-lock.json $(BIN)/.installed
	@echo "安装前端包 / installing front-end packages"
	@PATH="$$PWD/$(BIN):$$PATH" $(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

$(VENDOR)/manifest.json: node_modules/.installed core/web/assets.py core/web/lean.py
	@$(BIN)/python -m core.web.assets >/dev/null

.PHONY: demo
demo: env ## 启动演示：自带数据库、演示数据、网页和后台 / run the demonstration
	@$(BIN)/zhunbao demo

.PHONY: test
test: env ## 快速检查和全部常规测试（不含慢测试）/ checks and all tests but the slow ones
	@$(BIN)/ruff check --quiet && $(BIN)/ruff format --check --quiet
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile -rs -m "$(QUICK)"

.PHONY: test-all
test-all: env ## 全部测试，含慢测试 / every test, the slow ones too
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --hypothesis-profile thorough -rs -m "$(ALL)"

.PHONY: check
check: env ## 代码检查：ruff、mypy、导入方向、数据库变更 / ruff, mypy strict, import directions, migrations
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/pytest tests/isolation/test_catalogue.py tests/integration/storage/test_migrations.py

.PHONY: bench
bench: env ## 性能测量，与同类比较 / benchmarks beside floor and peers
	@$(BIN)/python -m bench

.PHONY: lock
lock: env ## 重新锁定 Python 依赖 / resolve and lock the Python requirements again
	@$(BIN)/pip-compile --quiet --output-file=requirements/runtime.txt pyproject.toml
	@$(BIN)/pip-compile --quiet --extra=dev --constraint=requirements/runtime.txt --output-file=requirements/dev.txt pyproject.toml

.PHONY: clean
clean: ## 删除环境和缓存，保留数据 / remove the environment and caches, keep the data
	rm -rf .venv node_modules $(VENDOR) build *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
