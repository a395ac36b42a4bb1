# What the README and .ci/run call. Everything happens in .venv; nothing is installed elsewhere but a browser, and
# that only where we are root.
PYTHON ?= python3
BIN := .venv/bin
DAY := 2026-12-01

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.PHONY: help env browser gettext vnu office icu demo test torture torture-many test-slow bench bench-check bench-serve bench-scale bench-fcm bench-site bench-materiality bench-evidence check format lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env: .venv/.ready ## Make the environment: .venv with the locked dependencies

.venv/.ready: requirements.lock pyproject.toml .ci/environment
	@sh .ci/environment "$(PYTHON)"
	@touch $@

browser: env ## Find a browser for the tests, or install one
	@sh .ci/browser

gettext: env ## Find GNU gettext for the tests, or install it
	@sh .ci/gettext

vnu: env ## Find the HTML checker for the slow tests, or fetch it
	@sh .ci/vnu

office: env ## Find LibreOffice for the slow tests, or install one
	@sh .ci/office

icu: env ## Find PyICU for the slow tests, or build it
	@sh .ci/icu

demo: env ## From nothing to the built site and a rehearsed notice
	@$(BIN)/policypress verify
	@$(BIN)/policypress build --as-of $(DAY)
	@rm -rf outbox
	@$(BIN)/notifier rehearse site/releases/$(DAY).json --audience examples/accounts.csv --as-of $(DAY)
	@printf '\nOpen these:\n  %s\n  %s\n  %s\n' \
	  'the site:     $(BIN)/policypress serve --as-of $(DAY), then http://127.0.0.1:8000/' \
	  'the notices:  outbox/rehearsal-privacy-$(DAY)/index.html' \
	  'the redline:  $(BIN)/policypress diff 2024-08-08 $(DAY) --locale kk'

check: env ## Lint, types, import contracts, formats
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/mypy --explicit-package-bases benchmarks
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/policypress check

test: env browser gettext ## All tests but the slow ones
	@$(BIN)/pytest --numprocesses 2

torture: env ## Kill the sending loop 200 times, twice, and count whom it told
	@$(BIN)/python -m tests.torture.torture

torture-many: env ## Kill, stop and cut off workers on one PostgreSQL, 200,000 holders, and count whom they told
	@$(BIN)/python -m tests.torture.many

test-slow: env browser vnu office icu ## Tests that need minutes or big system parts
	@$(BIN)/pytest -m slow

bench: env ## How fast it is: comparison, planning, mail, web push, events; quick forms, as JSON
	@$(BIN)/python benchmarks/compare.py
	@$(BIN)/python benchmarks/redline.py
	@$(BIN)/python benchmarks/plan.py --holders 200000 --memory 10000
	@$(BIN)/python benchmarks/readers.py --holders 10000 100000
	@$(BIN)/python benchmarks/mail.py
	@$(BIN)/python benchmarks/webpush.py
	@$(BIN)/python benchmarks/events.py

bench-serve: env browser ## How long an edit takes until `policypress serve` shows it
	@$(BIN)/python benchmarks/serve.py

bench-fcm: env .venv-bench/.ready ## How fast pushes go to FCM, beside firebase-admin
	@$(BIN)/python benchmarks/fcm.py

bench-evidence: env ## How long sealing, proving and checking take, and in how much memory: 100,000 holders, in both databases
	@$(BIN)/python benchmarks/evidence.py --postgresql

bench-site: env .venv-bench/.ready ## How long a site takes, cold, warm and edited, against three others; minutes
	@$(BIN)/python benchmarks/site.py

.venv-bench/.ready: benchmarks/requirements.txt
	@"$(PYTHON)" -m venv .venv-bench
	@.venv-bench/bin/pip install --quiet --requirement benchmarks/requirements.txt
	@touch $@

bench-scale: env ## What 1, 2 and 4 workers on one PostgreSQL send, and which statements grow; HOLDERS=5000000 is the full size
	@$(BIN)/python benchmarks/scale.py --holders $(or $(HOLDERS),200000)

bench-check: env ## How long check and localise take: 4 languages, ten times the clauses, 40 locales
	@$(BIN)/python benchmarks/check.py

bench-materiality: env ## Materiality against the labelled pairs in ../shared/corpus
	@$(BIN)/python benchmarks/materiality.py

format: env ## Format the code
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format --quiet .

lock: env ## Update the lock file to the newest versions that pyproject.toml admits
	@$(BIN)/pip install --quiet 'uv>=0.5'
	@$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
	  --extra all --extra test pyproject.toml --output-file requirements.lock

clean: ## Remove what builds leave behind
	@rm -rf outbox .cache dist build site.part site.old
	@find site -mindepth 1 ! -name .gitkeep -delete
