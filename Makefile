# maskweb on one machine: `make run`. Every target makes and updates .venv by itself (bootstrap.py).
.DEFAULT_GOAL := help
.PHONY: help run test lint format lock messages tools

# The first Python on PATH that the locked packages are built for.
PYTHON := $(or $(PYTHON),$(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null && echo "$$name" && break; \
	done),python3)
PACKAGES := maskweb training detection
PYTEST ?= -n auto --dist loadfile

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Install what is needed and start maskweb on http://127.0.0.1:8000/ (PORT, HOST, MASKWEB_DATA_DIR)
	@exec $(PYTHON) bootstrap.py run manage.py serve

test: ## Run all tests; what a test needs and this machine lacks is skipped with a reason
	@exec $(PYTHON) bootstrap.py test -m pytest $(PYTEST)

tools:
	@exec $(PYTHON) bootstrap.py test -c pass

lint: tools ## Check style, types, who imports whom, templates and migrations; all of them, even if one fails
	@failed=; check() { echo "== $$*"; .venv/bin/python "$$@" || failed="$$failed [$$*]"; }; \
	check -m ruff format --check .; \
	check -m ruff check .; \
	check -m mypy $(PACKAGES) bootstrap.py; \
	check .venv/bin/lint-imports; \
	check -m djlint --quiet --check --lint templates; \
	check manage.py makemigrations --check --dry-run; \
	[ -z "$$failed" ] || { echo "Not clean:$$failed"; exit 1; }

format: tools ## Put code and templates into the one style
	.venv/bin/python -m ruff format .
	.venv/bin/python -m ruff check --fix .
	.venv/bin/python -m djlint --quiet --reformat templates

messages: tools ## Collect the texts to translate and compile the translations (needs gettext)
	.venv/bin/python manage.py makemessages --all --no-obsolete --ignore .venv --ignore runs --ignore tests
	.venv/bin/python manage.py compilemessages --ignore .venv

# torch is locked without a build's name (+cpu): the same lock takes the CPU or the CUDA build, whichever pip finds.
COMPILE := .venv/bin/python -m piptools compile --quiet --strip-extras --no-header --annotation-style=line \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options
lock: tools ## Lock the versions of requirements/*.in in requirements/*.txt
	$(COMPILE) --output-file requirements/run.txt requirements/run.in
	$(COMPILE) --constraint requirements/run.txt --output-file requirements/test.txt requirements/test.in
	sed -i -e 's/+cpu\b//' -e 's/+cu[0-9]*\b//' -e '/^nvidia-\|^cuda-\|^triton==/d' requirements/run.txt requirements/test.txt
