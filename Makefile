# Each target does its own set-up; a second run repeats none of it.
.PHONY: setup demo dev test check format

BIN := .venv/bin

setup:
	@deploy/local/setup.sh

demo: setup
	@$(BIN)/backoffice demo

dev: setup
	@$(BIN)/backoffice dev

test: setup
	@CHROMIUM=$$(deploy/local/chromium.sh) && export CHROMIUM && \
		$(BIN)/python -m pytest -n 2 --dist loadfile $(TESTS)

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyrefly check
	@$(BIN)/lint-imports
	@$(BIN)/deptry .
	@$(BIN)/bandit -q -c pyproject.toml -r activities api cli db domain gateways sandbox workflows worker.py

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
