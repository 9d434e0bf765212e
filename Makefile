# Commands of Lyceum. `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help up web service demo down backup restore reset try test test-all test-system pooled walks lint lint-python lint-sql \
  check bench eval snapshot types install tools browser pooler system

PYTHON := .venv/bin/python
INSTALLED := .venv/.installed node_modules/.installed examples/web/node_modules/.installed
SQL := supabase/migrations supabase/seeds supabase/tests sql
# Size of the data set of `make bench`; 1 is 10,000 learners.
SCALE := 1
# The file of `make backup` and `make restore`.
FILE := .local/backup.gz
# The files or tests (file::test) that `make try` runs; K filters them as `pytest -k` does.
T := tests/rpc
K :=
# Three processes, each with its own stack, because tests also wait. A file stays in one process,
# and files start in the order of tests/conftest.py.
PARALLEL := -n 3 --dist loadfile --no-loadscope-reorder -q
# Always write bytecode: without it each test process compiles all tests, which takes four seconds.
export PYTHONDONTWRITEBYTECODE :=
# The tools of tests/ import the service.
export PYTHONPATH := backend

help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: install ## Start the local stack, the service and the front end; Ctrl-C stops them
	@exec node supabase/local/up.mjs

web: install ## Start only the front end, for the Supabase in .env
	@exec node supabase/local/up.mjs --web-only

service: install ## Start only the service, for the Supabase in .env
	@exec node supabase/local/up.mjs --service-only

demo: install ## Run the journey of a learner and an instructor on a running stack
	@$(PYTHON) -m tests.e2e.demo

down: tools ## Stop a running stack, also when its terminal is closed
	@node supabase/local/down.mjs

backup: install ## Save the data of the stack, or of DATABASE_URL: FILE=school.gz
	@$(PYTHON) supabase/local/backup.py save $(FILE)

restore: install ## Replace the data of the running stack by that of a file: FILE=school.gz
	@$(PYTHON) supabase/local/backup.py load $(FILE)

reset: install ## Remove the data of the local stack and start afresh
	@node supabase/local/down.mjs --reset
	@exec node supabase/local/up.mjs

try: install ## Run some tests, in one process: T=tests/rpc/test_progress.py, K="pytest -k expression"
	@$(PYTHON) -m pytest -q $(if $(K),-k "$(K)") $(T)

test: lint browser ## Run what every change must pass, on throw-away stacks: lint, Postgres 17
	@$(PYTHON) -m pytest $(PARALLEL) -m "not slow and not long" \
	  --ignore tests/pooled --ignore tests/replica

test-all: test-system pooled walks ## Run the rest: Postgres 15, pooler, replica, long walks

test-system: install system ## Run the database tests on Debian's Postgres, with its extensions
	@$(PYTHON) -m pytest $(PARALLEL) --database system -m "not once and not long" \
	  tests/policies tests/rpc tests/checks

walks: install browser ## Run the random walks and the journeys of the front end, which take minutes
	@$(PYTHON) -m pytest $(PARALLEL) -m long tests/rpc tests/web

# Coverage is measured here, because it takes half of the time of the tests in Python.
pooled: install pooler browser ## Run the tests through PgBouncer, and those of a streaming replica
	@$(PYTHON) -m pytest $(PARALLEL) --pooled --cov=app --cov-report=term:skip-covered \
	  tests/pooled tests/replica tests/api tests/e2e tests/formats tests/rpc tests/policies tests/checks \
	  tests/tutor

lint: install ## Check Python, SQL and the front end without a database
	@$(MAKE) --no-print-directory --keep-going --jobs 2 lint-python lint-sql lint-web

lint-python:
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

lint-sql:
	@.venv/bin/squawk supabase/migrations/*.sql
	@$(PYTHON) -m sqlfluff lint --processes 0 --disable-progress-bar --nocolor $(SQL)

lint-web:
	@examples/web/node_modules/.bin/tsc --project examples/web

check: install ## Run the catalogue checks
	@$(PYTHON) -m pytest tests/checks

bench: install ## Measure the calls of a school and the service; SCALE=0.1, BENCH="--peer", "--growth", "--flood" or "--report"
	@$(PYTHON) -m tests.bench --scale $(SCALE) $(BENCH)

eval: install ## Score the tutor against the last report; EVAL="--unseen" asks about other courses, "--record" and "--live" ask a model
	@$(PYTHON) -m tests.tutor.eval $(EVAL)

snapshot: install ## Write sql/*.snapshot.*
	@$(PYTHON) -m tests.tools.snapshot --write

types: install ## Write supabase/database.types.ts, backend/app/models/database.py, docs/bundle.schema.json
	@node supabase/local/types.mjs
	@$(PYTHON) -m app.models.bundle > docs/bundle.schema.json

install: $(INSTALLED) ## Install the packages, when a lock file has changed

tools:
	@supabase/local/install.sh tools

browser:
	@supabase/local/install.sh browser

pooler:
	@supabase/local/install.sh pooler

system:
	@supabase/local/install.sh system

.venv/.installed: requirements.lock | tools
	@supabase/local/install.sh python

node_modules/.installed: package-lock.json | tools
	@supabase/local/install.sh node

examples/web/node_modules/.installed: examples/web/package-lock.json | tools
	@supabase/local/install.sh web
